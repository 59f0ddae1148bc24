import { App, Form, Radio } from 'antd';
import { api } from '@/api/client';
import { useInvalidate } from '@/api/hooks';
import type { Registration } from '@/api/types/settings';
import { FormDialog } from '@/components/FormDialog';
import { useTexts } from '@/i18n';
import { useApp } from '@/shell/app';
import { RegistrationChoices } from './RegistrationChoices';
import { appTexts } from './texts';

interface Props {
  open: boolean;
  onClose: () => void;
  current: boolean;
}

/** 用户注册模式. */
export function RegistrationDialog({ open, onClose, current }: Props) {
  const t = useTexts(appTexts);
  const app = useApp();
  const { message } = App.useApp();
  const invalidate = useInvalidate();
  const path = `${app.api}/settings/registration`;
  const save = async (values: Registration): Promise<void> => {
    await api.put(path, values);
    await invalidate(path, `${app.api}/overview`);
    void message.success(t.registrationSaved);
  };
  return (
    <FormDialog<Registration>
      title={t.registration}
      open={open}
      onClose={onClose}
      onSubmit={save}
      initial={{ open: current }}
      intro={t.registrationHint}
    >
      <Form.Item name="open" className="last-item">
        <Radio.Group className="registration-choices">
          <RegistrationChoices />
        </Radio.Group>
      </Form.Item>
    </FormDialog>
  );
}
