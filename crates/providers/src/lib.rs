//! HTTP to others: services that the installation uses (translation, speech recognition), and addresses that customers
//! choose ([`Outgoing`]).
//!
//! What is asked, and what an answer looks like, is a contract of ours (`docs/providers.md`): a provider is a small
//! program in front of whatever does the work. Owns connections, time limits and the number of calls under way. Knows
//! no rule of the domain: it does what it is asked to, or says why it could not.

mod endpoint;
mod gate;
mod outgoing;
pub mod speech;
pub mod translation;

use std::sync::Arc;

use speech::Recogniser;
use translation::Translator;

pub use endpoint::{InvalidProvider, ProviderError, ProviderSettings};
pub use outgoing::{Answer, Outgoing, OutgoingError, Post};

/// What is set up on this installation. Clones share everything.
#[derive(Clone, Default)]
pub struct Providers(Arc<Inner>);

#[derive(Default)]
struct Inner {
    translator: Option<Translator>,
    recogniser: Option<Recogniser>,
}

impl Providers {
    /// Those of the configuration; none is contacted yet.
    pub fn new(
        translation: Option<&ProviderSettings>,
        speech: Option<&ProviderSettings>,
    ) -> Result<Self, InvalidProvider> {
        let translator = translation.map(Translator::new).transpose()?;
        let recogniser = speech.map(Recogniser::new).transpose()?;
        Ok(Self(Arc::new(Inner { translator, recogniser })))
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
}
