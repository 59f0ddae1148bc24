import { Button, Descriptions } from 'antd';
import { Link } from 'react-router';
import { CopyText } from '@/components/CopyText';
import { PageHeader } from '@/components/PageHeader';
import { Panel } from '@/components/Panel';
import { CodeBlock } from '@/features/apps/CodeBlock';
import { useTexts } from '@/i18n';
import { developerTexts } from './texts';
import '@/features/apps/apps.css';
import './developer.css';

/** `/developer`: how to begin, with this server's own addresses in the examples. */
export default function DeveloperPage() {
  const t = useTexts(developerTexts);
  const { origin, protocol, host } = window.location;
  const socket = `${protocol === 'https:' ? 'wss' : 'ws'}://${host}/websocket`;
  const json = `-H 'Content-Type: application/json'`;
  const bearer = `-H 'Authorization: Bearer APP_TOKEN'`;
  return (
    <>
      <PageHeader description={t.about} />
      <Panel title={t.hosts}>
        <p className="guide-text">{t.hostsText}</p>
        <Descriptions
          column={1}
          items={[
            { key: 'rest', label: t.rest, children: <CopyText text={origin} what={t.rest} /> },
            { key: 'socket', label: t.socket, children: <CopyText text={socket} what={t.socket} /> },
          ]}
        />
      </Panel>
      <Panel title={t.client}>
        <p className="guide-text">{t.clientText}</p>
        <Example name={t.install} text="npm install easemob-websdk" />
        <Example name={t.connect} text={connecting(origin, socket)} />
      </Panel>
      <Panel title={t.server} extra={<Link to="/docs">{t.toReference}</Link>}>
        <p className="guide-text">{t.serverText}</p>
        <Example
          name={t.token}
          text={`curl -X POST '${origin}/ORG/APP/token' ${json} \\\n  -d '{"grant_type":"client_credentials","client_id":"CLIENT_ID","client_secret":"CLIENT_SECRET"}'`}
        />
        <Example
          name={t.register}
          text={`curl -X POST '${origin}/ORG/APP/users' ${json} ${bearer} \\\n  -d '{"username":"alice","password":"PASSWORD"}'`}
        />
        <Example
          name={t.send}
          text={`curl -X POST '${origin}/ORG/APP/messages/users' ${json} ${bearer} \\\n  -d '{"from":"admin","to":["alice"],"type":"txt","body":{"msg":"hello"}}'`}
        />
      </Panel>
      <Panel title={t.demo}>
        <p className="guide-text">{t.demoText}</p>
        <Button href="/chat/" target="_blank" rel="noreferrer">
          {t.openDemo}
        </Button>
      </Panel>
    </>
  );
}

function Example({ name, text }: { name: string; text: string }) {
  return (
    <section className="guide-example">
      <h3>{name}</h3>
      <CodeBlock text={text} what={name} />
    </section>
  );
}

function connecting(origin: string, socket: string): string {
  return `import WebIM from 'easemob-websdk';

const connection = new WebIM.connection({
  appKey: 'ORG#APP',
  isHttpDNS: false,
  url: '${socket}',
  apiUrl: '${origin}',
});
connection.addEventHandler('demo', { onTextMessage: (message) => console.log(message.from, message.msg) });
await connection.open({ user: 'alice', pwd: 'PASSWORD' });`;
}
