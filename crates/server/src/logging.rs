//! Log lines on standard error, and traces.

use std::io::IsTerminal as _;
use std::str::FromStr as _;

use anyhow::Context as _;
use tracing_subscriber::filter::{FilterExt as _, LevelFilter, filter_fn};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _, fmt};

use crate::config::{Config, LogFormat};
use crate::traces;

/// Installs the log, and what makes traces, for the whole process.
pub(crate) fn install(config: &Config) -> anyhow::Result<()> {
    // Spans are for traces: lines do not repeat them.
    let filter = filter(&config.log.level)?.and(filter_fn(|metadata| metadata.is_event()));
    let lines = fmt::layer().with_writer(std::io::stderr);
    let lines = match config.log.format {
        LogFormat::Text => lines.with_ansi(std::io::stderr().is_terminal()).boxed(),
        LogFormat::Json => lines.json().flatten_event(true).boxed(),
    };
    let traces = traces::layer(&config.traces, config.node)?;
    let all = tracing_subscriber::registry().with(lines.with_filter(filter)).with(traces);
    all.try_init().map_err(|e| anyhow::anyhow!("cannot install the log: {e}"))
}

/// Reads `log.level`. A single word must be a level: the filter would take any other for the name
/// of a module, and log nothing else.
fn filter(level: &str) -> anyhow::Result<EnvFilter> {
    let is_directive = level.contains(['=', ',']);
    if !is_directive {
        let known = LevelFilter::from_str(level).ok().filter(|_| !level.is_empty());
        known.with_context(|| {
            format!("log.level {level:?} is none of error, warn, info, debug, trace, off")
        })?;
    }
    EnvFilter::try_new(level).with_context(|| format!("log.level {level:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistyped_level_is_an_error() {
        for good in ["info", "WARN", "off", "info,hongyan_gateway=debug", "hongyan_rest=trace"] {
            assert!(filter(good).is_ok(), "{good}");
        }
        for bad in ["inof", "", "hongyan_gateway", "hongyan_rest=inof"] {
            assert!(filter(bad).is_err(), "{bad}");
        }
    }
}
