import { App, Form, Input } from 'antd';
import { api } from '@/api/client';
import { describeCode } from '@/api/errors';
import { useInvalidate } from '@/api/hooks';
import { FormDialog } from '@/components/FormDialog';
import { useRules } from '@/components/rules';
import { useLanguage, useTexts } from '@/i18n';
import { useApp } from '@/shell/app';
import { isDestructive, type Handling } from './measures';
import { reportTexts } from './texts';

interface Props {
  handling: Handling | undefined;
  open: boolean;
  onClose: () => void;
  /** Called when something was done. */
  onDone: () => void;
}

interface Values {
  note?: string;
  typed?: string;
}

const noteChars = 500;

/** Says what a measure means, asks for a note, and takes it. */
export function HandleDialog({ handling, open, onClose, onDone }: Props) {
  const t = useTexts(reportTexts);
  const rules = useRules();
  const handle = useHandle(handling, onDone);
  const { measure, reports } = handling ?? { measure: 'dismiss' as const, reports: [] };
  const senders = [...new Set(reports.map(({ sender }) => sender))];
  // Deleting cannot be undone: whom, or how many, has to be typed.
  const typed = senders.length === 1 ? senders[0]! : String(senders.length);
  return (
    <FormDialog<Values>
      title={t.titles(measure, reports.length)}
      open={open}
      onClose={onClose}
      onSubmit={handle}
      submitText={t.measures(measure)}
      danger={isDestructive(measure)}
      intro={
        <>
          <p>{t.effects(measure)}</p>
          <p className="report-senders">
            {t.senders}: {senders.join(', ')}
          </p>
        </>
      }
    >
      <Form.Item
        name="note"
        label={t.note}
        className={measure === 'delete' ? '' : 'last-item'}
        rules={[rules.atMost(noteChars)]}
      >
        <Input.TextArea rows={3} placeholder={t.notePlaceholder} />
      </Form.Item>
      {measure === 'delete' && (
        <Form.Item
          name="typed"
          label={t.typed(typed)}
          className="last-item"
          validateTrigger="onSubmit"
          required
          rules={[
            {
              validator: (_, words?: string) =>
                words?.trim() === typed ? Promise.resolve() : Promise.reject(new Error(t.typedRule(typed))),
            },
          ]}
        >
          <Input autoComplete="off" spellCheck={false} />
        </Form.Item>
      )}
    </FormDialog>
  );
}

interface Outcome {
  handled: number;
  failed: { id: string; why: string }[];
}

/** Takes the measure. Nothing done is a refusal; some of it done is told with what was not. */
function useHandle(handling: Handling | undefined, onDone: () => void): (values: Values) => Promise<void> {
  const t = useTexts(reportTexts);
  const { language } = useLanguage();
  const app = useApp();
  const invalidate = useInvalidate();
  const { message, notification } = App.useApp();
  return async ({ note }) => {
    if (!handling) return;
    const { measure, reports } = handling;
    const ids = reports.map(({ id }) => id);
    const { handled, failed } = await api.post<Outcome>(`${app.api}/reports/handle`, { ids, measure, note: note?.trim() ?? '' });
    await invalidate(`${app.api}/reports`);
    const reasons = failed.map(({ id, why }) => t.failedOne(id, describeCode(why, language)));
    if (handled === 0 && failed.length > 0) throw new Error(reasons.join('; '));
    onDone();
    if (handled > 0) void message.success(t.done(handled));
    if (failed.length === 0) return;
    notification.warning({
      title: t.failed(failed.length),
      description: reasons.map((reason) => <p key={reason}>{reason}</p>),
      duration: 0,
    });
  };
}
