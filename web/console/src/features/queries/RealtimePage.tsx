import { useRead } from '@/api/hooks';
import type { MessageDay, Realtime } from '@/api/types/statistics';
import { Chart } from '@/components/Chart';
import { ErrorState } from '@/components/ErrorState';
import { PageHeader } from '@/components/PageHeader';
import { Panel } from '@/components/Panel';
import { useTexts } from '@/i18n';
import { useApp } from '@/shell/app';
import { FigureCards } from '../stats/FigureCards';
import { statsTexts } from '../stats/texts';

/** 实时信息概览. */
export default function RealtimePage() {
  const t = useTexts(statsTexts);
  const app = useApp();
  const now = useRead<Realtime>(`${app.api}/stats/realtime`, {}, { every: 10_000 });
  const today = now.data?.today.day;
  const messages = useRead<MessageDay[]>(
    `${app.api}/stats/messages`,
    { from: today, to: today },
    { enabled: today !== undefined, every: 10_000, keep: true },
  );
  const volumes = messages.data?.[0]?.volumes;
  const platforms = now.data?.platforms ?? [];
  if (now.error && !now.data) {
    return (
      <>
        <PageHeader description={t.aboutRealtime} />
        <ErrorState error={now.error} onRetry={() => void now.refetch()} />
      </>
    );
  }
  return (
    <>
      <PageHeader description={t.aboutRealtime} />
      <Panel title={t.now}>
        <FigureCards
          cards={[
            { label: t.connectionsNow, value: now.data?.connections },
            { label: t.activeUsers, value: now.data?.today.active_users },
            { label: t.activeGroups, value: now.data?.today.active_groups },
            { label: t.activeRooms, value: now.data?.today.active_rooms },
            { label: t.roomMembers, value: now.data?.room_members },
          ]}
        />
      </Panel>
      <Panel title={t.volumeTrend}>
        <FigureCards
          cards={[
            { label: t.uplink, value: volumes?.uplink },
            { label: t.downlink, value: volumes?.downlink },
            { label: t.offline, value: volumes?.offline },
            { label: t.distribution, value: volumes?.distribution },
          ]}
        />
      </Panel>
      <Panel title={t.platforms}>
        <Chart
          kind="pie"
          title={t.platforms}
          labels={platforms.map(({ platform }) => platform)}
          series={[{ name: t.platforms, values: platforms.map(({ users }) => users) }]}
        />
      </Panel>
    </>
  );
}
