/** A line of the description, in which names stand between backticks. */
export function Marked({ text }: { text: string }) {
  return (
    <span lang="en">
      {text.split('`').map((part, at) => (at % 2 === 0 ? part : <code key={at}>{part}</code>))}
    </span>
  );
}
