import { Form, Radio, Select, Switch } from 'antd';
import { useRead } from '@/api/hooks';
import type { Role } from '@/api/types/account';
import type { App } from '@/api/types/apps';
import { useRules } from '@/components/rules';
import { useTexts } from '@/i18n';
import { useOrgQuery } from '@/shell/organisation';
import { useMe } from '@/shell/session';
import { memberTexts } from './texts';

/** What a member may: the role, which apps, and whether client secrets. */
export interface Rights {
  role: Role;
  scope: 'all' | 'some';
  apps?: string[];
  may_reveal_secret: boolean;
}

/** As the API has it. */
export function rightsBody({ role, scope, apps, may_reveal_secret }: Rights) {
  const some = scope === 'some' && role !== 'super_admin';
  return { role, apps: some ? (apps ?? []) : null, may_reveal_secret };
}

interface Props {
  /** Whether the member is a super admin already, whom others may not make. */
  superAdmin?: boolean;
}

export function RoleField({ superAdmin }: Props) {
  const t = useTexts(memberTexts);
  const { role } = useMe();
  const roles: { value: Role; name: string; hint: string }[] = [
    ...(superAdmin || role === 'operator'
      ? [{ value: 'super_admin' as const, name: t.superAdmin, hint: t.superAdminHint }]
      : []),
    { value: 'admin', name: t.admin, hint: t.adminHint },
    { value: 'developer', name: t.developer, hint: t.developerHint },
  ];
  return (
    <Form.Item name="role" label={t.role} required>
      <Radio.Group
        className="choices"
        options={roles.map(({ value, name, hint }) => ({
          value,
          label: (
            <>
              {name}
              <span className="choice-hint">{hint}</span>
            </>
          ),
        }))}
      />
    </Form.Item>
  );
}

export function AppsFields() {
  const t = useTexts(memberTexts);
  const rules = useRules();
  const form = Form.useFormInstance<Rights>();
  const role = Form.useWatch('role', form);
  const scope = Form.useWatch('scope', form);
  const apps = useRead<App[]>('/apps', useOrgQuery(), { enabled: scope === 'some' });
  if (role === 'super_admin') return null;
  return (
    <>
      <Form.Item name="scope" label={t.apps} required>
        <Radio.Group
          options={[
            { value: 'all', label: t.allApps },
            { value: 'some', label: t.someApps },
          ]}
        />
      </Form.Item>
      {scope === 'some' && (
        <Form.Item name="apps" label={t.chooseApps} rules={[rules.choose(t.chooseApps)]}>
          <Select
            mode="multiple"
            loading={apps.isPending}
            options={(apps.data ?? []).map(({ name, product_name }) => ({
              value: name,
              label: product_name ? `${name} · ${product_name}` : name,
            }))}
          />
        </Form.Item>
      )}
      <Form.Item name="may_reveal_secret" label={t.secret} valuePropName="checked" layout="horizontal">
        <Switch />
      </Form.Item>
    </>
  );
}
