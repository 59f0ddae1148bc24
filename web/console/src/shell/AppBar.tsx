import { PlusOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import { useLocation, useNavigate } from 'react-router';
import { StatusTag } from '@/components/StatusTag';
import { useTexts } from '@/i18n';
import type { AppDetail } from '@/api/types/apps';
import { useApp } from './app';
import { AppSelect } from './AppSelect';
import { useEntered } from './organisation';
import { useMay, useMe } from './session';
import { shellTexts } from './texts';

/** Which app the page is about. Another choice keeps the page and changes the app. */
export function AppBar({ detail }: { detail: AppDetail | undefined }) {
  const t = useTexts(shellTexts);
  const { org, home } = useApp();
  const { role } = useMe();
  const { enter } = useEntered();
  const navigate = useNavigate();
  const { pathname } = useLocation();
  const may = useMay();
  const create = (): void => {
    // An operator makes apps in an organisation: here, that of the app on show.
    if (role === 'operator') enter(org);
    void navigate('/home?create=1');
  };
  return (
    <div className="app-bar" role="group" aria-label={t.appBar}>
      <label htmlFor="app-select">{t.appName}</label>
      <AppSelect
        id="app-select"
        className="app-select"
        onChoose={(to) => void navigate(to + pathname.slice(home.length))}
      />
      {may('create_app') && (
        <Button icon={<PlusOutlined />} onClick={create}>
          {t.createApp}
        </Button>
      )}
      {detail?.status === 'suspended' && <StatusTag tone="bad">{t.suspended}</StatusTag>}
      {detail?.status === 'deleting' && <StatusTag tone="warning">{t.deleting}</StatusTag>}
    </div>
  );
}
