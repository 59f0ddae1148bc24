//! Settings of the services that others provide.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use hongyan_providers as providers;
use hongyan_providers::moderation::ModeratorSettings;
use serde::{Deserialize, Serialize};

use super::reference::{self, Describe, Entry};
use super::secret::Secret;

settings! {
    /// A provider.
    pub struct ProviderSettings {
        /// Its address, such as `http://127.0.0.1:9100` or `https://provider.example.com/hongyan`.
        /// Empty: the function is not enabled for anybody.
        url: String = String::new(),
        /// Shown to it as `Authorization: Bearer`. Empty: nothing is shown.
        token: Secret = Secret::default(),
        /// An answer that is not complete after this long is given up. The official SDK waits 15
        /// seconds.
        timeout_seconds: u64 = 10,
        /// Calls at once; one more is refused.
        max_concurrent: usize = 32,
        /// Calls of one app at once; one more is refused.
        max_concurrent_per_app: usize = 8,
    }
}

impl ProviderSettings {
    pub(super) fn validate(&self, section: &str) -> anyhow::Result<()> {
        ensure!(self.timeout_seconds > 0, "{section}.timeout_seconds is 0");
        ensure!(self.max_concurrent > 0, "{section}.max_concurrent is 0");
        ensure!(self.max_concurrent_per_app > 0, "{section}.max_concurrent_per_app is 0");
        match self.options() {
            Some(options) => options.validate().with_context(|| format!("{section}.url or token")),
            None => Ok(()),
        }
    }

    /// As the provider is called; `None` if there is none.
    pub(super) fn options(&self) -> Option<providers::ProviderSettings> {
        if self.url.is_empty() {
            return None;
        }
        Some(providers::ProviderSettings {
            url: self.url.clone(),
            token: self.token.0.clone(),
            timeout: Duration::from_secs(self.timeout_seconds),
            most: self.max_concurrent,
            most_of_app: self.max_concurrent_per_app,
        })
    }
}

settings! {
    /// The provider of moderation.
    pub struct ModerationSettings {
        /// Its address, such as `http://127.0.0.1:9100` or `https://provider.example.com/hongyan`.
        /// Empty: messages are examined for keywords only.
        url: String = String::new(),
        /// Shown to it as `Authorization: Bearer`. Empty: nothing is shown.
        token: Secret = Secret::default(),
        /// How long a text waits before it is sent; then the rule says what becomes of it.
        text_timeout_ms: u64 = 200,
        /// How long a picture waits before it is sent.
        image_timeout_ms: u64 = 1000,
        /// A judgement about audio or video that is not there after this long is given up; the
        /// message is delivered meanwhile.
        timeout_seconds: u64 = 60,
        /// Calls at once; for one more the rule says what becomes of its message.
        max_concurrent: usize = 512,
        /// Calls of one app at once.
        max_concurrent_per_app: usize = 128,
    }
}

impl ModerationSettings {
    pub(super) fn validate(&self, section: &str) -> anyhow::Result<()> {
        self.provider().validate(section)?;
        ensure!(self.text_timeout_ms > 0, "{section}.text_timeout_ms is 0");
        ensure!(self.image_timeout_ms > 0, "{section}.image_timeout_ms is 0");
        Ok(())
    }

    /// As the provider is called; `None` if there is none.
    pub(super) fn options(&self) -> Option<ModeratorSettings> {
        Some(ModeratorSettings {
            provider: self.provider().options()?,
            text_timeout: Duration::from_millis(self.text_timeout_ms),
            image_timeout: Duration::from_millis(self.image_timeout_ms),
        })
    }

    fn provider(&self) -> ProviderSettings {
        ProviderSettings {
            url: self.url.clone(),
            token: self.token.clone(),
            timeout_seconds: self.timeout_seconds,
            max_concurrent: self.max_concurrent,
            max_concurrent_per_app: self.max_concurrent_per_app,
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::config::{Config, Flags, load};

    fn with_variables(variables: &[(&str, &str)]) -> anyhow::Result<Config> {
        let owned = variables.iter().map(|(name, value)| (name.to_string(), value.to_string()));
        load(None, owned, Flags::default())
    }

    #[test]
    fn a_provider_is_one_with_an_address() {
        let config = with_variables(&[("HONGYAN_SPEECH__TOKEN", "se$cret")]).unwrap();
        assert!(config.providers().unwrap().recogniser().is_none());
        assert!(!format!("{config:?}").contains("se$cret"));
        let config = with_variables(&[
            ("HONGYAN_TRANSLATION__URL", "https://translate.test/v1/"),
            ("HONGYAN_TRANSLATION__TOKEN", "se$cret"),
        ]);
        let providers = config.unwrap().providers().unwrap();
        assert!(providers.translator().is_some() && providers.recogniser().is_none());
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for url in ["translate.test", "ftp://translate.test", "https://", "http://a/?b=c"] {
            let error = with_variables(&[("HONGYAN_TRANSLATION__URL", url)]).unwrap_err();
            let error = format!("{error:#}");
            assert!(error.contains("translation.url") && error.contains(url), "{error}");
        }
        let error = with_variables(&[("HONGYAN_SPEECH__TIMEOUT_SECONDS", "0")]).unwrap_err();
        assert!(error.to_string().contains("speech.timeout_seconds"), "{error}");
    }
}
