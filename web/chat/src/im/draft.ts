// What is about to be sent, before the SDK sees it.

import type { Content } from './model';

export type Draft =
  | { kind: 'text'; text: string }
  | { kind: 'image'; file: File; width: number; height: number }
  | { kind: 'file'; file: File };

/** Images are shown as images; anything else is a file. */
export async function draftOf(file: File): Promise<Draft> {
  const size = await imageSize(file);
  return size ? { kind: 'image', file, ...size } : { kind: 'file', file };
}

/** What the sender sees while the draft is on its way. */
export function contentOf(draft: Draft): Content {
  if (draft.kind === 'text') return { kind: 'text', text: draft.text };
  const url = URL.createObjectURL(draft.file);
  if (draft.kind === 'file') return { kind: 'file', url, name: draft.file.name, size: draft.file.size };
  return { kind: 'image', url, thumb: url, width: draft.width, height: draft.height, name: draft.file.name };
}

async function imageSize(file: File): Promise<{ width: number; height: number } | undefined> {
  if (!/^image\/(png|jpeg|gif|webp|bmp|avif)$/.test(file.type)) return undefined;
  try {
    const bitmap = await createImageBitmap(file);
    const { width, height } = bitmap;
    bitmap.close();
    return { width, height };
  } catch {
    return undefined;
  }
}
