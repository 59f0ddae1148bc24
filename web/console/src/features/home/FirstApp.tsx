import { PlusOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import { useTexts } from '@/i18n';
import { homeTexts } from './texts';

/** In place of an empty list: what an app is, and how to get the first one. */
export function FirstApp({ onCreate }: { onCreate: (() => void) | undefined }) {
  const t = useTexts(homeTexts);
  return (
    <div className="first-app">
      <h3>{t.emptyTitle}</h3>
      <p>{t.emptyHint}</p>
      <ol>
        {t.steps.split('\n').map((step, index) => (
          <li key={step}>
            <span aria-hidden="true">{index + 1}</span>
            {step}
          </li>
        ))}
      </ol>
      {onCreate ? (
        <Button type="primary" size="large" icon={<PlusOutlined />} onClick={onCreate}>
          {t.create}
        </Button>
      ) : (
        <p className="faint">{t.emptyAsk}</p>
      )}
    </div>
  );
}
