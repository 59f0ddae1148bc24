import type { FormInstance } from 'antd';
import { useLayoutEffect } from 'react';

/** Fills a dialog's fields with what was read for them, each time it opens. */
export function useFill<V extends object>(form: FormInstance<V>, open: boolean, values: V | undefined): void {
  // After the dialog's own effect, which empties the fields.
  useLayoutEffect(() => {
    if (open && values) form.setFieldsValue(values as never);
  }, [form, open, values]);
}
