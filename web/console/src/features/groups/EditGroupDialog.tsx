import { App } from 'antd';
import { api } from '@/api/client';
import { useInvalidate } from '@/api/hooks';
import type { GroupRow, UpdateGroup } from '@/api/types/groups';
import { FormDialog } from '@/components/FormDialog';
import { useTexts } from '@/i18n';
import { useApp } from '@/shell/app';
import { JoinFields, SizeField, TextFields } from './GroupFields';
import { groupTexts } from './texts';

interface Props {
  group: GroupRow | undefined;
  open: boolean;
  onClose: () => void;
}

/** 修改群组信息. */
export function EditGroupDialog({ group, open, onClose }: Props) {
  const t = useTexts(groupTexts);
  const app = useApp();
  const invalidate = useInvalidate();
  const { message } = App.useApp();
  const save = async (values: UpdateGroup): Promise<void> => {
    await api.put(`${app.api}/groups/${encodeURIComponent(group?.id ?? '')}`, values);
    await invalidate(`${app.api}/groups`);
    void message.success(t.editDone);
  };
  const { name, description, max_users, members_only, allow_invites, invite_need_confirm } = group ?? {};
  return (
    <FormDialog<UpdateGroup>
      title={t.editTitle(group?.name || group?.id || '')}
      open={open}
      onClose={onClose}
      onSubmit={save}
      initial={group ? { name, description, max_users, members_only, allow_invites, invite_need_confirm } as UpdateGroup : {}}
    >
      <TextFields />
      <SizeField />
      <JoinFields open={group?.public ?? false} />
    </FormDialog>
  );
}
