import { Button, Switch } from 'antd';
import { useNavigate } from 'react-router';
import type { ModerationRuleRow } from '@/api/types/moderation';
import { Clipped } from '@/components/Clipped';
import { DataTable } from '@/components/DataTable';
import { RowActions } from '@/components/RowActions';
import { useTexts } from '@/i18n';
import { common } from '@/i18n/common';
import { useApp } from '@/shell/app';
import { useMay } from '@/shell/session';
import { useMeasureColumns } from './measureColumns';
import { useRuleActions } from './ruleActions';
import { namesChats } from './ruleForm';
import { ruleTexts } from './ruleTexts';
import { whole } from './service';
import { useTargetName } from './targets';
import type { Kind } from './words';

interface Props {
  kind: Kind;
  rules: readonly ModerationRuleRow[];
  to: { edit(rule: ModerationRuleRow): void; subRules(rule: ModerationRuleRow): void };
}

export function RuleTable({ kind, rules, to }: Props) {
  const t = useTexts(ruleTexts);
  const words = useTexts(common);
  const targetName = useTargetName();
  const measures = useMeasureColumns<ModerationRuleRow>(kind, (rule) => rule.measures);
  return (
    <DataTable<ModerationRuleRow>
      list={whole(rules)}
      rowKey="id"
      label={t.rules}
      empty={t.empty}
      columns={[
        { title: t.name, dataIndex: 'name', fixed: 'left', render: (name: string) => <Clipped text={name} width={150} /> },
        {
          title: t.chats,
          dataIndex: 'target',
          render: ({ type, ids }: ModerationRuleRow['target']) => (
            <>
              {targetName(type)}
              {namesChats(type) && <Clipped text={ids.join(', ')} width={140} />}
            </>
          ),
        },
        ...measures,
        {
          title: t.subRules,
          key: 'sub',
          render: (_, rule) => (
            <Button
              type="link"
              size="small"
              className="cell-button"
              aria-label={t.subRulesLabel(rule.name, rule.sub_rules.length)}
              onClick={() => to.subRules(rule)}
            >
              {t.subRuleCount(rule.sub_rules.length)}
            </Button>
          ),
        },
        { title: t.enabled, key: 'enabled', fixed: 'right', render: (_, rule) => <Enabled rule={rule} /> },
        {
          title: words.actions,
          key: 'actions',
          fixed: 'right',
          width: 130,
          render: (_, rule) => <Actions rule={rule} to={to} />,
        },
      ]}
    />
  );
}

function Enabled({ rule }: { rule: ModerationRuleRow }) {
  const t = useTexts(ruleTexts);
  const editable = useMay()('moderation_write');
  const { enable, disable, busy } = useRuleActions();
  return (
    <Switch
      aria-label={t.enable(rule.name)}
      checked={rule.enabled}
      disabled={!editable}
      loading={busy}
      onChange={(wanted) => (wanted ? enable(rule) : disable(rule))}
    />
  );
}

function Actions({ rule, to }: Pick<Props, 'to'> & { rule: ModerationRuleRow }) {
  const t = useTexts(ruleTexts);
  const words = useTexts(common);
  const { home } = useApp();
  const navigate = useNavigate();
  const readOnly = !useMay()('moderation_write');
  const { remove } = useRuleActions();
  return (
    <RowActions
      of={rule.name}
      actions={[
        { key: 'edit', label: words.edit, hidden: readOnly, onClick: () => to.edit(rule) },
        { key: 'test', label: t.test, onClick: () => void navigate(`${home}/im/moderation/test?rule=${rule.id}`) },
        { key: 'delete', label: words.delete, danger: true, hidden: readOnly, onClick: () => remove(rule) },
      ]}
    />
  );
}
