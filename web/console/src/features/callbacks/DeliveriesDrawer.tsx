import { Drawer } from 'antd';
import dayjs from 'dayjs';
import { useState } from 'react';
import type { CallbackRule, CallbackState } from '@/api/types/callbacks';
import { FilterSelect } from '@/components/FilterSelect';
import { SearchInput } from '@/components/SearchInput';
import { TimeRange } from '@/components/TimeRange';
import { Toolbar } from '@/components/Toolbar';
import { useLanguage, useTexts } from '@/i18n';
import { Facts } from '../apps/Facts';
import { DeliveryList, deliveryStates, type DeliveryFilters } from './DeliveryList';
import { deliveryTexts } from './deliveryTexts';
import { EventSelect } from './EventSelect';
import { deliveryDays } from './limits';
import { reason } from './reasons';

interface Props {
  rule: CallbackRule | undefined;
  open: boolean;
  onClose: () => void;
}

/** 投递记录 of a rule after sending. */
export function DeliveriesDrawer({ rule, open, onClose }: Props) {
  const t = useTexts(deliveryTexts);
  return (
    <Drawer title={t.title(rule?.name ?? '')} open={open} onClose={onClose} size={1080} destroyOnHidden>
      {rule && <Deliveries rule={rule} />}
    </Drawer>
  );
}

function Deliveries({ rule }: { rule: CallbackRule }) {
  const t = useTexts(deliveryTexts);
  const [filters, setFilters] = useState<DeliveryFilters>({});
  const change = (to: DeliveryFilters): void => setFilters((old) => ({ ...old, ...to }));
  return (
    <>
      <p className="dialog-intro">{t.about}</p>
      {rule.state && <StateFacts state={rule.state} />}
      <Toolbar
        filters={
          <>
            <FilterSelect
              label={t.state}
              value={filters.state}
              width={110}
              onChange={(state) => change({ state })}
              options={deliveryStates.map((value) => ({ value, label: t.states(value) }))}
            />
            <EventSelect label={t.event} value={filters.kind} onChange={(kind) => change({ kind })} allowClear />
            <SearchInput
              label={t.search}
              value={filters.search}
              onSearch={(search) => change({ search })}
              width={230}
            />
            <TimeRange label={t.time} value={filters} onChange={change} days={deliveryDays} />
          </>
        }
      />
      {/* Other filters begin with their first page. */}
      <DeliveryList key={JSON.stringify(filters)} rule={rule} filters={filters} />
    </>
  );
}

function StateFacts({ state }: { state: CallbackState }) {
  const t = useTexts(deliveryTexts);
  const { language } = useLanguage();
  const until = state.banned_until;
  return (
    <Facts
      columns={2}
      items={[
        { label: t.waiting, value: state.waiting.toLocaleString() },
        { label: t.kept, value: state.failed.toLocaleString() },
        { label: t.deliveredToday, value: state.delivered_today.toLocaleString() },
        { label: t.bansToday, value: state.bans_today.toLocaleString() },
        ...(until
          ? [
              { label: t.bannedUntil, value: dayjs(until).format('YYYY-MM-DD HH:mm:ss') },
              { label: t.banReason, value: reason(state.ban_reason ?? '', language) },
            ]
          : []),
        ...(state.last_error === null ? [] : [{ label: t.lastError, value: reason(state.last_error, language) }]),
      ]}
    />
  );
}
