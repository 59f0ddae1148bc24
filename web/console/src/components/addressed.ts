import { useCallback } from 'react';
import { useLocation, useSearchParams } from 'react-router';

/**
 * A word in the address that is no filter: which row's drawer is open, which dialog. Lists keep their page.
 * `const [order, open] = useAddressed('order');`
 */
export function useAddressed(name: string): [string | undefined, (to: string | undefined) => void] {
  const [search, setSearch] = useSearchParams();
  const { state } = useLocation();
  const set = useCallback(
    (to: string | undefined) =>
      setSearch(
        (old) => {
          const words = new URLSearchParams(old);
          if (to === undefined) words.delete(name);
          else words.set(name, to);
          return words;
        },
        { replace: true, state },
      ),
    [name, setSearch, state],
  );
  return [search.get(name) ?? undefined, set];
}
