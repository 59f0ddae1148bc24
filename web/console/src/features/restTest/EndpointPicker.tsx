import { Select } from 'antd';
import { useLanguage, useTexts } from '@/i18n';
import { Marked } from '../reference/Marked';
import { MethodTag } from '../reference/MethodTag';
import { isMeant, type Endpoint, type Reference } from '../reference/openapi';
import { restTestTexts } from './texts';

interface Props {
  reference: Reference;
  value: Endpoint | undefined;
  onChoose: (id: string) => void;
}

interface Option {
  value?: string;
  label: string;
  endpoint?: Endpoint;
  options?: Option[];
}

/** All endpoints below the names of their chapters, with a search. */
export function EndpointPicker({ reference, value, onChoose }: Props) {
  const t = useTexts(restTestTexts);
  const { language } = useLanguage();
  const options = reference.chapters.map(
    ({ name, endpoints }): Option => ({
      label: name[language],
      options: endpoints.map((endpoint) => ({
        value: endpoint.id,
        label: `${endpoint.method} ${shortPath(endpoint)}`,
        endpoint,
      })),
    }),
  );
  return (
    <Select<string | null, Option>
      className="endpoint-picker"
      aria-label={t.endpoint}
      placeholder={t.chooseEndpoint}
      notFoundContent={t.noEndpoint}
      value={value?.id ?? null}
      options={options}
      listHeight={420}
      showSearch={{
        filterOption: (text, option) => option?.endpoint !== undefined && isMeant(option.endpoint, text.trim()),
      }}
      optionRender={({ data: { endpoint } }) => endpoint && <Line endpoint={endpoint} />}
      labelRender={({ label }) => (value ? <Line endpoint={value} /> : label)}
      onChange={(id) => {
        if (id) onChoose(id);
      }}
    />
  );
}

function Line({ endpoint }: { endpoint: Endpoint }) {
  return (
    <span className="endpoint-line">
      <MethodTag method={endpoint.method} />
      <code>{shortPath(endpoint)}</code>
      <span className="faint">
        <Marked text={endpoint.summary} />
      </span>
    </span>
  );
}

/** Every path begins with the app. */
export function shortPath({ path }: Endpoint): string {
  return path.replace('/{org}/{app}', '');
}
