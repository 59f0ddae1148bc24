/** Lines of a text field as the server counts them: trimmed, without empty and repeated ones. */
export function linesOf(text: string | undefined): string[] {
  const lines = (text ?? '').split('\n').map((line) => line.trim());
  return [...new Set(lines.filter(Boolean))];
}
