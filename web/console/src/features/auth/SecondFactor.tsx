import { Button } from 'antd';
import { api } from '@/api/client';
import type { LoginState } from '@/api/types/account';
import { FactorForm } from '@/components/FactorForm';
import { useTexts } from '@/i18n';
import { authTexts } from './texts';

/** A login whose password was right. */
type Pending = Extract<LoginState, { status: 'factor_required' }>;

interface Props {
  pending: Pending;
  onDone: () => Promise<void>;
  onBack: () => void;
}

export default function SecondFactor({ pending: { factors, ticket, email_hint }, onDone, onBack }: Props) {
  const t = useTexts(authTexts);
  return (
    <>
      <h1>{t.secondFactor}</h1>
      <FactorForm
        factors={factors}
        mailedTo={email_hint}
        intro={t.secondFactorIntro}
        submitText={t.signIn}
        onSendEmail={() => api.post('/login/email-code', { ticket }, { anonymous: true })}
        onSubmit={async (factor, code) => {
          await api.post('/login/factor', { ticket, factor, code }, { anonymous: true });
          await onDone();
        }}
      />
      <div className="auth-links">
        <Button type="link" size="small" onClick={onBack}>
          {t.otherAccount}
        </Button>
      </div>
    </>
  );
}
