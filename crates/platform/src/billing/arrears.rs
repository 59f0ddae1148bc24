//! What becomes of who does not pay: notices, suspension, and at last the end of the data.

use hongyan_model::billing::Account;
use hongyan_model::catalogue::BillingTerms;
use hongyan_model::{AppStatus, Result, Timestamp};
use hongyan_store::billing::{self as stored, Scope};

use super::{terms, with_books};
use crate::{Platform, apps, mail};

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

/// Reminds, suspends and ends what is due.
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
    for account in stored::accounts_in_arrears(p.store()).await? {
        step(p, &account, &terms).await?;
    }
    for account in stored::accounts_below_alert(p.store()).await? {
        with_books(p, account.org, &Scope::default(), |open| {
            open.books.account.alerted = true;
            Ok(())
        })
        .await?;
        mail::balance_low(p, account.org, account.balance).await?;
    }
    Ok(())
}

async fn step(p: &Platform, account: &Account, terms: &BillingTerms) -> Result<()> {
    let Some(since) = account.in_arrears_since else { return Ok(()) };
    let now = p.clock().now();
    let due = notices_due(since, now, terms);
    let is_over = suspension(since, terms) <= now;
    if due <= account.notices && (account.suspended || !is_over) {
        return Ok(());
    }
    // What was paid meanwhile is seen under the lock.
    let (owed, newly_suspended) = with_books(p, account.org, &Scope::default(), |open| {
        let account = &mut open.books.account;
        if account.in_arrears_since != Some(since) {
            return Ok((None, false));
        }
        account.notices = account.notices.max(due);
        let newly = is_over && !account.suspended;
        account.suspended |= is_over;
        Ok((Some(account.owed()), newly))
    })
    .await?;
    let Some(owed) = owed else { return Ok(()) };
    if newly_suspended {
        tracing::warn!(
            org = account.org.0,
            "the apps of an organisation are stopped: it owes money"
        );
    }
    if due > account.notices {
        let (suspends, ends) = (suspension(since, terms), purge(since, terms));
        mail::arrears(p, account.org, owed, suspends, ends).await?;
    }
    if due >= PURGED {
        for app in apps::of_org(p, account.org).await? {
            if app.status != AppStatus::Deleting {
                apps::delete(p, app.id, &app.key()).await?;
            }
        }
    }
    Ok(())
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
