import type { Purchase } from '@/api/types/billing';

/** Where a purchase goes on: its payment, or how it has ended. */
export function stepAfter(home: string, { purchase_no, state }: Purchase): string {
  return `${home}/im/purchase/${purchase_no}/${state === 'pending_payment' ? 'pay' : 'done'}`;
}
