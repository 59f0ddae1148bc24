import { useEffect } from 'react';
import { api } from '@/api/client';
import type { Me } from '@/api/types/account';
import { useLanguage } from '@/i18n';

let switched = false;

/** Someone switched the language before signing in: that is newer than what the account remembers. */
export function noteSwitch(): void {
  switched = true;
}

/** The account's language, once for each account that signs in. */
export function useAccountLanguage(me: Me): void {
  const { language, choose } = useLanguage();
  useEffect(() => {
    if (switched) {
      if (me.language !== language) void api.put('/account', { language }).catch(() => undefined);
    } else {
      choose(me.language);
    }
    switched = false;
    // eslint-disable-next-line react-hooks/exhaustive-deps -- a later switch is the user's
  }, [me.id]);
}
