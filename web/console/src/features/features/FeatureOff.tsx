import { Empty } from 'antd';
import type { ReactNode } from 'react';
import { Link } from 'react-router';
import { useTexts } from '@/i18n';
import { useApp } from '@/shell/app';
import { featureTexts } from './texts';

interface Props {
  title: string;
  hint: string;
  /** What to do about it; absent: a link to 功能配置总览. */
  children?: ReactNode;
}

/** In place of a feature's page while the app does not have the feature. */
export function FeatureOff({ title, hint, children }: Props) {
  return (
    <Empty
      image={Empty.PRESENTED_IMAGE_SIMPLE}
      className="feature-off"
      description={
        <>
          <strong>{title}</strong>
          <p>{hint}</p>
        </>
      }
    >
      {children ?? <ToFeatures />}
    </Empty>
  );
}

/** Where features are enabled and bought. */
export function ToFeatures() {
  const t = useTexts(featureTexts);
  const { home } = useApp();
  return <Link to={`${home}/im/features`}>{t.toOverview}</Link>;
}
