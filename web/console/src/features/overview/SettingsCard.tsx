import { Button } from 'antd';
import type { ReactNode } from 'react';
import type { Overview } from '@/api/types/settings';
import { useOpening } from '@/components/dialog';
import { StatusTag } from '@/components/StatusTag';
import { useTexts } from '@/i18n';
import { common as commonTexts } from '@/i18n/common';
import { useMay } from '@/shell/session';
import { RegistrationDialog } from '../apps/RegistrationDialog';
import { appTexts } from '../apps/texts';
import { PlanDrawer } from '../features/PlanDrawer';
import { useSwitch } from '../features/switch';
import { featureTexts } from '../features/texts';
import { overviewTexts } from './texts';
import { ThumbnailDialog } from './ThumbnailDialog';

/** 设置: registration, thumbnails, friend check. */
export function SettingsCard({ settings }: { settings: Overview['settings'] }) {
  const t = useTexts(overviewTexts);
  const words = useTexts(appTexts);
  const common = useTexts(commonTexts);
  const may = useMay();
  const registration = useOpening();
  const thumbnail = useOpening();
  const editable = may('features');
  const { fit, width, height } = settings.thumbnail;
  return (
    <>
      <ul className="settings">
        <Setting
          name={words.registration}
          state={<strong>{settings.open_registration ? words.open : words.authorised}</strong>}
          hint={settings.open_registration ? words.openHint : words.authorisedHint}
          action={editable && <Button onClick={() => registration.show(true)}>{common.edit}</Button>}
        />
        <Setting
          name={t.thumbnail}
          state={
            <strong>{t.thumbnailValue(fit === 'long_side' ? t.longSide : t.shortSide, width, height)}</strong>
          }
          hint={t.thumbnailHint}
          action={editable && <Button onClick={() => thumbnail.show(true)}>{common.edit}</Button>}
        />
        <FriendCheck check={settings.friend_check} editable={editable} />
      </ul>
      <RegistrationDialog open={registration.open} onClose={registration.hide} current={settings.open_registration} />
      <ThumbnailDialog open={thumbnail.open} onClose={thumbnail.hide} current={settings.thumbnail} />
    </>
  );
}

/** Named as in the feature table, so that both places ask the same question. */
const friendCheck = { key: 'friend_check', name_zh: '好友关系检查', name_en: 'Friend check' };

function FriendCheck({ check, editable }: { check: Overview['settings']['friend_check']; editable: boolean }) {
  const t = useTexts(overviewTexts);
  const words = useTexts(featureTexts);
  const { enable, disable } = useSwitch();
  const plans = useOpening();
  const change = check.enabled ? () => disable(friendCheck) : () => enable(friendCheck);
  return (
    <>
      <Setting
        name={t.friendCheck}
        state={<StatusTag tone={check.enabled ? 'good' : 'off'}>{check.enabled ? t.on : t.off}</StatusTag>}
        hint={t.friendCheckHint}
        action={
          check.included ? (
            editable && <Button onClick={change}>{check.enabled ? t.turnOff : t.turnOn}</Button>
          ) : (
            <Button onClick={() => plans.show(true)}>{words.upgrade}</Button>
          )
        }
      />
      <PlanDrawer open={plans.open} onClose={plans.hide} focus={friendCheck.key} />
    </>
  );
}

interface SettingProps {
  name: string;
  state: ReactNode;
  hint: string;
  action: ReactNode;
}

function Setting({ name, state, hint, action }: SettingProps) {
  return (
    <li>
      <div>
        <h3>
          {name}
          {state}
        </h3>
        <p>{hint}</p>
      </div>
      {action && <div className="setting-action">{action}</div>}
    </li>
  );
}
