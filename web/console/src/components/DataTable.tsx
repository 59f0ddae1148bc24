import { Alert, Button, Empty, Pagination, Select, Skeleton, Table, type TableProps } from 'antd';
import type { ReactNode } from 'react';
import type { List, CursorPager, PagePager } from '@/api/lists';
import { pageSizes } from '@/api/lists';
import { useTexts } from '@/i18n';
import { common } from '@/i18n/common';
import { ErrorState } from './ErrorState';

interface Props<T> {
  /** From `usePages`, `useCursors` or `useAll`. */
  list: List<T>;
  columns: NonNullable<TableProps<T>['columns']>;
  rowKey: keyof T & string;
  /** What the rows are, for screen readers. */
  label: string;
  /** Instead of 暂无数据. */
  empty?: ReactNode;
  /** The width below which the table scrolls sideways. */
  minWidth?: number;
  rowSelection?: TableProps<T>['rowSelection'];
  rowClassName?: TableProps<T>['rowClassName'];
  onRow?: TableProps<T>['onRow'];
  expandable?: TableProps<T>['expandable'];
}

/** A table with its states: first load, refresh, nothing there, failed; and its pager below. */
export function DataTable<T extends object>(props: Props<T>) {
  const { list, columns, rowKey, label, empty, minWidth, rowSelection, rowClassName, onRow, expandable } = props;
  const t = useTexts(common);
  const failed = list.error !== null && list.error !== undefined;
  const waiting = list.items === undefined && !failed;
  return (
    <div role="region" aria-label={label} aria-busy={waiting || list.refreshing} className="data-table">
      {failed && list.items && (
        <Alert
          type="error"
          showIcon
          title={t.loadFailed}
          action={
            <Button size="small" onClick={list.refetch}>
              {t.retry}
            </Button>
          }
        />
      )}
      {waiting ? (
        <SkeletonRows columns={columns} minWidth={minWidth} rows={Math.min(list.pager?.size ?? 5, 10)} />
      ) : (
        <Table<T>
          columns={columns}
          dataSource={list.items ?? []}
          rowKey={rowKey}
          size="middle"
          pagination={false}
          loading={list.refreshing}
          // Without rows it fits: nothing in it could take the focus to scroll it.
          {...(list.items?.length ? { scroll: { x: minWidth ?? 'max-content' } } : {})}
          locale={{
            emptyText:
              failed && !list.items ? (
                <ErrorState error={list.error} onRetry={list.refetch} />
              ) : (
                <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={empty ?? t.noData} />
              ),
          }}
          {...(rowSelection ? { rowSelection } : {})}
          {...(rowClassName ? { rowClassName } : {})}
          {...(onRow ? { onRow } : {})}
          {...(expandable ? { expandable } : {})}
        />
      )}
      {needsPager(list) && (
        <div className="table-pager">
          {list.pager?.kind === 'pages' && <Pages pager={list.pager} />}
          {list.pager?.kind === 'cursors' && <Cursors pager={list.pager} />}
        </div>
      )}
    </div>
  );
}

/** Its place is kept until the number of rows is known. */
function needsPager({ pager, items }: List<unknown>): boolean {
  if (!pager) return false;
  if (items === undefined) return pager.kind === 'cursors' || !pager.quiet;
  if (pager.kind === 'cursors') return items.length > 0 || pager.previous !== undefined;
  return (pager.total ?? 0) > (pager.quiet ? pageSizes[0] : 0);
}

/** As many rows as are to be expected, of the height that they will have. */
function SkeletonRows<T>({ columns, minWidth, rows }: Pick<Props<T>, 'columns' | 'minWidth'> & { rows: number }) {
  const placeholders = columns.map((column, index) => ({
    title: typeof column.title === 'function' ? undefined : column.title,
    width: column.width,
    key: index,
    render: () => <Skeleton.Node active className="skeleton-cell" />,
  }));
  return (
    <Table
      columns={placeholders as object[]}
      dataSource={Array.from({ length: rows }, (_, key) => ({ key }))}
      size="middle"
      pagination={false}
      scroll={{ x: minWidth ?? 'max-content' }}
    />
  );
}

function Pages({ pager: { page, size, total, go } }: { pager: PagePager }) {
  const t = useTexts(common);
  if (!total) return null;
  return (
    <Pagination
      current={page}
      pageSize={size}
      total={total}
      pageSizeOptions={[...pageSizes]}
      showSizeChanger
      showQuickJumper={total > size}
      showTotal={(total, [from, to]) => t.range(from, to, total)}
      onChange={go}
      size="small"
    />
  );
}

function Cursors({ pager: { size, previous, next, resize } }: { pager: CursorPager }) {
  const t = useTexts(common);
  return (
    <nav className="cursor-pager" aria-label={t.page}>
      <Button size="small" disabled={!previous} onClick={previous}>
        {t.previousPage}
      </Button>
      <Button size="small" disabled={!next} onClick={next}>
        {t.nextPage}
      </Button>
      <Select
        size="small"
        value={size}
        aria-label={t.pageSize}
        onChange={resize}
        options={pageSizes.map((size) => ({ value: size, label: t.perPage(size) }))}
      />
    </nav>
  );
}
