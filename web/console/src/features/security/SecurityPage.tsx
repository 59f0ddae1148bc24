import { PlusOutlined } from '@ant-design/icons';
import { Alert, Button, Tooltip } from 'antd';
import { useRead } from '@/api/hooks';
import type { Allowlist } from '@/api/types/settings';
import { useOpening } from '@/components/dialog';
import { PageHeader } from '@/components/PageHeader';
import { Panel } from '@/components/Panel';
import { StatusTag } from '@/components/StatusTag';
import { Toolbar } from '@/components/Toolbar';
import { useLanguage, useTexts } from '@/i18n';
import { useApp } from '@/shell/app';
import { useMay } from '@/shell/session';
import { shortDuration } from '../apps/duration';
import { FeatureOff } from '../features/FeatureOff';
import { useSwitch } from '../features/switch';
import { AddNetworkDialog } from './AddNetworkDialog';
import { mostNetworks } from './network';
import { NetworkTable } from './NetworkTable';
import { securityTexts } from './texts';
import '../apps/apps.css';
import './security.css';

/** 安全配置: the REST IP allowlist. */
export default function SecurityPage() {
  const t = useTexts(securityTexts);
  const { language } = useLanguage();
  const app = useApp();
  const may = useMay();
  const read = useRead<Allowlist>(`${app.api}/allowlist`);
  const adding = useOpening();
  const list = read.data;
  const off = list?.enabled === false;
  const full = list !== undefined && list.items.length >= mostNetworks;
  const most = String(mostNetworks);
  const addButton = (
    <Tooltip title={full ? t.full(most) : undefined}>
      <Button type="primary" icon={<PlusOutlined />} disabled={!list || full} onClick={() => adding.show(true)}>
        {t.add}
      </Button>
    </Tooltip>
  );
  return (
    <>
      <PageHeader
        status={list && <StatusTag tone={off ? 'off' : 'good'}>{off ? t.off : t.on}</StatusTag>}
        description={t.about}
      />
      <Panel title={t.allowlist}>
        {off && <TurnOn />}
        {off && list.items.length > 0 && <p className="panel-hint">{t.offKept}</p>}
        {!off && (
          <>
            {list && (
              <Alert
                type="warning"
                showIcon
                className="allowlist-note"
                title={
                  list.delay_seconds > 0
                    ? t.noteDelay(most, shortDuration(list.delay_seconds, language))
                    : t.noteAtOnce(most)
                }
              />
            )}
            <Toolbar filters={list && <span className="faint">{t.count(String(list.items.length), most)}</span>}>
              {may('features') && addButton}
            </Toolbar>
          </>
        )}
        {(!off || list.items.length > 0) && (
          <NetworkTable list={list} error={read.error} onRetry={() => void read.refetch()} />
        )}
      </Panel>
      {list && <AddNetworkDialog open={adding.open} onClose={adding.hide} list={list} />}
    </>
  );
}

/** In place of the list's tools while the feature is off. */
function TurnOn() {
  const t = useTexts(securityTexts);
  const may = useMay();
  const { enable } = useSwitch();
  return (
    <FeatureOff title={t.offTitle} hint={t.offHint}>
      {may('features') && (
        <Button type="primary" onClick={() => enable(allowlistFeature)}>
          {t.enable}
        </Button>
      )}
    </FeatureOff>
  );
}

const allowlistFeature = { key: 'rest_ip_allowlist', name_zh: 'REST-IP 白名单', name_en: 'REST IP allowlist' };
