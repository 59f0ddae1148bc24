interface Props {
  title: string;
  /** What all of them are parts of. */
  total: number;
  rows: readonly { name: string; messages: number }[];
  /** Said when there are no rows. */
  empty?: string;
}

/** Numbers below each other, each with a bar for its part of the whole. */
export function Breakdown({ title, total, rows, empty }: Props) {
  return (
    <section className="breakdown" aria-label={title}>
      <h3>{title}</h3>
      {rows.length === 0 && <p className="faint">{empty}</p>}
      <ul>
        {rows.map(({ name, messages }) => (
          <li key={name}>
            <span className="clipped" title={name}>
              {name}
            </span>
            <span className="breakdown-number">{messages.toLocaleString()}</span>
            <span className="breakdown-bar" aria-hidden="true">
              <span style={{ width: `${total === 0 ? 0 : (messages / total) * 100}%` }} />
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
