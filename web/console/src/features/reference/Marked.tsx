import { useLanguage } from '@/i18n';
import type { Words } from './openapi';

/** A line in the language on show, in which names stand between backticks. */
export function Marked({ text }: { text: Words | string }) {
  const { language } = useLanguage();
  const line = typeof text === 'string' ? text : text[language];
  return line.split('`').map((part, at) => (at % 2 === 0 ? part : <code key={at}>{part}</code>));
}
