import { MailOutlined, PhoneOutlined, UserOutlined } from '@ant-design/icons';
import { useTexts } from '@/i18n';
import { useInstallation } from '@/shell/session';
import { appTexts } from './texts';

/** Whom to ask for more: the person that the operator has named. */
export function Contact() {
  const t = useTexts(appTexts);
  const { contact } = useInstallation();
  if (!contact) return <p className="faint">{t.contactNone}</p>;
  return (
    <ul className="contact">
      {contact.name && (
        <li>
          <UserOutlined aria-label={t.contactName} />
          <strong>{contact.name}</strong>
        </li>
      )}
      {contact.phone && (
        <li>
          <PhoneOutlined aria-label={t.phone} />
          <a href={`tel:${contact.phone.replace(/\s/g, '')}`}>{contact.phone}</a>
        </li>
      )}
      {contact.email && (
        <li>
          <MailOutlined aria-label={t.mail} />
          <a href={`mailto:${contact.email}`}>{contact.email}</a>
        </li>
      )}
    </ul>
  );
}
