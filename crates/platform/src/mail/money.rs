//! Mail about money, to the super admins of an organisation.

use hongyan_model::catalogue::Money;
use hongyan_model::{OrgId, Result, Timestamp};
use hongyan_store::staff;

use super::texts::Words;
use super::{Mail, is_configured, send, texts};
use crate::Platform;
use crate::roles::Role;
use crate::staff::Language;

/// The organisation owes money; its apps are stopped and deleted at these times.
pub(crate) async fn arrears(
    p: &Platform,
    org: OrgId,
    owed: Money,
    suspends: Timestamp,
    ends: Timestamp,
) -> Result<()> {
    let day = |time| p.calendar().day(time).to_string();
    let (suspends, ends) = (day(suspends), day(ends));
    tell(p, org, "arrears", |language| texts::arrears(language, owed, &suspends, &ends)).await
}

/// The balance is lower than the organisation wants it.
pub(crate) async fn balance_low(p: &Platform, org: OrgId, balance: Money) -> Result<()> {
    tell(p, org, "balance_low", |language| texts::balance_low(language, balance)).await
}

async fn tell(
    p: &Platform,
    org: OrgId,
    purpose: &'static str,
    words: impl Fn(Language) -> Words,
) -> Result<()> {
    if !is_configured(p) {
        tracing::warn!(org = org.0, purpose, "nobody is told: there is no mail server");
        return Ok(());
    }
    for member in staff::of_org(p.store(), org).await? {
        if member.role.as_deref() != Some(Role::SuperAdmin.as_str()) || !member.activated {
            continue;
        }
        let (subject, text) = words(Language::parse(&member.language).unwrap_or_default());
        let mail = Mail { purpose, to: member.email, org: Some(org), subject, text };
        // Whatever keeps one mail back keeps no bill back.
        if let Err(error) = send(p, mail) {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(error, purpose, "a mail about money is not sent");
        }
    }
    Ok(())
}
