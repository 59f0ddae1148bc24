import { Tag } from 'antd';
import type { AppStatus, Plan } from '@/api/types/apps';
import { StatusTag, type Tone } from '@/components/StatusTag';
import { useLanguage, useTexts } from '@/i18n';
import { appTexts } from './texts';

export function PlanTag({ plan }: { plan: Plan }) {
  const t = useTexts(appTexts);
  return <Tag className={`plan-tag plan-${plan}`}>{t.plans[plan]}</Tag>;
}

const tones: Record<AppStatus, Tone> = { active: 'good', suspended: 'bad', deleting: 'off' };

export function AppStatusTag({ status }: { status: AppStatus }) {
  const t = useTexts(appTexts);
  return <StatusTag tone={tones[status]}>{t.states[status]}</StatusTag>;
}

/** 服务内容: what the app has. */
export function ServiceChips({ services }: { services: readonly string[] }) {
  const t = useTexts(appTexts);
  const names: Record<string, string> = { im: t.im, push: t.push };
  return (
    <span className="chips">
      {services.map((service) => (
        <Tag key={service} color="blue">
          {names[service] ?? service.toUpperCase()}
        </Tag>
      ))}
    </span>
  );
}

interface Named {
  name_zh: string;
  name_en: string;
}

/** Picks the name in the language on show. */
export function useName(): (of: Named) => string {
  const { language } = useLanguage();
  return ({ name_zh, name_en }) => (language === 'zh' ? name_zh : name_en);
}
