import { CopyButton } from './CopyButton';

interface Props {
  text: string;
  what: string;
}

/** An id with its copy button. */
export function CopyText({ text, what }: Props) {
  return (
    <span className="copy-text">
      <code>{text}</code>
      <CopyButton text={text} what={what} />
    </span>
  );
}
