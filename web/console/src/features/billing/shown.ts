import { useEffect, useState } from 'react';

/** What a drawer is about, also while it fades out and the address no longer says so. */
export function useLastShown(shown: string | undefined): string | undefined {
  const [last, setLast] = useState(shown);
  useEffect(() => {
    if (shown !== undefined) setLast(shown);
  }, [shown]);
  return shown ?? last;
}
