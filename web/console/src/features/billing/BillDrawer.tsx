import { Descriptions, Drawer, Skeleton } from 'antd';
import { useRead } from '@/api/hooks';
import type { BillDetail } from '@/api/types/billing';
import { ErrorState } from '@/components/ErrorState';
import { Money } from '@/components/Money';
import { TimeText } from '@/components/TimeText';
import { useTexts } from '@/i18n';
import { useOrgQuery } from '@/shell/organisation';
import { BillLines } from './BillLines';
import { billTexts } from './billTexts';
import { CsvButton } from './CsvButton';
import { useLastShown } from './shown';
import { BillStateTag } from './tags';
import { moneyTexts } from './words';

interface Props {
  /** Undefined: closed. */
  billNo: string | undefined;
  onClose: () => void;
}

/** 账单详情. */
export function BillDrawer({ billNo, onClose }: Props) {
  const t = useTexts(billTexts);
  const org = useOrgQuery();
  const about = useLastShown(billNo);
  const path = `/billing/bills/${encodeURIComponent(about ?? '')}`;
  return (
    <Drawer
      title={t.title}
      open={billNo !== undefined}
      onClose={onClose}
      size={900}
      extra={<CsvButton path={`${path}/lines.csv`} query={org} />}
    >
      {about && <Bill key={about} path={path} />}
    </Drawer>
  );
}

function Bill({ path }: { path: string }) {
  const t = useTexts(billTexts);
  const words = useTexts(moneyTexts);
  const { data, error, refetch } = useRead<BillDetail>(path, useOrgQuery());
  if (!data) {
    if (error) return <ErrorState error={error} onRetry={() => void refetch()} />;
    return <Skeleton active paragraph={{ rows: 10 }} />;
  }
  const { bill, from, to, lines } = data;
  return (
    <>
      <Descriptions
        column={2}
        size="small"
        items={[
          { key: 'no', label: t.billNo, children: <code>{bill.bill_no}</code> },
          { key: 'state', label: t.state, children: <BillStateTag state={bill.state} /> },
          { key: 'kind', label: t.kind, children: words.billKinds[bill.kind] },
          { key: 'period', label: t.period, children: from === to ? from : t.days(from, to) },
          { key: 'issued', label: t.issued, children: <TimeText value={bill.issued} /> },
          { key: 'paid', label: t.paid, children: <Money value={bill.paid} /> },
          { key: 'cash', label: t.cash, children: <Money value={bill.cash} /> },
        ]}
      />
      <h3 className="drawer-heading">{t.lines}</h3>
      <BillLines lines={lines} total={bill.total} />
    </>
  );
}
