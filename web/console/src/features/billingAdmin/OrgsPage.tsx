import { useNavigate } from 'react-router';
import { useFilters, usePages } from '@/api/lists';
import type { OrgAccount } from '@/api/types/billing';
import { Clipped } from '@/components/Clipped';
import { DataTable } from '@/components/DataTable';
import { useOpening } from '@/components/dialog';
import { Money } from '@/components/Money';
import { PageHeader } from '@/components/PageHeader';
import { Panel } from '@/components/Panel';
import { RowActions } from '@/components/RowActions';
import { SearchInput } from '@/components/SearchInput';
import { StatusTag } from '@/components/StatusTag';
import { Toolbar } from '@/components/Toolbar';
import { useTexts } from '@/i18n';
import { common } from '@/i18n/common';
import { useEntered } from '@/shell/organisation';
import { AdjustmentDialog } from './AdjustmentDialog';
import { CreditDialog } from './CreditDialog';
import { PreviewDialog } from './PreviewDialog';
import { adminTexts } from './texts';

/** `/account/billing-orgs` */
export default function OrgsPage() {
  const t = useTexts(adminTexts);
  const words = useTexts(common);
  const { enter } = useEntered();
  const navigate = useNavigate();
  const [{ search }, setFilters] = useFilters(['search']);
  const list = usePages<OrgAccount>('/operator/billing/orgs', { search });
  const adjusting = useOpening<OrgAccount>();
  const crediting = useOpening<OrgAccount>();
  const previewing = useOpening<OrgAccount>();
  const amount = (value: number) => <Money value={value} />;
  return (
    <>
      <PageHeader description={t.orgsAbout} />
      <Panel>
        <Toolbar filters={<SearchInput label={t.search} value={search} onSearch={(search) => setFilters({ search })} />} />
        <DataTable<OrgAccount>
          list={list}
          rowKey="org"
          label={t.orgs}
          empty={t.none}
          columns={[
            { title: t.org, dataIndex: 'org', render: (org: string) => <code>{org}</code> },
            { title: t.title, dataIndex: 'title', render: (title: string) => <Clipped text={title} width={200} /> },
            { title: t.balance, dataIndex: 'balance', align: 'right', render: amount },
            { title: t.gift, dataIndex: 'gift', align: 'right', render: amount },
            { title: t.creditLimit, dataIndex: 'credit_limit', align: 'right', render: amount },
            { title: t.owed, dataIndex: 'owed', align: 'right', render: amount },
            { title: t.state, key: 'state', render: (_, org) => <State org={org} /> },
            {
              title: words.actions,
              key: 'actions',
              fixed: 'right',
              render: (_, org) => (
                <RowActions
                  of={org.org}
                  inline={1}
                  actions={[
                    { key: 'adjust', label: t.adjust, onClick: () => adjusting.show(org) },
                    { key: 'credit', label: t.setCredit, onClick: () => crediting.show(org) },
                    { key: 'preview', label: t.preview, onClick: () => previewing.show(org) },
                    {
                      key: 'view',
                      label: t.view,
                      onClick: () => {
                        enter(org.org);
                        void navigate('/billing/account');
                      },
                    },
                  ]}
                />
              ),
            },
          ]}
        />
      </Panel>
      {adjusting.about && <AdjustmentDialog org={adjusting.about.org} open={adjusting.open} onClose={adjusting.hide} />}
      {crediting.about && (
        <CreditDialog
          org={crediting.about.org}
          limit={crediting.about.credit_limit}
          open={crediting.open}
          onClose={crediting.hide}
        />
      )}
      {previewing.about && <PreviewDialog org={previewing.about.org} open={previewing.open} onClose={previewing.hide} />}
    </>
  );
}

function State({ org: { suspended, in_arrears_since } }: { org: OrgAccount }) {
  const t = useTexts(adminTexts);
  if (suspended) return <StatusTag tone="bad">{t.suspended}</StatusTag>;
  if (in_arrears_since) return <StatusTag tone="warning">{t.arrears}</StatusTag>;
  return <StatusTag tone="good">{t.normal}</StatusTag>;
}
