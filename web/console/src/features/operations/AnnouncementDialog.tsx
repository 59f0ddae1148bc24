import { App, Form, Input, Skeleton } from 'antd';
import { api } from '@/api/client';
import { useInvalidate, useRead } from '@/api/hooks';
import type { NewText } from '@/api/types/muc';
import { FormDialog } from '@/components/FormDialog';
import { useRules } from '@/components/rules';
import { useTexts } from '@/i18n';
import { useApp } from '@/shell/app';
import type { MucKind } from './MucListDialog';
import { mucTexts } from './mucTexts';

const mostChars = 512;

interface Props {
  kind: MucKind;
  muc: { id: string; name: string } | undefined;
  open: boolean;
  onClose: () => void;
}

/** 公告 of a group or chat room. */
export function AnnouncementDialog({ kind, muc, open, onClose }: Props) {
  const t = useTexts(mucTexts);
  const rules = useRules();
  const app = useApp();
  const invalidate = useInvalidate();
  const { message } = App.useApp();
  const path = `${app.api}/${kind}/${encodeURIComponent(muc?.id ?? '')}`;
  const detail = useRead<{ announcement: string }>(path, {}, { enabled: open && muc !== undefined });
  const save = async ({ text }: NewText): Promise<void> => {
    await api.put(`${path}/announcement`, { text: text ?? '' } satisfies NewText);
    await invalidate(path);
    void message.success(t.announcementDone);
  };
  return (
    <FormDialog<NewText>
      key={detail.data ? 'ready' : 'waiting'}
      title={t.announcementTitle(muc?.name || muc?.id || '')}
      open={open}
      onClose={onClose}
      onSubmit={save}
      initial={{ text: detail.data?.announcement ?? '' }}
    >
      {detail.data ? (
        <Form.Item name="text" label={t.announcement} className="last-item" rules={[rules.atMost(mostChars)]}>
          <Input.TextArea rows={5} showCount maxLength={mostChars} />
        </Form.Item>
      ) : (
        <Skeleton active paragraph={{ rows: 4 }} />
      )}
    </FormDialog>
  );
}
