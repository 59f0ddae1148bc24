import { Tag } from 'antd';
import dayjs from 'dayjs';
import type { CallbackRule, Callbacks } from '@/api/types/callbacks';
import { Clipped } from '@/components/Clipped';
import { DataTable } from '@/components/DataTable';
import { RowActions } from '@/components/RowActions';
import { SecretText } from '@/components/SecretText';
import { StatusTag } from '@/components/StatusTag';
import { useLanguage, useTexts } from '@/i18n';
import { common } from '@/i18n/common';
import { useMay } from '@/shell/session';
import { messageKinds, pick } from './events';
import { reason } from './reasons';
import { useRuleActions } from './ruleActions';
import { ruleTexts } from './ruleTexts';
import { callbackTexts } from './texts';

/** What a row can lead to. */
interface Destinations {
  edit(rule: CallbackRule): void;
  test(rule: CallbackRule): void;
  deliveries(rule: CallbackRule): void;
}

interface Props {
  callbacks: Callbacks | undefined;
  error: unknown;
  onRetry: () => void;
  to: Destinations;
}

export function RuleTable({ callbacks, error, onRetry, to }: Props) {
  const t = useTexts(callbackTexts);
  const words = useTexts(common);
  const included = ({ kind }: CallbackRule): boolean => callbacks?.[kind] ?? true;
  return (
    <DataTable<CallbackRule>
      list={{ items: callbacks?.rules, error, refreshing: false, refetch: onRetry, pager: undefined }}
      rowKey="id"
      label={t.rules}
      empty={t.empty}
      columns={[
        {
          title: t.nameAndUrl,
          key: 'name',
          render: (_, { name, url }) => (
            <div className="two-lines">
              <Clipped text={name} width={150} />
              <span className="faint">
                <Clipped text={url} width={150} />
              </span>
            </div>
          ),
        },
        {
          title: t.state,
          key: 'state',
          render: (_, rule) => <State rule={rule} included={included(rule)} />,
        },
        {
          title: t.kind,
          key: 'kind',
          render: (_, rule) => (
            <div className="two-lines">
              <span>{t.kinds(rule.kind)}</span>
              <TypeChips rule={rule} />
            </div>
          ),
        },
        {
          title: t.onFailure,
          key: 'failure',
          render: (_, rule) => (
            <div className="two-lines">
              <span>{t[failureWords(rule)]}</span>
              {rule.kind === 'pre' && <span className="faint">{t.waits(rule.timeout_ms.toLocaleString())}</span>}
            </div>
          ),
        },
        {
          title: t.secrets,
          key: 'secrets',
          render: (_, { hx_secret, custom_secret }) => (
            <div className="two-lines">
              <SecretText what="hxSecret" reveal={() => Promise.resolve(hx_secret)} />
              <CustomSecret secret={custom_secret} />
            </div>
          ),
        },
        {
          title: words.actions,
          key: 'actions',
          fixed: 'right',
          width: 120,
          render: (_, rule) => <Actions rule={rule} included={included(rule)} to={to} />,
        },
      ]}
    />
  );
}

function failureWords({ kind, on_failure, delivery }: CallbackRule): 'pass' | 'block' | 'retryOnce' | 'retryLong' {
  if (kind === 'pre') return on_failure;
  return delivery === 'durable' ? 'retryLong' : 'retryOnce';
}

/** 消息类型: of a rule before sending the kinds of messages, of one after sending which copies. */
function TypeChips({ rule: { kind, msg_types, event_classes } }: { rule: CallbackRule }) {
  const t = useTexts(callbackTexts);
  const words = useTexts(ruleTexts);
  const { language } = useLanguage();
  const classes: Record<string, string> = { chat: words.classChat, chat_offline: words.classOffline };
  const kinds = messageKinds.filter(({ type }) => msg_types.includes(type));
  const chips =
    kind === 'post'
      ? event_classes.map((name) => classes[name] ?? name)
      : kinds.length === messageKinds.length
        ? [t.allTypes]
        : kinds.map(({ names }) => pick(names, language));
  return (
    <span className="chips type-chips">
      {chips.map((chip) => (
        <Tag key={chip}>{chip}</Tag>
      ))}
    </span>
  );
}

function CustomSecret({ secret }: { secret: string | null }) {
  const t = useTexts(callbackTexts);
  if (!secret) return <span className="faint">{t.sameSecret}</span>;
  return <SecretText what={t.secret} reveal={() => Promise.resolve(secret)} />;
}

/** Whether it counts, and whether it is banned, until when and why. */
function State({ rule: { enabled, state }, included }: { rule: CallbackRule; included: boolean }) {
  const t = useTexts(callbackTexts);
  const { language } = useLanguage();
  if (!included) return <StatusTag tone="off">{t.inactive}</StatusTag>;
  const until = state?.banned_until;
  return (
    <div className="two-lines rule-state">
      <span className="chips">
        <StatusTag tone={enabled ? 'good' : 'off'}>{enabled ? t.enabled : t.disabled}</StatusTag>
        {until && <StatusTag tone="bad">{t.banned}</StatusTag>}
      </span>
      {until && (
        <span className="faint">
          {t.bannedUntil(dayjs(until).format('HH:mm:ss'), reason(state.ban_reason ?? '', language))}
        </span>
      )}
    </div>
  );
}

/** 编辑, and the rest in 更多. */
function Actions({ rule, included, to }: { rule: CallbackRule; included: boolean; to: Destinations }) {
  const t = useTexts(callbackTexts);
  const words = useTexts(common);
  const readOnly = !useMay()('features');
  // What the plan lacks can only be looked at and deleted.
  const idle = readOnly || !included;
  const { enable, disable, unban, remove } = useRuleActions();
  const { enabled, kind, state } = rule;
  return (
    <RowActions
      of={rule.name}
      actions={[
        { key: 'edit', label: words.edit, hidden: idle, onClick: () => to.edit(rule) },
        { key: 'enable', label: t.enable, hidden: idle || enabled, onClick: () => enable(rule) },
        { key: 'disable', label: t.disable, hidden: idle || !enabled, onClick: () => disable(rule) },
        { key: 'test', label: t.test, hidden: idle, onClick: () => to.test(rule) },
        { key: 'deliveries', label: t.deliveries, hidden: kind === 'pre', onClick: () => to.deliveries(rule) },
        { key: 'unban', label: t.unban, hidden: idle || !state?.banned_until, onClick: () => unban(rule) },
        { key: 'delete', label: words.delete, hidden: readOnly, danger: true, onClick: () => remove(rule) },
      ]}
    />
  );
}
