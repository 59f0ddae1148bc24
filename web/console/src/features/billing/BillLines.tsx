import { Table } from 'antd';
import type { BillLine } from '@/api/types/billing';
import { Money } from '@/components/Money';
import { useTexts } from '@/i18n';
import { useName } from '../apps/tags';
import { billTexts } from './billTexts';
import { moneyTexts } from './words';
import './billing.css';

interface Props {
  lines: readonly BillLine[];
  total: number;
}

/** What a bill is made of, and their sum. */
export function BillLines({ lines, total }: Props) {
  const t = useTexts(billTexts);
  const words = useTexts(moneyTexts);
  const nameOf = useName();
  const usage = useUsage();
  const amount = (value: number) => <Money value={value} />;
  return (
    <div role="region" aria-label={t.lines} className="data-table">
      <Table
        size="small"
        pagination={false}
        dataSource={lines.map((line, key) => ({ ...line, key }))}
        locale={{ emptyText: <span className="faint">{t.noLines}</span> }}
        columns={[
          { title: words.appKey, dataIndex: 'app_key', render: (key: string) => <code>{key}</code> },
          {
            title: t.item,
            key: 'item',
            render: (_, line) => (
              <span className="line-name">
                {nameOf(line)}
                <small className="faint">{words.lineKinds[line.kind]}</small>
              </span>
            ),
          },
          { title: t.usage, key: 'usage', render: (_, line) => usage(line) },
          { title: t.unitPrice, dataIndex: 'unit_price', align: 'right', render: amount },
          { title: t.units, dataIndex: 'units', align: 'right', render: (units: number) => units.toLocaleString() },
          { title: t.amount, dataIndex: 'amount', align: 'right', render: amount },
        ]}
      />
      <p className="lines-total">
        {t.sum} <Money value={total} />
      </p>
    </div>
  );
}

/** By what a line is counted: days, months paid in advance, or a peak. */
function useUsage(): (line: BillLine) => string {
  const t = useTexts(billTexts);
  const words = useTexts(moneyTexts);
  return ({ kind, months, days, month_days, peak, peak_day, included }) => {
    switch (kind) {
      case 'dau':
      case 'groups_and_rooms': {
        const day = peak_day ? t.peakDay(peak_day.slice(5)) : '';
        return t.peak((peak ?? 0).toLocaleString(), day, (included ?? 0).toLocaleString());
      }
      case 'term':
        return t.term(words.months(months ?? 0));
      default:
        return days === null ? '–' : t.used(String(days), String(month_days ?? days));
    }
  };
}
