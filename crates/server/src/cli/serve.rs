//! `hongyan serve`.

use std::net::SocketAddr;
use std::time::Duration;

use hongyan_platform::accounts::OneTimePassword;
use tokio::signal::unix::{SignalKind, signal};
use tracing::{info, warn};

use super::{StorageArgs, print, with_runtime};
use crate::config::{Config, Flags, LogFlags, LogFormat, NatsFlags};
use crate::{demo, logging, server, traces};

/// Within which a stop ends, whatever hangs.
const STOP_WITHIN: Duration = Duration::from_millis(9_500);

/// Every flag is also a setting of the configuration file and a `HONGYAN_…` variable.
#[derive(clap::Args)]
pub(super) struct ServeArgs {
    #[command(flatten)]
    storage: StorageArgs,
    /// Address and port to serve on [setting: listen].
    #[arg(long, value_name = "ADDR:PORT")]
    listen: Option<SocketAddr>,
    /// Address under which clients reach this server [setting: public_url].
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    /// Address of NATS, the bus between several nodes [setting: nats.url].
    #[arg(long, value_name = "URL")]
    nats: Option<String>,
    /// How log lines look [setting: log.format].
    #[arg(long, value_name = "FORMAT")]
    log_format: Option<LogFormat>,
    /// Sets up a demo app with users and a group, and prints who may log in [setting: demo].
    #[arg(long)]
    demo: bool,
    /// Allows the demo, whose password is public, on an address that others can reach
    /// [setting: demo_public].
    #[arg(long)]
    demo_public: bool,
}

pub(super) fn serve(args: ServeArgs) -> anyhow::Result<()> {
    let config = args.storage.load(Flags {
        listen: args.listen,
        public_url: args.public_url,
        nats: args.nats.map(|url| NatsFlags { url }),
        demo: args.demo.then_some(true),
        demo_public: args.demo_public.then_some(true),
        log: args.log_format.map(|format| LogFlags { format }),
        ..Flags::default()
    })?;
    logging::install(&config)?;
    let served = with_runtime(run(config));
    traces::finish();
    served
}

async fn run(config: Config) -> anyhow::Result<()> {
    // Before the start, so that a signal during it is not lost.
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let shown = config.clone();
    let starting = server::start(config);
    let server = tokio::select! {
        server = starting => server?,
        _ = terminate.recv() => return Ok(()),
        _ = interrupt.recv() => return Ok(()),
    };
    let config = Config { listen: server.addr(), ..shown };
    if let Some(operator) = server.first_operator() {
        print(&first_operator(&config, operator))?;
    }
    if config.demo {
        print(&demo::welcome(&config))?;
    }
    let name = tokio::select! {
        _ = terminate.recv() => "SIGTERM",
        _ = interrupt.recv() => "SIGINT",
    };
    info!(signal = name, "stopping");
    tokio::select! {
        () = server.drain() => {}
        _ = terminate.recv() => info!("stopping without handing clients over"),
        _ = interrupt.recv() => info!("stopping without handing clients over"),
    }
    if tokio::time::timeout(STOP_WITHIN, server.stop()).await.is_err() {
        warn!("stopped without waiting any longer");
    }
    Ok(())
}

/// How whoever runs the installation signs in for the first time.
fn first_operator(config: &Config, operator: &OneTimePassword) -> String {
    format!(
        "\n  Operator of this installation\n\n  \
         console   {}/console/\n  \
         account   {}\n  \
         password  {}   (once: the first login asks for a new one)\n\n  \
         Lost? `hongyan admin create` makes another operator.\n",
        config.browser_url(),
        operator.email,
        operator.password,
    )
}
