import { Radio, Tag } from 'antd';
import { useTexts } from '@/i18n';
import { appTexts } from './texts';

/** The two modes with what they mean; for a `Radio.Group` of a boolean "open". */
export function RegistrationChoices() {
  const t = useTexts(appTexts);
  return (
    <>
      <Radio value={false}>
        <span className="choice">
          <span>
            {t.authorised} <Tag>{t.recommended}</Tag>
          </span>
          <small>{t.authorisedHint}</small>
        </span>
      </Radio>
      <Radio value={true}>
        <span className="choice">
          <span>{t.open}</span>
          <small>{t.openHint}</small>
        </span>
      </Radio>
    </>
  );
}
