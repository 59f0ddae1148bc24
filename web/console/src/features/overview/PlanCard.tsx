import { ArrowUpOutlined } from '@ant-design/icons';
import { Button, Modal } from 'antd';
import type { Overview } from '@/api/types/settings';
import { useOpening } from '@/components/dialog';
import { useTexts } from '@/i18n';
import { useMay } from '@/shell/session';
import { Contact } from '../apps/Contact';
import { Facts } from '../apps/Facts';
import { PlanTag, useName } from '../apps/tags';
import { PlanDrawer } from '../features/PlanDrawer';
import { featureTexts } from '../features/texts';
import { overviewTexts } from './texts';

/** 服务版本: the app's plan, what others have, and the way to another. */
export function PlanCard({ overview }: { overview: Overview }) {
  const t = useTexts(overviewTexts);
  const words = useTexts(featureTexts);
  const may = useMay();
  const nameOf = useName();
  const plans = useOpening();
  const upgrading = useOpening();
  const operator = may('manage_installation');
  return (
    <>
      <Facts
        items={[
          { label: t.current, value: <PlanTag plan={overview.plan} /> },
          { label: t.dataCenter, value: nameOf(overview.data_center) },
        ]}
      />
      <div className="plan-buttons">
        {operator ? (
          <Button type="primary" onClick={() => plans.show(true)}>
            {t.change}
          </Button>
        ) : (
          overview.plan !== 'premier' && (
            <Button type="primary" icon={<ArrowUpOutlined />} onClick={() => upgrading.show(true)}>
              {t.upgrade}
            </Button>
          )
        )}
        <Button onClick={() => plans.show(true)}>{t.compare}</Button>
      </div>
      <PlanDrawer open={plans.open} onClose={plans.hide} />
      <Modal
        title={t.upgrade}
        open={upgrading.open}
        onCancel={upgrading.hide}
        width={480}
        footer={
          <>
            <Button
              onClick={() => {
                upgrading.hide();
                plans.show(true);
              }}
            >
              {t.compare}
            </Button>
            <Button type="primary" onClick={upgrading.hide}>
              {words.gotIt}
            </Button>
          </>
        }
      >
        <div className="explain">
          <p>{t.upgradeHint}</p>
          <Contact />
        </div>
      </Modal>
    </>
  );
}
