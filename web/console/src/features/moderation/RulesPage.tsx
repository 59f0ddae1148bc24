import { PlusOutlined } from '@ant-design/icons';
import { Alert, Button, Tabs, Tooltip } from 'antd';
import { useFilters } from '@/api/lists';
import type { Moderation, ModerationRuleRow } from '@/api/types/moderation';
import { useOpening } from '@/components/dialog';
import { Panel } from '@/components/Panel';
import { Toolbar } from '@/components/Toolbar';
import { useTexts } from '@/i18n';
import { useMay } from '@/shell/session';
import { KindsPanel } from './KindsPanel';
import { ModerationFrame } from './ModerationFrame';
import { RuleDialog } from './RuleDialog';
import { RuleTable } from './RuleTable';
import { ruleTexts } from './ruleTexts';
import { SubRulesDrawer } from './SubRulesDrawer';
import { kinds, kindTexts } from './words';

/** 规则配置. */
export default function RulesPage() {
  const t = useTexts(ruleTexts);
  return (
    <ModerationFrame about={t.about}>
      {(service) => (
        <>
          <KindsPanel service={service} />
          <RulesPanel service={service} />
        </>
      )}
    </ModerationFrame>
  );
}

function RulesPanel({ service }: { service: Moderation }) {
  const t = useTexts(ruleTexts);
  const names = useTexts(kindTexts);
  const editable = useMay()('moderation_write');
  const [filters, setFilters] = useFilters(['kind']);
  const kind = kinds.find((name) => name === filters.kind) ?? kinds[0]!;
  const writing = useOpening<ModerationRuleRow | undefined>();
  const dividing = useOpening<ModerationRuleRow>();
  const { rules, rules_max: most } = service;
  const full = most !== null && rules.length >= most;
  return (
    <Panel title={t.rules}>
      <Tabs
        activeKey={kind}
        onChange={(to) => setFilters({ kind: to === kinds[0] ? undefined : to })}
        items={kinds.map((key) => ({ key, label: names[key] }))}
      />
      {!service.settings.kinds.includes(kind) && (
        <Alert type="info" showIcon title={t.idle(names[kind])} className="form-note" />
      )}
      <Toolbar
        filters={
          <span className="faint">{most === null ? t.countOnly(rules.length) : t.count(rules.length, most)}</span>
        }
      >
        {editable && (
          <Tooltip title={full ? t.full(most) : undefined}>
            <Button type="primary" icon={<PlusOutlined />} disabled={full} onClick={() => writing.show(undefined)}>
              {t.add}
            </Button>
          </Tooltip>
        )}
      </Toolbar>
      <RuleTable
        kind={kind}
        rules={rules.filter((rule) => rule.kind === kind)}
        to={{ edit: writing.show, subRules: dividing.show }}
      />
      <RuleDialog
        kind={writing.about?.kind ?? kind}
        rule={writing.about}
        rules={rules}
        open={writing.open}
        onClose={writing.hide}
      />
      <SubRulesDrawer
        service={service}
        // It changes while the drawer is open.
        rule={rules.find(({ id }) => id === dividing.about?.id)}
        open={dividing.open}
        onClose={dividing.hide}
      />
    </Panel>
  );
}
