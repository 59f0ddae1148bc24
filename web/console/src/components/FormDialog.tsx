import { Alert, Form, Modal, type FormInstance } from 'antd';
import { useLayoutEffect, type ReactNode } from 'react';
import { useTexts } from '@/i18n';
import { common } from '@/i18n/common';
import { focusFirstField } from './focus';
import { useSubmit } from './submit';

interface Props<V extends object> {
  title: string;
  open: boolean;
  onClose: () => void;
  /** Throws what the server refused; the dialog closes when it resolves. */
  onSubmit: (values: V) => Promise<unknown>;
  /** What the fields start with, each time it opens. */
  initial?: Partial<V>;
  submitText?: string;
  /** The button is red: something ends here. */
  danger?: boolean;
  width?: number;
  /** Hand one in to watch or set fields. */
  form?: FormInstance<V>;
  /** Above the fields: what this is about. */
  intro?: ReactNode;
  /** `Form.Item`s. */
  children: ReactNode;
}

/** A form in a dialog: Enter sends, Esc leaves, refusals stand beside their fields. */
export function FormDialog<V extends object>(props: Props<V>) {
  const { title, open, onClose, onSubmit, initial, submitText, danger, width, intro, children } = props;
  const t = useTexts(common);
  const [own] = Form.useForm<V>();
  const form = props.form ?? own;
  const { send, busy, problem, clear } = useSubmit(form, onSubmit);
  // Before the fields can be typed into, or it would wipe the first words.
  useLayoutEffect(() => {
    if (!open) return;
    clear();
    form.resetFields();
    // The form itself comes a moment later, and until then remembers what it last started with.
    if (initial) form.setFieldsValue(initial as never);
    // eslint-disable-next-line react-hooks/exhaustive-deps -- when it opens, and only then
  }, [open]);
  return (
    <Modal
      title={title}
      open={open}
      onCancel={busy ? undefined : onClose}
      okText={submitText ?? t.save}
      cancelText={t.cancel}
      okButtonProps={{ htmlType: 'submit', loading: busy, danger: danger ?? false }}
      cancelButtonProps={{ disabled: busy }}
      width={width ?? 520}
      mask={{ closable: false }}
      destroyOnHidden
      afterOpenChange={(opened) => {
        if (opened) focusFirstField();
      }}
      modalRender={(dialog) => (
        <Form<V>
          form={form}
          layout="vertical"
          className="dialog-form"
          requiredMark
          scrollToFirstError={{ focus: true }}
          {...(initial ? { initialValues: initial } : {})}
          onFinish={async (values) => {
            if (await send(values)) onClose();
          }}
        >
          {dialog}
        </Form>
      )}
    >
      {intro && <div className="dialog-intro">{intro}</div>}
      {problem && <Alert type="error" showIcon title={problem} className="dialog-problem" />}
      {children}
    </Modal>
  );
}
