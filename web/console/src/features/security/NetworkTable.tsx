import { App } from 'antd';
import dayjs from 'dayjs';
import { useEffect, useState } from 'react';
import { api } from '@/api/client';
import { useInvalidate } from '@/api/hooks';
import type { Allowlist } from '@/api/types/settings';
import { CopyText } from '@/components/CopyText';
import { useConfirm } from '@/components/ConfirmDialog';
import { DataTable } from '@/components/DataTable';
import { RowActions } from '@/components/RowActions';
import { StatusTag } from '@/components/StatusTag';
import { TimeText } from '@/components/TimeText';
import { useTexts } from '@/i18n';
import { common } from '@/i18n/common';
import { useApp } from '@/shell/app';
import { useMay } from '@/shell/session';
import { securityTexts } from './texts';

type Line = Allowlist['items'][number];

interface Props {
  list: Allowlist | undefined;
  error: unknown;
  onRetry: () => void;
}

export function NetworkTable({ list, error, onRetry }: Props) {
  const t = useTexts(securityTexts);
  const words = useTexts(common);
  const may = useMay();
  const remove = useRemoval(list?.items ?? []);
  const enabled = list?.enabled ?? true;
  return (
    <DataTable<Line>
      list={{
        items: list?.items,
        error,
        refreshing: false,
        refetch: onRetry,
        pager: { kind: 'pages', page: 1, size: 10, total: undefined, quiet: true, go: () => undefined },
      }}
      rowKey="network"
      label={t.allowlist}
      empty={t.empty}
      columns={[
        {
          title: t.network,
          dataIndex: 'network',
          render: (network: string) => <CopyText text={network} what={t.network} />,
        },
        { title: t.added, dataIndex: 'added', render: (time: number) => <TimeText value={time} /> },
        {
          title: t.effective,
          dataIndex: 'effective',
          render: (time: number) =>
            enabled ? <Effective at={time} /> : <StatusTag tone="off">{t.inactive}</StatusTag>,
        },
        {
          title: words.actions,
          key: 'actions',
          width: 100,
          render: (_, { network }) => (
            <RowActions
              of={network}
              actions={[
                {
                  key: 'remove',
                  label: t.remove,
                  danger: true,
                  hidden: !may('features'),
                  onClick: () => remove(network),
                },
              ]}
            />
          ),
        },
      ]}
    />
  );
}

/** 已生效, or when it will be; counts down by itself. */
function Effective({ at }: { at: number }) {
  const t = useTexts(securityTexts);
  const now = useNow(at);
  if (now >= at) return <StatusTag tone="good">{t.inEffect}</StatusTag>;
  const minutes = Math.floor((at - now) / 60_000);
  return (
    <span className="pending" role="timer">
      <StatusTag tone="busy">{t.pendingAt(dayjs(at).format('HH:mm:ss'))}</StatusTag>
      <small className="faint">{minutes === 0 ? t.pendingSoon : t.pendingIn(String(minutes + 1))}</small>
    </span>
  );
}

/** The time, kept up to date until `end`. */
function useNow(end: number): number {
  const [now, setNow] = useState(Date.now);
  const over = now >= end;
  useEffect(() => {
    if (over) return;
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, [over]);
  return now;
}

/** Asks before an entry goes, in words that say what then holds. */
function useRemoval(items: readonly Line[]): (network: string) => void {
  const t = useTexts(securityTexts);
  const app = useApp();
  const { message } = App.useApp();
  const confirm = useConfirm();
  const invalidate = useInvalidate();
  const path = `${app.api}/allowlist`;
  return (network) => {
    const others = items.filter((line) => line.network !== network);
    const noneEffective = others.every(({ effective }) => effective > Date.now());
    confirm({
      title: t.removeTitle(network),
      content: others.length === 0 ? t.removeLast : noneEffective ? t.removeLastEffective : t.removeContent,
      okText: t.remove,
      danger: true,
      onOk: async () => {
        await api.delete(`${path}/${encodeURIComponent(network)}`);
        await invalidate(path, `${app.api}/features`);
        void message.success(t.removed);
      },
    });
  };
}
