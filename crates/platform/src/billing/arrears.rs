//! What becomes of who does not pay: notices, suspension, and at last the end of the data.

use std::collections::HashSet;

use hongyan_model::billing::Account;
use hongyan_model::catalogue::BillingTerms;
use hongyan_model::{App, AppStatus, Error, Refusal, Result, Timestamp};
use hongyan_store::billing::{self as stored, Scope};
use hongyan_store::leases;

use super::{terms, with_books};
use crate::mail::{Arrears, Notice, Progress};
use crate::{Platform, apps, mail};

/// Under which one node tells who owes: what is told is queued in its memory.
const LEASE: &str = "arrears";
const LEASE_MS: i64 = 60_000;

const DAY_MS: i64 = 24 * 3600 * 1000;
/// Days in arrears on which the organisation is reminded.
const REMINDERS: [i64; 3] = [0, 3, 7];
/// Days before the end of the data on which it is warned.
const LAST_WARNING: i64 = 7;

/// When apps are stopped that owe since `since`.
pub(super) fn suspension(since: Timestamp, terms: &BillingTerms) -> Timestamp {
    since.saturating_add(i64::from(terms.grace_days) * DAY_MS)
}

/// When they are deleted.
pub(super) fn purge(since: Timestamp, terms: &BillingTerms) -> Timestamp {
    suspension(since, terms).saturating_add(i64::from(terms.arrears_retention_days) * DAY_MS)
}

/// How many notices are due.
fn notices_due(since: Timestamp, now: Timestamp, terms: &BillingTerms) -> u32 {
    let warning = purge(since, terms).saturating_sub(LAST_WARNING * DAY_MS);
    let times = REMINDERS.map(|days| since.saturating_add(days * DAY_MS)).into_iter();
    let times = times.chain([warning, purge(since, terms)]);
    u32::try_from(times.filter(|time| *time <= now).count()).unwrap_or_default()
}

/// The notice that says that the data are gone.
const PURGED: u32 = 5;

/// Money is off: nobody is in arrears, and who was stopped serves again.
pub(super) async fn release(p: &Platform) -> Result<()> {
    mail::drop_notices(p);
    for account in stored::accounts_in_arrears(p.store()).await? {
        with_books(p, account.org, &Scope::default(), |open| {
            let account = &mut open.books.account;
            account.in_arrears_since = None;
            account.notices = 0;
            account.suspended = false;
            Ok(())
        })
        .await?;
    }
    Ok(())
}

/// Suspends, reminds and ends what is due.
pub(super) async fn follow(p: &Platform) -> Result<()> {
    let terms = terms(p);
    // Debts from before money was off, or a lower limit of the catalogue.
    for account in stored::accounts_unnoticed(p.store(), terms.credit_limit).await? {
        with_books(p, account.org, &Scope::default(), |open| {
            open.books.settle();
            Ok(())
        })
        .await?;
    }
    let debtors = stored::accounts_in_arrears(p.store()).await?;
    for account in &debtors {
        suspend(p, account, &terms).await?;
    }
    let holder = p.holder()?;
    if !leases::hold(p.store(), LEASE, holder, LEASE_MS).await? {
        mail::drop_notices(p);
        return Ok(());
    }
    // What is due and not yet noted as told.
    let mut due = HashSet::new();
    for account in &debtors {
        due.extend(remind(p, account, &terms).await?);
    }
    for account in stored::accounts_below_alert(p.store()).await? {
        let notice = Notice::balance_low(account.org);
        if !mail::balance_low(p, notice, account.balance).await? {
            due.insert(notice);
            continue;
        }
        with_books(p, account.org, &Scope::default(), |open| {
            open.books.account.alerted = true;
            Ok(())
        })
        .await?;
    }
    mail::keep_notices(p, &due);
    Ok(())
}

/// Stops the apps of who has owed for too long.
async fn suspend(p: &Platform, account: &Account, terms: &BillingTerms) -> Result<()> {
    let Some(since) = account.in_arrears_since else { return Ok(()) };
    if account.suspended || suspension(since, terms) > p.clock().now() {
        return Ok(());
    }
    let newly_suspended = with_books(p, account.org, &Scope::default(), |open| {
        let account = &mut open.books.account;
        // What was paid meanwhile is seen under the lock.
        let is_new = account.in_arrears_since == Some(since) && !account.suspended;
        account.suspended |= is_new;
        Ok(is_new)
    })
    .await?;
    if newly_suspended {
        tracing::warn!(
            org = account.org.0,
            "the apps of an organisation are stopped: it owes money"
        );
    }
    Ok(())
}

/// Tells who owes what is due, and deletes the apps at the end; answers the notice that has not left yet. That it is told
/// is noted last: whoever is interrupted does it again.
async fn remind(p: &Platform, account: &Account, terms: &BillingTerms) -> Result<Option<Notice>> {
    let Some(since) = account.in_arrears_since else { return Ok(None) };
    let due = notices_due(since, p.clock().now(), terms);
    if due <= account.notices {
        return Ok(None);
    }
    let notice = Notice::arrears(account.org, since, due);
    if mail::progress(p, notice) == Progress::UnderWay {
        return Ok(Some(notice));
    }
    let owed = with_books(p, account.org, &Scope::default(), |open| {
        let account = &open.books.account;
        Ok((account.in_arrears_since == Some(since)).then(|| account.owed()))
    })
    .await?;
    let Some(owed) = owed else { return Ok(None) };
    if due >= PURGED && mail::progress(p, notice) == Progress::New {
        for app in apps::of_org(p, account.org).await? {
            if app.status != AppStatus::Deleting && !delete(p, &app, since).await? {
                return Ok(None);
            }
        }
    }
    let (suspends, ends) = (suspension(since, terms), purge(since, terms));
    if !mail::arrears(p, notice, &Arrears { owed, suspends, ends }).await? {
        return Ok(Some(notice));
    }
    with_books(p, account.org, &Scope::default(), |open| {
        let account = &mut open.books.account;
        if account.in_arrears_since == Some(since) {
            account.notices = account.notices.max(due);
        }
        Ok(())
    })
    .await?;
    Ok(None)
}

/// Deletes an app of who has owed since then; `false` if that was paid meanwhile.
async fn delete(p: &Platform, app: &App, since: Timestamp) -> Result<bool> {
    let scope = Scope { app: Some(app.id), ..Scope::default() };
    let deleted = with_books(p, app.org_id, &scope, |open| {
        let owes = open.books.account.in_arrears_since == Some(since);
        if let Some(app) = open.books.app.as_mut().filter(|_| owes) {
            apps::mark_deleted(p, app)?;
        }
        Ok(owes)
    })
    .await;
    match deleted {
        Ok(true) => apps::stop_deleted(p, app),
        Ok(false) => return Ok(false),
        // Somebody else has deleted it.
        Err(Error::Refused(Refusal::AppNotFound { .. })) => {}
        Err(error) => return Err(error),
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notices_come_on_their_days() {
        let terms = BillingTerms::default();
        let due = |day: i64| notices_due(1000, 1000 + day * DAY_MS, &terms);
        assert_eq!([0, 2, 3, 7, 182, 183, 189, 190].map(due), [1, 1, 2, 3, 3, 4, 4, 5]);
        assert_eq!(suspension(0, &terms), 7 * DAY_MS);
    }
}
