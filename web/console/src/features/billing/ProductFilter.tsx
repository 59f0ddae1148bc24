import { useRead } from '@/api/hooks';
import type { Product } from '@/api/types/billing';
import { FilterSelect } from '@/components/FilterSelect';
import { useTexts } from '@/i18n';
import { useOrgQuery } from '@/shell/organisation';
import { useName } from '../apps/tags';
import { moneyTexts } from './words';

interface Props {
  /** Key of a plan or service. */
  value: string | undefined;
  onChange: (item: string | undefined) => void;
}

/** 产品名称: rows of one plan or service that was ordered. */
export function ProductFilter({ value, onChange }: Props) {
  const t = useTexts(moneyTexts);
  const nameOf = useName();
  const { data } = useRead<Product[]>('/billing/products', useOrgQuery());
  return (
    <FilterSelect
      label={t.productFilter}
      value={value}
      onChange={onChange}
      width={190}
      options={(data ?? []).map((product) => ({ value: product.item, label: nameOf(product) }))}
    />
  );
}
