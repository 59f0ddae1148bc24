import { DownOutlined, PlusOutlined } from '@ant-design/icons';
import { Button, Dropdown, Tooltip } from 'antd';
import { useRead } from '@/api/hooks';
import type { CallbackKind, CallbackRule, Callbacks } from '@/api/types/callbacks';
import { useOpening } from '@/components/dialog';
import { PageHeader } from '@/components/PageHeader';
import { Panel } from '@/components/Panel';
import { StatusTag } from '@/components/StatusTag';
import { Toolbar } from '@/components/Toolbar';
import { useTexts } from '@/i18n';
import { useApp } from '@/shell/app';
import { useMay } from '@/shell/session';
import { FeatureOff } from '../features/FeatureOff';
import { AlertDialog } from './AlertDialog';
import { DeliveriesDrawer } from './DeliveriesDrawer';
import { PostDialog } from './PostDialog';
import { PreDialog } from './PreDialog';
import { RuleTable } from './RuleTable';
import { TestDialog } from './TestDialog';
import { callbackTexts } from './texts';
import '../apps/apps.css';
import './callbacks.css';

/** A rule to be made or changed. */
interface Subject {
  kind: CallbackKind;
  rule?: CallbackRule;
}

/** 消息回调. */
export default function CallbacksPage() {
  const t = useTexts(callbackTexts);
  const app = useApp();
  const read = useRead<Callbacks>(`${app.api}/callbacks`);
  const writing = useOpening<Subject>();
  const testing = useOpening<CallbackRule>();
  const viewing = useOpening<CallbackRule>();
  const callbacks = read.data;
  const off = callbacks !== undefined && !callbacks.pre && !callbacks.post;
  const subject = writing.about;
  const dialog = (kind: CallbackKind) => ({
    rule: subject?.rule,
    taken: (callbacks?.rules ?? []).filter(({ id }) => id !== subject?.rule?.id).map(({ name }) => name),
    open: writing.open && subject?.kind === kind,
    onClose: writing.hide,
  });
  return (
    <>
      <PageHeader
        status={callbacks && <StatusTag tone={off ? 'off' : 'good'}>{off ? t.off : t.on}</StatusTag>}
        description={t.about}
      />
      <Panel>
        {off ? (
          <FeatureOff title={t.offTitle} hint={t.offHint} />
        ) : (
          <Tools callbacks={callbacks} onAdd={(kind) => writing.show({ kind })} />
        )}
        {off && callbacks.rules.length > 0 && <p className="panel-hint">{t.offKept}</p>}
        {(!off || callbacks.rules.length > 0) && (
          <RuleTable
            callbacks={callbacks}
            error={read.error}
            onRetry={() => void read.refetch()}
            to={{
              edit: (rule) => writing.show({ kind: rule.kind, rule }),
              test: testing.show,
              deliveries: viewing.show,
            }}
          />
        )}
      </Panel>
      <PreDialog {...dialog('pre')} />
      <PostDialog {...dialog('post')} cache={callbacks?.failure_cache ?? false} />
      <TestDialog rule={testing.about} open={testing.open} onClose={testing.hide} />
      <DeliveriesDrawer
        // Its figures change while the drawer is open.
        rule={callbacks?.rules.find(({ id }) => id === viewing.about?.id)}
        open={viewing.open}
        onClose={viewing.hide}
      />
    </>
  );
}

/** Above the table: how many rules there are, and what can be added. */
function Tools({ callbacks, onAdd }: { callbacks: Callbacks | undefined; onAdd: (kind: CallbackKind) => void }) {
  const t = useTexts(callbackTexts);
  const may = useMay();
  const alerting = useOpening();
  const count = callbacks?.rules.length ?? 0;
  const most = callbacks?.most ?? undefined;
  const full = most !== undefined && count >= most;
  const kinds = (['pre', 'post'] as const).map((kind) => {
    const included = callbacks?.[kind] ?? false;
    return { key: kind, label: included ? t.kinds(kind) : t.kindOff(t.kinds(kind)), disabled: !included };
  });
  const addButton = (
    <Button type="primary" icon={<PlusOutlined />} disabled={!callbacks || full}>
      {t.add}
      <DownOutlined />
    </Button>
  );
  return (
    <>
      <Toolbar
        filters={
          callbacks && (
            <span className="faint">{most === undefined ? t.countOnly(count) : t.count(count, most)}</span>
          )
        }
      >
        {may('features') && (
          <>
            {full ? (
              <Tooltip title={t.full(most)}>{addButton}</Tooltip>
            ) : (
              <Dropdown
                trigger={['click']}
                disabled={!callbacks}
                menu={{ items: kinds, onClick: ({ key }) => onAdd(key as CallbackKind) }}
              >
                {addButton}
              </Dropdown>
            )}
            <Button disabled={!callbacks} onClick={() => alerting.show(true)}>
              {t.alert}
            </Button>
          </>
        )}
      </Toolbar>
      {callbacks && (
        <AlertDialog current={callbacks.alert} mail={callbacks.mail} open={alerting.open} onClose={alerting.hide} />
      )}
    </>
  );
}
