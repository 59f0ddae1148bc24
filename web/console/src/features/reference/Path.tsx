import { Fragment } from 'react';

/** A path that breaks before its slashes, if it must. */
export function Path({ path }: { path: string }) {
  return (
    <code>
      {path.split(/(?=\/)/).map((part, at) => (
        <Fragment key={at}>
          {at > 0 && <wbr />}
          {part}
        </Fragment>
      ))}
    </code>
  );
}
