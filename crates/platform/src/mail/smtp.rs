//! Sending one mail by SMTP.

use std::time::Duration;

use lettre::message::header::ContentType;
use lettre::message::{Mailbox, Message};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};

use super::Mail;

/// A server that does not answer for this long has failed.
const ANSWER_WITHIN: Duration = Duration::from_secs(20);
/// All of the sending.
const SEND_WITHIN: Duration = Duration::from_secs(60);

/// Where mails are handed in.
#[derive(Clone, PartialEq, Eq)]
pub struct SmtpSettings {
    /// Host name or address.
    pub host: String,
    /// Port.
    pub port: u16,
    /// How the connection is kept private.
    pub encryption: Encryption,
    /// Name at the server; empty for none.
    pub username: String,
    /// Password at the server.
    pub password: String,
    /// Address of the sender, `name@host` or `Name <name@host>`.
    pub from: String,
}

/// How a connection to a mail server is kept private.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Encryption {
    /// Not at all: for a server on this machine.
    None,
    /// Begins in the clear and switches (usually port 587).
    StartTls,
    /// From the first byte (usually port 465).
    Tls,
}

impl SmtpSettings {
    /// Checks the sender's address.
    pub fn validate(&self) -> Result<(), String> {
        let parsed: Result<Mailbox, _> = self.from.parse();
        parsed.map(drop).map_err(|error| format!("{:?} is no sender's address: {error}", self.from))
    }
}

impl std::fmt::Debug for SmtpSettings {
    /// Without the password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SmtpSettings").field("host", &self.host).field("port", &self.port).finish()
    }
}

/// Why a mail was not sent.
pub(super) struct Failure {
    pub(super) why: String,
    /// Whether trying again is of no use.
    pub(super) permanent: bool,
}

pub(super) async fn send(settings: &SmtpSettings, mail: &Mail) -> Result<(), Failure> {
    let message = message(settings, mail).map_err(|why| Failure { why, permanent: true })?;
    let transport = transport(settings).map_err(|why| Failure { why, permanent: false })?;
    match tokio::time::timeout(SEND_WITHIN, transport.send(message)).await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) => Err(Failure { why: chain(&error), permanent: error.is_permanent() }),
        Err(_) => Err(Failure { why: "the server took too long".to_owned(), permanent: false }),
    }
}

fn message(settings: &SmtpSettings, mail: &Mail) -> Result<Message, String> {
    let from: Mailbox = settings.from.parse().map_err(|error| format!("sender: {error}"))?;
    let to: Mailbox = mail.to.parse().map_err(|error| format!("receiver: {error}"))?;
    let builder = Message::builder().from(from).to(to).subject(&mail.subject);
    let message = builder.header(ContentType::TEXT_PLAIN).body(mail.text.clone());
    message.map_err(|error| error.to_string())
}

fn transport(settings: &SmtpSettings) -> Result<AsyncSmtpTransport<Tokio1Executor>, String> {
    let tls = || TlsParameters::new(settings.host.clone()).map_err(|error| chain(&error));
    let tls = match settings.encryption {
        Encryption::None => Tls::None,
        Encryption::StartTls => Tls::Required(tls()?),
        Encryption::Tls => Tls::Wrapper(tls()?),
    };
    let builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&settings.host);
    let builder = builder.port(settings.port).tls(tls).timeout(Some(ANSWER_WITHIN));
    Ok(if settings.username.is_empty() {
        builder.build()
    } else {
        let credentials = Credentials::new(settings.username.clone(), settings.password.clone());
        builder.credentials(credentials).build()
    })
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(": ");
        text.push_str(&error.to_string());
        source = error.source();
    }
    text
}
