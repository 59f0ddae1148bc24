import { CopyText } from '@/components/CopyText';
import { Panel } from '@/components/Panel';
import { CodeBlock } from '@/features/apps/CodeBlock';
import { useTexts } from '@/i18n';
import { curl } from './curl';
import { ErrorTable } from './Errors';
import { Marked } from './Marked';
import type { Reference } from './openapi';
import { Shape } from './Shape';
import { referenceTexts } from './texts';

/** What holds for every endpoint. */
export function Introduction({ reference: { version, about, schemas, commonErrors } }: { reference: Reference }) {
  const t = useTexts(referenceTexts);
  const base = `${window.location.origin}/{org}/{app}`;
  const notation = [
    ['nickname?: string', t.notationOptional],
    ['string(≤64)', t.notationString],
    ['int(1..100)', t.notationInt],
    ['string[1..60]', t.notationArray],
    ['{ [key]: any }', t.notationMap],
    ['file', t.notationFile],
  ] as const;
  const groups = [
    ['every', t.errorsOfEvery],
    ['token', t.errorsOfTokens],
    ['json', t.errorsOfBodies],
  ] as const;
  return (
    <>
      <p className="reference-lead">
        {t.lead(version)} <Marked text={about} />
      </p>
      <Panel title={t.base}>
        <p className="reference-text">{t.baseText}</p>
        <CopyText text={base} what={t.base} />
      </Panel>
      <Panel title={t.tokens}>
        <p className="reference-text">{t.tokensText}</p>
        <h3 className="panel-subtitle">{t.tokenExample}</h3>
        <CodeBlock text={tokenCommand} what={t.tokenExample} />
      </Panel>
      <Panel title={t.envelope}>
        <p className="reference-text">{t.envelopeText}</p>
        <Shape schema={schemas['Envelope'] ?? {}} schemas={schemas} />
        <h3 className="panel-subtitle">{t.envelopeExample}</h3>
        <CodeBlock text={answerExample} what={t.envelopeExample} />
      </Panel>
      <Panel title={t.errors}>
        <p className="reference-text">{t.errorsText}</p>
        <Shape schema={schemas['Error'] ?? {}} schemas={schemas} />
        <h3 className="panel-subtitle">{t.errorsExample}</h3>
        <CodeBlock text={errorExample} what={t.errorsExample} />
        {groups.map(([name, title]) => (
          <div key={name}>
            <h3 className="panel-subtitle">{title}</h3>
            <ErrorTable of={commonErrors[name] ?? []} />
          </div>
        ))}
      </Panel>
      <Panel title={t.notation}>
        <p className="reference-text">{t.notationText}</p>
        <dl className="notation">
          {notation.map(([written, meaning]) => (
            <div key={written}>
              <dt>
                <code>{written}</code>
              </dt>
              <dd>{meaning}</dd>
            </div>
          ))}
        </dl>
      </Panel>
    </>
  );
}

const tokenCommand = curl({
  method: 'POST',
  url: `${window.location.origin}/ORG/APP/token`,
  payload: {
    kind: 'application/json',
    text: '{"grant_type":"client_credentials","client_id":"CLIENT_ID","client_secret":"CLIENT_SECRET"}',
  },
});

const answerExample = JSON.stringify(
  {
    action: 'get',
    path: '/users',
    uri: `${window.location.origin}/acme/chat/users`,
    applicationName: 'chat',
    organization: 'acme',
    entities: [{ type: 'user', username: 'alice', activated: true, created: 1795392000000 }],
    count: 1,
    timestamp: 1795392000000,
    duration: 3,
  },
  null,
  2,
);

const errorExample = JSON.stringify(
  {
    error: 'illegal_argument',
    exception: 'IllegalArgumentException',
    timestamp: 1795392000000,
    duration: 0,
    error_description: 'username [a b] is not legal',
  },
  null,
  2,
);
