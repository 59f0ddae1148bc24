import { Skeleton, Tag } from 'antd';
import type { ReactNode } from 'react';
import { Panel } from '@/components/Panel';
import { TimeText } from '@/components/TimeText';
import { useTexts } from '@/i18n';
import { useEntered } from '@/shell/organisation';
import { useMe } from '@/shell/session';
import { shellTexts } from '@/shell/texts';
import { homeTexts } from './texts';

interface Props {
  /** How many there are; null for someone who has none of their own. */
  apps: number | null | undefined;
}

/** Who is here, as what, and with how many apps. */
export function WelcomeCard({ apps }: Props) {
  const t = useTexts(homeTexts);
  const words = useTexts(shellTexts);
  const me = useMe();
  const { entered } = useEntered();
  return (
    <Panel>
      <div className="welcome">
        <span className="welcome-avatar" aria-hidden="true">
          {[...(me.name || me.email)][0]?.toUpperCase()}
        </span>
        <div className="welcome-who">
          <h1>{t.welcome(me.name)}</h1>
          <p>
            <span>{me.email}</span>
            <Tag color="blue">{words[me.role]}</Tag>
          </p>
        </div>
        <dl className="welcome-facts">
          <Fact label={t.organisation}>
            {me.org ? (
              <>
                {me.org.title || me.org.name}
                {me.org.title && me.org.title !== me.org.name && <small>{me.org.name}</small>}
              </>
            ) : (
              (entered ?? t.installation)
            )}
          </Fact>
          {apps !== null && (
            <Fact label={t.apps}>{apps ?? <Skeleton.Node active className="number-skeleton" />}</Fact>
          )}
          {me.last_login && (
            <Fact label={t.lastLogin}>
              <TimeText value={me.last_login} />
            </Fact>
          )}
        </dl>
      </div>
    </Panel>
  );
}

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}
