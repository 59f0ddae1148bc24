import { App } from 'antd';
import { api } from '@/api/client';
import { useAction, useInvalidate } from '@/api/hooks';
import type { EnableCertificate, PushCertificate } from '@/api/types/push';
import { useConfirm } from '@/components/ConfirmDialog';
import { useTexts } from '@/i18n';
import { common } from '@/i18n/common';
import { useApp } from '@/shell/app';
import { pushTexts } from './texts';

/** Switches certificates and deletes them; what breaks something asks first. */
export function useCertificateActions() {
  const t = useTexts(pushTexts);
  const words = useTexts(common);
  const app = useApp();
  const { message } = App.useApp();
  const confirm = useConfirm();
  const invalidate = useInvalidate();
  const all = `${app.api}/push`;
  const path = ({ id }: PushCertificate): string => `${all}/certificates/${id}`;
  const put = (certificate: PushCertificate, enabled: boolean): Promise<unknown> =>
    api.put(`${path(certificate)}/enabled`, { enabled } satisfies EnableCertificate);
  const enable = useAction((certificate: PushCertificate) => put(certificate, true), { done: t.enableDone, changes: [all] });
  return {
    enable: (certificate: PushCertificate) => void enable.run(certificate),
    disable: (certificate: PushCertificate) =>
      confirm({
        title: t.disableTitle(certificate.name),
        content: t.disableText,
        okText: t.disable,
        onOk: async () => {
          await put(certificate, false);
          await invalidate(all);
          void message.success(t.disableDone);
        },
      }),
    remove: (certificate: PushCertificate) =>
      confirm({
        title: t.removeTitle(certificate.name),
        content: t.removeText,
        okText: words.delete,
        danger: true,
        onOk: async () => {
          await api.delete(path(certificate));
          await invalidate(all, `${app.api}/features`);
          void message.success(t.removeDone);
        },
      }),
  };
}
