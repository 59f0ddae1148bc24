import { createContext, useContext } from 'react';
import type { Installation, Me, Permission } from '@/api/types/account';

/** Who is signed in, and where. */
export interface Session {
  me: Me;
  installation: Installation;
}

export const SessionContext = createContext<Session | undefined>(undefined);

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (!session) throw new Error('outside the shell');
  return session;
}

/** Who is signed in; for everything inside the shell. */
export function useMe(): Me {
  return useSession().me;
}

/** What the operator has configured; for everything inside the shell. */
export function useInstallation(): Installation {
  return useSession().installation;
}

/** `const may = useMay();` … `{may('delete_app') && <Button …/>}` */
export function useMay(): (permission: Permission) => boolean {
  const { permissions } = useMe();
  return (permission) => permissions.includes(permission);
}
