import { Alert, Empty } from 'antd';
import type { ServiceOffer } from '@/api/types/billing';
import { Panel } from '@/components/Panel';
import { useTexts } from '@/i18n';
import type { Choices } from './offers';
import { ServiceLine } from './ServiceLine';
import { purchaseTexts, useBuyTexts } from './texts';

interface Props {
  services: readonly ServiceOffer[];
  choices: Choices;
  onChange: (to: Choices) => void;
  /** Services of the old plan end. */
  upgrading: boolean;
  problem: string | undefined;
}

/** 可选增值服务. */
export function ServicesPanel({ services, choices, onChange, upgrading, problem }: Props) {
  const t = useTexts(purchaseTexts);
  const words = useBuyTexts();
  return (
    <Panel title={t.services}>
      {upgrading && <Alert type="info" showIcon title={words.servicesEnd} className="purchase-note" />}
      {services.length === 0 ? (
        <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t.noServices} />
      ) : (
        <div className="services">
          {services.map((service) => (
            <ServiceLine
              key={service.key}
              service={service}
              choice={choices[service.key]}
              onChange={(choice) => onChange({ ...choices, [service.key]: choice })}
            />
          ))}
        </div>
      )}
      {problem && <Alert type="error" showIcon title={problem} className="purchase-problem" />}
    </Panel>
  );
}
