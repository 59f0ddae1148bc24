import { Modal } from 'antd';
import { useEffect, useState } from 'react';
import { api, setVerifier } from '@/api/client';
import type { Factor } from '@/api/types/account';
import { FactorForm } from '@/components/FactorForm';
import { focusFirstField } from '@/components/focus';
import { useTexts } from '@/i18n';
import { shellTexts } from './texts';

interface Asked {
  factors: Factor[];
  answer(verified: boolean): void;
}

/** Opens when a call is answered with `verification_required`; the call is repeated after the code was accepted. */
export function VerificationDialog() {
  const t = useTexts(shellTexts);
  const [asked, setAsked] = useState<Asked>();
  const [open, setOpen] = useState(false);
  useEffect(() => {
    setVerifier(
      (refusal) =>
        new Promise((resolve) => {
          setAsked((earlier) => {
            earlier?.answer(false);
            return { factors: refusal.params.factors as Factor[], answer: resolve };
          });
          setOpen(true);
        }),
    );
    return () => setVerifier(undefined);
  }, []);
  const close = (verified: boolean): void => {
    asked?.answer(verified);
    setOpen(false);
  };
  return (
    <Modal
      title={t.protection}
      open={open}
      onCancel={() => close(false)}
      footer={null}
      width={440}
      // Above the dialog whose button was pressed.
      zIndex={1100}
      mask={{ closable: false }}
      destroyOnHidden
      afterOpenChange={(opened) => {
        if (opened) focusFirstField();
      }}
      afterClose={() => setAsked(undefined)}
    >
      {asked && (
        <FactorForm
          factors={asked.factors}
          intro={t.protectionIntro}
          submitText={t.verify}
          onSendEmail={() => api.post('/verify/email-code')}
          onSubmit={async (factor, code) => {
            await api.post('/verify', { factor, code });
            close(true);
          }}
        />
      )}
    </Modal>
  );
}
