import { Form } from 'antd';
import { useTexts } from '@/i18n';
import { MuteTime } from '../operations/MuteTime';
import { userTexts } from './texts';

/** The fields of a `MuteUser`: for how long in which type of chat. */
export function MuteFields() {
  const t = useTexts(userTexts);
  return (
    <>
      <Form.Item name="chat" label={t.muteChat}>
        <MuteTime />
      </Form.Item>
      <Form.Item name="groupchat" label={t.muteGroups}>
        <MuteTime />
      </Form.Item>
      <Form.Item name="chatroom" label={t.muteRooms} className="last-item">
        <MuteTime />
      </Form.Item>
    </>
  );
}
