import type { ReactNode } from 'react';
import { ZoneContext } from '@/components/zone';
import { useTexts } from '@/i18n';
import { useInstallation } from '@/shell/session';
import { moneyTexts } from './words';

/** Around pages about money: days and months are billed in the installation's time zone, so times are shown in it. */
export function BillingTimes({ children }: { children: ReactNode }) {
  const t = useTexts(moneyTexts);
  const { time_zone, billing } = useInstallation();
  return (
    <ZoneContext value={time_zone}>
      {children}
      {billing && <p className="faint zone-note">{t.zone(time_zone)}</p>}
    </ZoneContext>
  );
}
