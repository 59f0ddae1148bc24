import { api } from '@/api/client';
import { useInvalidate } from '@/api/hooks';
import { useConfirm } from '@/components/ConfirmDialog';
import { useTexts } from '@/i18n';
import { useApp } from '@/shell/app';
import { purchaseTexts } from './texts';

/** Takes back a purchase that was not paid, after a question; `done` is what follows. */
export function useCancel(): (purchaseNo: string, done: () => void) => void {
  const t = useTexts(purchaseTexts);
  const app = useApp();
  const confirm = useConfirm();
  const invalidate = useInvalidate();
  return (purchaseNo, done) =>
    confirm({
      title: t.cancelTitle,
      content: t.cancelText(purchaseNo),
      okText: t.cancel,
      danger: true,
      onOk: async () => {
        await api.post(`${app.api}/purchases/${purchaseNo}/cancel`);
        // First: a page about the purchase has to know that it is left before it reads that it is cancelled.
        done();
        await invalidate(`${app.api}/offers`, `${app.api}/purchases`, '/billing');
      },
    });
}
