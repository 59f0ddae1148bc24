//! Terms that are paid in advance.

use hongyan_model::Timestamp;
use hongyan_model::billing::Order;
use hongyan_model::catalogue::Money;

use crate::{Calendar, Day};

/// The first day of the current term and the first day after it; `None` for what is billed afterwards.
pub(super) fn days(calendar: &Calendar, order: &Order) -> Option<(Day, Day)> {
    let months = order.term_months?;
    let first = calendar.day(order.effective?);
    let since = order.terms.saturating_sub(1).saturating_mul(months);
    let until = order.terms.saturating_mul(months);
    Some((first.plus_months(since), first.plus_months(until)))
}

/// When the terms paid so far are over: at the beginning of the day of the same number, so many months later.
pub(super) fn expiry(calendar: &Calendar, order: &Order) -> Option<Timestamp> {
    days(calendar, order).map(|(_, until)| calendar.start(until))
}

/// What is paid back of an order that ends now: its share of days that are left. Today is one of them.
pub(super) fn refund(calendar: &Calendar, order: &Order, now: Timestamp) -> Money {
    let Some((from, until)) = days(calendar, order) else { return Money::ZERO };
    let count = |from: Day, until: Day| u64::try_from(until.number() - from.number()).unwrap_or(0);
    let whole = count(from, until);
    let left = count(calendar.day(now), until).min(whole);
    order.paid_cash.share(left, whole).unwrap_or_default().max(Money::ZERO)
}
