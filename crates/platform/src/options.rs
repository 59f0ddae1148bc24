//! What the installation's configuration says about the console.

use std::time::Duration;

use crate::data_centers::DataCenter;
use crate::mail::SmtpSettings;

/// Who may register an organisation.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum RegistrationMode {
    /// Anybody.
    Open,
    /// Whoever an operator invites.
    Invite,
    /// Nobody.
    #[default]
    Closed,
}

/// Settings of the console.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ConsoleOptions {
    /// Who may register an organisation.
    pub registration: RegistrationMode,
    /// Address under which browsers reach the server, without a slash at its end; links in mails begin with it.
    pub public_url: String,
    /// The mail server; without one no mail is sent.
    pub mail: Option<SmtpSettings>,
    /// Pause before a mail that could not be sent is tried again; each further pause is three times as long.
    pub mail_pause: Duration,
    /// IANA name of the time zone in which days of statistics begin.
    pub time_zone: String,
    /// Whether money can be pretended, whatever the catalogue says: for a demo.
    pub pretend_payments: bool,
    /// Preset or file of the catalogue of plans.
    pub plans: String,
    /// How long a new line of a REST allowlist waits until it counts.
    pub allowlist_delay: Duration,
    /// Apps of one organisation.
    pub apps_per_org_max: usize,
    /// Days for which a deleted app can be restored.
    pub app_delete_retention_days: u32,
    /// Where apps can be; never empty.
    pub data_centers: Vec<DataCenter>,
    /// What the feature page says about when changes take effect; empty for nothing, since they do at once.
    pub feature_effect_delay_hint: String,
    /// Whom customers can ask.
    pub contact: Contact,
}

/// Whom customers can ask; each part may be empty.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Contact {
    /// Name.
    pub name: String,
    /// Phone number.
    pub phone: String,
    /// Address.
    pub email: String,
}

impl Default for ConsoleOptions {
    fn default() -> Self {
        Self {
            registration: RegistrationMode::default(),
            public_url: "http://localhost:8080".to_owned(),
            mail: None,
            mail_pause: Duration::from_secs(10),
            time_zone: "Asia/Shanghai".to_owned(),
            pretend_payments: false,
            plans: hongyan_model::catalogue::PRESETS[0].0.to_owned(),
            allowlist_delay: Duration::from_secs(600),
            apps_per_org_max: 10,
            app_delete_retention_days: 30,
            data_centers: vec![DataCenter::default()],
            feature_effect_delay_hint: String::new(),
            contact: Contact::default(),
        }
    }
}
