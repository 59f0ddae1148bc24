import type { ReactNode } from 'react';
import { useTexts } from '@/i18n';
import type { Section } from './pages';
import { SideMenu } from './SideMenu';
import { shellTexts } from './texts';

interface Props {
  sections: readonly Section[];
  /** Where the pages' paths begin. */
  base: string;
  label: 'accountNav' | 'billingNav';
  children: ReactNode;
}

/** Pages with a left menu of their own: the account's, the billing centre's. */
export function MenuLayout({ sections, base, label, children }: Props) {
  const t = useTexts(shellTexts);
  return (
    <div className="with-menu">
      <SideMenu sections={sections} base={base} label={t[label]} />
      <div className="page-scroll" tabIndex={0}>
        <div className="page">{children}</div>
      </div>
    </div>
  );
}
