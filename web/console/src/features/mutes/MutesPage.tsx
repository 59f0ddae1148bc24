import { PlusOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import { useRead } from '@/api/hooks';
import type { MutedUsers } from '@/api/types/users';
import { useOpening } from '@/components/dialog';
import { ErrorState } from '@/components/ErrorState';
import { PageHeader } from '@/components/PageHeader';
import { Panel } from '@/components/Panel';
import { StatusTag } from '@/components/StatusTag';
import { Toolbar } from '@/components/Toolbar';
import { useTexts } from '@/i18n';
import { useApp } from '@/shell/app';
import { FeatureOff } from '../features/FeatureOff';
import { MuteDialog } from '../users/MuteDialog';
import { AddMuteDialog } from './AddMuteDialog';
import { MuteTable } from './MuteTable';
import { muteTexts } from './texts';
import '../apps/apps.css';

/** 全局禁言. */
export default function MutesPage() {
  const t = useTexts(muteTexts);
  const app = useApp();
  // Whether there are any; the table reads its rows itself.
  const { data: service, error, refetch } = useRead<MutedUsers>(`${app.api}/mutes`, { limit: 1 });
  const isOn = service?.enabled ?? false;
  return (
    <>
      <PageHeader
        status={service && <StatusTag tone={isOn ? 'good' : 'off'}>{isOn ? t.on : t.off}</StatusTag>}
        description={t.about}
      />
      {isOn ? (
        <Panel>
          <Mutes />
        </Panel>
      ) : (
        <Panel loading={!service && !error} lines={8}>
          {service ? (
            <FeatureOff title={t.offTitle} hint={t.offHint} />
          ) : (
            <ErrorState error={error} onRetry={() => void refetch()} />
          )}
        </Panel>
      )}
    </>
  );
}

function Mutes() {
  const t = useTexts(muteTexts);
  const adding = useOpening();
  const editing = useOpening<string>();
  return (
    <>
      <Toolbar>
        <Button type="primary" icon={<PlusOutlined />} onClick={() => adding.show(true)}>
          {t.add}
        </Button>
      </Toolbar>
      <MuteTable onEdit={editing.show} />
      <AddMuteDialog open={adding.open} onClose={adding.hide} />
      <MuteDialog user={editing.about} open={editing.open} onClose={editing.hide} />
    </>
  );
}
