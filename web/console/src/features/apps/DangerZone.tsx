import { App as Antd, Button } from 'antd';
import dayjs from 'dayjs';
import { useNavigate } from 'react-router';
import { api } from '@/api/client';
import { useInvalidate } from '@/api/hooks';
import type { App, AppDetail, DeleteApp } from '@/api/types/apps';
import { useConfirm } from '@/components/ConfirmDialog';
import { Panel } from '@/components/Panel';
import { useTexts } from '@/i18n';
import { useApp } from '@/shell/app';
import { useMay } from '@/shell/session';
import { detailTexts } from './detailTexts';

/** 停用、启用、删除. */
export function DangerZone({ detail }: { detail: AppDetail }) {
  const t = useTexts(detailTexts);
  const may = useMay();
  const app = useApp();
  const { message } = Antd.useApp();
  const navigate = useNavigate();
  const invalidate = useInvalidate();
  const confirm = useConfirm();
  const key = detail.app_key;
  const suspended = detail.status === 'suspended';
  // What the operator has closed only the operator opens, and what was not paid nobody.
  const closed = detail.suspended_by === 'arrears' || (detail.suspended_by === 'operator' && !may('manage_installation'));
  const maySwitch = may('suspend_app') && !closed;
  if (detail.status === 'deleting' || !(maySwitch || may('delete_app'))) return null;

  const suspend = (): void =>
    confirm({
      title: t.suspendTitle(key),
      content: t.suspendHint,
      okText: t.suspend,
      danger: true,
      onOk: async () => {
        await api.post(`${app.api}/suspend`);
        await invalidate('/apps', app.api);
        void message.success(t.suspended);
      },
    });
  const resume = (): void =>
    confirm({
      title: t.resumeTitle(key),
      content: t.resumeHint,
      okText: t.resume,
      onOk: async () => {
        await api.post(`${app.api}/resume`);
        await invalidate('/apps', app.api);
        void message.success(t.resumed);
      },
    });
  const remove = (): void =>
    confirm({
      title: t.removeTitle(key),
      content: (
        <ul className="effects">
          {t.removeEffects.split('\n').map((effect) => (
            <li key={effect}>{effect}</li>
          ))}
        </ul>
      ),
      okText: t.remove,
      danger: true,
      typed: key,
      onOk: async () => {
        const deleted = await api.delete<App>(app.api, { app_key: key } satisfies DeleteApp);
        const until = deleted.restorable_until;
        void message.success(until ? t.removed(dayjs(until).format('YYYY-MM-DD HH:mm')) : t.removedShort, 6);
        await navigate('/home?deleted=true');
        await invalidate('/apps');
      },
    });

  return (
    <Panel title={t.danger}>
      <ul className="settings danger-list">
        {maySwitch && (
          <li>
            <div>
              <h3>{suspended ? t.resume : t.suspend}</h3>
              <p>{suspended ? t.resumeHint : t.suspendHint}</p>
            </div>
            <div className="setting-action">
              {suspended ? (
                <Button onClick={resume}>{t.resume}</Button>
              ) : (
                <Button danger onClick={suspend}>
                  {t.suspend}
                </Button>
              )}
            </div>
          </li>
        )}
        {may('delete_app') && (
          <li>
            <div>
              <h3>{t.remove}</h3>
              <p>{t.removeHint}</p>
            </div>
            <div className="setting-action">
              <Button danger type="primary" onClick={remove}>
                {t.remove}
              </Button>
            </div>
          </li>
        )}
      </ul>
    </Panel>
  );
}
