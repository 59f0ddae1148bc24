import type { ReactNode } from 'react';
import type { Overview } from '@/api/types/settings';
import { useTexts } from '@/i18n';
import { overviewTexts } from './texts';

/** 统计数据. */
export function Figures({ of }: { of: Overview['figures'] }) {
  const t = useTexts(overviewTexts);
  return (
    <dl className="figures">
      <Figure label={t.dau} hint={t.dauHint}>
        {of.dau.toLocaleString()}
      </Figure>
      <Figure label={t.registered}>{of.registered_users.toLocaleString()}</Figure>
      <Figure label={t.groups} hint={t.activeHint}>
        {of.active_groups.toLocaleString()}
        <small>/ {of.groups.toLocaleString()}</small>
      </Figure>
      <Figure label={t.rooms} hint={t.activeHint}>
        {of.active_rooms.toLocaleString()}
        <small>/ {of.rooms.toLocaleString()}</small>
      </Figure>
    </dl>
  );
}

function Figure({ label, hint, children }: { label: string; hint?: string; children: ReactNode }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{children}</dd>
      {hint && <dd className="figure-hint">{hint}</dd>}
    </div>
  );
}
