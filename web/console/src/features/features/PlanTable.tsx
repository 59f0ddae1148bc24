import { CheckOutlined, MinusOutlined } from '@ant-design/icons';
import { Tag } from 'antd';
import type { FeatureRow, Features, PlanScope } from '@/api/types/features';
import { useTexts } from '@/i18n';
import { useName } from '../apps/tags';
import { appTexts } from '../apps/texts';
import { useAmount } from './FeatureTable';
import { featureTexts } from './texts';

interface Props {
  features: Features;
  /** The row to point out. */
  focus: string | undefined;
}

/** Features against plans. */
export function PlanTable({ features: { plan: current, plans, items }, focus }: Props) {
  const t = useTexts(featureTexts);
  const words = useTexts(appTexts);
  const nameOf = useName();
  return (
    <table className="plan-table">
      <thead>
        <tr>
          <th scope="col">{t.perApp}</th>
          {plans.map((plan) => (
            <th key={plan} scope="col" className={plan === current ? 'plan-current' : ''}>
              <span>{words.plans[plan]}</span>
              {plan === current && <Tag color="blue">{t.current}</Tag>}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {items.filter(inPlan).map((row) => (
          <tr key={row.key} className={row.key === focus ? 'plan-focus' : ''}>
            <th scope="row">{nameOf(row)}</th>
            {plans.map((plan) => (
              <td key={plan} className={plan === current ? 'plan-current' : ''}>
                <Cell row={row} scope={row.by_plan.find((each) => each.plan === plan)} />
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Sizes and counts of single things are the same on every plan. */
function inPlan({ section, by_plan }: FeatureRow): boolean {
  return section === 'basic' || by_plan.some(({ limit }) => limit !== by_plan[0]?.limit);
}

function Cell({ row, scope }: { row: FeatureRow; scope: PlanScope | undefined }) {
  const t = useTexts(featureTexts);
  const amount = useAmount();
  switch (scope?.scope) {
    case 'included':
      return <CheckOutlined className="plan-yes" aria-label={t.included} />;
    case 'sold':
      return <Tag>{t.sold}</Tag>;
    case 'limit':
      return <>{amount(row, scope.limit)}</>;
    case 'raisable':
      return (
        <span className="plan-raisable">
          {amount(row, scope.limit)}
          <small className="faint">{t.raisable}</small>
        </span>
      );
    case 'unlimited':
      return <>{t.unlimited}</>;
    default:
      return <MinusOutlined className="plan-no" aria-label={t.absent} />;
  }
}
