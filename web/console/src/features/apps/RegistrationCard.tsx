import { Button } from 'antd';
import { useRead } from '@/api/hooks';
import type { Registration } from '@/api/types/settings';
import { useOpening } from '@/components/dialog';
import { ErrorState } from '@/components/ErrorState';
import { Panel } from '@/components/Panel';
import { useTexts } from '@/i18n';
import { common } from '@/i18n/common';
import { useApp } from '@/shell/app';
import { useMay } from '@/shell/session';
import { RegistrationDialog } from './RegistrationDialog';
import { appTexts } from './texts';

/** 用户注册模式. */
export function RegistrationCard() {
  const t = useTexts(appTexts);
  const words = useTexts(common);
  const app = useApp();
  const may = useMay();
  const editing = useOpening();
  const { data, error, isPending, refetch } = useRead<Registration>(`${app.api}/settings/registration`);
  return (
    <Panel title={t.registration} loading={isPending} lines={2}>
      {data ? (
        <ul className="settings">
          <li>
            <div>
              <h3>{data.open ? t.open : t.authorised}</h3>
              <p>{data.open ? t.openHint : t.authorisedHint}</p>
            </div>
            {may('features') && (
              <div className="setting-action">
                <Button onClick={() => editing.show(true)}>{words.edit}</Button>
              </div>
            )}
          </li>
        </ul>
      ) : (
        <ErrorState error={error} onRetry={() => void refetch()} />
      )}
      {data && <RegistrationDialog open={editing.open} onClose={editing.hide} current={data.open} />}
    </Panel>
  );
}
