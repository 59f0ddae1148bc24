import { Alert, Space } from 'antd';
import { useNavigate } from 'react-router';
import { Panel } from '@/components/Panel';
import { useTexts } from '@/i18n';
import { useApp } from '@/shell/app';
import { AppSelect } from '@/shell/AppSelect';
import { purchaseTexts, useBuyTexts } from './texts';

/** Which app is bought for. Another one has a page of its own. */
export function AppPanel() {
  const t = useTexts(purchaseTexts);
  const words = useBuyTexts();
  const { org } = useApp();
  const navigate = useNavigate();
  return (
    <Panel title={t.chooseApp}>
      <div className="purchase-app">
        <label htmlFor="purchase-app">{t.app}</label>
        <Space.Compact>
          <Space.Addon>{org}#</Space.Addon>
          <AppSelect
            id="purchase-app"
            className="app-select"
            short
            onChoose={(home) => void navigate(`${home}/im/purchase`)}
          />
        </Space.Compact>
      </div>
      <Alert type="warning" showIcon title={words.chooseAppNote} />
    </Panel>
  );
}
