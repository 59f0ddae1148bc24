//! Sensitive words (敏感词) of an app: its list, the look for them in texts, and the messages that held one.
//!
//! The list itself and the look for its words: [`lexicon`].

use std::sync::Arc;
use std::time::{Duration, Instant};

use hongyan_model::{
    App, AppId, Caller, ChatType, EntryKind, Feature, Refusal, Result, Timestamp, WordPolicy,
    WordSettings,
};
use hongyan_msync::proto::MessageBody;
use hongyan_platform::{apps, features};
use hongyan_store::words::{self as stored, SENSITIVE};
use hongyan_words::MatchOptions;

use crate::lexicon::{self, Lexicon};
use crate::messages::screening::{Candidate, Findings, FoundWords};
use crate::page::decode_cursor;
use crate::users::require_app;
use crate::{Messaging, Page};

pub use crate::lexicon::WordImport;
pub use hongyan_store::words::{HitFilter, Word, WordHit};

/// Lines on a page.
const PAGE: usize = 100;
/// How long a hit is kept.
const HITS_KEPT_MS: Timestamp = 30 * 24 * 3600 * 1000;
/// Hits removed at once.
const SWEEP_BATCH: u32 = 500;

/// A word in a text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FoundWord {
    /// The word as it is on the list.
    pub word: String,
    /// Where it begins in the text, in characters.
    pub start: usize,
    /// Where it ends, in characters.
    pub end: usize,
}

/// What would become of a text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WordTest {
    /// What the app's policy makes of it; `None`: nothing was found.
    pub verdict: Option<WordPolicy>,
    /// What receivers would read.
    pub result: String,
    /// What was found.
    pub found: Vec<FoundWord>,
    /// How long the look took.
    pub took: Duration,
}

/// How many words the app has.
pub async fn count(m: &Messaging, caller: &Caller) -> Result<u64> {
    require_app(caller)?;
    Ok(stored::count(m.store(), (caller.app.id, SENSITIVE)).await?)
}

/// Sets how words are looked for, and whether.
pub async fn set(
    m: &Messaging,
    caller: &Caller,
    enabled: bool,
    wanted: WordSettings,
) -> Result<Arc<App>> {
    require_app(caller)?;
    let feature = Feature::SensitiveWords;
    let app = caller.app.id;
    let scopes: Vec<ChatType> =
        ChatType::ALL.into_iter().filter(|chat| wanted.scopes.contains(chat)).collect();
    if scopes.is_empty() {
        return Err(Refusal::Missing { name: "scopes" }.into());
    }
    if caller.app.enabled(feature) != enabled {
        features::switch(m.platform(), app, feature, enabled).await?;
    }
    apps::update_settings(m.platform(), app, |settings| {
        let version = settings.words.version;
        settings.words = WordSettings { version, scopes, ..wanted };
        Ok(())
    })
    .await
}

/// Adds the words of a text, one in each line; lines that begin with `#` are notes.
pub async fn add(m: &Messaging, caller: &Caller, text: &str) -> Result<WordImport> {
    require_words(caller)?;
    let (app, most) = (caller.app.id, caller.app.most(Feature::SensitiveWordsMax));
    let import = lexicon::add(m, (app, SENSITIVE), text, most).await?;
    // Also where all were there: an earlier call may have ended before this.
    changed(m, app).await?;
    Ok(import)
}

/// Removes words; how many these were.
pub async fn remove(m: &Messaging, caller: &Caller, words: &[String]) -> Result<u64> {
    require_app(caller)?;
    let removed = stored::remove(m.store(), (caller.app.id, SENSITIVE), words).await?;
    // Also where none was left, as when they are added.
    changed(m, caller.app.id).await?;
    Ok(removed)
}

/// Removes all words; how many these were.
pub async fn clear(m: &Messaging, caller: &Caller) -> Result<u64> {
    require_app(caller)?;
    let removed = stored::clear(m.store(), (caller.app.id, SENSITIVE)).await?;
    changed(m, caller.app.id).await?;
    Ok(removed)
}

/// A page of the words that hold `search`, in order.
pub async fn list(
    m: &Messaging,
    caller: &Caller,
    search: &str,
    cursor: Option<&str>,
    limit: usize,
) -> Result<Page<Word>> {
    require_app(caller)?;
    lexicon::page(m, (caller.app.id, SENSITIVE), search, cursor, limit).await
}

/// Looks for words in a text, as in a message.
pub async fn test(m: &Messaging, caller: &Caller, text: &str) -> Result<WordTest> {
    require_words(caller)?;
    let lexicon = lexicon_of(m, &caller.app).await?;
    let begin = Instant::now();
    let hits = lexicon.matcher.find(text);
    let took = begin.elapsed();
    let policy = caller.app.settings.words.policy;
    let found = hits.iter().map(|hit| FoundWord {
        word: lexicon.word(hit).to_owned(),
        start: text[..hit.start].chars().count(),
        end: text[..hit.end].chars().count(),
    });
    let found: Vec<FoundWord> = found.collect();
    let verdict = (!found.is_empty()).then_some(policy);
    let result = match verdict {
        Some(WordPolicy::Replace) => lexicon.matcher.replace(text, &hits),
        _ => text.to_owned(),
    };
    Ok(WordTest { verdict, result, found, took })
}

/// Messages that held a word, the newest first.
pub async fn hits(
    m: &Messaging,
    caller: &Caller,
    filter: &HitFilter,
    cursor: Option<&str>,
    limit: usize,
) -> Result<Page<WordHit>> {
    require_app(caller)?;
    let before = cursor.map(|cursor| decode_cursor(cursor, |id| id.parse().ok())).transpose()?;
    let limit = limit.clamp(1, PAGE);
    let found = stored::hits(m.store(), caller.app.id, filter, before, limit + 1).await?;
    Ok(Page::of(found, limit, |hit| hit.id.to_string()))
}

/// Removes hits, of every app, whose time is over; answers how many these were.
pub async fn sweep(m: &Messaging) -> Result<u64> {
    let before = m.clock().now() - HITS_KEPT_MS;
    let mut swept = 0;
    loop {
        match stored::forget_hits(m.store(), before, SWEEP_BATCH).await? {
            0 => return Ok(swept),
            removed => swept += removed,
        }
    }
}

/// What stands in a text.
pub(crate) struct Seen {
    /// What the app does with it.
    pub(crate) policy: WordPolicy,
    /// The words, each once.
    pub(crate) words: Vec<String>,
    /// The text with `***` for each.
    pub(crate) masked: String,
}

/// Looks for words in a text that is said in a chat of this type, as far as the app wants that.
pub(crate) async fn look(
    m: &Messaging,
    app: &App,
    chat: ChatType,
    text: &str,
) -> Result<Option<Seen>> {
    let settings = &app.settings.words;
    if settings.version == 0
        || !settings.scopes.contains(&chat)
        || !app.enabled(Feature::SensitiveWords)
    {
        return Ok(None);
    }
    let lexicon = lexicon_of(m, app).await?;
    let hits = lexicon.matcher.find(text);
    if hits.is_empty() {
        return Ok(None);
    }
    let (words, masked) = (lexicon.words_of(&hits), lexicon.matcher.replace(text, &hits));
    Ok(Some(Seen { policy: settings.policy, words, masked }))
}

/// Looks for words in a message before it is sent: refuses it, or answers what it says instead, or lets it be, as the
/// app wants it.
pub(crate) async fn screen(
    m: &Messaging,
    candidate: Candidate<'_>,
    findings: &mut Findings,
) -> Result<Option<MessageBody>> {
    let Candidate { app, sender, to, chat, kind, edits, body } = candidate;
    if kind != EntryKind::Text {
        return Ok(None);
    }
    let Some(text) = body.contents.first().and_then(|content| content.text.as_deref()) else {
        return Ok(None);
    };
    let Some(seen) = look(m, app, chat, text).await? else { return Ok(None) };
    let Seen { policy, words, masked } = seen;
    let now = m.clock().now();
    let id = m.ids().next(now);
    let hit = WordHit {
        id: id.0,
        time: now,
        sender: sender.clone(),
        target: to.to_owned(),
        chat,
        edit: edits.is_some(),
        // PostgreSQL has no text with it.
        text: text.replace('\0', "\u{fffd}"),
        words: words.clone(),
        verdict: policy,
    };
    stored::note_hit(m.store(), app.id, &hit).await?;
    findings.words = Some(FoundWords { words, policy, id });
    match policy {
        WordPolicy::Block => Err(Refusal::SensitiveWords.into()),
        WordPolicy::Record => Ok(None),
        WordPolicy::Replace => {
            let mut body = body.clone();
            if let Some(content) = body.contents.first_mut() {
                content.text = Some(masked);
            }
            Ok(Some(body))
        }
    }
}

/// Every process builds its matcher anew.
async fn changed(m: &Messaging, app: AppId) -> Result<()> {
    apps::update_settings(m.platform(), app, |settings| {
        settings.words.version += 1;
        Ok(())
    })
    .await?;
    Ok(())
}

async fn lexicon_of(m: &Messaging, app: &App) -> Result<Arc<Lexicon>> {
    let WordSettings { version, ignore_case, normalise, .. } = app.settings.words;
    let options = MatchOptions { ignore_case, normalise };
    lexicon::of(m, (app.id, SENSITIVE), version, options).await
}

/// The list can be filled and tried before it is switched on.
fn require_words(caller: &Caller) -> Result<(), Refusal> {
    require_app(caller)?;
    let feature = Feature::SensitiveWords;
    if caller.app.includes(feature) { Ok(()) } else { Err(Refusal::FeatureDisabled { feature }) }
}
