//! Mail about money, to the super admins of an organisation.

use hongyan_model::catalogue::Money;
use hongyan_model::{OrgId, Result, Timestamp};
use hongyan_store::staff;

use super::texts::{Debt, Words};
use super::{Mail, Notice, Progress, is_configured, progress, send_notice, texts};
use crate::Platform;
use crate::roles::Role;
use crate::staff::Language;

/// What becomes of the apps of an organisation that owes money.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Arrears {
    pub(crate) owed: Money,
    /// When they are, or were, stopped.
    pub(crate) suspends: Timestamp,
    /// When they are, or were, deleted.
    pub(crate) ends: Timestamp,
}

impl Notice {
    /// The reminder of this number to who owes since then.
    pub(crate) const fn arrears(org: OrgId, since: Timestamp, number: u32) -> Self {
        Self { org, purpose: "arrears", which: (since, number) }
    }

    /// The balance is lower than the organisation wants it.
    pub(crate) const fn balance_low(org: OrgId) -> Self {
        Self { org, purpose: "balance_low", which: (0, 0) }
    }
}

/// Tells an organisation that it owes money, and what becomes of its apps; `true` once the mails have left. Until then it
/// is asked again, and queues nothing twice: a process that ends in between tells it once more when it is back.
pub(crate) async fn arrears(p: &Platform, notice: Notice, arrears: &Arrears) -> Result<bool> {
    let Arrears { owed, suspends, ends } = *arrears;
    let now = p.clock().now();
    let day = |time| p.calendar().day(time).to_string();
    let kept = i64::from(p.console().app_delete_retention_days) * 24 * 3600 * 1000;
    let debt = if now >= ends {
        Debt::Deleted { restorable: day(now.saturating_add(kept)) }
    } else if now >= suspends {
        Debt::Stopped { since: day(suspends), ends: day(ends) }
    } else {
        Debt::Due { stops: day(suspends), ends: day(ends) }
    };
    tell(p, notice, |language| texts::arrears(language, owed, &debt)).await
}

/// Tells an organisation that its balance is low; as [`arrears`] does.
pub(crate) async fn balance_low(p: &Platform, notice: Notice, balance: Money) -> Result<bool> {
    tell(p, notice, |language| texts::balance_low(language, balance)).await
}

async fn tell(p: &Platform, notice: Notice, words: impl Fn(Language) -> Words) -> Result<bool> {
    let Notice { org, purpose, .. } = notice;
    if !is_configured(p) {
        tracing::warn!(org = org.0, purpose, "nobody is told: there is no mail server");
        return Ok(true);
    }
    if progress(p, notice) == Progress::New {
        let mut mails = Vec::new();
        for member in staff::of_org(p.store(), org).await? {
            if member.role.as_deref() != Some(Role::SuperAdmin.as_str()) || !member.activated {
                continue;
            }
            let (subject, text) = words(Language::parse(&member.language).unwrap_or_default());
            mails.push(Mail { purpose, to: member.email, org: Some(org), subject, text });
        }
        // Whatever keeps a mail back keeps no bill back.
        if let Err(error) = send_notice(p, notice, mails) {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(error, purpose, "a mail about money waits for the next look");
            return Ok(false);
        }
    }
    Ok(progress(p, notice) == Progress::Gone)
}
