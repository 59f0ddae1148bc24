import { useState } from 'react';
import { useTexts } from '@/i18n';
import { refName, type Schema, type Schemas } from './openapi';
import { shapeOf, type Piece } from './shape';
import { referenceTexts } from './texts';
import './shape.css';

interface Props {
  schema: Schema;
  schemas: Schemas;
}

/** A type, with the named types in it to unfold below it. */
export function Shape({ schema, schemas }: Props) {
  const whole = refName(schema);
  const [open, setOpen] = useState<readonly string[]>(whole === undefined ? [] : [whole]);
  const toggle = (name: string): void =>
    setOpen(open.includes(name) ? open.filter((one) => one !== name) : [...open, name]);
  const names = { open, toggle };
  return (
    <div className="shape">
      <pre>
        <Pieces of={shapeOf(schema)} {...names} />
      </pre>
      {open.map((name) => (
        <pre key={name}>
          <b>{name}</b> ={' '}
          <Pieces of={shapeOf(schemas[name] ?? {})} {...names} />
        </pre>
      ))}
    </div>
  );
}

/** A type within a line of text. */
export function InlineShape({ schema }: { schema: Schema }) {
  return (
    <code>
      {shapeOf(schema)
        .map(({ text }) => text)
        .join('')}
    </code>
  );
}

interface PiecesProps {
  of: readonly Piece[];
  open: readonly string[];
  toggle: (name: string) => void;
}

function Pieces({ of, open, toggle }: PiecesProps) {
  const t = useTexts(referenceTexts);
  return (
    <code>
      {of.map(({ kind, text }, at) => {
        if (kind !== 'name') {
          return (
            <span key={at} className={`shape-${kind}`}>
              {text}
            </span>
          );
        }
        const isOpen = open.includes(text);
        return (
          <button
            key={at}
            type="button"
            className="shape-name"
            aria-expanded={isOpen}
            aria-label={isOpen ? t.fold(text) : t.unfold(text)}
            onClick={() => toggle(text)}
          >
            {text}
          </button>
        );
      })}
    </code>
  );
}
