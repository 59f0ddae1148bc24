// One call of the REST API, with what a person wants to know of its answer.

import { NetworkError } from '@/api/client';
import { formText, type Payload, type Request } from '../reference/curl';

export interface Answer {
  status: number;
  /** What the status is called, where the connection says it. */
  reason: string;
  ms: number;
  headers: readonly (readonly [name: string, value: string])[];
  body: Blob;
  /** Absent for bytes that are no text. */
  text: string | undefined;
}

const shownHeaders = ['content-type', 'content-length', 'content-disposition', 'etag', 'retry-after', 'date'];

interface Options {
  /** Of the upload, in percent. */
  onProgress?: (percent: number) => void;
  signal?: AbortSignal;
}

/** Sends it; an answer of any status is an answer. */
export async function sendRequest(request: Request, options: Options = {}): Promise<Answer> {
  const begun = performance.now();
  const { status, statusText, response, getHeader } = await exchange(request, options);
  const ms = Math.round(performance.now() - begun);
  const isText = /^(application\/json|text\/)/.test(getHeader('content-type') ?? '');
  return {
    status,
    reason: statusText,
    ms,
    headers: shownHeaders.flatMap((name) => {
      const value = getHeader(name);
      return value === null ? [] : [[name, value] as const];
    }),
    body: response,
    text: isText || response.size === 0 ? await response.text() : undefined,
  };
}

interface Exchange {
  status: number;
  statusText: string;
  response: Blob;
  getHeader(name: string): string | null;
}

/** Not `fetch`, which does not say how far an upload has come. */
function exchange({ method, url, token, headers = [], payload }: Request, { onProgress, signal }: Options): Promise<Exchange> {
  return new Promise((resolve, reject) => {
    const call = new XMLHttpRequest();
    call.open(method, url);
    call.responseType = 'blob';
    if (token) call.setRequestHeader('authorization', `Bearer ${token}`);
    for (const [name, value] of headers) call.setRequestHeader(name, value);
    if (payload && payload.kind !== 'multipart/form-data') call.setRequestHeader('content-type', payload.kind);
    call.upload.onprogress = ({ loaded, total }) => onProgress?.(Math.floor((100 * loaded) / total));
    call.onload = () =>
      resolve({
        status: call.status,
        statusText: call.statusText,
        response: call.response as Blob,
        getHeader: (name) => call.getResponseHeader(name),
      });
    call.onerror = () => reject(new NetworkError(`${method} ${url}`));
    call.onabort = () => reject(new DOMException('cancelled', 'AbortError'));
    signal?.addEventListener('abort', () => call.abort());
    call.send(payload ? bodyOf(payload) : null);
  });
}

function bodyOf(payload: Payload): string | FormData {
  if (payload.kind !== 'multipart/form-data') return payload.text;
  const form = new FormData();
  for (const { name, value } of payload.parts) form.append(name, value);
  return form;
}

/** The body as it is written in the editor: JSON, of which a form is made where the endpoint wants one. */
export function payloadOf(kind: Exclude<Payload['kind'], 'multipart/form-data'>, text: string): Payload {
  return { kind, text: kind === 'application/json' ? text : formText(JSON.parse(text)) };
}
