import { App } from 'antd';
import { useNavigate } from 'react-router';
import { api } from '@/api/client';
import { useInvalidate } from '@/api/hooks';
import { useFilters, usePages } from '@/api/lists';
import type { Organisation } from '@/api/types/account';
import { useConfirm } from '@/components/ConfirmDialog';
import { Clipped } from '@/components/Clipped';
import { DataTable } from '@/components/DataTable';
import { RowActions } from '@/components/RowActions';
import { SearchInput } from '@/components/SearchInput';
import { StatusTag } from '@/components/StatusTag';
import { TimeText } from '@/components/TimeText';
import { Toolbar } from '@/components/Toolbar';
import { useTexts } from '@/i18n';
import { common } from '@/i18n/common';
import { useEntered } from '@/shell/organisation';
import { organisationTexts } from './organisationTexts';

export function OrganisationTable() {
  const t = useTexts(organisationTexts);
  const words = useTexts(common);
  const { entered, enter } = useEntered();
  const navigate = useNavigate();
  const [{ search }, setFilters] = useFilters(['search']);
  const list = usePages<Organisation>('/organisations', { search });
  const close = useClosing();
  return (
    <>
      <Toolbar filters={<SearchInput label={t.search} value={search} onSearch={(search) => setFilters({ search })} />} />
      <DataTable<Organisation>
        list={list}
        rowKey="name"
        label={t.organisations}
        columns={[
          { title: t.org, key: 'name', render: (_, { name }) => <code>{name}</code> },
          { title: t.title, key: 'title', render: (_, { title }) => <Clipped text={title} width={220} /> },
          { title: t.kind, key: 'kind', render: (_, { kind }) => (kind === 'company' ? t.company : t.individual) },
          { title: t.apps, dataIndex: 'apps', align: 'right' },
          { title: t.members, dataIndex: 'members', align: 'right' },
          {
            title: t.state,
            key: 'state',
            render: (_, { closing_requested }) =>
              closing_requested ? (
                <StatusTag tone="warning">{t.closing}</StatusTag>
              ) : (
                <StatusTag tone="good">{t.active}</StatusTag>
              ),
          },
          { title: t.created, key: 'created', render: (_, { created }) => <TimeText value={created} day /> },
          {
            title: words.actions,
            key: 'actions',
            render: (_, org) => (
              <RowActions
                of={org.name}
                inline={2}
                actions={[
                  {
                    key: 'enter',
                    label: entered === org.name ? t.entered : t.enter,
                    disabled: entered === org.name,
                    onClick: () => {
                      enter(org.name);
                      void navigate('/');
                    },
                  },
                  {
                    key: 'close',
                    label: t.confirmClosing,
                    danger: true,
                    hidden: !org.closing_requested,
                    onClick: () => close(org),
                  },
                ]}
              />
            ),
          },
        ]}
      />
    </>
  );
}

function useClosing(): (org: Organisation) => void {
  const t = useTexts(organisationTexts);
  const confirm = useConfirm();
  const invalidate = useInvalidate();
  const { entered, enter } = useEntered();
  const { message } = App.useApp();
  return ({ name }) =>
    confirm({
      title: t.confirmClosing,
      content: t.closingText(name),
      danger: true,
      typed: name,
      okText: t.confirmClosing,
      onOk: async () => {
        await api.post(`/organisations/${name}/close`);
        if (entered === name) enter(undefined);
        await invalidate('/organisations');
        void message.success(t.closed);
      },
    });
}
