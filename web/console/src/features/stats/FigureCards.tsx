import { Skeleton } from 'antd';
import { useLanguage } from '@/i18n';
import './stats.css';

export interface FigureCard {
  label: string;
  /** Undefined while it is being read; a text is shown as it is. */
  value: number | string | undefined;
  /** What it means, or since when. */
  hint?: string;
}

/** Numbers in a row, large. */
export function FigureCards({ cards }: { cards: readonly FigureCard[] }) {
  const { language } = useLanguage();
  return (
    <dl className="figure-cards">
      {cards.map(({ label, value, hint }) => (
        <div key={label} className="figure-card">
          <dt>{label}</dt>
          <dd>
            {value === undefined ? (
              <Skeleton.Node active className="figure-skeleton" />
            ) : (
              value.toLocaleString(language === 'zh' ? 'zh-CN' : 'en-US')
            )}
          </dd>
          {hint && <dd className="figure-hint faint">{hint}</dd>}
        </div>
      ))}
    </dl>
  );
}
