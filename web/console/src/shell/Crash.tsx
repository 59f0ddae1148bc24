import { Button } from 'antd';
import { useRouteError } from 'react-router';
import { Notice } from '@/components/Notice';
import { useTexts } from '@/i18n';
import { common } from '@/i18n/common';

/** In place of a page that threw, or could not be loaded. */
export function Crash() {
  const t = useTexts(common);
  const error = useRouteError();
  return (
    <Notice
      status="error"
      title={t.crashed}
      text={
        <>
          {t.crashedHint}
          <br />
          <code>{error instanceof Error ? error.message : String(error)}</code>
        </>
      }
    >
      <Button type="primary" onClick={() => window.location.reload()}>
        {t.reload}
      </Button>
    </Notice>
  );
}
