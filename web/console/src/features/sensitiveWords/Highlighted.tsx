import type { ReactNode } from 'react';
import type { WordTest } from '@/api/types/sensitiveWords';

interface Props {
  text: string;
  /** Places in characters (not in UTF-16 units) of the text, in order. */
  hits: WordTest['hits'];
}

/** A text with its sensitive words marked. */
export function Highlighted({ text, hits }: Props) {
  const characters = [...text];
  const between = (from: number, to?: number): string => characters.slice(from, to).join('');
  const pieces: ReactNode[] = [];
  let done = 0;
  for (const { word, start, end } of hits) {
    // One inside another, or across it, is marked by the first.
    if (start < done) continue;
    pieces.push(
      between(done, start),
      <mark key={start} title={word}>
        {between(start, end)}
      </mark>,
    );
    done = end;
  }
  pieces.push(between(done));
  return pieces;
}
