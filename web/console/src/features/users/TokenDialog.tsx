import { Alert, Button, Form, InputNumber, Modal } from 'antd';
import { useEffect, useState } from 'react';
import { api } from '@/api/client';
import { useAction } from '@/api/hooks';
import type { IssuedToken, IssueToken, UserRow } from '@/api/types/users';
import { CopyText } from '@/components/CopyText';
import { useTexts } from '@/i18n';
import { common } from '@/i18n/common';
import { useApp } from '@/shell/app';
import { userTexts } from './texts';

interface Props {
  user: UserRow | undefined;
  open: boolean;
  onClose: () => void;
}

/** 查看Token: issues a token of the user and shows it. */
export function TokenDialog({ user, open, onClose }: Props) {
  const t = useTexts(userTexts);
  const words = useTexts(common);
  const app = useApp();
  const [seconds, setSeconds] = useState<number | null>(null);
  const [token, setToken] = useState<IssuedToken>();
  useEffect(() => {
    if (open) setToken(undefined);
  }, [open]);
  const issue = useAction(async () => {
    const body: IssueToken = seconds === null ? {} : { ttl_seconds: seconds };
    setToken(await api.post<IssuedToken>(`${app.api}/users/${encodeURIComponent(user?.id ?? '')}/token`, body));
  });
  return (
    <Modal
      title={t.tokenTitle(user?.id ?? '')}
      open={open}
      onCancel={onClose}
      footer={<Button onClick={onClose}>{words.close}</Button>}
      destroyOnHidden
    >
      <Alert type="info" showIcon title={t.tokenText} className="dialog-problem" />
      <Form layout="vertical" onFinish={() => void issue.run()}>
        <Form.Item label={t.tokenTtl} extra={t.tokenTtlHint} htmlFor="token-ttl">
          <InputNumber<number> id="token-ttl" min={0} precision={0} value={seconds} onChange={setSeconds} style={{ width: 200 }} />
        </Form.Item>
        <Button type="primary" htmlType="submit" loading={issue.busy}>
          {t.tokenIssue}
        </Button>
      </Form>
      {token && (
        <div className="issued-token" role="status">
          <CopyText text={token.access_token} what="Token" />
          <p className="faint">{token.expires_in === 0 ? t.tokenForever : t.tokenLife(token.expires_in)}</p>
        </div>
      )}
    </Modal>
  );
}
