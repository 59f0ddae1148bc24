import { Button, Modal } from 'antd';
import type { Plan } from '@/api/types/apps';
import type { FeatureRow } from '@/api/types/features';
import { useLanguage, useTexts } from '@/i18n';
import { Contact } from '../apps/Contact';
import { useName } from '../apps/tags';
import { appTexts } from '../apps/texts';
import { useAmount } from './FeatureTable';
import { featureTexts } from './texts';

interface Props {
  open: boolean;
  onClose: () => void;
  row: FeatureRow;
  plan: Plan;
}

/** What is sold on top of the plan, and by whom. */
export function VasDialog({ open, onClose, row, plan }: Props) {
  const t = useTexts(featureTexts);
  const words = useTexts(appTexts);
  const { language } = useLanguage();
  const amount = useAmount();
  const name = useName()(row);
  const isSwitch = row.kind === 'switch' || row.kind === 'always';
  const including = row.by_plan.filter(({ scope }) => scope === 'included').map(({ plan }) => words.plans[plan]);
  return (
    <Modal
      title={t.vasTitle(name)}
      open={open}
      onCancel={onClose}
      width={480}
      footer={
        <Button type="primary" onClick={onClose}>
          {t.gotIt}
        </Button>
      }
    >
      <div className="explain">
        <p>{isSwitch ? t.vasSwitch(words.plans[plan]) : t.vasQuota(words.plans[plan], amount(row, row.limit))}</p>
        {including.length > 0 && <p>{t.vasIncludedIn(including.join(language === 'zh' ? '、' : ', '))}</p>}
        <p>{t.vasWho}</p>
        <Contact />
      </div>
    </Modal>
  );
}
