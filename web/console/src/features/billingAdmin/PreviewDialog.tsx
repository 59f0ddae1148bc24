import { App, Button, Empty, Modal, Skeleton } from 'antd';
import { useState } from 'react';
import { api, ApiError } from '@/api/client';
import { describe } from '@/api/errors';
import { useInvalidate, useRead } from '@/api/hooks';
import type { BillDetail } from '@/api/types/billing';
import { useConfirm } from '@/components/ConfirmDialog';
import { ErrorState } from '@/components/ErrorState';
import { Toolbar } from '@/components/Toolbar';
import { useLanguage, useTexts } from '@/i18n';
import { common } from '@/i18n/common';
import { BillLines } from '../billing/BillLines';
import { MonthPicker, monthWord, useThisMonth } from '../billing/MonthPicker';
import { adminTexts } from './texts';

interface Props {
  org: string;
  open: boolean;
  onClose: () => void;
}

/** What the monthly run would bill, and the way to bill a month again. */
export function PreviewDialog({ org, open, onClose }: Props) {
  const t = useTexts(adminTexts);
  const words = useTexts(common);
  const now = useThisMonth();
  const [month, setMonth] = useState(() => monthWord(now));
  const rerun = useRerun(org, month);
  // The month that still runs is billed by nobody yet.
  const over = month !== monthWord(now);
  return (
    <Modal
      title={t.previewTitle(org)}
      open={open}
      onCancel={onClose}
      width={960}
      footer={
        <>
          <Button danger disabled={!over} onClick={rerun}>
            {t.rerun}
          </Button>
          <Button type="primary" onClick={onClose}>
            {words.close}
          </Button>
        </>
      }
    >
      <p className="dialog-intro">{t.previewIntro}</p>
      <Toolbar>
        <MonthPicker value={month} until={now} onChange={setMonth} />
      </Toolbar>
      {open && <Preview org={org} month={month} />}
    </Modal>
  );
}

function Preview({ org, month }: { org: string; month: string }) {
  const { language } = useLanguage();
  const { data, error, refetch } = useRead<BillDetail>(`/operator/billing/orgs/${org}/preview`, { month });
  if (data) return <BillLines lines={data.lines} total={data.bill.total} />;
  if (error instanceof ApiError && error.code === 'month_not_billable') {
    return <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={describe(error, language)} />;
  }
  if (error) return <ErrorState error={error} onRetry={() => void refetch()} />;
  return <Skeleton active title={false} paragraph={{ rows: 6 }} />;
}

function useRerun(org: string, month: string): () => void {
  const t = useTexts(adminTexts);
  const confirm = useConfirm();
  const invalidate = useInvalidate();
  const { message } = App.useApp();
  return () =>
    confirm({
      title: t.rerunTitle,
      content: t.rerunText(org, month),
      okText: t.rerun,
      danger: true,
      onOk: async () => {
        const { bill_no } = await api.post<{ bill_no: string | null }>(`/operator/billing/orgs/${org}/rerun`, { month });
        await invalidate('/operator/billing', '/billing');
        void message.success(bill_no === null ? t.rerunSame : t.rerunDone(bill_no));
      },
    });
}
