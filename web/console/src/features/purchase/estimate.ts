import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { api } from '@/api/client';
import type { Estimate, PurchaseRequest } from '@/api/types/billing';
import { useApp } from '@/shell/app';
import { useInstallation } from '@/shell/session';

/** Nothing is bought: the server refuses to answer. */
function isEmpty({ plan, services }: PurchaseRequest): boolean {
  return plan === null && services.length === 0;
}

/** What somebody who still chooses may go on choosing for, in ms. */
const pause = 300;

/**
 * What a purchase would cost, asked of the server once the choices rest. `current`: whether it is about these choices.
 * Nothing is asked for an empty purchase, nor where there is no money, nor while it is `buying`: what was bought cannot
 * be bought again.
 */
export function useEstimate(request: PurchaseRequest, empty: boolean, buying: boolean) {
  const app = useApp();
  const { billing } = useInstallation();
  // Its own key: equal requests are the same question.
  const wanted = JSON.stringify(request);
  const [asked, setAsked] = useState(wanted);
  useEffect(() => {
    const timer = setTimeout(() => setAsked(wanted), pause);
    return () => clearTimeout(timer);
  }, [wanted]);
  const read = useQuery({
    queryKey: [`${app.api}/purchases/estimate`, asked],
    queryFn: ({ signal }) =>
      api.post<Estimate>(`${app.api}/purchases/estimate`, JSON.parse(asked) as PurchaseRequest, { signal }),
    // Choices that have just begun do not rest yet: what rests is nothing still.
    enabled: billing && !empty && !buying && !isEmpty(JSON.parse(asked) as PurchaseRequest),
    placeholderData: keepPreviousData,
  });
  return {
    estimate: empty ? undefined : read.data,
    error: read.error,
    current: asked === wanted && read.isSuccess && !read.isPlaceholderData,
    retry: () => void read.refetch(),
  };
}
