import { Alert, App, Button, Space } from 'antd';
import { useNavigate } from 'react-router';
import { useTexts } from '@/i18n';
import { useApp } from '@/shell/app';
import { useCancel } from './cancel';
import { purchaseTexts } from './texts';

/** A purchase that waits for its payment: no other can begin. */
export function UnfinishedPurchase({ purchaseNo }: { purchaseNo: string | null }) {
  const t = useTexts(purchaseTexts);
  const { home } = useApp();
  const navigate = useNavigate();
  const { message } = App.useApp();
  const cancel = useCancel();
  if (purchaseNo === null) return null;
  return (
    <Alert
      type="warning"
      showIcon
      title={t.unfinished}
      description={t.unfinishedText(purchaseNo)}
      action={
        <Space>
          <Button onClick={() => cancel(purchaseNo, () => void message.success(t.cancelled))}>{t.cancel}</Button>
          <Button type="primary" onClick={() => void navigate(`${home}/im/purchase/${purchaseNo}/pay`)}>
            {t.goOn}
          </Button>
        </Space>
      }
    />
  );
}
