import { Alert, Collapse, Form } from 'antd';
import { useState } from 'react';
import { useTexts } from '@/i18n';
import { filterLineBytes, filterLines } from './limits';
import { linesOf } from './lines';
import { LinesField } from './LinesField';
import { ruleTexts } from './ruleTexts';

/** Fields of a rule after sending that are lists of lines. */
export const filterFields = ['from_ids', 'to_ids', 'group_ids', 'ext_keys'] as const;

/** 高级筛选: of whom, to whom, where, and with what. */
export function AdvancedFilters({ startsOpen }: { startsOpen: boolean }) {
  const t = useTexts(ruleTexts);
  const form = Form.useFormInstance();
  const [open, setOpen] = useState(startsOpen);
  const to = Form.useWatch<string | undefined>('to_ids', form);
  const groups = Form.useWatch<string | undefined>('group_ids', form);
  const nothingMatches = linesOf(to).length > 0 && linesOf(groups).length > 0;
  const words = {
    from_ids: [t.fromIds, t.fromHint],
    to_ids: [t.toIds, t.toHint],
    group_ids: [t.groupIds, t.groupHint],
    ext_keys: [t.extKeys, t.extHint],
  } as const;
  const check = (lines: readonly string[]): string | undefined =>
    lines.some((line) => bytes.encode(line).length > filterLineBytes) ? t.lineTooLong(filterLineBytes) : undefined;
  return (
    <Collapse
      className="advanced-filters"
      activeKey={open ? ['filters'] : []}
      onChange={(keys) => setOpen(keys.length > 0)}
      items={[
        {
          key: 'filters',
          label: t.advanced,
          // What is wrong is looked for in closed ones, too.
          forceRender: true,
          children: (
            <>
              <p className="panel-hint">{t.advancedHint}</p>
              {nothingMatches && <Alert type="warning" showIcon title={t.nothingMatches} className="form-note" />}
              <div className="filter-lines">
                {filterFields.map((name) => (
                  <LinesField
                    key={name}
                    name={name}
                    label={words[name][0]}
                    hint={words[name][1]}
                    most={filterLines}
                    check={check}
                    onRefused={() => setOpen(true)}
                  />
                ))}
              </div>
            </>
          ),
        },
      ]}
    />
  );
}

const bytes = new TextEncoder();
