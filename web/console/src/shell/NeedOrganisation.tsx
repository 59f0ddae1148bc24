import { Button } from 'antd';
import { Link } from 'react-router';
import { Notice } from '@/components/Notice';
import { PageHeader } from '@/components/PageHeader';
import { Panel } from '@/components/Panel';
import { useTexts } from '@/i18n';
import { shellTexts } from './texts';

/** In place of a page about an organisation, for an operator who is in none. */
export function NeedOrganisation({ text }: { text: string }) {
  const t = useTexts(shellTexts);
  return (
    <>
      <PageHeader />
      <Panel>
        <Notice title={t.needOrganisation} text={text}>
          <Link to="/account/organisations">
            <Button type="primary">{t.toOrganisations}</Button>
          </Link>
        </Notice>
      </Panel>
    </>
  );
}
