import { useNavigate } from 'react-router';
import { useApp } from '@/shell/app';
import { useEntered } from '@/shell/organisation';
import { useInstallation, useMay, useMe } from '@/shell/session';

/** Goes from an app to a page of its organisation's 费用中心; undefined for who may not see it. */
export function useToBilling(): ((page: string) => void) | undefined {
  const { org } = useApp();
  const { role } = useMe();
  const { enter } = useEntered();
  const { billing } = useInstallation();
  const may = useMay();
  const navigate = useNavigate();
  if (!billing || !may('billing_read')) return undefined;
  return (page) => {
    // An operator sees the billing of the organisation that it is in.
    if (role === 'operator') enter(org);
    void navigate(`/billing/${page}`);
  };
}
