// What the server allows, so that the forms can say it before.

export const nameChars = 32;
export const urlChars = 512;
/** A rule before sending. */
export const preNamePattern = /^[\p{L}\p{N}_\- ]+$/u;
/** A rule after sending. */
export const postNamePattern = /^[A-Za-z0-9_]+$/;
export const secretPattern = /^[\x21-\x7e]{8,64}$/;
export const timeoutMs = { least: 10, most: 10_000 };
export const filterLines = 50;
export const filterLineBytes = 128;
export const alertEmails = 20;
export const alertFailures = 10_000;
export const alertMinutes = { unit: 5, most: 1440 };
/** Days for which deliveries are kept. */
export const deliveryDays = 3;

/** Absolute, http or https, in ASCII, without user and fragment. */
export function isCallbackUrl(text: string): boolean {
  if (!/^https?:\/\/[\x21\x22\x24-\x7e]+$/.test(text) || !URL.canParse(text)) return false;
  const { username, password } = new URL(text);
  return username === '' && password === '';
}
