import { ExclamationCircleFilled } from '@ant-design/icons';
import { Alert, Form, Input, Modal } from 'antd';
import { createContext, useCallback, useContext, useMemo, useState, type ReactNode } from 'react';
import { Cancelled } from '@/api/client';
import { describe } from '@/api/errors';
import { useLanguage, useTexts } from '@/i18n';
import { common } from '@/i18n/common';
import { focusFirstField } from './focus';

export interface Question {
  title: string;
  /** What will happen. */
  content: ReactNode;
  okText?: string;
  /** Something ends that does not come back. */
  danger?: boolean;
  /** The button waits until this has been typed. */
  typed?: string;
  /** Throws what the server refused, which the dialog then shows. */
  onOk: () => Promise<unknown>;
}

const Context = createContext<((question: Question) => void) | undefined>(undefined);

/** `confirm({ title, content, danger: true, onOk: () => api.delete(…) })` */
export function useConfirm(): (question: Question) => void {
  const ask = useContext(Context);
  if (!ask) throw new Error('useConfirm outside ConfirmProvider');
  return ask;
}

export function ConfirmProvider({ children }: { children: ReactNode }) {
  const [question, setQuestion] = useState<Question>();
  const [open, setOpen] = useState(false);
  const ask = useCallback((question: Question) => {
    setQuestion(question);
    setOpen(true);
  }, []);
  const dialog = useMemo(
    () =>
      question && (
        <ConfirmDialog
          {...question}
          open={open}
          onClose={() => setOpen(false)}
          afterClose={() => setQuestion(undefined)}
        />
      ),
    [question, open],
  );
  return (
    <Context value={ask}>
      {children}
      {dialog}
    </Context>
  );
}

interface Props extends Question {
  open: boolean;
  onClose: () => void;
  afterClose?: () => void;
}

export function ConfirmDialog({ title, content, okText, danger, typed, onOk, open, onClose, afterClose }: Props) {
  const t = useTexts(common);
  const { language } = useLanguage();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  const [words, setWords] = useState('');
  const ready = typed === undefined || words.trim() === typed;
  const go = async (): Promise<void> => {
    if (!ready) return;
    setBusy(true);
    setProblem(undefined);
    try {
      await onOk();
      onClose();
    } catch (error) {
      if (!(error instanceof Cancelled)) setProblem(describe(error, language));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Modal
      title={
        <span className="confirm-title">
          <ExclamationCircleFilled className={danger ? 'danger' : 'warning'} />
          {title}
        </span>
      }
      open={open}
      onOk={() => void go()}
      onCancel={busy ? undefined : onClose}
      okText={okText ?? t.ok}
      cancelText={t.cancel}
      okButtonProps={{ danger: danger ?? false, loading: busy, disabled: !ready }}
      cancelButtonProps={{ disabled: busy }}
      mask={{ closable: false }}
      width={440}
      afterOpenChange={(opened) => {
        if (opened) focusFirstField();
      }}
      afterClose={() => {
        setWords('');
        setProblem(undefined);
        afterClose?.();
      }}
    >
      <div className="confirm-content">{content}</div>
      {typed !== undefined && (
        <Form layout="vertical" onFinish={() => void go()}>
          <Form.Item label={t.typeToConfirm(typed)} htmlFor="confirm-typed" className="last-item">
            <Input
              id="confirm-typed"
              value={words}
              onChange={(event) => setWords(event.target.value)}
              autoComplete="off"
            />
          </Form.Item>
        </Form>
      )}
      {problem && <Alert type="error" showIcon title={problem} className="dialog-problem" />}
    </Modal>
  );
}
