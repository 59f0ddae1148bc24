//! Apple.

use hongyan_model::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Fields, Reason, p12};
use crate::jwt::Signer;
use crate::secret::Secret;

/// What Apple's identifiers of keys and teams have.
const ID_LENGTH: usize = 10;
const SOUNDS: [&str; 4] = [".aiff", ".aif", ".wav", ".caf"];

/// Of which kind the app's builds are.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Environment {
    /// Development.
    Sandbox,
    /// Production: the store, TestFlight, ad hoc.
    Production,
}

/// A certificate with its key.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ApnsP12 {
    /// Of the customer's choice; devices name it.
    pub name: String,
    /// The `.p12` file, in base64.
    pub file: Secret,
    /// Opens the file; may be empty.
    #[serde(default)]
    pub password: Secret,
    /// For which builds.
    pub environment: Environment,
    /// The topic; one that ends in `.voip` is for calls.
    pub bundle_id: String,
    /// What is played; `default` if absent.
    #[serde(default)]
    pub sound: Option<String>,
}

/// A key that signs tokens.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ApnsP8 {
    /// Of the customer's choice; devices name it.
    pub name: String,
    /// The `.p8` file: PEM.
    pub file: Secret,
    /// Of the key, 10 characters.
    pub key_id: String,
    /// Of the team, 10 characters.
    pub team_id: String,
    /// For which builds.
    pub environment: Environment,
    /// The topic; one that ends in `.voip` is for calls.
    pub bundle_id: String,
    /// What is played; `default` if absent.
    #[serde(default)]
    pub sound: Option<String>,
}

impl ApnsP12 {
    /// When the certificate ends.
    pub(super) fn check(&self, now: Timestamp, fields: &mut Fields) -> Option<Timestamp> {
        common(fields, &self.name, &self.bundle_id, self.sound.as_deref());
        if !fields.file("file", &self.file) {
            return None;
        }
        let leaf = match p12::open(&self.file, &self.password) {
            Ok(opened) => opened.leaf,
            Err((field, reason)) => {
                fields.fail(field, reason);
                return None;
            }
        };
        if now >= leaf.ends_at {
            fields.fail("file", Reason::Expired);
        }
        if now < leaf.begins_at {
            fields.fail("file", Reason::NotYetValid);
        }
        if !leaf.is_for_push {
            fields.fail("file", Reason::NotForPush);
        }
        // A certificate that names no environment is for both.
        let named = match self.environment {
            Environment::Sandbox => leaf.sandbox,
            Environment::Production => leaf.production,
        };
        if (leaf.sandbox || leaf.production) && !named {
            fields.fail("environment", Reason::WrongEnvironment);
        }
        if !leaf.topics.is_empty() && !leaf.topics.contains(&self.bundle_id) {
            fields.fail("bundle_id", Reason::WrongTopic);
        }
        Some(leaf.ends_at)
    }
}

impl ApnsP8 {
    pub(super) fn check(&self, fields: &mut Fields) {
        common(fields, &self.name, &self.bundle_id, self.sound.as_deref());
        for (field, id) in [("key_id", &self.key_id), ("team_id", &self.team_id)] {
            fields.word(field, id);
            if id.len() != ID_LENGTH {
                fields.fail(field, Reason::WrongLength { length: ID_LENGTH });
            }
        }
        if fields.file("file", &self.file)
            && let Err(reason) = Signer::es256(self.file.text())
        {
            fields.fail("file", reason);
        }
    }
}

fn common(fields: &mut Fields, name: &str, bundle_id: &str, sound: Option<&str>) {
    fields.name("name", name);
    fields.package("bundle_id", bundle_id);
    if let Some(sound) = sound {
        fields.name("sound", sound);
        let lower = sound.to_ascii_lowercase();
        if lower != "default" && !SOUNDS.iter().any(|ending| lower.ends_with(ending)) {
            fields.fail("sound", Reason::NotASound);
        }
    }
}
