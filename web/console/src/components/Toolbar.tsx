import type { ReactNode } from 'react';

/** Above a table: buttons on the left, filters on the right. */
export function Toolbar({ children, filters }: { children?: ReactNode; filters?: ReactNode }) {
  return (
    <div className="toolbar">
      {children && <div className="toolbar-actions">{children}</div>}
      {filters && <search className="toolbar-filters">{filters}</search>}
    </div>
  );
}
