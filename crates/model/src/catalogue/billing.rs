//! How money is dealt with: `[billing]` of the catalogue.

use serde::{Deserialize, Serialize};

use super::Money;
use super::parse::Wrong;

/// When something is paid.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChargeMode {
    /// For the days used, when the month is over.
    Postpaid,
    /// In advance, for a term of whole months.
    Prepaid,
}

/// How money is dealt with.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BillingTerms {
    /// Whether anything costs money. Without, orders are for nothing and no bills are made.
    pub enabled: bool,
    /// When plans are paid.
    pub plan_mode: ChargeMode,
    /// When services are paid.
    pub vas_mode: ChargeMode,
    /// Minutes after the first midnight of a month at which the month before is billed.
    pub month_close_minutes: u32,
    /// Whether a part of a month costs a part of the fee.
    pub proration: bool,
    /// Whether what is left of a term that ends early is paid back.
    pub refund_on_upgrade: bool,
    /// Days in arrears until the apps of an organisation are stopped.
    pub grace_days: u32,
    /// Days stopped until they are deleted.
    pub arrears_retention_days: u32,
    /// What an account may owe that has no limit of its own.
    pub credit_limit: Money,
    /// Seconds that setting up pretends to take.
    pub provision_delay_seconds: u32,
    /// Whether terms are renewed where nobody says otherwise.
    pub auto_renew_default: bool,
    /// Minutes within which an order is paid.
    pub pay_within_minutes: u32,
    /// Where the agreement can be read that every buyer accepts; empty for none.
    pub agreement_url: String,
    /// Days after the end of a plan or service for which messages are kept that it kept.
    pub downgrade_retention_grace_days: u32,
    /// Whether money can be pretended.
    pub test_channel: bool,
}

impl Default for BillingTerms {
    fn default() -> Self {
        Self {
            enabled: true,
            plan_mode: ChargeMode::Postpaid,
            vas_mode: ChargeMode::Prepaid,
            month_close_minutes: 30,
            proration: true,
            refund_on_upgrade: true,
            grace_days: 7,
            arrears_retention_days: 183,
            credit_limit: Money::ZERO,
            provision_delay_seconds: 0,
            auto_renew_default: true,
            pay_within_minutes: 30,
            agreement_url: String::new(),
            downgrade_retention_grace_days: 3,
            test_channel: false,
        }
    }
}

impl BillingTerms {
    /// Its keys in the file and what they say, in words.
    #[must_use]
    pub fn words(&self) -> Vec<(&'static str, String)> {
        let mode = |mode| match mode {
            ChargeMode::Postpaid => "postpaid".to_owned(),
            ChargeMode::Prepaid => "prepaid".to_owned(),
        };
        let close = self.month_close_minutes;
        vec![
            ("enabled", self.enabled.to_string()),
            ("plan_mode", mode(self.plan_mode)),
            ("vas_mode", mode(self.vas_mode)),
            ("month_close_at", format!("{:02}:{:02}", close / 60, close % 60)),
            ("proration", if self.proration { "daily" } else { "none" }.to_owned()),
            ("refund_on_upgrade", self.refund_on_upgrade.to_string()),
            ("grace_days", self.grace_days.to_string()),
            ("arrears_retention_days", self.arrears_retention_days.to_string()),
            ("credit_limit", self.credit_limit.to_string()),
            ("provision_delay_seconds", self.provision_delay_seconds.to_string()),
            ("auto_renew_default", self.auto_renew_default.to_string()),
            ("pay_within_minutes", self.pay_within_minutes.to_string()),
            ("agreement_url", self.agreement_url.clone()),
            ("downgrade_retention_grace_days", self.downgrade_retention_grace_days.to_string()),
            ("test_channel", self.test_channel.to_string()),
        ]
    }
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum RawProration {
    Daily,
    None,
}

/// The table as it is written; what is absent is as before.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawBilling {
    enabled: Option<bool>,
    plan_mode: Option<ChargeMode>,
    vas_mode: Option<ChargeMode>,
    month_close_at: Option<String>,
    proration: Option<RawProration>,
    refund_on_upgrade: Option<bool>,
    grace_days: Option<u32>,
    arrears_retention_days: Option<u32>,
    credit_limit: Option<String>,
    provision_delay_seconds: Option<u32>,
    auto_renew_default: Option<bool>,
    pay_within_minutes: Option<u32>,
    agreement_url: Option<String>,
    downgrade_retention_grace_days: Option<u32>,
    test_channel: Option<bool>,
}

impl RawBilling {
    /// The terms that this makes of others.
    pub(super) fn over(self, before: BillingTerms, wrong: &mut Wrong) -> BillingTerms {
        let credit_limit =
            self.credit_limit.and_then(|text| wrong.money("billing.credit_limit", &text));
        let close = self.month_close_at.and_then(|text| {
            let minutes = minutes(&text);
            if minutes.is_none() {
                wrong.say(format!("billing.month_close_at: {text:?} is no time such as \"00:30\""));
            }
            minutes
        });
        if self.pay_within_minutes == Some(0) {
            wrong.say("billing.pay_within_minutes: it is 0");
        }
        BillingTerms {
            enabled: self.enabled.unwrap_or(before.enabled),
            plan_mode: self.plan_mode.unwrap_or(before.plan_mode),
            vas_mode: self.vas_mode.unwrap_or(before.vas_mode),
            month_close_minutes: close.unwrap_or(before.month_close_minutes),
            proration: self
                .proration
                .map_or(before.proration, |proration| matches!(proration, RawProration::Daily)),
            refund_on_upgrade: self.refund_on_upgrade.unwrap_or(before.refund_on_upgrade),
            grace_days: self.grace_days.unwrap_or(before.grace_days),
            arrears_retention_days: self
                .arrears_retention_days
                .unwrap_or(before.arrears_retention_days),
            credit_limit: credit_limit.unwrap_or(before.credit_limit),
            provision_delay_seconds: self
                .provision_delay_seconds
                .unwrap_or(before.provision_delay_seconds),
            auto_renew_default: self.auto_renew_default.unwrap_or(before.auto_renew_default),
            pay_within_minutes: self.pay_within_minutes.unwrap_or(before.pay_within_minutes),
            agreement_url: self.agreement_url.unwrap_or(before.agreement_url),
            downgrade_retention_grace_days: self
                .downgrade_retention_grace_days
                .unwrap_or(before.downgrade_retention_grace_days),
            test_channel: self.test_channel.unwrap_or(before.test_channel),
        }
    }
}

/// Minutes after midnight of `HH:MM`.
fn minutes(text: &str) -> Option<u32> {
    let (hours, minutes) = text.split_once(':')?;
    let (hours, minutes): (u32, u32) = (hours.parse().ok()?, minutes.parse().ok()?);
    (hours < 24 && minutes < 60).then_some(hours * 60 + minutes)
}
