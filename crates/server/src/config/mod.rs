//! The configuration: one tree of settings, each documented where it is declared.
//!
//! The doc comments of the settings are the reference that `hongyan config print-default` and
//! `docs/configuration.md` show, so they are written for operators.

mod database_url;
mod load;
mod reference;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use anyhow::{Context as _, ensure};
use hongyan_model::NODE_MAX;
use hongyan_platform::{ConsoleOptions, RegistrationMode};
use hongyan_providers::{ProviderOptions, Providers};
use ipnet::IpNet;
use serde::{Deserialize, Serialize};

pub use database_url::DatabaseUrl;
pub use load::{Flags, LogFlags, NatsFlags, load};
pub use reference::{default_toml, reference_markdown};

use reference::{Describe, Entry};

/// Declares a section: the struct, its defaults, and its documentation as data.
macro_rules! settings {
    (
        $(#[doc = $section_doc:literal])+
        pub struct $name:ident {
            $( $(#[doc = $doc:literal])+ $field:ident : $type:ty = $default:expr, )+
        }
    ) => {
        $(#[doc = $section_doc])+
        #[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct $name {
            $( $(#[doc = $doc])+ pub $field: $type, )+
        }

        impl Default for $name {
            fn default() -> Self {
                Self { $( $field: $default, )+ }
            }
        }

        impl Describe for $name {
            fn describe(&self, path: &str, docs: &'static [&'static str], out: &mut Vec<Entry>) {
                out.push(Entry::section(path, docs));
                $( self.$field.describe(
                    &reference::join(path, stringify!($field)),
                    &[$($doc),+],
                    out,
                ); )+
            }
        }
    };
}

// Behind the macro, which it uses.
mod console;
mod data_center;
mod providers;
mod push;
mod secret;

pub use console::{ConsoleSettings, MailEncryption, MailSettings, Registration};
pub use data_center::{DataCenterSettings, Region};
pub use providers::{ModerationSettings, ProviderSettings};
pub use push::{PushSettings, PushVendorSettings};
pub use secret::Secret;

settings! {
    /// Everything an operator can set.
    pub struct Config {
        /// Address and port on which REST, WebSocket and the demo chat are served. Port 0 takes a
        /// free one.
        listen: SocketAddr = SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)),
        /// Directory of everything the server keeps: the SQLite databases and the attachments. It
        /// is made with mode 0700 when missing.
        data_dir: PathBuf = PathBuf::from("data"),
        /// `sqlite:FILE` (a relative path is inside `data_dir`) or
        /// `postgres://USER:PASSWORD@HOST:PORT/DATABASE`.
        database: DatabaseUrl = DatabaseUrl::default(),
        /// Address under which clients reach this server, such as `https://im.example.com`; download
        /// links begin with it. Empty: whatever address the request came to.
        public_url: String = String::new(),
        /// Number of this node, 0–254. Two running nodes never share one.
        node: u8 = 0,
        /// Sets up an organisation with an account for the console, an app, users and a group to
        /// try things with, and lets anybody register an organisation. The passwords are public, so
        /// this is refused when `listen` is not a loopback address.
        demo: bool = false,
        /// Allows `demo` on an address that others can reach.
        demo_public: bool = false,
        /// What the plans and services give and cost: the name of a preset (`gen2023`, `gen2024`,
        /// `gen2026`, `unlimited`), or a TOML file (docs/plans.md). A changed file is read again
        /// within five seconds.
        plans: String = "gen2023".to_owned(),
        /// The bus between nodes (docs/cluster.md). One node needs none.
        nats: NatsSettings = NatsSettings::default(),
        /// Log lines, on standard error.
        log: LogSettings = LogSettings::default(),
        /// Long-lived connections of clients.
        gateway: GatewaySettings = GatewaySettings::default(),
        /// A port for native clients, which speak the same protocol without WebSocket.
        tcp: TcpSettings = TcpSettings::default(),
        /// What monitoring reads (docs/operations.md).
        metrics: MetricsSettings = MetricsSettings::default(),
        /// What collectors of traces are told (docs/operations.md).
        traces: TraceSettings = TraceSettings::default(),
        /// Chat rooms.
        rooms: RoomSettings = RoomSettings::default(),
        /// The HTTP side of the port, before a request reaches its handler.
        http: HttpSettings = HttpSettings::default(),
        /// The console: accounts, organisations, apps.
        console: ConsoleSettings = ConsoleSettings::default(),
        /// The mail server that takes the console's mails. Without one nobody's address is
        /// verified, and forgotten passwords are set by a super admin or an operator.
        mail: MailSettings = MailSettings::default(),
        /// Who translates texts (docs/providers.md). Apps use it once they are granted `translation`.
        translation: ProviderSettings = ProviderSettings::default(),
        /// Who turns voice into text (docs/providers.md). Apps use it once they are granted
        /// `speech_to_text`.
        speech: ProviderSettings = ProviderSettings::default(),
        /// Who judges what users say and show (docs/providers.md). Apps use it once they are granted
        /// `content_moderation` and have rules that ask it (docs/moderation.md).
        moderation: ModerationSettings = ModerationSettings::default(),
        /// Calls of customers' servers (docs/callbacks.md).
        callbacks: CallbackSettings = CallbackSettings::default(),
        /// The way to the phones of users who are away (docs/push.md).
        push: PushSettings = PushSettings::default(),
        /// Data centres that apps can be made in (数据中心), shown with their hosts in the console
        /// and told to clients that ask where the server is; an app keeps the `id`. Without one there is
        /// `default`, reached under `public_url`.
        data_center: Vec<DataCenterSettings> = Vec::new(),
    }
}

settings! {
    /// The bus between nodes.
    pub struct NatsSettings {
        /// Address of NATS, such as `nats://USER:PASSWORD@HOST:4222` or `tls://…`; several with commas between. Empty:
        /// this node is alone on its database. Needs PostgreSQL.
        url: Secret = Secret::default(),
        /// First part of the subjects: the same on the nodes of one installation, another one on each installation that
        /// shares NATS.
        prefix: String = "hongyan".to_owned(),
    }
}

settings! {
    /// Log lines.
    pub struct LogSettings {
        /// `error`, `warn`, `info`, `debug` or `trace`; or per part, such as
        /// `info,hongyan_gateway=debug`.
        level: String = "info".to_owned(),
        /// `text` for people, `json` (one object per line) for log collectors.
        format: LogFormat = LogFormat::Text,
    }
}

settings! {
    /// Long-lived connections.
    pub struct GatewaySettings {
        /// A connection on which no frame arrives for this long is closed. An idle web client sends one
        /// every 60 seconds, a native one every 120: the default lets either miss one.
        idle_timeout_seconds: u64 = 250,
        /// A connection that has not logged in after this long is closed.
        login_timeout_seconds: u64 = 15,
        /// Logins that begin within a second. When all clients of another node come at once, the rest wait for
        /// their turn as long as `login_timeout_seconds`; those that have waited in vain are closed and
        /// told when to come again. Web clients wait for ten seconds, five times, and then give up.
        logins_per_second: u32 = 1000,
        /// A node that is asked to stop hands its clients over to other nodes for this long, little by
        /// little, before it closes what is left. 0: at once. A second signal ends it. Whoever stops the process has
        /// to wait ten seconds longer.
        drain_seconds: u64 = 0,
        /// Largest frame a client may send, in bytes.
        max_frame_bytes: usize = 128 * 1024,
        /// Messages of one connection that may wait to become durable; beyond it the server stops
        /// reading from that connection until some are.
        max_in_flight: usize = 64,
    }
}

settings! {
    /// MSYNC over TCP: each frame with its length, four bytes big-endian, in front.
    pub struct TcpSettings {
        /// Address and port, such as `0.0.0.0:6717`; empty: none. Not encrypted: clients' TLS ends in
        /// a proxy in front, which then is the address that the server sees of them.
        listen: String = String::new(),
    }
}

impl NatsSettings {
    /// Where NATS is, if there is to be a bus.
    #[must_use]
    pub fn address(&self) -> Option<&str> {
        Some(self.url.0.as_str()).filter(|url| !url.is_empty())
    }
}

settings! {
    /// What monitoring reads.
    pub struct MetricsSettings {
        /// Address and port, such as `127.0.0.1:9464`, where `/metrics` (Prometheus), `/healthz` and `/readyz`
        /// are served; empty: no figures are kept. Who reaches it needs no password: it is for operators.
        listen: String = String::new(),
    }
}

settings! {
    /// Traces: what requests, logins and messages spent their time on.
    pub struct TraceSettings {
        /// A collector that takes OTLP over HTTP, such as `http://127.0.0.1:4318`; empty: none is told.
        url: String = String::new(),
        /// How many of a thousand are told. A request whose caller traces it (`traceparent`) is told as the caller
        /// decided.
        per_thousand: u32 = 10,
    }
}

impl TcpSettings {
    /// Where to listen, if at all.
    pub fn address(&self) -> anyhow::Result<Option<SocketAddr>> {
        optional_address("tcp.listen", &self.listen)
    }
}

impl MetricsSettings {
    /// Where to listen, if at all.
    pub fn address(&self) -> anyhow::Result<Option<SocketAddr>> {
        optional_address("metrics.listen", &self.listen)
    }
}

fn optional_address(name: &str, listen: &str) -> anyhow::Result<Option<SocketAddr>> {
    if listen.is_empty() {
        return Ok(None);
    }
    let address =
        listen.parse().with_context(|| format!("{name} {listen:?} is not ADDRESS:PORT"))?;
    Ok(Some(address))
}

settings! {
    /// Chat rooms.
    pub struct RoomSettings {
        /// A member whose last device has been offline for this long leaves its rooms, unless it is
        /// on their allow list or owns them.
        absence_seconds: u64 = 120,
        /// Messages per second that are delivered in one room, on average over a second. Above it
        /// messages of low priority are kept back first, then normal ones, never those of high
        /// priority, of owner and administrators, and of allowed members. What is kept back is
        /// stored, acknowledged and in the room's history. 0: everything is delivered.
        messages_per_second: u32 = 500,
    }
}

settings! {
    /// Calls of customers' servers.
    pub struct CallbackSettings {
        /// Networks that are not public, such as `10.0.0.0/8` or `127.0.0.1/32`, into which callbacks, and
        /// addresses of files of imported messages, may lead all the same. Every address is looked at
        /// after its name was resolved.
        allow_networks: Vec<IpNet> = Vec::new(),
    }
}

settings! {
    /// The HTTP side of the port.
    pub struct HttpSettings {
        /// A connection whose request head is not complete after this long is closed; so is one
        /// that stays silent this long between requests.
        header_timeout_seconds: u64 = 30,
        /// Largest request head, in bytes (at least 8192).
        max_header_bytes: usize = 32 * 1024,
        /// Connections at once, of all kinds; more are closed as they arrive.
        max_connections: usize = 200_000,
        /// Networks of the proxies in front of this server, such as `10.0.0.0/8` or
        /// `127.0.0.1/32`. Only what comes from them may name the client's address in
        /// `X-Forwarded-For`; of everybody else, this machine included, the address of the
        /// connection counts.
        trusted_proxies: Vec<IpNet> = Vec::new(),
    }
}

/// How log lines look.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object per line.
    Json,
}

impl Config {
    /// Checks what the types cannot: ranges, and settings that contradict each other.
    pub fn validate(&self) -> anyhow::Result<()> {
        self.database.in_dir(&self.data_dir).context("database")?;
        if !self.public_url.is_empty() {
            let given = &self.public_url;
            let url: http::Uri = given.parse().with_context(|| format!("public_url {given:?}"))?;
            ensure!(
                matches!(url.scheme_str(), Some("http" | "https")) && url.path() == "/",
                "public_url {given:?} is not of the form https://HOST[:PORT]",
            );
        }
        ensure!(self.node <= NODE_MAX, "node is more than {NODE_MAX}");
        ensure!(
            self.nats.address().is_none() || !self.database.is_sqlite(),
            "nats.url is set, but SQLite has one node: several need PostgreSQL",
        );
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        ensure!(
            !self.nats.prefix.is_empty() && self.nats.prefix.chars().all(is_word),
            "nats.prefix {:?} holds more than letters, digits, - and _",
            self.nats.prefix,
        );
        let tcp = self.tcp.address()?;
        self.metrics.address()?;
        ensure!(self.traces.per_thousand <= 1000, "traces.per_thousand is more than 1000");
        if !self.traces.url.is_empty() {
            let url = self.traces.url.parse::<http::Uri>();
            let is_plain = url.is_ok_and(|url| url.scheme_str() == Some("http"));
            ensure!(is_plain, "traces.url {:?} is not http://HOST:PORT", self.traces.url);
        }
        ensure!(self.gateway.idle_timeout_seconds > 0, "gateway.idle_timeout_seconds is 0");
        ensure!(self.gateway.login_timeout_seconds > 0, "gateway.login_timeout_seconds is 0");
        ensure!(self.gateway.logins_per_second > 0, "gateway.logins_per_second is 0");
        ensure!(self.gateway.max_frame_bytes >= 1024, "gateway.max_frame_bytes is below 1024");
        ensure!(self.gateway.max_in_flight > 0, "gateway.max_in_flight is 0");
        ensure!(self.rooms.absence_seconds > 0, "rooms.absence_seconds is 0");
        ensure!(self.rooms.absence_seconds <= 86_400, "rooms.absence_seconds is more than a day");
        ensure!(self.http.header_timeout_seconds > 0, "http.header_timeout_seconds is 0");
        ensure!(self.http.max_header_bytes >= 8192, "http.max_header_bytes is below 8192");
        ensure!(self.http.max_connections > 0, "http.max_connections is 0");
        self.console.validate()?;
        self.mail.validate()?;
        self.translation.validate("translation")?;
        self.speech.validate("speech")?;
        self.moderation.validate("moderation")?;
        data_center::validate(&self.data_center)?;
        ensure!(
            !self.demo || self.demo_public || self.listen.ip().is_loopback(),
            "the demo's password is public, and {} can be reached from other machines: listen on a \
             loopback address, or allow it with --demo-public",
            self.listen,
        );
        ensure!(
            !self.demo || self.demo_public || tcp.is_none_or(|tcp| tcp.ip().is_loopback()),
            "the demo's password is public, and tcp.listen can be reached from other machines",
        );
        Ok(())
    }

    /// The address under which clients reach the server, if one is set.
    #[must_use]
    pub fn public_url(&self) -> Option<String> {
        let url = self.public_url.trim_end_matches('/');
        (!url.is_empty()).then(|| url.to_owned())
    }

    /// An address that opens this server in a browser, without a slash at its end.
    #[must_use]
    pub fn browser_url(&self) -> String {
        self.public_url().unwrap_or_else(|| {
            let host = match self.listen.ip() {
                ip if ip.is_unspecified() => "localhost".to_owned(),
                IpAddr::V4(ip) => ip.to_string(),
                IpAddr::V6(ip) => format!("[{ip}]"),
            };
            format!("http://{host}:{}", self.listen.port())
        })
    }

    /// The providers that are set up.
    pub fn providers(&self) -> anyhow::Result<Providers> {
        let options = ProviderOptions {
            translation: self.translation.options(),
            speech: self.speech.options(),
            moderation: self.moderation.options(),
        };
        Providers::new(&options).context("a provider cannot be set up")
    }

    /// What the configuration says about the console.
    #[must_use]
    pub fn console_options(&self) -> ConsoleOptions {
        let mut options = self.console.options(self.browser_url(), &self.mail);
        let is_known = !self.public_url.is_empty();
        options.data_centers =
            data_center::options(&self.data_center, &self.browser_url(), is_known);
        options.plans.clone_from(&self.plans);
        if self.demo {
            options.pretend_payments = true;
            options.registration = RegistrationMode::Open;
        }
        options
    }
}
