// Files of certificates, read in the browser: they travel inside of the form.

import type { FileField } from './kinds';
import { fileBytes } from './limits';

/** What an `Upload` has. */
export type Chosen = { originFileObj?: File }[];

/** Why a file cannot be taken; a key of the dialog's texts. */
type FileProblem = 'fileName' | 'fileSize' | 'fileEmpty';

export const fileOf = (chosen: unknown): File | undefined => (chosen as Chosen | undefined)?.[0]?.originFileObj;

export function problemOf(file: File, ending: FileField['ending']): FileProblem | undefined {
  if (!file.name.toLowerCase().endsWith(ending)) return 'fileName';
  if (file.size === 0) return 'fileEmpty';
  return file.size > mostBytes(ending) ? 'fileSize' : undefined;
}

/** Base64 has four characters for three bytes. */
export function mostBytes(ending: FileField['ending']): number {
  return ending === '.p12' ? (fileBytes / 4) * 3 : fileBytes;
}

/** As the server wants it: `.p12` in base64, the others as they are. */
export async function readFile(file: File, ending: FileField['ending']): Promise<string> {
  if (ending !== '.p12') return file.text();
  const bytes = new Uint8Array(await file.arrayBuffer());
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
}
