import { Alert } from 'antd';
import type { PushCertificate } from '@/api/types/push';
import { useLanguage, useTexts } from '@/i18n';
import { day, minute, statusTones } from './status';
import { pushTexts } from './texts';
import { typeName } from './words';

/** Which certificates do not push, or soon will not, and why. */
export function AttentionBanner({ certificates }: { certificates: readonly PushCertificate[] }) {
  const t = useTexts(pushTexts);
  const { language } = useLanguage();
  const bad = certificates.filter(({ status }) => status !== 'ok' && status !== 'disabled');
  if (bad.length === 0) return null;
  const what = ({ status, status_until, status_reason, expires }: PushCertificate): string => {
    if (status === 'expiring') return t.isExpiring(day(expires));
    if (status === 'expired') return t.isExpired;
    const says = status === 'banned' ? t.isBanned : t.isOverQuota;
    return says(minute(status_until), status_reason ?? '');
  };
  return (
    <Alert
      type={bad.some(({ status }) => statusTones[status] === 'bad') ? 'error' : 'warning'}
      showIcon
      className="push-attention"
      title={t.attention(bad.length)}
      description={
        <ul>
          {bad.map((certificate) => (
            <li key={certificate.id}>
              <strong>{certificate.name}</strong> {typeName(certificate, language)} · {what(certificate)}
            </li>
          ))}
        </ul>
      }
    />
  );
}
