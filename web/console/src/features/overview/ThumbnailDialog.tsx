import { App, Form, InputNumber, Radio } from 'antd';
import { api } from '@/api/client';
import { useInvalidate } from '@/api/hooks';
import type { Thumbnail } from '@/api/types/settings';
import { FormDialog } from '@/components/FormDialog';
import { useRules } from '@/components/rules';
import { useTexts } from '@/i18n';
import { useApp } from '@/shell/app';
import { thumbnailPixels } from '../apps/limits';
import { overviewTexts } from './texts';

interface Props {
  open: boolean;
  onClose: () => void;
  current: Thumbnail;
}

/** 图片消息缩略图. */
export function ThumbnailDialog({ open, onClose, current }: Props) {
  const t = useTexts(overviewTexts);
  const rules = useRules();
  const app = useApp();
  const { message } = App.useApp();
  const invalidate = useInvalidate();
  const save = async (values: Thumbnail): Promise<void> => {
    await api.put(`${app.api}/settings/thumbnail`, values);
    await invalidate(`${app.api}/overview`, `${app.api}/settings`);
    void message.success(t.saved);
  };
  const { least, most } = thumbnailPixels;
  const pixels = [{ ...rules.whole(least, most), required: true }];
  return (
    <FormDialog<Thumbnail>
      title={t.thumbnail}
      open={open}
      onClose={onClose}
      onSubmit={save}
      initial={current}
      intro={t.thumbnailNote}
    >
      <Form.Item name="fit" label={t.mode} required>
        <Radio.Group className="registration-choices">
          <Radio value="long_side">
            <span className="choice">
              <span>{t.longSide}</span>
              <small>{t.longSideHint}</small>
            </span>
          </Radio>
          <Radio value="short_side">
            <span className="choice">
              <span>{t.shortSide}</span>
              <small>{t.shortSideHint}</small>
            </span>
          </Radio>
        </Radio.Group>
      </Form.Item>
      <div className="pixel-fields">
        <Form.Item name="width" label={t.width} required rules={pixels}>
          <InputNumber min={least} max={most} precision={0} />
        </Form.Item>
        <span aria-hidden="true">×</span>
        <Form.Item name="height" label={t.height} required rules={pixels}>
          <InputNumber min={least} max={most} precision={0} />
        </Form.Item>
      </div>
    </FormDialog>
  );
}
