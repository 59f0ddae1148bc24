//! Log lines on standard error.

use std::io::IsTerminal as _;
use std::str::FromStr as _;

use anyhow::Context as _;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

use crate::config::{LogFormat, LogSettings};

/// Installs the log for the whole process.
pub(crate) fn install(settings: &LogSettings) -> anyhow::Result<()> {
    let filter = filter(&settings.level)?;
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let installed = match settings.format {
        LogFormat::Text => lines.with_ansi(std::io::stderr().is_terminal()).try_init(),
        LogFormat::Json => lines.json().flatten_event(true).try_init(),
    };
    installed.map_err(|e| anyhow::anyhow!("cannot install the log: {e}"))
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
