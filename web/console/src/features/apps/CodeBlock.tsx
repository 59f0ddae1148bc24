import { CopyButton } from '@/components/CopyButton';

/** A command to copy. */
export function CodeBlock({ text, what }: { text: string; what: string }) {
  return (
    <div className="code-block">
      <pre>
        <code>{text}</code>
      </pre>
      <CopyButton text={text} what={what} />
    </div>
  );
}
