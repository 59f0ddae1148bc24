import { createContext, useCallback, useContext, useRef, useState, type ReactNode } from 'react';

type Tone = 'info' | 'error';
type Show = (text: string, tone?: Tone) => void;

const Context = createContext<Show>(() => {});

export function useToast(): Show {
  return useContext(Context);
}

/** One short message at a time at the edge of the page. */
export function ToastProvider({ children }: { children: ReactNode }) {
  const [toast, setToast] = useState<{ text: string; tone: Tone }>();
  const timer = useRef<number>(undefined);
  const show = useCallback<Show>((text, tone = 'info') => {
    window.clearTimeout(timer.current);
    setToast({ text, tone });
    timer.current = window.setTimeout(() => setToast(undefined), tone === 'error' ? 6000 : 2500);
  }, []);
  return (
    <Context value={show}>
      {children}
      <div className="toasts" role="status" aria-live="polite">
        {toast && (
          <div className="toast" data-tone={toast.tone} data-testid="toast">
            {toast.text}
          </div>
        )}
      </div>
    </Context>
  );
}
