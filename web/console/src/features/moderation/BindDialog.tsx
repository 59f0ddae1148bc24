import { Form, Input } from 'antd';
import { api } from '@/api/client';
import { useInvalidate } from '@/api/hooks';
import type { TaggedMembers, TagMembers, TagRow } from '@/api/types/moderation';
import { FormDialog } from '@/components/FormDialog';
import { useTexts } from '@/i18n';
import { membersAtOnce } from './limits';
import { useModerationPaths } from './service';
import { tagTexts } from './tagTexts';
import '../callbacks/callbacks.css';

interface Props {
  tag: TagRow;
  open: boolean;
  onClose: () => void;
  onDone: (report: TaggedMembers) => void;
}

/** 绑定标记: gives a tag to those who are listed. */
export function BindDialog({ tag, open, onClose, onDone }: Props) {
  const t = useTexts(tagTexts);
  const { base, changes } = useModerationPaths();
  const invalidate = useInvalidate();
  const [form] = Form.useForm<{ members: string }>();
  const count = idsOf(Form.useWatch('members', form)).length;
  const save = async (values: { members: string }): Promise<void> => {
    const body: TagMembers = { members: idsOf(values.members) };
    const report = await api.post<TaggedMembers>(`${base}/tags/${tag.id}/members`, body);
    await invalidate(...changes);
    onDone(report);
  };
  const problemOf = (ids: readonly string[]): string | undefined => {
    if (ids.length === 0) return t.bindRequired;
    if (ids.length > membersAtOnce) return t.tooMany;
    const bad = tag.of === 'users' ? ids.find((id) => !isUserId(id)) : undefined;
    return bad === undefined ? undefined : t.badUser(bad);
  };
  const validate = (_: unknown, text: string | undefined): Promise<void> => {
    const problem = problemOf(idsOf(text));
    return problem === undefined ? Promise.resolve() : Promise.reject(new Error(problem));
  };
  return (
    <FormDialog<{ members: string }>
      title={t.bindTitle(tag.name)}
      open={open}
      onClose={onClose}
      onSubmit={save}
      form={form}
      submitText={t.bind}
    >
      <Form.Item
        name="members"
        label={t.member(tag.of)}
        extra={
          <span className="line-count">
            {t.bindHint}
            <span>
              {count}/{membersAtOnce}
            </span>
          </span>
        }
        className="last-item"
        required
        rules={[{ validator: validate }]}
      >
        <Input.TextArea rows={8} spellCheck={false} autoComplete="off" />
      </Form.Item>
    </FormDialog>
  );
}

/** What stands between line ends and commas, each once. */
function idsOf(text: string | undefined): string[] {
  const ids = (text ?? '').split(/[\n,，]/).map((id) => id.trim());
  return [...new Set(ids.filter(Boolean))];
}

const isUserId = (id: string): boolean => /^[A-Za-z0-9_.-]{1,64}$/.test(id);
