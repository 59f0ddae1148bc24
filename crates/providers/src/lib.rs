//! HTTP to others: services that the installation uses (translation, speech recognition,
//! moderation), and addresses that customers
//! choose ([`Outgoing`]).
//!
//! What is asked, and what an answer looks like, is a contract of ours (`docs/providers.md`): a provider is a small
//! program in front of whatever does the work. Owns connections, time limits and the number of calls under way. Knows
//! no rule of the domain: it does what it is asked to, or says why it could not.

mod endpoint;
mod gate;
pub mod moderation;
mod outgoing;
pub mod speech;
pub mod translation;

use std::sync::Arc;

use moderation::{Moderator, ModeratorSettings};
use speech::Recogniser;
use translation::Translator;

pub use endpoint::{InvalidProvider, ProviderError, ProviderSettings};
pub use outgoing::{Answer, Fetched, Outgoing, OutgoingError, Post};

/// What is set up on this installation. Clones share everything.
#[derive(Clone, Default)]
pub struct Providers(Arc<Inner>);

#[derive(Default)]
struct Inner {
    translator: Option<Translator>,
    recogniser: Option<Recogniser>,
    moderator: Option<Moderator>,
}

/// What the configuration says of each; `None`: nobody does it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ProviderOptions {
    /// Who translates.
    pub translation: Option<ProviderSettings>,
    /// Who turns voice into text.
    pub speech: Option<ProviderSettings>,
    /// Who judges what users say and show.
    pub moderation: Option<ModeratorSettings>,
}

impl Providers {
    /// Those of the configuration; none is contacted yet.
    pub fn new(options: &ProviderOptions) -> Result<Self, InvalidProvider> {
        let ProviderOptions { translation, speech, moderation } = options;
        let translator = translation.as_ref().map(Translator::new).transpose()?;
        let recogniser = speech.as_ref().map(Recogniser::new).transpose()?;
        let moderator = moderation.as_ref().map(Moderator::new).transpose()?;
        Ok(Self(Arc::new(Inner { translator, recogniser, moderator })))
    }

    /// Who translates, if somebody does.
    #[must_use]
    pub fn translator(&self) -> Option<&Translator> {
        self.0.translator.as_ref()
    }

    /// Who turns voice into text, if somebody does.
    #[must_use]
    pub fn recogniser(&self) -> Option<&Recogniser> {
        self.0.recogniser.as_ref()
    }

    /// Who judges what users say and show, if somebody does.
    #[must_use]
    pub fn moderator(&self) -> Option<&Moderator> {
        self.0.moderator.as_ref()
    }
}
