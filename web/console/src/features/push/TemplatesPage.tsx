import { PlusOutlined } from '@ant-design/icons';
import { App, Button, Tag, Tooltip } from 'antd';
import { api } from '@/api/client';
import { useInvalidate, useRead } from '@/api/hooks';
import type { PushTemplate, PushTemplates } from '@/api/types/push';
import { Clipped } from '@/components/Clipped';
import { useConfirm } from '@/components/ConfirmDialog';
import { DataTable } from '@/components/DataTable';
import { useOpening } from '@/components/dialog';
import { PageHeader } from '@/components/PageHeader';
import { Panel } from '@/components/Panel';
import { RowActions } from '@/components/RowActions';
import { StatusTag } from '@/components/StatusTag';
import { TimeText } from '@/components/TimeText';
import { Toolbar } from '@/components/Toolbar';
import { useTexts } from '@/i18n';
import { common } from '@/i18n/common';
import { useApp } from '@/shell/app';
import { useMay } from '@/shell/session';
import { FeatureOff } from '../features/FeatureOff';
import { TemplateDialog } from './TemplateDialog';
import { templateTexts } from './templateTexts';
import './push.css';

/** 消息推送 / 模板管理. */
export default function TemplatesPage() {
  const t = useTexts(templateTexts);
  const words = useTexts(common);
  const app = useApp();
  const may = useMay();
  const read = useRead<PushTemplates>(`${app.api}/push/templates`);
  const writing = useOpening<PushTemplate | undefined>();
  const remove = useRemoval();
  const templates = read.data;
  const off = templates?.enabled === false;
  // Of those that somebody wrote nobody knows.
  const languageOf = ({ built_in, created }: PushTemplate): string =>
    built_in && created === null && templates ? templates.language : 'und';
  return (
    <>
      <PageHeader
        status={templates && <StatusTag tone={off ? 'off' : 'good'}>{off ? t.off : t.on}</StatusTag>}
        description={t.about}
      />
      <Panel>
        {off ? (
          <FeatureOff title={t.offTitle} hint={t.offHint} />
        ) : (
          <>
            <Tools templates={templates} onAdd={() => writing.show(undefined)} />
            <DataTable<PushTemplate>
              list={{
                items: templates?.templates,
                error: read.error,
                refreshing: false,
                refetch: () => void read.refetch(),
                pager: undefined,
              }}
              rowKey="name"
              label={t.templates}
              empty={t.empty}
              columns={[
                { title: t.name, key: 'name', render: (_, template) => <Name of={template} /> },
                {
                  title: t.heading,
                  key: 'title',
                  render: (_, template) => <Says text={template.title} width={220} language={languageOf(template)} />,
                },
                {
                  title: t.content,
                  key: 'content',
                  render: (_, template) => <Says text={template.content} width={320} language={languageOf(template)} />,
                },
                { title: t.created, dataIndex: 'created', render: (time: number | null) => <TimeText value={time} /> },
                { title: t.updated, dataIndex: 'updated', render: (time: number | null) => <TimeText value={time} /> },
                {
                  title: words.actions,
                  key: 'actions',
                  fixed: 'right',
                  width: 130,
                  render: (_, template) => (
                    <RowActions
                      of={template.name}
                      actions={[
                        { key: 'edit', label: words.edit, hidden: !may('features'), onClick: () => writing.show(template) },
                        {
                          key: 'delete',
                          label: words.delete,
                          hidden: !may('features') || template.built_in,
                          danger: true,
                          onClick: () => remove(template),
                        },
                      ]}
                    />
                  ),
                },
              ]}
            />
          </>
        )}
      </Panel>
      <TemplateDialog
        template={writing.about}
        taken={(templates?.templates ?? []).map(({ name }) => name)}
        open={writing.open}
        onClose={writing.hide}
      />
    </>
  );
}

/** What a template says, which is not in the language of the page. */
function Says({ text, width, language }: { text: string; width: number; language: string }) {
  return (
    <span lang={language}>
      <Clipped text={text} width={width} />
    </span>
  );
}

function Name({ of: { name, built_in } }: { of: PushTemplate }) {
  const t = useTexts(templateTexts);
  return (
    <span>
      {name}{' '}
      {built_in && (
        <Tooltip title={t.builtInAbout(name)} trigger={['hover', 'focus']}>
          <Tag tabIndex={0}>{t.builtIn}</Tag>
        </Tooltip>
      )}
    </span>
  );
}

/** Above the table: how many templates there are, and the button for another. */
function Tools({ templates, onAdd }: { templates: PushTemplates | undefined; onAdd: () => void }) {
  const t = useTexts(templateTexts);
  const may = useMay();
  const count = templates?.configured ?? 0;
  const most = templates?.most ?? undefined;
  const full = most !== undefined && count >= most;
  const add = (
    <Button type="primary" icon={<PlusOutlined />} disabled={!templates || full} onClick={onAdd}>
      {t.add}
    </Button>
  );
  return (
    <Toolbar
      filters={
        templates && <span className="faint">{most === undefined ? t.countOnly(count) : t.count(count, most)}</span>
      }
    >
      {may('features') && (full ? <Tooltip title={t.full(most)}>{add}</Tooltip> : add)}
    </Toolbar>
  );
}

/** Asks before a template goes. */
function useRemoval(): (template: PushTemplate) => void {
  const t = useTexts(templateTexts);
  const words = useTexts(common);
  const app = useApp();
  const { message } = App.useApp();
  const confirm = useConfirm();
  const invalidate = useInvalidate();
  const path = `${app.api}/push/templates`;
  return ({ name }) =>
    confirm({
      title: t.removeTitle(name),
      content: t.removeText,
      okText: words.delete,
      danger: true,
      onOk: async () => {
        await api.delete(`${path}/${encodeURIComponent(name)}`);
        await invalidate(path, `${app.api}/features`);
        void message.success(t.removeDone);
      },
    });
}
