import { Empty } from 'antd';
import { useState } from 'react';
import { Link } from 'react-router';
import { useRead } from '@/api/hooks';
import type { AppDetail } from '@/api/types/apps';
import { useAddressed } from '@/components/addressed';
import { ErrorState } from '@/components/ErrorState';
import { PageHeader } from '@/components/PageHeader';
import { Panel } from '@/components/Panel';
import { useTexts } from '@/i18n';
import { useApp } from '@/shell/app';
import { publicOrigin } from '../apps/publicOrigin';
import { curl, type Request } from '../reference/curl';
import { useReference, type Endpoint, type Reference } from '../reference/openapi';
import { AnswerPanel } from './AnswerPanel';
import { EndpointPicker } from './EndpointPicker';
import { HistoryPanel } from './HistoryPanel';
import { useHistory, type Sent } from './history';
import { valuesFor, type Values } from './request';
import { RequestForm } from './RequestForm';
import type { Answer } from './send';
import { restTestTexts } from './texts';
import '../apps/apps.css';
import './restTest.css';

/** REST 测试: calls of the app's REST API by hand. */
export default function RestTestPage() {
  const t = useTexts(restTestTexts);
  const { data: reference, error, refetch } = useReference();
  return (
    <>
      <PageHeader
        description={t.about}
        extra={
          <Link to="/docs" target="_blank">
            {t.toReference}
          </Link>
        }
      />
      {reference ? (
        <Bench reference={reference} />
      ) : (
        <Panel loading={!error}>{error && <ErrorState error={error} onRetry={() => void refetch()} />}</Panel>
      )}
    </>
  );
}

/** What the form starts with; another number makes it start anew. */
interface Start {
  number: number;
  values?: Values;
}

function Bench({ reference }: { reference: Reference }) {
  const t = useTexts(restTestTexts);
  const [id, choose] = useAddressed('endpoint');
  const [start, setStart] = useState<Start>({ number: 0 });
  const [outcome, setOutcome] = useState<{ request: Request; answer: Answer }>();
  const history = useHistory();
  const command = useCommand(outcome?.request);
  const endpoint = reference.chapters.flatMap(({ endpoints }) => endpoints).find((one) => one.id === id);
  const begin = (endpoint: string, values?: Values): void => {
    choose(endpoint);
    setStart(({ number }) => ({ number: number + 1, ...(values ? { values } : {}) }));
    setOutcome(undefined);
  };
  const answered = ({ id }: Endpoint) => (values: Values, request: Request, answer: Answer): void => {
    setOutcome({ request, answer });
    history.add({ at: Date.now(), endpoint: id, values, status: answer.status, ms: answer.ms });
  };
  return (
    <>
      <Panel>
        <EndpointPicker reference={reference} value={endpoint} onChoose={begin} />
      </Panel>
      <div className="bench">
        <Panel
          title={t.request}
          extra={
            endpoint && (
              <Link to={{ pathname: '/docs', hash: endpoint.id }} target="_blank">
                {t.explained}
              </Link>
            )
          }
        >
          {endpoint ? (
            <RequestForm
              key={`${endpoint.id} ${start.number}`}
              endpoint={endpoint}
              schemas={reference.schemas}
              initial={start.values ?? valuesFor(endpoint, reference.schemas)}
              onAnswer={answered(endpoint)}
            />
          ) : (
            <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t.chooseFirst} />
          )}
        </Panel>
        <div className="bench-results">
          <AnswerPanel answer={outcome?.answer} command={command} />
          <HistoryPanel
            reference={reference}
            sent={history.sent}
            onLoad={({ endpoint, values }: Sent) => begin(endpoint, values)}
            onClear={history.clear}
          />
        </div>
      </div>
    </>
  );
}

/** The request for a terminal, which is not where this page is: to the address for the public. */
function useCommand(request: Request | undefined): string {
  const app = useApp();
  const { data: detail } = useRead<AppDetail>(app.api);
  if (!request) return '';
  const { origin } = window.location;
  return curl({ ...request, url: (detail ? publicOrigin(detail) : origin) + request.url.slice(origin.length) });
}
