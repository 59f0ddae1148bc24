import type { Language } from '@/i18n';
import { messageKinds, pick } from '../callbacks/events';

interface Body {
  type?: unknown;
  msg?: unknown;
  filename?: unknown;
}

/** What a stored message says, in a line: its text, or its kind with the name of its file. */
export function inOneLine(message: string, language: Language): string {
  const body = firstBody(message);
  if (!body) return '';
  if (typeof body.msg === 'string' && body.msg !== '') return body.msg;
  const kind = messageKinds.find(({ selector }) => selector === body.type);
  const name = kind ? pick(kind.names, language) : String(body.type ?? '');
  return typeof body.filename === 'string' ? `[${name}] ${body.filename}` : `[${name}]`;
}

function firstBody(message: string): Body | undefined {
  try {
    const stored = JSON.parse(message) as { bodies?: Body[]; payload?: { bodies?: Body[] } } | null;
    return (stored?.bodies ?? stored?.payload?.bodies)?.[0];
  } catch {
    return undefined;
  }
}
