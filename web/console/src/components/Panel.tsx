import { Card, Skeleton } from 'antd';
import type { ReactNode } from 'react';

interface Props {
  title?: ReactNode;
  extra?: ReactNode;
  /** Shows lines of a skeleton instead of the content, as many as the content will have. */
  loading?: boolean;
  lines?: number;
  id?: string;
  className?: string;
  children: ReactNode;
}

/** A white card of a page, with a heading. */
export function Panel({ title, extra, loading, lines = 4, id, className, children }: Props) {
  return (
    <Card
      {...(id ? { id } : {})}
      {...(title ? { title: <h2 className="panel-title">{title}</h2> } : {})}
      extra={extra}
      variant="outlined"
      className={className ? `panel ${className}` : 'panel'}
    >
      {loading ? <Skeleton active title={false} paragraph={{ rows: lines }} /> : children}
    </Card>
  );
}
