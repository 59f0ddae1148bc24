import type { PushRow } from '@/api/types/queries';
import { StatusTag, type Tone } from '@/components/StatusTag';
import { TimeText } from '@/components/TimeText';
import { useLanguage, useTexts } from '@/i18n';
import { channelName, outcomeTexts, reasonName } from '../push/words';
import { queryTexts } from './texts';
import './queries.css';

const tones: Record<PushRow['status'], Tone> = { success: 'good', failure: 'bad', unknown: 'warning', waiting: 'busy' };

/** Pushes about a message to a recipient: how each ended, where it went, and why it did not. */
export function PushLines({ of }: { of: readonly PushRow[] }) {
  const t = useTexts(queryTexts);
  const outcomes = useTexts(outcomeTexts);
  const { language } = useLanguage();
  if (of.length === 0) return <span className="faint">{t.noPushes}</span>;
  return (
    <ul className="push-lines">
      {of.map(({ device, notifier, channel, status, reason, answer, time }) => (
        <li key={`${device} ${notifier} ${time}`}>
          <div>
            <StatusTag tone={tones[status]}>{outcomes[status]}</StatusTag>{' '}
            {[channel && channelName(channel, language), device].filter(Boolean).join(' · ')}
          </div>
          {reason && <div>{reasonName(reason, language)}</div>}
          {answer && <div className="value">{answer}</div>}
          <small className="faint">
            {notifier && `${t.pushCertificate} ${notifier}`}
            {notifier && time && ' · '}
            {time && <TimeText value={time} />}
          </small>
        </li>
      ))}
    </ul>
  );
}
