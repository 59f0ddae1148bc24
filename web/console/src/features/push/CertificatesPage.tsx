import { PlusOutlined } from '@ant-design/icons';
import { Button, Tooltip } from 'antd';
import { useRead } from '@/api/hooks';
import type { Push, PushCertificate } from '@/api/types/push';
import { useOpening } from '@/components/dialog';
import { PageHeader } from '@/components/PageHeader';
import { Panel } from '@/components/Panel';
import { StatusTag } from '@/components/StatusTag';
import { Toolbar } from '@/components/Toolbar';
import { useTexts } from '@/i18n';
import { useApp } from '@/shell/app';
import { useMay } from '@/shell/session';
import { FeatureOff } from '../features/FeatureOff';
import { AttentionBanner } from './AttentionBanner';
import { CertificateDialog } from './CertificateDialog';
import { CertificateTable } from './CertificateTable';
import { PolicyPanel } from './PolicyPanel';
import { Receipts } from './Receipts';
import { TestDialog } from './TestDialog';
import { pushTexts } from './texts';
import '../apps/apps.css';
import './push.css';

/** 消息推送 / 证书管理. */
export default function CertificatesPage() {
  const t = useTexts(pushTexts);
  const app = useApp();
  const read = useRead<Push>(`${app.api}/push`);
  const writing = useOpening<PushCertificate | undefined>();
  const testing = useOpening<PushCertificate>();
  const push = read.data;
  const off = push?.enabled === false;
  return (
    <>
      <PageHeader
        status={push && <StatusTag tone={off ? 'off' : 'good'}>{off ? t.off : t.on}</StatusTag>}
        description={t.about}
      />
      {!off && !read.error && <PolicyPanel push={push} />}
      <Panel title={off ? undefined : t.certificates}>
        {off ? (
          <FeatureOff title={t.offTitle} hint={t.offHint} />
        ) : (
          <>
            {push && <AttentionBanner certificates={push.certificates} />}
            <Tools push={push} onAdd={() => writing.show(undefined)} />
          </>
        )}
        {off && push.certificates.length > 0 && <p className="panel-hint">{t.offKept}</p>}
        {(!off || push.certificates.length > 0) && (
          <CertificateTable
            push={push}
            error={read.error}
            onRetry={() => void read.refetch()}
            to={{ edit: writing.show, test: testing.show }}
          />
        )}
        {!off && push && <Receipts push={push} />}
      </Panel>
      <CertificateDialog certificate={writing.about} open={writing.open} onClose={writing.hide} />
      <TestDialog certificate={testing.about} open={testing.open} onClose={testing.hide} />
    </>
  );
}

/** Above the table: how many certificates there are, and the button for another. */
function Tools({ push, onAdd }: { push: Push | undefined; onAdd: () => void }) {
  const t = useTexts(pushTexts);
  const may = useMay();
  const count = push?.certificates.length ?? 0;
  const most = push?.most ?? undefined;
  const full = most !== undefined && count >= most;
  const add = (
    <Button type="primary" icon={<PlusOutlined />} disabled={!push || full} onClick={onAdd}>
      {t.add}
    </Button>
  );
  return (
    <Toolbar
      filters={push && <span className="faint">{most === undefined ? t.countOnly(count) : t.count(count, most)}</span>}
    >
      {may('features') && (full ? <Tooltip title={t.full(most)}>{add}</Tooltip> : add)}
    </Toolbar>
  );
}
