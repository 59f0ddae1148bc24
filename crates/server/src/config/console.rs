//! Settings of the console and of the mails it sends.

use std::time::Duration;

use anyhow::{anyhow, ensure};
use hongyan_platform::mail::{Encryption, SmtpSettings};
use hongyan_platform::{Calendar, ConsoleOptions, Contact, RegistrationMode};
use serde::{Deserialize, Serialize};

use super::reference::{self, Describe, Entry};
use super::secret::Secret;

settings! {
    /// The console: accounts, organisations, apps.
    pub struct ConsoleSettings {
        /// Who may register an organisation: `open` (anybody), `invite` (whoever an operator
        /// invites) or `closed`.
        registration: Registration = Registration::Closed,
        /// Time zone in which the days of statistics begin, by its IANA name.
        time_zone: String = "Asia/Shanghai".to_owned(),
        /// Seconds until a new line of an app's REST allowlist counts; the console shows the time.
        allowlist_delay_seconds: u64 = 600,
        /// Apps that one organisation may have.
        apps_per_org_max: usize = 10,
        /// Days for which a deleted app can be restored; then its data is removed.
        app_delete_retention_days: u32 = 30,
        /// What the console's feature page says about when a change takes effect. Empty: nothing,
        /// since changes do at once.
        feature_effect_delay_hint: String = String::new(),
        /// Whom customers can ask: name. Shown on the console's home page when set.
        contact_name: String = String::new(),
        /// Whom customers can ask: phone number.
        contact_phone: String = String::new(),
        /// Whom customers can ask: e-mail address.
        contact_email: String = String::new(),
    }
}

settings! {
    /// The mail server that takes the console's mails. Without one nobody's address is verified,
    /// and forgotten passwords are set by a super admin or an operator.
    pub struct MailSettings {
        /// Host name or address. Empty: no mail is sent.
        host: String = String::new(),
        /// Port: usually 587 with `starttls`, 465 with `tls`, 25 with `none`.
        port: u16 = 587,
        /// `starttls`, `tls`, or `none` for a server on this machine. Certificates are checked
        /// against those of the system.
        encryption: MailEncryption = MailEncryption::Starttls,
        /// Name at the server. Empty: without logging in.
        username: String = String::new(),
        /// Password at the server.
        password: Secret = Secret::default(),
        /// Sender, `name@example.com` or `Hongyan <name@example.com>`.
        from: String = String::new(),
    }
}

/// Who may register an organisation.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Registration {
    /// Anybody.
    Open,
    /// Whoever an operator invites.
    Invite,
    /// Nobody.
    Closed,
}

/// How the connection to the mail server is kept private.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailEncryption {
    /// Not at all.
    None,
    /// Begins in the clear and switches.
    Starttls,
    /// From the first byte.
    Tls,
}

impl ConsoleSettings {
    pub(super) fn validate(&self) -> anyhow::Result<()> {
        ensure!(
            Calendar::in_zone(&self.time_zone).is_some(),
            "console.time_zone: there is no time zone {:?}",
            self.time_zone,
        );
        ensure!(self.apps_per_org_max > 0, "console.apps_per_org_max is 0");
        Ok(())
    }

    /// As the platform takes them.
    pub(super) fn options(&self, public_url: String, mail: &MailSettings) -> ConsoleOptions {
        ConsoleOptions {
            registration: match self.registration {
                Registration::Open => RegistrationMode::Open,
                Registration::Invite => RegistrationMode::Invite,
                Registration::Closed => RegistrationMode::Closed,
            },
            public_url,
            mail: mail.smtp(),
            mail_pause: Duration::from_secs(10),
            time_zone: self.time_zone.clone(),
            allowlist_delay: Duration::from_secs(self.allowlist_delay_seconds),
            apps_per_org_max: self.apps_per_org_max,
            app_delete_retention_days: self.app_delete_retention_days,
            feature_effect_delay_hint: self.feature_effect_delay_hint.clone(),
            contact: Contact {
                name: self.contact_name.clone(),
                phone: self.contact_phone.clone(),
                email: self.contact_email.clone(),
            },
            ..ConsoleOptions::default()
        }
    }
}

impl MailSettings {
    pub(super) fn validate(&self) -> anyhow::Result<()> {
        let Some(smtp) = self.smtp() else { return Ok(()) };
        ensure!(self.port > 0, "mail.port is 0");
        smtp.validate().map_err(|why| anyhow!("mail.from: {why}"))
    }

    fn smtp(&self) -> Option<SmtpSettings> {
        if self.host.is_empty() {
            return None;
        }
        Some(SmtpSettings {
            host: self.host.clone(),
            port: self.port,
            encryption: match self.encryption {
                MailEncryption::None => Encryption::None,
                MailEncryption::Starttls => Encryption::StartTls,
                MailEncryption::Tls => Encryption::Tls,
            },
            username: self.username.clone(),
            password: self.password.0.clone(),
            from: self.from.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, Flags, load};

    fn with_variables(variables: &[(&str, &str)]) -> anyhow::Result<Config> {
        let owned = variables.iter().map(|(name, value)| (name.to_string(), value.to_string()));
        load(None, owned, Flags::default())
    }

    #[test]
    fn a_mail_server_is_one_with_a_host_and_a_sender() {
        let options = |config: &Config| config.console_options();
        assert_eq!(options(&Config::default()).mail, None);
        let config = with_variables(&[
            ("HONGYAN_MAIL__HOST", "smtp.test"),
            ("HONGYAN_MAIL__ENCRYPTION", "tls"),
            ("HONGYAN_MAIL__PORT", "465"),
            ("HONGYAN_MAIL__PASSWORD", "se$cret"),
            ("HONGYAN_MAIL__FROM", "Hongyan <im@example.com>"),
        ])
        .unwrap();
        let smtp = options(&config).mail.unwrap();
        assert_eq!((smtp.port, smtp.encryption), (465, Encryption::Tls));
        assert_eq!(smtp.password, "se$cret");
        assert!(!format!("{config:?}{smtp:?}").contains("se$cret"));

        let error = with_variables(&[("HONGYAN_MAIL__HOST", "smtp.test")]).unwrap_err();
        assert!(error.to_string().contains("mail.from"), "{error}");
    }

    #[test]
    fn registration_is_closed_unless_opened() {
        assert_eq!(Config::default().console_options().registration, RegistrationMode::Closed);
        let config = with_variables(&[("HONGYAN_CONSOLE__REGISTRATION", "invite")]).unwrap();
        assert_eq!(config.console_options().registration, RegistrationMode::Invite);
        assert!(with_variables(&[("HONGYAN_CONSOLE__REGISTRATION", "maybe")]).is_err());
    }

    #[test]
    fn a_time_zone_has_to_exist() {
        let config = with_variables(&[("HONGYAN_CONSOLE__TIME_ZONE", "Europe/Berlin")]).unwrap();
        assert_eq!(config.console_options().time_zone, "Europe/Berlin");
        let error = with_variables(&[("HONGYAN_CONSOLE__TIME_ZONE", "Middle/Earth")]).unwrap_err();
        assert!(error.to_string().contains("Middle/Earth"), "{error}");
    }

    #[test]
    fn links_in_mails_lead_to_this_server() {
        let url = |config: &Config| config.console_options().public_url;
        assert_eq!(url(&Config::default()), "http://127.0.0.1:8080");
        let config = with_variables(&[("HONGYAN_LISTEN", "0.0.0.0:81")]).unwrap();
        assert_eq!(url(&config), "http://localhost:81");
        let config = with_variables(&[("HONGYAN_PUBLIC_URL", "https://im.test/")]).unwrap();
        assert_eq!(url(&config), "https://im.test");
    }
}
