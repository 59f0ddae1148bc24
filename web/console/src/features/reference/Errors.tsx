import { useTexts } from '@/i18n';
import type { KnownError } from './openapi';
import { referenceTexts } from './texts';

interface Props {
  /** Of the endpoint alone. */
  own: readonly KnownError[];
  /** Of many endpoints. */
  common: readonly KnownError[];
}

/** The errors of an endpoint; those that nearly all have are to be unfolded. */
export function Errors({ own, common }: Props) {
  const t = useTexts(referenceTexts);
  return (
    <>
      {own.length > 0 && <ErrorTable of={own} />}
      {common.length > 0 && (
        <details className="common-errors">
          <summary>{t.commonErrors(common.length)}</summary>
          <ErrorTable of={common} />
        </details>
      )}
    </>
  );
}

/** Errors with their words. */
export function ErrorTable({ of }: { of: readonly KnownError[] }) {
  const t = useTexts(referenceTexts);
  return (
    <table className="errors">
      <thead>
        <tr>
          <th scope="col">{t.status}</th>
          <th scope="col" lang="en">
            error
          </th>
          <th scope="col" lang="en">
            error_description
          </th>
        </tr>
      </thead>
      <tbody>
        {of.map(({ status, error, error_description: words, error_code: code }) => (
          <tr key={`${status} ${error} ${words}`}>
            <td>{status}</td>
            <td lang="en">
              <code>{error || code}</code>
            </td>
            <td lang="en">
              {words}
              {error && code !== undefined && <small>{t.errorCode(code)}</small>}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
