//! Turning voice into text, by the provider of the installation.

use bytes::Bytes;
use hongyan_model::{Caller, Feature, Refusal, Result};
use hongyan_providers::ProviderError;
use hongyan_providers::speech::{self, Recogniser, Recording};

use crate::Messaging;
use crate::files::{self, Variant};

pub use hongyan_providers::speech::Audio;

/// Size of a recording, whatever the app's limit for files.
const RECORDING_BYTES: u64 = 10 * 1024 * 1024;

/// What an uploaded recording says.
pub async fn transcribe(
    m: &Messaging,
    caller: &Caller,
    file: &str,
    audio: Audio,
) -> Result<String> {
    let recogniser = recogniser(m, caller)?;
    let recording =
        files::download(m, &caller.app, Some(caller), file, None, Variant::Original).await?;
    admit_size(recording.size())?;
    let content_type = Some(recording.content_type.clone());
    let recording = Recording { bytes: recording.read().await?, content_type, audio };
    recognised(caller, recogniser, recording).await
}

/// What a recording says that comes with the call, and is not kept.
pub async fn recognise(
    m: &Messaging,
    caller: &Caller,
    bytes: Bytes,
    content_type: Option<String>,
    audio: Audio,
) -> Result<String> {
    let recogniser = recogniser(m, caller)?;
    if bytes.is_empty() {
        return Err(Refusal::InvalidAudio.into());
    }
    admit_size(bytes.len() as u64)?;
    recognised(caller, recogniser, Recording { bytes, content_type, audio }).await
}

/// A recording is held in memory while the provider works.
fn admit_size(bytes: u64) -> Result<(), Refusal> {
    if bytes > RECORDING_BYTES { Err(Refusal::FileTooLarge) } else { Ok(()) }
}

async fn recognised(
    caller: &Caller,
    recogniser: &Recogniser,
    recording: Recording,
) -> Result<String> {
    let text = recogniser.recognise(caller.app.id, &caller.app.key(), recording).await;
    Ok(text.map_err(|error| refusal(caller, &error))?)
}

/// Who turns voice into text for the caller's app.
fn recogniser<'a>(m: &'a Messaging, caller: &Caller) -> Result<&'a Recogniser, Refusal> {
    let feature = Feature::SpeechToText;
    let recogniser = m.providers().recogniser().filter(|_| caller.app.enabled(feature));
    recogniser.ok_or(Refusal::FeatureDisabled { feature })
}

fn refusal(caller: &Caller, error: &ProviderError) -> Refusal {
    match error {
        ProviderError::Busy => Refusal::Overloaded,
        ProviderError::Refused(word) if word == speech::INVALID_AUDIO => Refusal::InvalidAudio,
        ProviderError::Refused(word) if word == speech::AUDIO_TOO_LONG => Refusal::AudioTooLong,
        ProviderError::Refused(word) if word == speech::LIMIT => Refusal::ProviderLimit,
        ProviderError::Refused(_) | ProviderError::Failed(_) => {
            tracing::warn!(app = caller.app.key(), %error, "the speech provider failed");
            Refusal::ProviderFailed
        }
    }
}
