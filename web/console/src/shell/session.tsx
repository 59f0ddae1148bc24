import { createContext, useContext } from 'react';
import type { Installation, Me, Permission } from '@/api/types/account';

export const SessionContext = createContext<{ me: Me; installation: Installation } | undefined>(undefined);

function useContextOfShell() {
  const session = useContext(SessionContext);
  if (!session) throw new Error('outside the shell');
  return session;
}

/** Who is signed in; for everything inside the shell. */
export function useMe(): Me {
  return useContextOfShell().me;
}

/** What the operator has configured; for everything inside the shell. */
export function useInstallation(): Installation {
  return useContextOfShell().installation;
}

/** `const may = useMay();` … `{may('delete_app') && <Button …/>}` */
export function useMay(): (permission: Permission) => boolean {
  const { permissions } = useMe();
  return (permission) => permissions.includes(permission);
}
