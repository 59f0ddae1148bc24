import { Button, Empty } from 'antd';
import { describe } from '@/api/errors';
import { useLanguage, useTexts } from '@/i18n';
import { common } from '@/i18n/common';

/** In place of what could not be read. */
export function ErrorState({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  const { language } = useLanguage();
  const t = useTexts(common);
  return (
    <div className="error-state" role="alert">
      <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={`${t.loadFailed}: ${describe(error, language)}`}>
        <Button onClick={onRetry}>{t.retry}</Button>
      </Empty>
    </div>
  );
}
