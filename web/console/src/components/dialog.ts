import { useState } from 'react';

/** Whether a dialog is open, and for which row. The row stays known while the dialog fades out. */
export interface Opening<T> {
  open: boolean;
  about: T | undefined;
  show(about: T): void;
  hide(): void;
}

/** `const editing = useOpening<Member>();` … `<FormDialog open={editing.open} onClose={editing.hide} …>` */
export function useOpening<T = true>(): Opening<T> {
  const [state, setState] = useState<{ open: boolean; about: T | undefined }>({ open: false, about: undefined });
  return {
    ...state,
    show: (about) => setState({ open: true, about }),
    hide: () => setState(({ about }) => ({ open: false, about })),
  };
}
