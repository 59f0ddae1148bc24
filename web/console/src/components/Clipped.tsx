/** A text of a table that may be long: cut at a width in pixels, whole when pointed at. */
export function Clipped({ text, width }: { text: string | null | undefined; width: number }) {
  if (!text) return <span className="faint">–</span>;
  return (
    <span className="clipped" style={{ maxWidth: width }} title={text}>
      {text}
    </span>
  );
}
