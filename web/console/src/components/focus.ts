/**
 * Moves the focus to the first field of the dialog that opened last. By itself a dialog focuses its frame, and
 * `autoFocus` loses against that.
 */
export function focusFirstField(): void {
  const bodies = document.querySelectorAll('.ant-modal-body');
  const first = bodies[bodies.length - 1]?.querySelector<HTMLElement>(
    ':is(input:not([type=hidden], [type=radio], :disabled, [readonly]), textarea, [role=switch])',
  );
  first?.focus();
}
