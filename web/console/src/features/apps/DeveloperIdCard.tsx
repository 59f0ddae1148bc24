import { Alert, Button, Modal } from 'antd';
import dayjs from 'dayjs';
import { useState } from 'react';
import { api } from '@/api/client';
import type { AppDetail, ClientSecret } from '@/api/types/apps';
import { CopyText } from '@/components/CopyText';
import { useOpening } from '@/components/dialog';
import { Panel } from '@/components/Panel';
import { SecretText } from '@/components/SecretText';
import { useTexts } from '@/i18n';
import { useApp } from '@/shell/app';
import { useMay, useMe } from '@/shell/session';
import { detailTexts } from './detailTexts';
import { Facts } from './Facts';
import { ResetSecretDialog } from './ResetSecretDialog';

/** 开发者ID: what the SDK and the customer's server prove themselves with. */
export function DeveloperIdCard({ detail }: { detail: AppDetail }) {
  const t = useTexts(detailTexts);
  return (
    <Panel title={t.developerId}>
      <p className="panel-hint">{t.developerIdHint}</p>
      <Facts
        items={[
          { label: t.appKey, value: <CopyText text={detail.app_key} what={t.appKey} /> },
          { label: t.clientId, value: <CopyText text={detail.client_id} what={t.clientId} /> },
          { label: t.clientSecret, value: <Secret detail={detail} /> },
        ]}
      />
    </Panel>
  );
}

function Secret({ detail }: { detail: AppDetail }) {
  const t = useTexts(detailTexts);
  const app = useApp();
  const may = useMay();
  const { may_reveal_secret } = useMe();
  const resetting = useOpening();
  const [fresh, setFresh] = useState<string>();
  const mayReveal = may('reveal_secret') && may_reveal_secret;
  const reveal = async (): Promise<string> => {
    const { client_secret } = await api.post<ClientSecret>(`${app.api}/secret/reveal`);
    return client_secret;
  };
  return (
    <div className="secret">
      <span className="secret-row">
        {mayReveal && detail.secret_known ? (
          // A new secret starts behind its mask again.
          <SecretText key={detail.modified} what={t.clientSecret} reveal={reveal} />
        ) : (
          <code>{'*'.repeat(16)}</code>
        )}
        {may('reset_secret') && detail.status !== 'deleting' && (
          <Button size="small" onClick={() => resetting.show(true)}>
            {t.reset}
          </Button>
        )}
      </span>
      {!mayReveal && <small className="faint">{t.secretHidden}</small>}
      {mayReveal && !detail.secret_known && <small className="faint">{t.secretUnknown}</small>}
      {detail.previous_secret_until && (
        <small className="warning">
          {t.previousUntil(dayjs(detail.previous_secret_until).format('YYYY-MM-DD HH:mm'))}
        </small>
      )}
      <ResetSecretDialog open={resetting.open} onClose={resetting.hide} appKey={detail.app_key} onDone={setFresh} />
      <Modal
        open={fresh !== undefined}
        title={t.newSecret}
        onCancel={() => setFresh(undefined)}
        mask={{ closable: false }}
        footer={
          <Button type="primary" onClick={() => setFresh(undefined)}>
            {t.understood}
          </Button>
        }
      >
        <Alert type="success" title={t.newSecretHint} showIcon className="dialog-problem" />
        {fresh !== undefined && <CopyText text={fresh} what={t.newSecret} />}
      </Modal>
    </div>
  );
}
