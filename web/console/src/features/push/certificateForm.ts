import { App } from 'antd';
import { ApiError, api } from '@/api/client';
import { useInvalidate } from '@/api/hooks';
import type { CertificateForm, PushCertificate } from '@/api/types/push';
import { useTexts } from '@/i18n';
import { useApp } from '@/shell/app';
import { certificateTexts } from './certificateTexts';
import { fileOf, readFile } from './files';
import { kindOf, vendorNames, vendors, type FieldSpec, type Vendor } from './kinds';

/** What the form has of one vendor: its kind, and its fields by their names. */
type VendorValues = Record<string, unknown>;

/** As typed: each tab keeps its own. */
export type CertificateValues = { vendor: Vendor } & Partial<Record<Vendor, VendorValues>>;

/** What the form of a certificate starts with; without one, that of a new certificate. */
export function startOf(certificate: PushCertificate | undefined): CertificateValues {
  const vendor = (certificate?.vendor ?? vendorNames[0]) as Vendor;
  const blank = vendorNames.map((name) => {
    const fields = vendors[name].flatMap((kind) => kind.fields).map((field) => [field.name, blankOf(field)]);
    return [name, { kind: kindOf(name, undefined).kind, ...Object.fromEntries(fields) }] as const;
  });
  const values = { vendor, ...Object.fromEntries(blank) } as CertificateValues;
  if (certificate) values[vendor] = { ...values[vendor], ...certificate.fields, kind: certificate.kind };
  return values;
}

function blankOf(field: FieldSpec): unknown {
  if (field.as === 'switch') return false;
  return field.as === 'choice' ? field.initial : undefined;
}

/** Whether a secret of the certificate stays when its field is left empty: the kind has to be the same. */
export function keepsSecrets(certificate: PushCertificate | undefined, kind: string): boolean {
  return certificate?.kind === kind;
}

/** Saves what the dialog has: a new certificate, or the one that it was opened for. */
export function useSaveCertificate(certificate: PushCertificate | undefined): (values: CertificateValues) => Promise<void> {
  const t = useTexts(certificateTexts);
  const app = useApp();
  const invalidate = useInvalidate();
  const { message } = App.useApp();
  const path = `${app.api}/push/certificates`;
  return async (values) => {
    const body = await bodyOf(values);
    try {
      if (certificate) await api.put<PushCertificate>(`${path}/${certificate.id}`, body);
      else await api.post<PushCertificate>(path, body);
    } catch (error) {
      throw inTab(error, values.vendor);
    }
    await invalidate(`${app.api}/push`, `${app.api}/features`);
    void message.success(certificate ? t.saved : t.added);
  };
}

async function bodyOf(values: CertificateValues): Promise<CertificateForm> {
  const of = values[values.vendor] ?? {};
  const { kind, fields: specs } = kindOf(values.vendor, of.kind as string | undefined);
  const fields: CertificateForm['fields'] = {};
  for (const field of specs) {
    const value = of[field.name];
    if (field.as === 'file') {
      const file = fileOf(value);
      if (file) fields[field.name] = await readFile(file, field.ending);
    } else if (field.as === 'secret') {
      const secret = (value as string | undefined) ?? '';
      // An empty one stays, but a new file may do without.
      const isOfNewFile = field.opens !== undefined && fileOf(of[field.opens]) !== undefined;
      if (isOfNewFile) fields[field.name] = secret;
      else if (secret) fields[field.name] = field.opens ? secret : secret.trim();
    } else if (field.as === 'text') {
      fields[field.name] = (value as string | undefined)?.trim() || null;
    } else {
      fields[field.name] = (value as string | number | boolean | undefined) ?? null;
    }
  }
  return { kind, fields };
}

/** The form's name of a field has its tab in front. */
function inTab(error: unknown, vendor: Vendor): unknown {
  if (!(error instanceof ApiError) || error.field === undefined) return error;
  return new ApiError(error.status, error.code, error.message, `${vendor}.${error.field}`, error.params);
}
