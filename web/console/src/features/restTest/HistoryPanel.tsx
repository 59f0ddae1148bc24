import { Button } from 'antd';
import { Panel } from '@/components/Panel';
import { StatusTag } from '@/components/StatusTag';
import { TimeText } from '@/components/TimeText';
import { useTexts } from '@/i18n';
import { MethodTag } from '../reference/MethodTag';
import type { Reference } from '../reference/openapi';
import { shortPath } from './EndpointPicker';
import type { Sent } from './history';
import { restTestTexts } from './texts';

interface Props {
  reference: Reference;
  sent: readonly Sent[];
  onLoad: (sent: Sent) => void;
  onClear: () => void;
}

/** The requests of this session, to be filled in again. */
export function HistoryPanel({ reference, sent, onLoad, onClear }: Props) {
  const t = useTexts(restTestTexts);
  const endpoints = reference.chapters.flatMap((chapter) => chapter.endpoints);
  return (
    <Panel
      title={t.history}
      extra={
        sent.length > 0 && (
          <Button type="link" size="small" onClick={onClear}>
            {t.clear}
          </Button>
        )
      }
    >
      {sent.length === 0 ? (
        <p className="faint">{t.noHistory}</p>
      ) : (
        <>
          <p className="panel-hint">{t.historyHint}</p>
          <ul className="sent-list">
            {sent.map((one) => {
              const endpoint = endpoints.find(({ id }) => id === one.endpoint);
              if (!endpoint) return null;
              return (
                <li key={one.id}>
                  <button type="button" onClick={() => onLoad(one)}>
                    <MethodTag method={endpoint.method} />
                    <code>{shortPath(endpoint)}</code>
                    <StatusTag tone={one.status < 400 ? 'good' : 'bad'}>{one.status}</StatusTag>
                    <span className="faint">{one.ms} ms</span>
                    <TimeText value={one.at} />
                  </button>
                </li>
              );
            })}
          </ul>
        </>
      )}
    </Panel>
  );
}
