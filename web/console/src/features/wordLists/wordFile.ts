// Lists of words as they come from a text field or a file.

/** Largest list, in bytes. */
export const mostBytes = 2 * 1024 * 1024;

/** Words in a list: lines that are neither empty nor comments. */
export function countWords(text: string): number {
  return text.split('\n').filter((line) => line.trim() !== '' && !line.trimStart().startsWith('#')).length;
}

/** Why a file cannot be imported; a key of the page's texts. */
export type FileProblem = 'fileName' | 'fileSize' | 'fileBinary' | 'fileEncoding' | 'fileGbk' | 'noWords';

/** The text of a list, without a BOM, or why there is none. */
export async function readWordFile(file: File): Promise<{ text: string } | { problem: FileProblem }> {
  if (!/\.txt$/i.test(file.name)) return { problem: 'fileName' };
  if (file.size > mostBytes) return { problem: 'fileSize' };
  const bytes = new Uint8Array(await file.arrayBuffer());
  const text = decode(bytes, 'utf-8');
  if (text === undefined) return { problem: problemOf(bytes) };
  if (isBinary(text)) return { problem: 'fileBinary' };
  return countWords(text) > 0 ? { text } : { problem: 'noWords' };
}

/** What a file is that is not UTF-8. */
function problemOf(bytes: Uint8Array): FileProblem {
  // UTF-16 says so at its beginning.
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) return 'fileEncoding';
  const gbk = decode(bytes, 'gbk');
  if (isBinary(gbk ?? decode(bytes, 'latin1') ?? '')) return 'fileBinary';
  return gbk === undefined ? 'fileEncoding' : 'fileGbk';
}

function decode(bytes: Uint8Array, encoding: string): string | undefined {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** Texts have no control characters but tabs and ends of lines. */
function isBinary(text: string): boolean {
  // eslint-disable-next-line no-control-regex
  return /[\0-\x08\x0e-\x1f]/.test(text);
}
