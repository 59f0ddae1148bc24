import { CodeBlock } from './CodeBlock';

/** JSON laid out for reading; a text that is none, as it is. */
export function JsonBlock({ text, what }: { text: string; what: string }) {
  return <CodeBlock text={laidOut(text)} what={what} />;
}

function laidOut(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
