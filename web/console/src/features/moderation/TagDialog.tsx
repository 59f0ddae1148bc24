import { App, Form, Input } from 'antd';
import { api } from '@/api/client';
import { useInvalidate } from '@/api/hooks';
import type { TagForm, TagName, TagRow } from '@/api/types/moderation';
import { FormDialog } from '@/components/FormDialog';
import { useRules } from '@/components/rules';
import { useTexts } from '@/i18n';
import { common } from '@/i18n/common';
import { nameChars } from './limits';
import { useModerationPaths } from './service';
import { tagTexts } from './tagTexts';

interface Props {
  of: TagRow['of'];
  /** Absent: a new one. */
  tag: TagRow | undefined;
  tags: readonly TagRow[];
  open: boolean;
  onClose: () => void;
}

/** Creates a tag, or gives one another name. */
export function TagDialog({ of, tag, tags, open, onClose }: Props) {
  const t = useTexts(tagTexts);
  const words = useTexts(common);
  const rules = useRules();
  const { base, changes } = useModerationPaths();
  const invalidate = useInvalidate();
  const { message } = App.useApp();
  const others = tags.filter((other) => other.of === of && other.id !== tag?.id);
  const save = async (values: TagName): Promise<void> => {
    const name = values.name.trim();
    if (tag) await api.put<TagRow>(`${base}/tags/${tag.id}`, { name } satisfies TagName);
    else await api.post<TagRow>(`${base}/tags`, { name, of } satisfies TagForm);
    await invalidate(...changes);
    void message.success(tag ? t.saved : t.added);
  };
  return (
    <FormDialog<TagName>
      title={tag ? t.renameTitle(tag.name) : t.addTitle(t.tabs(of))}
      open={open}
      onClose={onClose}
      onSubmit={save}
      initial={{ name: tag?.name ?? '' }}
      submitText={tag ? words.save : words.create}
    >
      <Form.Item
        name="name"
        label={t.name}
        className="last-item"
        rules={[
          rules.required(t.name),
          rules.atMost(nameChars),
          rules.that((name) => !others.some((other) => other.name === name.trim()), t.nameTaken),
        ]}
      >
        <Input autoComplete="off" />
      </Form.Item>
    </FormDialog>
  );
}
