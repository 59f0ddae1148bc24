import type { EndReason, ErrorKey, ErrorText } from './model';

/** What the SDK rejects with, as far as it can be relied on. */
interface SdkError {
  type?: number;
  message?: string;
  data?: unknown;
}

const keys: Record<number, ErrorKey> = {
  [-2]: 'error.network',
  [-1]: 'error.timeout',
  2: 'error.auth',
  16: 'error.network',
  28: 'error.auth',
  39: 'error.not-connected',
  40: 'error.network',
  50: 'error.limit',
  52: 'error.denied',
  56: 'error.token-expired',
  101: 'error.upload',
  102: 'error.not-connected',
  204: 'error.user-not-found',
  214: 'error.too-many-devices',
  219: 'error.muted',
  221: 'error.not-friend',
  500: 'error.busy',
  501: 'error.blocked-content',
  502: 'error.blocked-content',
  504: 'error.recall-window',
  505: 'error.not-enabled',
  506: 'error.muted',
  507: 'error.muted',
  508: 'error.blocked-content',
  509: 'error.rate',
  510: 'error.network',
  511: 'error.too-large',
  512: 'error.timeout',
  601: 'error.denied',
  602: 'error.not-in-group',
  603: 'error.denied',
  605: 'error.group-gone',
  606: 'error.group-full',
  607: 'error.group-full',
  608: 'error.group-gone',
};

export function describe(error: unknown): ErrorText {
  const { type, message } = (error ?? {}) as SdkError;
  if (type !== undefined && keys[type]) return { key: keys[type] };
  return { key: 'error.unknown', detail: readable(message) };
}

/** A login refused by POST /token always has code 1: only the text tells why. */
export function describeLogin(error: unknown): ErrorText {
  const { type, message } = (error ?? {}) as SdkError;
  const text = message ?? '';
  if (/invalid password/i.test(text)) return { key: 'error.auth' };
  if (/user not found/i.test(text)) return { key: 'error.user-not-found' };
  if (/could not find application|organization_application_not_found/i.test(text))
    return { key: 'error.app-not-found' };
  if (type === 1 && !text) return { key: 'error.network' };
  return describe(error);
}

/** Errors after which signing in again is the only way on. */
export function endReason(error: unknown): EndReason | undefined {
  switch ((error as SdkError | undefined)?.type) {
    case 206:
      return 'other-device';
    case 207:
      return 'removed';
    case 204:
      return 'removed';
    case 214:
      return 'too-many-devices';
    case 216:
      return 'password-changed';
    case 217:
      return 'kicked-by-device';
    case 56:
      return 'token-expired';
    case 57:
      return 'serving-disabled';
    case 2:
    case 28:
      return 'auth-failed';
    default:
      return undefined;
  }
}

/** Some errors carry the raw JSON body of the answer. */
function readable(message: string | undefined): string | undefined {
  if (!message) return undefined;
  if (!message.startsWith('{')) return message;
  try {
    const body = JSON.parse(message) as { error_description?: string };
    return body.error_description ?? message;
  } catch {
    return message;
  }
}
