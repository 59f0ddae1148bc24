import { Alert, App, Switch } from 'antd';
import { api } from '@/api/client';
import { useAction, useInvalidate } from '@/api/hooks';
import type { Moderation, ModerationSettings } from '@/api/types/moderation';
import { useConfirm } from '@/components/ConfirmDialog';
import { Panel } from '@/components/Panel';
import { useTexts } from '@/i18n';
import { useMay } from '@/shell/session';
import { ruleTexts } from './ruleTexts';
import { useModerationPaths } from './service';
import { moderationTexts } from './texts';
import { kinds, kindTexts } from './words';

/** 审核范围: which kinds of messages are examined, and whether those of the customer's server are. */
export function KindsPanel({ service: { settings, provider } }: { service: Moderation }) {
  const t = useTexts(ruleTexts);
  const words = useTexts(moderationTexts);
  const names = useTexts(kindTexts);
  const { put, busy } = usePut();
  const { kinds: on, rest } = settings;
  const cells = [
    ...kinds.map((kind) => ({
      key: kind,
      name: names[kind],
      hint: t.kindHints(kind),
      checked: on.includes(kind),
      to: { rest, kinds: on.includes(kind) ? on.filter((other) => other !== kind) : [...on, kind] },
    })),
    { key: 'rest', name: t.rest, hint: t.restHint, checked: rest, to: { kinds: on, rest: !rest } },
  ];
  const editable = useMay()('moderation_write');
  return (
    <Panel title={t.scope}>
      {!provider && (
        <Alert type="warning" showIcon title={words.noProvider} description={words.noProviderHint} className="form-note" />
      )}
      <p className="panel-hint">{t.scopeHint}</p>
      <ul className="kind-switches">
        {cells.map(({ key, name, hint, checked, to }) => (
          <li key={key}>
            <h3>
              {name}
              <Switch
                aria-label={t.switchOf(name)}
                checked={checked}
                disabled={!editable || busy}
                onChange={(wanted) => put(to, wanted ? undefined : name)}
              />
            </h3>
            <p>{hint}</p>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

/** Writes the settings; what ends is asked for by its name first. */
function usePut(): { put(to: ModerationSettings, ends: string | undefined): void; busy: boolean } {
  const t = useTexts(ruleTexts);
  const { base, changes } = useModerationPaths();
  const confirm = useConfirm();
  const invalidate = useInvalidate();
  const { message } = App.useApp();
  const write = (to: ModerationSettings): Promise<unknown> => api.put<Moderation>(`${base}/settings`, to);
  const start = useAction(write, { done: t.scopeSaved, changes });
  const stop = async (to: ModerationSettings): Promise<void> => {
    await write(to);
    await invalidate(...changes);
    void message.success(t.scopeSaved);
  };
  return {
    busy: start.busy,
    put: (to, ends) =>
      ends === undefined
        ? void start.run(to)
        : confirm({ title: t.stopTitle(ends), content: t.stopText, okText: t.stop, danger: true, onOk: () => stop(to) }),
  };
}
