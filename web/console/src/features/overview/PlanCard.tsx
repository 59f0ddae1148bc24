import { ArrowUpOutlined } from '@ant-design/icons';
import { Button, Tag } from 'antd';
import { useNavigate } from 'react-router';
import type { PlanState } from '@/api/types/billing';
import type { Overview } from '@/api/types/settings';
import { useOpening } from '@/components/dialog';
import { useTexts } from '@/i18n';
import { useApp } from '@/shell/app';
import { useInstallation, useMay } from '@/shell/session';
import { Facts } from '../apps/Facts';
import { PlanTag, useName } from '../apps/tags';
import { ChangePlanDialog } from '../features/ChangePlanDialog';
import { PlanDrawer } from '../features/PlanDrawer';
import { useOffers } from '../purchase/offers';
import { overviewTexts } from './texts';

/** 服务版本: the app's plan and services, what others have, and the way to another. */
export function PlanCard({ overview }: { overview: Overview }) {
  const t = useTexts(overviewTexts);
  const may = useMay();
  const { home } = useApp();
  const { billing } = useInstallation();
  const navigate = useNavigate();
  const nameOf = useName();
  const plans = useOpening();
  const changing = useOpening();
  const offers = useOffers().data;
  const owned = offers?.services.filter(({ owned_units }) => owned_units > 0) ?? [];
  const stands = (state: PlanState): boolean => offers?.plans.some((plan) => plan.state === state) ?? false;
  return (
    <>
      <Facts
        items={[
          { label: t.current, value: <PlanTag plan={overview.plan} /> },
          { label: t.dataCenter, value: nameOf(overview.data_center) },
          ...(owned.length === 0
            ? []
            : [
                {
                  label: t.services,
                  value: (
                    <span className="chips">
                      {owned.map((service) => (
                        <Tag key={service.key}>
                          {service.owned_units > 1 ? `${nameOf(service)} × ${service.owned_units}` : nameOf(service)}
                        </Tag>
                      ))}
                    </span>
                  ),
                },
              ]),
        ]}
      />
      <div className="plan-buttons">
        {stands('available') && (
          <Button type="primary" icon={<ArrowUpOutlined />} onClick={() => void navigate(`${home}/im/purchase`)}>
            {t.upgrade}
          </Button>
        )}
        {offers && !stands('available') && offers.services.length > 0 && (
          <Button onClick={() => void navigate(`${home}/im/purchase?plan=vas`)}>{billing ? t.addServices : t.openServices}</Button>
        )}
        {may('manage_installation') && <Button onClick={() => changing.show(true)}>{t.change}</Button>}
        <Button onClick={() => plans.show(true)}>{t.compare}</Button>
      </div>
      {offers && !stands('available') && <p className="faint">{stands('operator') ? t.askForHigher : t.highest}</p>}
      <PlanDrawer open={plans.open} onClose={plans.hide} />
      <ChangePlanDialog open={changing.open} onClose={changing.hide} />
    </>
  );
}
