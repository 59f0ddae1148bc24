import { LinkOutlined } from '@ant-design/icons';
import type { ReactNode } from 'react';
import { Link } from 'react-router';
import { StatusTag } from '@/components/StatusTag';
import { CodeBlock } from '@/features/apps/CodeBlock';
import { useTexts } from '@/i18n';
import { curl, sampleOf } from './curl';
import { Marked } from './Marked';
import { MethodTag } from './MethodTag';
import type { Endpoint, Parameter, Schemas } from './openapi';
import { Errors } from './Errors';
import { Path } from './Path';
import { InlineShape, Shape } from './Shape';
import { referenceTexts } from './texts';
import './endpoint.css';

interface Props {
  endpoint: Endpoint;
  schemas: Schemas;
}

/** Everything about an endpoint; the address `#id` leads here. */
export function EndpointSection({ endpoint, schemas }: Props) {
  const t = useTexts(referenceTexts);
  const { id, method, path, summary, access, rate, ids, variables, query, headers, body, answer } = endpoint;
  const { errors, commonErrors } = endpoint;
  return (
    <article id={id} tabIndex={-1} className="endpoint" aria-labelledby={`${id}-title`}>
      <div className="endpoint-head">
        <MethodTag method={method} />
        <h2 id={`${id}-title`}>
          <Path path={path} />
        </h2>
        <Link to={{ hash: id }} className="endpoint-link" aria-label={t.linkTo(`${method} ${path}`)}>
          <LinkOutlined />
        </Link>
        {ids.length > 0 && (
          <span className="endpoint-ids" title={t.ids}>
            {ids.map((one) => (
              <StatusTag key={one} tone="plain">
                {one}
              </StatusTag>
            ))}
          </span>
        )}
      </div>
      <p className="endpoint-summary">
        <Marked text={summary} />
        {t.period}
      </p>
      <p className="faint">
        {t.access[access]}
        {t.rate(rate)}
      </p>
      <div className="endpoint-columns">
        <div>
          <Part title={t.variables}>{variables.length > 0 && <Parameters of={variables} />}</Part>
          <Part title={t.query}>{query.length > 0 && <Parameters of={query} />}</Part>
          <Part title={t.headers}>{headers.length > 0 && <Parameters of={headers} />}</Part>
          <Part title={t.body} note={body?.kind}>
            {body && <Shape schema={body.schema} schemas={schemas} />}
          </Part>
          <Part title={t.answer}>{answer && <Shape schema={answer} schemas={schemas} />}</Part>
          <Part title={t.endpointErrors}>
            <Errors own={errors} common={commonErrors} />
          </Part>
        </div>
        <Part title={t.sample}>
          <CodeBlock text={curl(sampleOf(endpoint, schemas, window.location.origin))} what={t.command} />
        </Part>
      </div>
    </article>
  );
}

/** A heading with something below it, or nothing. */
function Part({ title, note, children }: { title: string; note?: string | undefined; children: ReactNode }) {
  if (!children) return null;
  return (
    <div className="endpoint-part">
      <h3>
        {title}
        {note && <code>{note}</code>}
      </h3>
      {children}
    </div>
  );
}

function Parameters({ of }: { of: readonly Parameter[] }) {
  const t = useTexts(referenceTexts);
  const explained = of.some(({ description }) => description);
  return (
    <table className="parameters">
      <thead>
        <tr>
          <th scope="col">{t.name}</th>
          <th scope="col">{t.type}</th>
          {explained && <th scope="col">{t.meaning}</th>}
        </tr>
      </thead>
      <tbody>
        {of.map(({ name, required, schema, description, in: place }) => (
          <tr key={name}>
            <th scope="row">
              <code>{name}</code>
              {required && place === 'query' && <small>{t.required}</small>}
            </th>
            <td>
              <InlineShape schema={schema} />
            </td>
            {explained && <td>{description && <Marked text={description} />}</td>}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
