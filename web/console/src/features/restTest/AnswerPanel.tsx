import { Button, Empty } from 'antd';
import { Panel } from '@/components/Panel';
import { StatusTag } from '@/components/StatusTag';
import { useTexts } from '@/i18n';
import { CodeBlock } from '../apps/CodeBlock';
import { JsonBlock } from '../apps/JsonBlock';
import type { Answer } from './send';
import { restTestTexts } from './texts';

interface Props {
  answer: Answer | undefined;
  /** The request as a command. */
  command: string;
}

/** What came back. */
export function AnswerPanel({ answer, command }: Props) {
  const t = useTexts(restTestTexts);
  return (
    <Panel title={t.answer}>
      <div aria-live="polite">
        {answer ? (
          <Shown answer={answer} command={command} />
        ) : (
          <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t.nothingYet} />
        )}
      </div>
    </Panel>
  );
}

function Shown({ answer, command }: { answer: Answer; command: string }) {
  const t = useTexts(restTestTexts);
  const { status, reason, ms, body, headers, text } = answer;
  const figures = [
    [t.took, `${ms} ms`],
    [t.size, sizeText(body.size)],
  ] as const;
  return (
    <>
      <div className="answer-figures">
        <StatusTag tone={status < 400 ? 'good' : 'bad'}>{`${status} ${reason}`.trim()}</StatusTag>
        {figures.map(([label, value]) => (
          <span key={label}>
            <span className="faint">{label}</span> {value}
          </span>
        ))}
      </div>
      <h3 className="panel-subtitle">{t.answerBody}</h3>
      {text === undefined ? (
        <Bytes body={body} />
      ) : text ? (
        <div className="answer-body" role="group" aria-label={t.answerBody} tabIndex={0}>
          <JsonBlock text={text} what={t.answerBody} />
        </div>
      ) : (
        <p className="faint">{t.emptyBody}</p>
      )}
      {headers.length > 0 && (
        <>
          <h3 className="panel-subtitle">{t.headers}</h3>
          <dl className="answer-headers">
            {headers.map(([name, value]) => (
              <div key={name}>
                <dt>
                  <code>{name}</code>
                </dt>
                <dd>
                  <code>{value}</code>
                </dd>
              </div>
            ))}
          </dl>
        </>
      )}
      <h3 className="panel-subtitle">{t.command}</h3>
      <p className="panel-hint">{t.commandHint}</p>
      <CodeBlock text={command} what={t.command} />
    </>
  );
}

function Bytes({ body }: { body: Blob }) {
  const t = useTexts(restTestTexts);
  return (
    <p className="answer-bytes">
      <span className="faint">{t.bytes}</span>
      <Button size="small" onClick={() => save(body)}>
        {t.saveFile}
      </Button>
    </p>
  );
}

function save(body: Blob): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(body);
  link.download = 'answer';
  link.click();
  URL.revokeObjectURL(link.href);
}

function sizeText(bytes: number): string {
  return bytes < 1024 ? `${bytes} B` : `${(bytes / 1024).toFixed(1)} KB`;
}
