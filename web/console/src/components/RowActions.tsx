import { DownOutlined } from '@ant-design/icons';
import { Button, Dropdown } from 'antd';
import { useTexts } from '@/i18n';
import { common } from '@/i18n/common';

export interface RowAction {
  key: string;
  label: string;
  onClick: () => void;
  danger?: boolean;
  disabled?: boolean;
  /** Left out when true: not for this row, or not for this account. */
  hidden?: boolean;
}

interface Props {
  /** The row's name, for screen readers. */
  of: string;
  actions: readonly RowAction[];
  /** How many stand beside each other before the rest goes into 更多. */
  inline?: number;
}

/** What can be done with a row: text buttons, and a menu 更多. */
export function RowActions({ of, actions, inline = 1 }: Props) {
  const t = useTexts(common);
  const shown = actions.filter((action) => !action.hidden);
  // A menu of one would be a detour.
  const direct = shown.length === inline + 1 ? shown : shown.slice(0, inline);
  const rest = shown.slice(direct.length);
  return (
    <span className="row-actions">
      {direct.map(({ key, label, onClick, danger, disabled }) => (
        <Button key={key} type="link" size="small" danger={danger ?? false} disabled={disabled ?? false} onClick={onClick}>
          {label}
        </Button>
      ))}
      {rest.length > 0 && (
        <Dropdown
          trigger={['click']}
          menu={{
            items: rest.map(({ key, label, danger, disabled }) => ({
              key,
              label,
              danger: danger ?? false,
              disabled: disabled ?? false,
            })),
            onClick: ({ key }) => rest.find((action) => action.key === key)?.onClick(),
          }}
        >
          <Button type="link" size="small" icon={<DownOutlined />} iconPlacement="end" aria-label={t.rowActions(of)}>
            {t.more}
          </Button>
        </Dropdown>
      )}
    </span>
  );
}
