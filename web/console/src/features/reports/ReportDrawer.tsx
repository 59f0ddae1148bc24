import { DownOutlined } from '@ant-design/icons';
import { Button, Drawer, Dropdown } from 'antd';
import type { ReportRow } from '@/api/types/reports';
import { CopyText } from '@/components/CopyText';
import { StatusTag } from '@/components/StatusTag';
import { TimeText } from '@/components/TimeText';
import { useLanguage, useTexts } from '@/i18n';
import { useMay } from '@/shell/session';
import { Facts } from '../apps/Facts';
import { JsonBlock } from '../apps/JsonBlock';
import { useChatTypes } from '../operations/chatTypes';
import { stateTones, useMeasureMenu, type Measure } from './measures';
import { inOneLine } from './snapshot';
import { reportTexts } from './texts';

interface Props {
  report: ReportRow | undefined;
  open: boolean;
  onClose: () => void;
  onHandle: (measure: Measure) => void;
}

/** 举报详情: who, what and why, and the message as it was. */
export function ReportDrawer({ report, open, onClose, onHandle }: Props) {
  const t = useTexts(reportTexts);
  const may = useMay();
  const menu = useMeasureMenu(onHandle);
  return (
    <Drawer
      title={t.detailTitle}
      open={open}
      onClose={onClose}
      size={640}
      destroyOnHidden
      extra={
        may('moderation_write') && (
          <Dropdown trigger={['click']} menu={menu}>
            <Button type="primary">
              {t.handle}
              <DownOutlined />
            </Button>
          </Dropdown>
        )
      }
    >
      {report && <Report report={report} />}
    </Drawer>
  );
}

function Report({ report }: { report: ReportRow }) {
  const t = useTexts(reportTexts);
  const { language } = useLanguage();
  const chats = useChatTypes();
  const { created, reporter, sender, chat_type, target, kind, reason, message_id, message, state } = report;
  return (
    <>
      <Facts
        items={[
          { label: t.state, value: <StatusTag tone={stateTones[state]}>{t.states(state)}</StatusTag> },
          { label: t.time, value: <TimeText value={created} /> },
          { label: t.reporter, value: <CopyText text={reporter} what={t.reporter} /> },
          { label: t.sender, value: <CopyText text={sender} what={t.sender} /> },
          { label: t.chatType, value: chats.name(chat_type) },
          { label: t.target, value: <CopyText text={target} what={t.target} /> },
          { label: t.kind, value: kind || '–' },
          { label: t.reason, value: <span className="pre-wrap">{reason || '–'}</span> },
          { label: t.messageId, value: <CopyText text={message_id} what={t.messageId} /> },
          ...(report.handled === null
            ? []
            : [
                { label: t.handler, value: report.handler ?? '–' },
                { label: t.handled, value: <TimeText value={report.handled} /> },
                { label: t.note, value: <span className="pre-wrap">{report.note || '–'}</span> },
              ]),
        ]}
      />
      <h3 className="drawer-heading">{t.snapshot}</h3>
      <p className="snapshot-text">{inOneLine(message, language)}</p>
      <JsonBlock text={message} what={t.snapshot} />
    </>
  );
}
