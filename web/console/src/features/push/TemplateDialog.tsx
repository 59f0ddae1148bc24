import { App, Form, Input } from 'antd';
import { api } from '@/api/client';
import { useInvalidate } from '@/api/hooks';
import type { PushTemplate, PushTemplateForm } from '@/api/types/push';
import { FormDialog } from '@/components/FormDialog';
import { useRules } from '@/components/rules';
import { useTexts } from '@/i18n';
import { useApp } from '@/shell/app';
import { templateContentChars, templateNameChars, templateNamePattern, templateTitleChars } from './limits';
import { templateTexts } from './templateTexts';

interface Props {
  /** The template to be changed; absent: a new one. */
  template: PushTemplate | undefined;
  /** Names that there are. */
  taken: readonly string[];
  open: boolean;
  onClose: () => void;
}

/** 添加推送模板, 编辑推送模板. */
export function TemplateDialog({ template, taken, open, onClose }: Props) {
  const t = useTexts(templateTexts);
  const rules = useRules();
  const app = useApp();
  const invalidate = useInvalidate();
  const { message } = App.useApp();
  const path = `${app.api}/push/templates`;
  const save = async (values: PushTemplateForm): Promise<void> => {
    if (template) await api.put(`${path}/${encodeURIComponent(template.name)}`, { ...values, name: template.name });
    else await api.post(path, { ...values, name: values.name.trim() });
    await invalidate(path, `${app.api}/features`);
    void message.success(template ? t.saved : t.added);
  };
  const free = rules.that((text) => !taken.includes(text.trim()), t.nameTaken);
  return (
    <FormDialog<PushTemplateForm>
      title={template ? t.editTitle(template.name) : t.addTitle}
      open={open}
      onClose={onClose}
      onSubmit={save}
      initial={{ name: template?.name ?? '', title: template?.title ?? '', content: template?.content ?? '' }}
      width={560}
    >
      <Form.Item
        name="name"
        label={t.name}
        extra={template?.built_in ? t.nameLocked : t.nameHint}
        validateFirst
        rules={
          template
            ? []
            : [
                rules.required(t.name),
                rules.atMost(templateNameChars),
                rules.that((text) => templateNamePattern.test(text.trim()), t.nameRule),
                free,
              ]
        }
      >
        <Input autoComplete="off" spellCheck={false} disabled={template !== undefined} />
      </Form.Item>
      <Form.Item name="title" label={t.heading} rules={[rules.required(t.heading), rules.atMost(templateTitleChars)]}>
        <Input autoComplete="off" />
      </Form.Item>
      <Form.Item name="content" label={t.content} rules={[rules.required(t.content), rules.atMost(templateContentChars)]}>
        <Input.TextArea autoSize={{ minRows: 2, maxRows: 6 }} />
      </Form.Item>
      <p className="faint">{t.variables}</p>
      <dl className="push-variables">
        <dt>
          <code>{'{$dynamicFrom}'}</code>
        </dt>
        <dd>{t.dynamicFrom}</dd>
        <dt>
          <code>{'{$fromNickname}'}</code>
        </dt>
        <dd>{t.fromNickname}</dd>
        <dt>
          <code>{'{$msg}'}</code>
        </dt>
        <dd>{t.msg}</dd>
        <dt>
          <code>{'{0} {1} …'}</code>
        </dt>
        <dd>{t.positional}</dd>
      </dl>
    </FormDialog>
  );
}
