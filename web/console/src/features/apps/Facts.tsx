import type { ReactNode } from 'react';

interface Fact {
  label: string;
  value: ReactNode;
}

/** Labels with what they stand for, below each other. */
export function Facts({ items, columns = 1 }: { items: readonly Fact[]; columns?: 1 | 2 }) {
  return (
    <dl className={`facts facts-${columns}`}>
      {items.map(({ label, value }) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
