import type { FormInstance } from 'antd';
import { useEffect } from 'react';

/** Fills a dialog's fields with what was read for them, each time it opens. */
export function useFill<V extends object>(form: FormInstance<V>, open: boolean, values: V | undefined): void {
  useEffect(() => {
    if (open && values) form.setFieldsValue(values as never);
  }, [form, open, values]);
}
