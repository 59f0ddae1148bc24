import { Alert, Button, Checkbox, Form, Input, Modal, QRCode, Steps } from 'antd';
import { useState } from 'react';
import { api } from '@/api/client';
import { useAction } from '@/api/hooks';
import type { ConfirmTotp, RecoveryCodes as Made, TotpOffer } from '@/api/types/account';
import { CopyText } from '@/components/CopyText';
import { useRules } from '@/components/rules';
import { useSubmit } from '@/components/submit';
import { useTexts } from '@/i18n';
import { useMe } from '@/shell/session';
import { RecoveryCodes } from './RecoveryCodes';
import { accountTexts } from './texts';
import './account.css';

interface Props {
  open: boolean;
  onClose: () => void;
  /** The app is bound. */
  onBound: () => void;
}

/** Install an app, scan, enter the first code, keep the recovery codes. */
export function MfaWizard({ open, onClose, onBound }: Props) {
  const t = useTexts(accountTexts);
  const { email } = useMe();
  const [offer, setOffer] = useState<TotpOffer>();
  const [codes, setCodes] = useState<string[]>();
  const begin = useAction(async () => setOffer(await api.post<TotpOffer>('/account/totp/begin')));
  const step = codes ? 2 : offer ? 1 : 0;
  return (
    <Modal
      title={t.wizard}
      open={open}
      onCancel={onClose}
      footer={null}
      width={600}
      // The codes are shown this once: no way out but the button that says so.
      closable={!codes}
      keyboard={!codes}
      mask={{ closable: false }}
      destroyOnHidden
      afterClose={() => {
        setOffer(undefined);
        setCodes(undefined);
      }}
    >
      <Steps
        size="small"
        current={step}
        className="wizard-steps"
        items={[{ title: t.stepApp }, { title: t.stepScan }, { title: t.stepCodes }]}
      />
      {codes ? (
        <>
          <Alert type="success" showIcon title={t.bindDone} description={t.bindWarning} className="dialog-problem" />
          <RecoveryCodes codes={codes} email={email} onDone={onClose} />
        </>
      ) : offer ? (
        <ScanForm
          offer={offer}
          onBound={(made) => {
            setCodes(made);
            onBound();
          }}
        />
      ) : (
        <>
          <p className="dialog-intro">{t.appText}</p>
          <div className="dialog-end">
            <Button type="primary" loading={begin.busy} onClick={() => void begin.run()}>
              {t.appNext}
            </Button>
          </div>
        </>
      )}
    </Modal>
  );
}

interface Values {
  code: string;
  login: boolean;
  operation: boolean;
}

function ScanForm({ offer, onBound }: { offer: TotpOffer; onBound: (codes: string[]) => void }) {
  const t = useTexts(accountTexts);
  const rules = useRules();
  const [form] = Form.useForm<Values>();
  const { send, busy, problem } = useSubmit(form, async ({ code, login, operation }: Values) => {
    const body: ConfirmTotp = {
      ticket: offer.ticket,
      code: code.replaceAll(/\s/g, ''),
      login_protection: login,
      operation_protection: operation,
    };
    onBound((await api.post<Made>('/account/totp/confirm', body)).recovery_codes);
  });
  return (
    <Form
      form={form}
      layout="vertical"
      initialValues={{ login: true, operation: false }}
      onFinish={(values) => void send(values)}
    >
      <p className="dialog-intro">{t.scanText}</p>
      {problem && <Alert type="error" showIcon title={problem} className="dialog-problem" />}
      <div className="scan">
        <div className="scan-code" role="img" aria-label={t.qr}>
          <QRCode type="svg" value={offer.uri} size={176} bordered={false} errorLevel="M" />
        </div>
        <div className="scan-fields">
          <div className="scan-secret">
            <span>{t.manual}</span>
            <CopyText text={offer.secret} what={t.secret} />
          </div>
          <Form.Item
            name="code"
            label={t.code}
            rules={[rules.required(t.code), rules.pattern(/^\s*(\d\s*){6}$/, t.digits)]}
          >
            <Input autoFocus autoComplete="one-time-code" inputMode="numeric" maxLength={7} />
          </Form.Item>
          <div className="scan-scope" role="group" aria-label={t.scope}>
            <span>{t.scope}</span>
            <Form.Item name="login" valuePropName="checked" noStyle>
              <Checkbox>{t.loginProtection}</Checkbox>
            </Form.Item>
            <Form.Item name="operation" valuePropName="checked" noStyle>
              <Checkbox>{t.operationProtection}</Checkbox>
            </Form.Item>
          </div>
        </div>
      </div>
      <div className="dialog-end">
        <Button type="primary" htmlType="submit" loading={busy}>
          {t.submit}
        </Button>
      </div>
    </Form>
  );
}
