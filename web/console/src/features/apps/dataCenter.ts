import { useRead } from '@/api/hooks';
import type { DataCenter } from '@/api/types/apps';
import { useName } from './tags';

/** What a data centre is called; one that is gone keeps its id. */
export function useDataCenterName(): (id: string) => string {
  const nameOf = useName();
  const { data } = useRead<DataCenter[]>('/data-centers');
  return (id) => {
    const found = data?.find((dataCenter) => dataCenter.id === id);
    return found ? nameOf(found) : id;
  };
}
