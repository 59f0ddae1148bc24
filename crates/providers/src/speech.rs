//! Turning voice into text.

use std::fmt::Write as _;

use bytes::Bytes;
use hongyan_model::AppId;
use http::{HeaderValue, Method};
use serde::Deserialize;

use crate::endpoint::{Call, Endpoint, InvalidProvider, ProviderError, ProviderSettings};

/// The provider's word for what is no recording that it can read.
pub const INVALID_AUDIO: &str = "invalid_audio";
/// The provider's word for a recording that is too long.
pub const AUDIO_TOO_LONG: &str = "audio_too_long";
/// The provider's word for "no more of this app now".
pub const LIMIT: &str = "limit";

/// Who turns voice into text.
pub struct Recogniser(Endpoint);

/// A recording.
#[derive(Clone, Debug)]
pub struct Recording {
    /// Its bytes.
    pub bytes: Bytes,
    /// Its media type, if somebody has said it.
    pub content_type: Option<String>,
    /// What it does not say of itself.
    pub audio: Audio,
}

/// How a recording is to be read, where its bytes do not tell.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Audio {
    /// `amr`, `mp3`, `pcm`, …
    pub format: Option<String>,
    /// Samples per second.
    pub sample_rate: Option<u32>,
    /// Bits of a sample.
    pub bits_per_sample: Option<u32>,
    /// Channels.
    pub channels: Option<u32>,
}

#[derive(Deserialize)]
struct Heard {
    text: String,
}

impl Recogniser {
    pub(crate) fn new(settings: &ProviderSettings) -> Result<Self, InvalidProvider> {
        Ok(Self(Endpoint::new(settings)?))
    }

    /// What a recording says.
    pub async fn recognise(
        &self,
        app: AppId,
        app_key: &str,
        recording: Recording,
    ) -> Result<String, ProviderError> {
        let unknown = HeaderValue::from_static("application/octet-stream");
        let content_type = recording.content_type.as_deref().map(HeaderValue::from_str);
        let content_type = content_type.and_then(Result::ok).unwrap_or(unknown);
        let call = Call {
            method: Method::POST,
            path: path(app_key, &recording.audio),
            content_type: Some(content_type),
            body: recording.bytes,
        };
        let Heard { text } = self.0.call(app, call).await?;
        Ok(text)
    }
}

fn path(app_key: &str, audio: &Audio) -> String {
    let mut path = format!("/recognize?app={}", escaped(app_key));
    let numbers = [
        ("sample_rate", audio.sample_rate),
        ("bits_per_sample", audio.bits_per_sample),
        ("channels", audio.channels),
    ];
    if let Some(format) = &audio.format {
        let _ = write!(path, "&format={}", escaped(format));
    }
    for (name, number) in numbers {
        if let Some(number) = number {
            let _ = write!(path, "&{name}={number}");
        }
    }
    path
}

/// Percent-encoded for a query.
fn escaped(text: &str) -> String {
    let keeps = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'~');
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        if keeps(byte) {
            escaped.push(char::from(byte));
        } else {
            let _ = write!(escaped, "%{byte:02X}");
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_of_a_recording_stands_in_the_query() {
        assert_eq!(path("acme#chat", &Audio::default()), "/recognize?app=acme%23chat");
        let audio = Audio {
            format: Some("p c&m".to_owned()),
            sample_rate: Some(16_000),
            bits_per_sample: Some(16),
            channels: Some(1),
        };
        let expected =
            "/recognize?app=a&format=p%20c%26m&sample_rate=16000&bits_per_sample=16&channels=1";
        assert_eq!(path("a", &audio), expected);
    }
}
