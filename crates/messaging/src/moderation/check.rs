//! Checking a text that nobody sends.

use hongyan_model::{
    Caller, ChatType, ModeratedKind, ModerationRefusal, Outcome, Refusal, Result, RuleTarget,
    UserId, WordPolicy,
};
use hongyan_platform::moderation as rules;

use super::examine::{self, Place, TRIED_CHARS};
use super::keywords;
use super::parts::Part;
use crate::Messaging;
use crate::users::require_app;
use crate::words;

/// What replaces a text in which nobody can say what is wrong.
const MASK: &str = "***";

/// What is thought of a text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TextCheck {
    /// What was found out.
    pub outcome: Outcome,
    /// Whether words of the app say so: sensitive ones, or those of lists. Otherwise the provider does.
    pub by_words: bool,
    /// The provider's word for the risk.
    pub risk: String,
    /// More of it.
    pub detail: String,
    /// The text with `***` for what is wrong in it; for all of it where nobody says what that is.
    pub masked: String,
    /// The words that are wrong.
    pub words: Vec<String>,
}

/// Checks a text as that of a one-to-one message would be: for sensitive words, for keywords, and by the provider if the
/// app's rule for texts in one-to-one chats asks it. It is noted nowhere, and nobody is handled for it.
pub async fn check(m: &Messaging, caller: &Caller, text: &str) -> Result<TextCheck> {
    require_app(caller)?;
    rules::require(&caller.app)?;
    let app = &caller.app;
    let chat = ChatType::Single;
    let moderation = &app.settings.moderation;
    if !moderation.kinds.contains(&ModeratedKind::Text) {
        return Err(ModerationRefusal::TextOff.into());
    }
    let mut of_texts = moderation.rules.iter().filter(|rule| rule.kind == ModeratedKind::Text);
    let rule = of_texts.find(|rule| rule.target == RuleTarget::Chats(chat));
    let rule = rule.ok_or(ModerationRefusal::NoTextRule)?;
    if !rule.enabled {
        return Err(ModerationRefusal::TextRuleOff.into());
    }
    if text.trim().is_empty() {
        return Err(Refusal::Missing { name: "content" }.into());
    }
    if text.chars().count() > TRIED_CHARS {
        return Err(Refusal::TooLong { name: "content", limit: TRIED_CHARS }.into());
    }

    let seen = words::look(m, app, chat, text).await?;
    let (policy, sensitive, text) = match seen {
        Some(seen) if seen.policy == WordPolicy::Record => {
            (Some(seen.policy), seen.words, text.to_owned())
        }
        Some(seen) => (Some(seen.policy), seen.words, seen.masked),
        None => (None, Vec::new(), text.to_owned()),
    };
    let by_sensitive = TextCheck {
        outcome: match policy {
            None => Outcome::Pass,
            Some(WordPolicy::Record) => Outcome::Suspect,
            Some(WordPolicy::Block | WordPolicy::Replace) => Outcome::Reject,
        },
        by_words: policy.is_some(),
        risk: String::new(),
        detail: String::new(),
        masked: text.clone(),
        words: sensitive,
    };
    if policy == Some(WordPolicy::Block) {
        return Ok(by_sensitive);
    }

    let sender = UserId::admin();
    let place = Place { app, sender: &sender, chat, to: "", message: None, is_trial: true };
    let part = Part { kind: ModeratedKind::Text, content: text };
    let examined = examine::examine(m, place, &rule.measures, &part).await?;
    if examined.outcome <= by_sensitive.outcome && by_sensitive.by_words {
        return Ok(by_sensitive);
    }
    let masked = match examined.outcome {
        Outcome::Reject if examined.places.is_empty() => MASK.to_owned(),
        _ => keywords::mask(&part.content, examined.places.into_iter()),
    };
    Ok(TextCheck {
        outcome: examined.outcome,
        by_words: examined.by_lists && examined.outcome == Outcome::Reject,
        risk: if examined.by_lists { String::new() } else { examined.risk },
        detail: if examined.by_lists { String::new() } else { examined.detail },
        masked,
        words: by_sensitive.words.into_iter().chain(examined.words).collect(),
    })
}
