// The organisation that an operator works in. Members are always in their own, and the server knows it.

import { CloseOutlined } from '@ant-design/icons';
import { useQueryClient } from '@tanstack/react-query';
import { Button, Tooltip } from 'antd';
import { createContext, useCallback, useContext, useMemo, useState, type ReactNode } from 'react';
import { Link } from 'react-router';
import { useTexts } from '@/i18n';
import { useMe } from './session';
import { shellTexts } from './texts';

interface Entered {
  /** Name of the organisation that the operator has entered. */
  entered: string | undefined;
  enter(org: string | undefined): void;
}

const Context = createContext<Entered>({ entered: undefined, enter: () => undefined });
const storageKey = 'hongyan-console.organisation';

export function OrganisationProvider({ children }: { children: ReactNode }) {
  const me = useMe();
  const client = useQueryClient();
  const [kept, keep] = useState<string | undefined>(() => {
    try {
      return sessionStorage.getItem(storageKey) ?? undefined;
    } catch {
      return undefined;
    }
  });
  const enter = useCallback(
    (org: string | undefined) => {
      keep(org);
      try {
        if (org === undefined) sessionStorage.removeItem(storageKey);
        else sessionStorage.setItem(storageKey, org);
      } catch {
        // It then lasts until the next reload.
      }
      void client.invalidateQueries();
    },
    [client],
  );
  const entered = me.role === 'operator' ? kept : undefined;
  return <Context value={useMemo(() => ({ entered, enter }), [entered, enter])}>{children}</Context>;
}

export function useEntered(): Entered {
  return useContext(Context);
}

/**
 * What calls of `/apps`, `/members`, `/invites` and `/audit` add to their query: `org` for an operator inside an
 * organisation, nothing for members.
 */
export function useOrgQuery(): { org?: string } {
  const { entered } = useContext(Context);
  return useMemo(() => (entered === undefined ? {} : { org: entered }), [entered]);
}

/** In the top bar: where the operator is, and the way out. */
export function OrganisationTag() {
  const t = useTexts(shellTexts);
  const { entered, enter } = useEntered();
  if (entered === undefined) return null;
  return (
    <span className="entered">
      {t.inOrganisation}: <Link to="/account/organisations">{entered}</Link>
      <Tooltip title={t.leave}>
        <Button
          type="text"
          size="small"
          className="top-button"
          icon={<CloseOutlined />}
          aria-label={t.leave}
          onClick={() => enter(undefined)}
        />
      </Tooltip>
    </span>
  );
}
