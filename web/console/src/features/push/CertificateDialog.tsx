import { Alert, Form, Radio, Tabs } from 'antd';
import type { PushCertificate } from '@/api/types/push';
import { FormDialog } from '@/components/FormDialog';
import { useLanguage, useTexts } from '@/i18n';
import { CertificateField } from './CertificateField';
import { keepsSecrets, startOf, useSaveCertificate, type CertificateValues } from './certificateForm';
import { certificateTexts } from './certificateTexts';
import { kindOf, vendorNames, vendors, type Vendor } from './kinds';
import { kindName, vendorName } from './words';

interface Props {
  /** The certificate to be changed; absent: a new one. */
  certificate: PushCertificate | undefined;
  open: boolean;
  onClose: () => void;
}

/** 添加推送证书, 编辑推送证书. */
export function CertificateDialog({ certificate, open, onClose }: Props) {
  const t = useTexts(certificateTexts);
  const save = useSaveCertificate(certificate);
  const [form] = Form.useForm<CertificateValues>();
  return (
    <FormDialog<CertificateValues>
      title={certificate ? t.editTitle(certificate.name) : t.addTitle}
      open={open}
      onClose={onClose}
      onSubmit={save}
      form={form}
      initial={startOf(certificate)}
      width={720}
    >
      <Fields certificate={certificate} />
    </FormDialog>
  );
}

function Fields({ certificate }: { certificate: PushCertificate | undefined }) {
  const t = useTexts(certificateTexts);
  const form = Form.useFormInstance<CertificateValues>();
  const vendor = Form.useWatch('vendor', { form, preserve: true }) ?? vendorNames[0]!;
  const chosen = Form.useWatch([vendor, 'kind'], { form, preserve: true }) as string | undefined;
  const spec = kindOf(vendor, chosen);
  const kept = keepsSecrets(certificate, spec.kind);
  const hints = [
    certificate ? t.renameHint : t.nameHint,
    ...(vendor === 'APNS' ? [t.appleHint] : []),
    ...(spec.kind === 'fcm_legacy' ? [t.legacyHint] : []),
  ];
  return (
    <>
      <VendorTabs only={certificate?.vendor} />
      <Alert
        type={hints.length > 1 ? 'warning' : 'info'}
        showIcon
        className="form-note"
        title={hints.map((hint) => (
          <div key={hint}>{hint}</div>
        ))}
      />
      <div className="push-fields" key={vendor}>
        {vendors[vendor].length > 1 && <KindField vendor={vendor} />}
        {/* Another kind begins its file and its secrets anew. */}
        {spec.fields.map((field) => (
          <CertificateField
            key={field.as === 'text' ? field.name : `${spec.kind} ${field.name}`}
            vendor={vendor}
            field={field}
            kept={kept}
          />
        ))}
      </div>
    </>
  );
}

/** A tab for each vendor; a certificate stays with its own. */
function VendorTabs({ only }: { only: string | undefined }) {
  const t = useTexts(certificateTexts);
  const { language } = useLanguage();
  const shown = only === undefined ? vendorNames : [only];
  return (
    <Form.Item name="vendor" valuePropName="activeKey" noStyle>
      <Tabs
        aria-label={t.vendors}
        items={shown.map((key) => ({ key, label: vendorName(key, language) }))}
        tabBarGutter={20}
        className="vendor-tabs"
      />
    </Form.Item>
  );
}

/** 证书类型. */
function KindField({ vendor }: { vendor: Vendor }) {
  const t = useTexts(certificateTexts);
  const { language } = useLanguage();
  return (
    <Form.Item name={[vendor, 'kind']} label={t.kind} className="push-wide" required>
      <Radio.Group options={vendors[vendor].map(({ kind }) => ({ value: kind, label: kindName(kind, language) }))} />
    </Form.Item>
  );
}
