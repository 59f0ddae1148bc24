import type { FormInstance } from 'antd';
import { useState } from 'react';
import { ApiError, Cancelled } from '@/api/client';
import { describe } from '@/api/errors';
import { useLanguage } from '@/i18n';

/**
 * Sends a form: what the server says about a field goes beside it, the rest is `problem`. `send` resolves to whether
 * it worked.
 */
export function useSubmit<V extends object>(
  form: FormInstance<V>,
  submit: (values: V) => Promise<unknown>,
): { send(values: V): Promise<boolean>; busy: boolean; problem: string | undefined; clear(): void } {
  const { language } = useLanguage();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const send = async (values: V): Promise<boolean> => {
    setBusy(true);
    setProblem(undefined);
    try {
      await submit(values);
      return true;
    } catch (error) {
      const field = error instanceof ApiError ? error.field : undefined;
      const input = field?.split('.');
      if (input && hasField(form, input)) {
        form.setFields([{ name: input as never, errors: [describe(error, language)] }]);
        form.scrollToField(input as never, { focus: true });
      } else if (!(error instanceof Cancelled)) {
        setProblem(error);
      }
      return false;
    } finally {
      setBusy(false);
    }
  };
  return {
    send,
    busy,
    problem: problem === undefined ? undefined : describe(problem, language),
    clear: () => setProblem(undefined),
  };
}

function hasField(form: FormInstance, name: readonly string[]): boolean {
  return form.getFieldInstance([...name]) !== undefined;
}
