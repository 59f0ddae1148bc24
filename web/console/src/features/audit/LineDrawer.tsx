import { Descriptions, Drawer, Table } from 'antd';
import { describeCode } from '@/api/errors';
import type { AuditLine } from '@/api/types/account';
import { TimeText } from '@/components/TimeText';
import { useLanguage, useTexts } from '@/i18n';
import { shellTexts } from '@/shell/texts';
import { ResultTag } from './AuditPage';
import { auditTexts } from './texts';
import { actionName, moduleName } from './words';

interface Props {
  line: AuditLine | undefined;
  open: boolean;
  onClose: () => void;
}

/** Everything that is known of one operation. */
export function LineDrawer({ line, open, onClose }: Props) {
  const t = useTexts(auditTexts);
  return (
    <Drawer title={t.detailTitle} open={open} onClose={onClose} size={560}>
      {line && <Line line={line} />}
    </Drawer>
  );
}

function Line({ line }: { line: AuditLine }) {
  const t = useTexts(auditTexts);
  const roles = useTexts(shellTexts);
  const { language } = useLanguage();
  const { time, email, role, ip, app_key, module, target, result, detail } = line;
  const why = result === 'ok' ? undefined : describeCode(result, language);
  return (
    <>
      <Descriptions
        column={1}
        size="small"
        items={[
          { key: 'time', label: t.time, children: <TimeText value={time} /> },
          { key: 'who', label: t.operator, children: email || t.nobody },
          { key: 'role', label: t.role, children: role ? roles[role] : '–' },
          { key: 'ip', label: t.ip, children: ip },
          { key: 'app', label: t.app, children: app_key ?? '–' },
          { key: 'module', label: t.module, children: moduleName(module, language) },
          { key: 'action', label: t.action, children: actionName(line, language) },
          { key: 'target', label: t.target, children: target || '–' },
          {
            key: 'result',
            label: t.result,
            children: (
              <span className="field-row">
                <ResultTag result={result} />
                {why}
              </span>
            ),
          },
        ]}
      />
      <h3 className="drawer-heading">{t.changes}</h3>
      <Table
        size="small"
        pagination={false}
        dataSource={fieldsOf(detail)}
        rowKey="field"
        locale={{ emptyText: t.noChanges }}
        columns={[
          { title: t.field, dataIndex: 'field', width: 180, render: (name: string) => <code>{name}</code> },
          { title: t.value, dataIndex: 'value', render: (value: string) => <code className="value">{value}</code> },
        ]}
      />
    </>
  );
}

interface Field {
  field: string;
  value: string;
}

/** What was sent, a row for each field; one row for what was too long to be kept whole. */
function fieldsOf(detail: string): Field[] {
  if (!detail || detail === 'null') return [];
  try {
    return flat('', JSON.parse(detail));
  } catch {
    return [{ field: '·', value: detail }];
  }
}

/** `{"a":{"b":1}}` as the row `a.b` with 1. */
function flat(path: string, value: unknown): Field[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return [{ field: path || '·', value: typeof value === 'string' ? value : JSON.stringify(value) }];
  }
  return Object.entries(value).flatMap(([name, inner]) => flat(path ? `${path}.${name}` : name, inner));
}
