import { useQueryClient } from '@tanstack/react-query';
import { Button, Spin } from 'antd';
import { useEffect, useRef, useState } from 'react';
import { Link, useSearchParams } from 'react-router';
import { api } from '@/api/client';
import { describe } from '@/api/errors';
import { refreshSession } from '@/api/session';
import { Notice } from '@/components/Notice';
import { useDocumentTitle } from '@/components/PageHeader';
import { useLanguage, useTexts } from '@/i18n';
import { common } from '@/i18n/common';
import { authTexts } from './texts';

type State = 'busy' | 'done' | { error: unknown };

/** `/user/verify?token=…`: the mail's link was opened, which is the proof. */
export default function VerifyPage() {
  const t = useTexts(authTexts);
  const words = useTexts(common);
  const { language } = useLanguage();
  const client = useQueryClient();
  const [search] = useSearchParams();
  const token = search.get('token');
  const [state, setState] = useState<State>('busy');
  // The link works once, and effects of a page under development run twice.
  const sent = useRef(false);
  useDocumentTitle(t.verifyTitle);
  useEffect(() => {
    if (!token || sent.current) return;
    sent.current = true;
    api.post('/email/verify', { token }, { anonymous: true }).then(
      () => {
        setState('done');
        void refreshSession(client);
      },
      (error: unknown) => setState({ error }),
    );
  }, [token, client]);
  const home = (
    <Link to="/">
      <Button type="primary">{words.toHome}</Button>
    </Link>
  );
  if (!token) {
    return (
      <Notice status="warning" title={t.linkMissing} text={t.linkMissingHint}>
        {home}
      </Notice>
    );
  }
  if (state === 'busy') {
    return <Notice icon={<Spin size="large" />} title={t.verifying} />;
  }
  if (state === 'done') {
    return (
      <Notice status="success" title={t.verifyDone} text={t.verifyDoneHint}>
        {home}
      </Notice>
    );
  }
  return (
    <Notice status="error" title={t.verifyFailed} text={describe(state.error, language)}>
      {home}
    </Notice>
  );
}
