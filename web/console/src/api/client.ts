// One function for every call of the console's API: JSON, the CSRF token, typed errors, and the two answers that
// are no errors of the page: "sign in first" and "prove that it is you".

const base = '/console/api';

export type QueryValue = string | number | boolean | undefined | null;
export type Query = Record<string, QueryValue>;

/** What the server refused; `code` is one of `errors.ts`, `field` names the input at fault. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly field: string | undefined,
    readonly params: Readonly<Record<string, unknown>>,
  ) {
    super(message);
  }
}

/** The server was not reached, or its answer was not the API's. */
export class NetworkError extends Error {}

interface Hooks {
  /** The session has ended, or needs a new password first. */
  sessionChanged(): void;
  /** Fetches the session's CSRF token anew. */
  renewToken(): Promise<void>;
}

let hooks: Hooks | undefined;
let csrfToken = '';
/** Asks for a second factor; true when it was accepted, false when the user thought better of it. */
let verify: ((refusal: ApiError) => Promise<boolean>) | undefined;

export function setHooks(to: Hooks): void {
  hooks = to;
}

export function setVerifier(to: typeof verify): void {
  verify = to;
}

export function setCsrfToken(token: string): void {
  csrfToken = token;
}

interface Call {
  query?: Query | undefined;
  body?: unknown;
  signal?: AbortSignal | undefined;
  /** A 401 is an answer to this call, not the end of the session. */
  anonymous?: boolean;
}

export const api = {
  get: <T>(path: string, query?: Query, call?: Call) => send<T>('GET', path, { ...call, query }),
  post: <T = void>(path: string, body?: unknown, call?: Call) => send<T>('POST', path, { ...call, body }),
  put: <T = void>(path: string, body?: unknown, call?: Call) => send<T>('PUT', path, { ...call, body }),
  patch: <T = void>(path: string, body?: unknown, call?: Call) => send<T>('PATCH', path, { ...call, body }),
  delete: <T = void>(path: string, body?: unknown, call?: Call) => send<T>('DELETE', path, { ...call, body }),
};

/** The address of a download, for a link. */
export function apiUrl(path: string, query?: Query): string {
  const words = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined && value !== null && value !== '') words.set(name, String(value));
  }
  const text = words.toString();
  return base + path + (text && `?${text}`);
}

async function send<T>(method: string, path: string, call: Call): Promise<T> {
  let renewed = false;
  let verified = false;
  for (;;) {
    try {
      return await once<T>(method, path, call);
    } catch (error) {
      if (!(error instanceof ApiError) || !hooks) throw error;
      if (error.code === 'csrf' && !renewed) {
        renewed = true;
        await hooks.renewToken();
      } else if (error.code === 'verification_required' && verify && !verified) {
        verified = await verify(error);
        if (!verified) throw new Cancelled();
      } else {
        const ended = error.status === 401 || error.code === 'password_change_required';
        if (ended && !call.anonymous) hooks.sessionChanged();
        throw error;
      }
    }
  }
}

/** The user closed the dialog that asked for a second factor: nothing to complain about. */
export class Cancelled extends Error {}

async function once<T>(method: string, path: string, { query, body, signal }: Call): Promise<T> {
  const headers: Record<string, string> = { accept: 'application/json' };
  if (method !== 'GET') headers['x-csrf-token'] = csrfToken;
  // A file travels as it is.
  const file = body instanceof Blob ? body : undefined;
  if (body !== undefined) headers['content-type'] = file ? file.type : 'application/json';
  let answer: Response;
  let text: string;
  try {
    answer = await fetch(apiUrl(path, query), {
      method,
      headers,
      body: file ?? (body === undefined ? null : JSON.stringify(body)),
      signal: signal ?? null,
      credentials: 'same-origin',
    });
    text = await answer.text();
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new NetworkError(`${method} ${path}`, { cause: error });
  }
  if (answer.ok) return (text ? parse(text) : undefined) as T;
  throw refusal(answer.status, text);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new NetworkError('the answer is not JSON', { cause: error });
  }
}

function refusal(status: number, text: string): Error {
  try {
    const said = JSON.parse(text) as Partial<Record<'error' | 'message' | 'field', string>> & {
      params?: Record<string, unknown>;
    };
    if (typeof said.error === 'string') {
      return new ApiError(status, said.error, said.message ?? said.error, said.field, said.params ?? {});
    }
  } catch {
    // A proxy's page.
  }
  return new NetworkError(`the server answered ${status}`);
}
