import { PlusOutlined } from '@ant-design/icons';
import { App, Button, Drawer, Tooltip } from 'antd';
import { api } from '@/api/client';
import { useInvalidate } from '@/api/hooks';
import type { Moderation, ModerationRuleRow, ModerationSubRule } from '@/api/types/moderation';
import { useConfirm } from '@/components/ConfirmDialog';
import { DataTable } from '@/components/DataTable';
import { useOpening } from '@/components/dialog';
import { RowActions } from '@/components/RowActions';
import { Toolbar } from '@/components/Toolbar';
import { useTexts } from '@/i18n';
import { common } from '@/i18n/common';
import { useMay } from '@/shell/session';
import { useMeasureColumns } from './measureColumns';
import { changedRule } from './ruleForm';
import { ruleTexts } from './ruleTexts';
import { useModerationPaths, whole } from './service';
import { SubRuleDialog } from './SubRuleDialog';
import { TagChips } from './TagChips';

interface Props {
  service: Moderation;
  rule: ModerationRuleRow | undefined;
  open: boolean;
  onClose: () => void;
}

/** The sub-rules of a rule. */
export function SubRulesDrawer({ service, rule, open, onClose }: Props) {
  const t = useTexts(ruleTexts);
  return (
    <Drawer title={t.subRulesOf(rule?.name ?? '')} open={open} onClose={onClose} size={1000} destroyOnHidden>
      {rule && <SubRules service={service} rule={rule} />}
    </Drawer>
  );
}

function SubRules({ service, rule }: { service: Moderation; rule: ModerationRuleRow }) {
  const t = useTexts(ruleTexts);
  const words = useTexts(common);
  const editable = useMay()('moderation_write');
  const writing = useOpening<ModerationSubRule | undefined>();
  const remove = useRemove(service, rule);
  const measures = useMeasureColumns<ModerationSubRule>(rule.kind, (sub) => sub.measures);
  const most = service.sub_rules_max ?? Infinity;
  const full = rule.sub_rules.length >= most;
  return (
    <>
      <p className="dialog-intro">{t.subAbout}</p>
      {editable && (
        <Toolbar>
          <Tooltip title={full ? t.subFull(most) : undefined}>
            <Button type="primary" icon={<PlusOutlined />} disabled={full} onClick={() => writing.show(undefined)}>
              {t.subAdd}
            </Button>
          </Tooltip>
        </Toolbar>
      )}
      <DataTable<ModerationSubRule>
        list={whole(rule.sub_rules)}
        rowKey="id"
        label={t.subRules}
        empty={t.subEmpty}
        columns={[
          {
            title: t.subTags,
            dataIndex: 'tags',
            render: (ids: string[]) => <TagChips ids={ids} tags={service.tags} />,
          },
          ...measures,
          ...(editable
            ? [
                {
                  title: words.actions,
                  key: 'actions',
                  fixed: 'right' as const,
                  render: (_: unknown, sub: ModerationSubRule) => (
                    <RowActions
                      of={t.subRules}
                      actions={[
                        { key: 'edit', label: words.edit, onClick: () => writing.show(sub) },
                        { key: 'delete', label: words.delete, danger: true, onClick: () => remove(sub) },
                      ]}
                    />
                  ),
                },
              ]
            : []),
        ]}
      />
      <SubRuleDialog
        rule={rule}
        sub={writing.about}
        tags={service.tags}
        open={writing.open}
        onClose={writing.hide}
      />
    </>
  );
}

/** Asks, and saves the rule without the sub-rule. */
function useRemove({ tags }: Moderation, rule: ModerationRuleRow): (sub: ModerationSubRule) => void {
  const t = useTexts(ruleTexts);
  const words = useTexts(common);
  const { base, changes } = useModerationPaths();
  const confirm = useConfirm();
  const invalidate = useInvalidate();
  const { message } = App.useApp();
  return (sub) =>
    confirm({
      title: t.subRemoveTitle,
      content: t.subRemoveText(sub.tags.map((id) => tags.find((tag) => tag.id === id)?.name ?? t.unknownTag).join(', ')),
      okText: words.delete,
      danger: true,
      onOk: async () => {
        const sub_rules = rule.sub_rules.filter(({ id }) => id !== sub.id);
        await api.put<ModerationRuleRow>(`${base}/rules/${rule.id}`, changedRule(rule, { sub_rules }));
        await invalidate(...changes);
        void message.success(t.subRemoveDone);
      },
    });
}
