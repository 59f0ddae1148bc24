//! Accounts, orders, bills, recharges, and the figures they are computed from.
//!
//! Everything that moves money goes through [`with_books`]: one transaction in which nobody else changes the account of
//! the organisation, nor the app's orders.

mod accounts;
mod bills;
mod ledger;
mod orders;
mod recharges;
mod sealed;
mod state;

use hongyan_model::billing::{Account, Bill, Books, Order, Recharge};
use hongyan_model::catalogue::Money;
use hongyan_model::{AppId, OrgId, Timestamp};

use crate::{Store, StoreError, apps};

pub use accounts::{
    OrgAccount, account, accounts_below_alert, accounts_in_arrears, accounts_page,
    accounts_unnoticed,
};
pub use bills::{BillFilter, bill, bills, bills_of_month};
pub use ledger::{LedgerFilter, ledger, ledger_sum};
pub use orders::{
    OrderFilter, OrderOperation, due_orders, ended_since, expired_orders, newest_of_items,
    open_purchase, operations, order, orders, orders_of_app_between, orders_of_gone_apps,
    orders_of_org_between, orders_of_purchase,
};
pub use recharges::{RechargeFilter, delete_recharge, insert_recharge, recharge, recharges};
pub use sealed::{Unsealed, is_intact, seal, sealed_days, unsealed};
pub use state::{BillingState, orgs_to_bill, pause, pauses, resume, set_state, state};

/// What the books are opened for.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Scope {
    /// One of the organisation's apps.
    pub app: Option<AppId>,
    /// A recharge of the organisation.
    pub recharge: Option<String>,
    /// A month, by its first day: its bills are read.
    pub month: Option<i64>,
}

/// The books, and what else the scope names.
#[derive(Clone, Debug)]
pub struct Open {
    /// The books.
    pub books: Books,
    /// The recharge, if there is one of this number.
    pub recharge: Option<Recharge>,
    /// The bills of the month: that of the month, and its corrections.
    pub month_bills: Vec<Bill>,
}

/// Opens the books of an organisation, lets `change` write in them, and stores that, all of it or nothing. `None`
/// without the app of the scope, or if it is another organisation's.
pub async fn with_books<T, E>(
    store: &Store,
    org: OrgId,
    scope: &Scope,
    now: Timestamp,
    change: impl FnOnce(&mut Open) -> Result<T, E>,
) -> Result<Option<Result<(T, Books), E>>, StoreError> {
    let mut tx = store.begin_write().await?;
    let app = match scope.app {
        Some(id) => {
            let app = apps::lock(store, &mut tx, id, now).await?;
            let Some(app) = app.filter(|app| app.org_id == org) else { return Ok(None) };
            Some(app)
        }
        None => None,
    };
    let account = accounts::lock(&mut tx, org).await?;
    let orders = match scope.app {
        Some(app) => orders::live_of_app(&mut tx, app).await?,
        None => Vec::new(),
    };
    let recharge = match &scope.recharge {
        Some(no) => recharges::lock(&mut tx, org, no).await?,
        None => None,
    };
    let month_bills = match scope.month {
        Some(month) => bills::of_month(&mut tx, org, month).await?,
        None => Vec::new(),
    };
    let credit_limit: Money = store.catalogue().billing.credit_limit;
    let books = Books {
        now,
        credit_limit,
        account,
        app,
        orders,
        open_bills: bills::open_of(&mut tx, org).await?,
        new_bills: Vec::new(),
        postings: Vec::new(),
        operations: Vec::new(),
    };
    let before = books.clone();
    let mut open = Open { books, recharge, month_bills };
    let done = match change(&mut open) {
        Ok(done) => done,
        Err(refused) => return Ok(Some(Err(refused))),
    };
    let Open { books, recharge, .. } = open;
    save(&mut tx, &before, &books).await?;
    if let Some(recharge) = &recharge {
        recharges::save(&mut tx, recharge).await?;
    }
    tx.commit().await?;
    Ok(Some(Ok((done, books))))
}

/// What `change` would make of the books, without storing it.
pub async fn try_books<T, E>(
    store: &Store,
    org: OrgId,
    scope: &Scope,
    now: Timestamp,
    change: impl FnOnce(&mut Open) -> Result<T, E>,
) -> Result<Option<Result<(T, Books), E>>, StoreError> {
    enum Stop<T, E> {
        Done(Box<(T, Books)>),
        Refused(E),
    }
    let tried = with_books(store, org, scope, now, |open| match change(open) {
        Ok(done) => Err::<(), _>(Stop::Done(Box::new((done, open.books.clone())))),
        Err(refused) => Err(Stop::Refused(refused)),
    });
    Ok(match tried.await? {
        Some(Err(Stop::Done(done))) => Some(Ok(*done)),
        Some(Err(Stop::Refused(refused))) => Some(Err(refused)),
        // The closure never agrees.
        Some(Ok(_)) | None => None,
    })
}

type Tx = sqlx::Transaction<'static, sqlx::Any>;

async fn save(tx: &mut Tx, before: &Books, after: &Books) -> Result<(), StoreError> {
    let Books { now, account, .. } = after;
    // Ended before others begin: an app has one plan at any moment.
    let changed = after.orders.iter().filter(|order| order.id != 0);
    let is_new = |order: &&&Order| !before.orders.contains(order);
    let mut changed: Vec<_> = changed.filter(|order| is_new(&order)).collect();
    changed.sort_by_key(|order| order.is_live());
    for order in changed {
        orders::update(tx, order).await?;
    }
    for order in after.orders.iter().filter(|order| order.id == 0) {
        orders::insert(tx, order).await?;
    }
    for (no, what, detail, amount) in &after.operations {
        orders::insert_operation(tx, (no, *what, detail, amount), *now).await?;
    }
    for bill in &after.new_bills {
        bills::insert(tx, bill).await?;
    }
    for (old, new) in before.open_bills.iter().zip(&after.open_bills) {
        if old.paid != new.paid {
            bills::set_paid(tx, new).await?;
        }
    }
    for posting in &after.postings {
        ledger::insert(tx, account.org, posting, *now).await?;
    }
    if before.account != *account {
        accounts::save(tx, account).await?;
    }
    if before.account.suspended != account.suspended {
        apps::set_in_arrears(tx, account.org, account.suspended, *now).await?;
    }
    if let (Some(old), Some(new)) = (&before.app, &after.app)
        && old != new
    {
        apps::save(tx, new).await?;
    }
    Ok(())
}

/// The account of an organisation that may have none yet.
fn or_empty(account: Option<Account>, org: OrgId) -> Account {
    account.unwrap_or_else(|| Account::empty(org))
}

/// The word stored as `key`, which this version has to know.
fn known<T>(
    what: &'static str,
    key: &str,
    read: impl Fn(&str) -> Option<T>,
) -> Result<T, StoreError> {
    let unreadable = || StoreError::Unreadable { what, source: format!("{key:?} is none").into() };
    read(key).ok_or_else(unreadable)
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
