import { Button } from 'antd';
import { Link } from 'react-router';
import { Notice } from '@/components/Notice';
import { useDocumentTitle } from '@/components/PageHeader';
import { useTexts } from '@/i18n';
import { common } from '@/i18n/common';

/** No such page, or not for this account: which of them is not said. */
export function NotFound() {
  const t = useTexts(common);
  useDocumentTitle(t.notFound);
  return (
    <Notice icon={<span className="big-code">404</span>} title={t.notFound} text={t.notFoundHint}>
      <Link to="/">
        <Button type="primary">{t.toHome}</Button>
      </Link>
    </Notice>
  );
}
