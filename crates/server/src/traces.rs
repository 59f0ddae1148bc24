//! Traces: what a request, a login or a message spent its time on, told to a collector over OTLP.

use std::sync::OnceLock;

use anyhow::Context as _;
use http::HeaderMap;
use opentelemetry::KeyValue;
use opentelemetry::propagation::{Extractor, TextMapPropagator as _};
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};
use tracing::{Metadata, Span, Subscriber, warn};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::registry::LookupSpan;

use crate::config::TraceSettings;

static PROVIDER: OnceLock<SdkTracerProvider> = OnceLock::new();

/// What makes traces of spans; `None` if nobody collects them.
pub(crate) fn layer<S>(settings: &TraceSettings, node: u8) -> anyhow::Result<Option<impl Layer<S>>>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    if settings.url.is_empty() {
        return Ok(None);
    }
    let url = format!("{}/v1/traces", settings.url.trim_end_matches('/'));
    let exporter = SpanExporter::builder()
        .with_http()
        .with_protocol(Protocol::HttpBinary)
        .with_endpoint(url)
        .build()
        .context("traces.url")?;
    let sampler = Sampler::TraceIdRatioBased(f64::from(settings.per_thousand) / 1000.0);
    let resource = Resource::builder()
        .with_service_name("hongyan")
        .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
        .with_attribute(KeyValue::new("service.instance.id", i64::from(node)))
        .build();
    let provider = SdkTracerProvider::builder()
        .with_batch_exporter(exporter)
        .with_sampler(Sampler::ParentBased(Box::new(sampler)))
        .with_resource(resource)
        .build();
    let tracer = provider.tracer("hongyan");
    let _ = PROVIDER.set(provider);
    let own =
        |metadata: &Metadata<'_>| metadata.is_span() && metadata.target().starts_with("hongyan_");
    Ok(Some(tracing_opentelemetry::layer().with_tracer(tracer).with_filter(filter_fn(own))))
}

/// Tells the collector what it has not heard yet.
pub(crate) fn finish() {
    if let Some(provider) = PROVIDER.get()
        && let Err(error) = provider.shutdown()
    {
        warn!(%error, "the last traces were not collected");
    }
}

/// Makes a span part of the trace that the caller names in `traceparent`.
pub(crate) fn follow_caller(span: &Span, headers: &HeaderMap) {
    struct Headers<'a>(&'a HeaderMap);
    impl Extractor for Headers<'_> {
        fn get(&self, name: &str) -> Option<&str> {
            self.0.get(name).and_then(|value| value.to_str().ok())
        }

        fn keys(&self) -> Vec<&str> {
            self.0.keys().map(http::HeaderName::as_str).collect()
        }
    }
    if PROVIDER.get().is_some() && !span.is_disabled() {
        let _ = span.set_parent(TraceContextPropagator::new().extract(&Headers(headers)));
    }
}
