//! What is written down when money moves.

use super::{
    Account, Bill, BillKind, BillLine, EndReason, EntryKind, Item, Operation, Order, OrderState,
};
use crate::catalogue::{Gives, Money};
use crate::feature::Bought;
use crate::{App, Plan, Timestamp};

/// The account of an organisation, with one of its apps and what that has bought: read and written in one transaction,
/// in which nobody else changes them.
#[derive(Clone, Debug)]
pub struct Books {
    /// Now.
    pub now: Timestamp,
    /// What an account may owe that has no limit of its own.
    pub credit_limit: Money,
    /// The account.
    pub account: Account,
    /// The app, if it is about one.
    pub app: Option<App>,
    /// The app's orders that may still change, and those that are new.
    pub orders: Vec<Order>,
    /// Bills of the organisation that are not paid in full, the oldest first.
    pub open_bills: Vec<Bill>,
    /// Bills to be written.
    pub new_bills: Vec<NewBill>,
    /// Changes of the balance to be written, in order.
    pub postings: Vec<Posting>,
    /// Steps of orders to be written: number of the order, what, detail, amount.
    pub operations: Vec<(String, Operation, String, Money)>,
}

/// A bill to be written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewBill {
    /// The bill; its number is 0.
    pub bill: Bill,
    /// What it is for, once: a second one for the same is refused by the store.
    pub source: String,
}

/// A change of the balance to be written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Posting {
    /// Why.
    pub kind: EntryKind,
    /// By how much.
    pub amount: Money,
    /// The balance after it.
    pub balance_after: Money,
    /// What it belongs to. With the kind it is there once.
    pub reference: String,
    /// What somebody said of it.
    pub note: String,
}

impl Books {
    /// What the account may owe.
    #[must_use]
    pub fn credit(&self) -> Money {
        self.account.credit_limit.unwrap_or(self.credit_limit)
    }

    /// What can be spent at once.
    #[must_use]
    pub fn available(&self) -> Money {
        self.account.balance + self.credit()
    }

    /// Changes the balance.
    pub fn post(&mut self, kind: EntryKind, amount: Money, reference: &str, note: &str) {
        if amount == Money::ZERO {
            return;
        }
        self.account.balance = self.account.balance + amount;
        if kind == EntryKind::Gift {
            self.account.gift = self.account.gift + amount;
        }
        self.account.gift = self.account.gift.min(self.account.balance).max(Money::ZERO);
        self.postings.push(Posting {
            kind,
            amount,
            balance_after: self.account.balance,
            reference: reference.to_owned(),
            note: note.to_owned(),
        });
        self.settle();
    }

    /// Issues a bill and takes its total from the account, gifts first; answers how much of it was no gift.
    pub fn charge(
        &mut self,
        (no, source): (String, String),
        kind: BillKind,
        days: (i64, i64),
        lines: Vec<BillLine>,
    ) -> Money {
        let total: Money = lines.iter().map(|line| line.amount).sum();
        let from_gift = self.account.gift.min(total).max(Money::ZERO);
        let bill = Bill {
            id: 0,
            no: no.clone(),
            org: self.account.org,
            kind,
            days,
            issued: self.now,
            total,
            from_gift,
            paid: total,
            lines,
        };
        self.new_bills.push(NewBill { bill, source });
        self.account.gift = self.account.gift - from_gift;
        let kind = if total < Money::ZERO { EntryKind::Refund } else { EntryKind::Charge };
        self.post(kind, -total, &no, "");
        total - from_gift
    }

    /// The plan order that is in service.
    #[must_use]
    pub fn plan_order(&self) -> Option<&Order> {
        let is_it = |order: &&Order| order.item.is_plan() && order.state == OrderState::InService;
        self.orders.iter().find(is_it)
    }

    /// The orders of a purchase.
    pub fn of_purchase<'a>(&'a self, purchase: &'a str) -> impl Iterator<Item = &'a Order> {
        self.orders.iter().filter(move |order| order.purchase == purchase)
    }

    /// Ends an order; `refund` is paid back.
    pub fn end(&mut self, no: &str, reason: EndReason, refund: Money) {
        let now = self.now;
        let Some(order) = self.orders.iter_mut().find(|order| order.no == no) else { return };
        order.state = OrderState::Finished;
        order.end_reason = Some(reason);
        order.ended = Some(now);
        self.note(no, Operation::Finished, reason.key(), Money::ZERO);
        if refund > Money::ZERO {
            self.post(EntryKind::Refund, refund, no, "");
            self.note(no, Operation::Refunded, "", refund);
        }
    }

    /// Writes down a step of an order.
    pub fn note(&mut self, no: &str, what: Operation, detail: &str, amount: Money) {
        self.operations.push((no.to_owned(), what, detail.to_owned(), amount));
    }

    /// Gives the app what its orders in service give: its plan, if `plan` says one, and services.
    pub fn apply(&mut self, plan: Option<Plan>) {
        let Some(app) = &mut self.app else { return };
        if let Some(plan) = plan {
            app.plan = plan;
        }
        app.features.bought.clear();
        let in_service = self.orders.iter().filter(|order| order.state == OrderState::InService);
        for order in in_service.filter(|order| matches!(order.item, Item::Service(_))) {
            match &order.snapshot.gives {
                Some(Gives::Add { quota, step }) => {
                    let bought = app.features.bought.entry(*quota).or_default();
                    bought.more += step * u64::from(order.units);
                }
                Some(Gives::Set { quota, values }) => {
                    let bought: &mut Bought = app.features.bought.entry(*quota).or_default();
                    let value = values.get(&app.plan).copied().unwrap_or_default();
                    bought.at_least = bought.at_least.max(value);
                }
                Some(Gives::Switches(features)) => {
                    for feature in features {
                        app.features.bought.entry(*feature).or_default();
                    }
                }
                None => {}
            }
        }
    }

    /// Sees whether the account owes more than it may, and since when, and which bills are paid.
    pub fn settle(&mut self) {
        // What is owed is owed for the newest bills.
        let mut owed = self.account.owed();
        let new = self.new_bills.iter_mut().map(|new| &mut new.bill);
        let bills = self.open_bills.iter_mut().chain(new).collect::<Vec<_>>();
        for bill in bills.into_iter().rev() {
            let open = owed.min(bill.total).max(Money::ZERO);
            bill.paid = bill.total - open;
            owed = owed - open;
        }
        let account = &mut self.account;
        let may_owe = account.credit_limit.unwrap_or(self.credit_limit);
        if account.owed() <= may_owe {
            account.in_arrears_since = None;
            account.notices = 0;
            account.suspended = false;
        } else if account.in_arrears_since.is_none() {
            account.in_arrears_since = Some(self.now);
        }
        if account.alert_below.is_none_or(|least| account.balance >= least) {
            account.alerted = false;
        }
    }

    /// Another limit of what it may owe.
    pub fn set_credit_limit(&mut self, limit: Option<Money>) {
        self.account.credit_limit = limit;
        self.settle();
    }
}
