//! What a run prints.

use std::fmt;

use hdrhistogram::Histogram;
use serde::Serialize;
use serde_json::Value;

/// The result of a run. Absent figures do not apply to the mode or could not be measured.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    pub(crate) mode: &'static str,
    /// The mode's parameters.
    pub(crate) parameters: Value,
    /// Length of the measured interval.
    pub(crate) seconds: f64,
    pub(crate) figures: Vec<Figure>,
}

/// One named number.
#[derive(Debug, Serialize)]
pub(crate) struct Figure {
    pub(crate) name: &'static str,
    pub(crate) value: f64,
    pub(crate) unit: &'static str,
}

impl Report {
    pub(crate) fn new(mode: &'static str, parameters: Value, seconds: f64) -> Self {
        Self { mode, parameters, seconds, figures: Vec::new() }
    }

    pub(crate) fn add(&mut self, name: &'static str, value: f64, unit: &'static str) {
        self.figures.push(Figure { name, value, unit });
    }

    /// Adds p50 and p99 of nanoseconds, if there are any.
    pub(crate) fn add_latency(&mut self, names: [&'static str; 2], latency: &Latency) {
        for (name, quantile) in names.into_iter().zip([0.5, 0.99]) {
            if let Some(nanoseconds) = latency.quantile(quantile) {
                self.add(name, nanoseconds as f64 / 1e6, "ms");
            }
        }
    }

    /// `{"mode", "parameters", "seconds", "<figure>": value …}`.
    pub(crate) fn to_json(&self) -> Value {
        let mut json = serde_json::json!({
            "mode": self.mode,
            "parameters": self.parameters,
            "seconds": self.seconds,
        });
        for figure in &self.figures {
            json[figure.name] = figure.value.into();
        }
        json
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} {} ({:.1} s measured)", self.mode, self.parameters, self.seconds)?;
        for Figure { name, value, unit } in &self.figures {
            let digits = if value.abs() >= 1000.0 { 0 } else { 3 };
            writeln!(f, "  {name:<32} {value:>14.digits$} {unit}")?;
        }
        Ok(())
    }
}

/// Nanoseconds, in a histogram.
#[derive(Clone, Debug)]
pub(crate) struct Latency(Histogram<u64>);

impl Latency {
    pub(crate) fn new() -> anyhow::Result<Self> {
        const MINUTE: u64 = 60_000_000_000;
        Ok(Self(Histogram::new_with_bounds(1_000, MINUTE, 3)?))
    }

    pub(crate) fn record(&mut self, nanoseconds: u64) {
        self.0.saturating_record(nanoseconds);
    }

    pub(crate) fn merge(&mut self, other: &Self) -> anyhow::Result<()> {
        Ok(self.0.add(&other.0)?)
    }

    pub(crate) fn quantile(&self, quantile: f64) -> Option<u64> {
        (!self.0.is_empty()).then(|| self.0.value_at_quantile(quantile))
    }
}
