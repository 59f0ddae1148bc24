//! Lists of words of apps, sensitive words and keywords alike, and the look for them in texts.
//!
//! The words are in the database; a matcher of them is built once for each version of a list and kept in memory.

use std::sync::Arc;
use std::time::Duration;

use hongyan_model::{AppId, Fault, Refusal, Result};
use hongyan_store::words::{self as stored, NewWords, Word};
use hongyan_words::{Hit, MatchOptions, Matcher};

use crate::page::decode_cursor;
use crate::{Messaging, Page};

/// Length of a word in characters.
pub(crate) const WORD_CHARS: usize = 128;
/// Lines on a page.
const PAGE: usize = 100;
/// Words in one transaction.
const BATCH: usize = 1000;
/// Words of all matchers in memory together.
const WORDS_IN_MEMORY: u64 = 2_000_000;
/// A matcher that nobody needs for so long is built anew later.
const IDLE: Duration = Duration::from_secs(60 * 60);

/// A list, of an app.
pub(crate) type ListId = (AppId, i64);

/// Of which words, and how they are looked for.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Key {
    list: ListId,
    version: u64,
    ignore_case: bool,
    normalise: bool,
}

/// The matchers of lists.
pub(crate) struct MatcherCache(moka::future::Cache<Key, Arc<Lexicon>>);

/// A list of words that can be looked for.
pub(crate) struct Lexicon {
    words: Vec<String>,
    pub(crate) matcher: Matcher,
}

impl Lexicon {
    /// The word as it is on the list.
    pub(crate) fn word(&self, hit: &Hit) -> &str {
        self.words.get(hit.word).map(String::as_str).unwrap_or_default()
    }

    /// The words that were found, each once.
    pub(crate) fn words_of(&self, hits: &[Hit]) -> Vec<String> {
        let mut words: Vec<String> = Vec::new();
        for word in hits.iter().map(|hit| self.word(hit)) {
            if !words.iter().any(|known| known == word) {
                words.push(word.to_owned());
            }
        }
        words
    }
}

impl Default for MatcherCache {
    fn default() -> Self {
        let weight = |_: &Key, lexicon: &Arc<Lexicon>| {
            u32::try_from(lexicon.words.len().max(1)).unwrap_or(u32::MAX)
        };
        let cache = moka::future::Cache::builder();
        Self(cache.weigher(weight).max_capacity(WORDS_IN_MEMORY).time_to_idle(IDLE).build())
    }
}

/// What became of words that were to be added.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct WordImport {
    /// Added.
    pub added: usize,
    /// There already, or twice among them.
    pub duplicate: usize,
    /// Longer than a word may be.
    pub too_long: usize,
    /// More than the list may have.
    pub over_limit: usize,
}

/// A list as it is in this version, ready to be looked for.
pub(crate) async fn of(
    m: &Messaging,
    list: ListId,
    version: u64,
    options: MatchOptions,
) -> Result<Arc<Lexicon>> {
    let MatchOptions { ignore_case, normalise } = options;
    let key = Key { list, version, ignore_case, normalise };
    let build = async {
        let words = stored::all(m.store(), list).await?;
        let build = move || {
            let matcher = Matcher::new(&words, options);
            Arc::new(Lexicon { words, matcher })
        };
        // 100,000 words take a moment, in which this thread has others to serve.
        let built = tokio::task::spawn_blocking(build).await;
        built.map_err(|error| Fault::new("cannot build a matcher", error).into())
    };
    let built: std::result::Result<_, Arc<hongyan_model::Error>> =
        m.0.matchers.0.try_get_with(key, build).await;
    built.map_err(|error| Fault::new("cannot look for words", error.to_string()).into())
}

/// Adds the words of a text, one in each line, to a list that may have `most`; lines that begin with `#` are notes.
pub(crate) async fn add(
    m: &Messaging,
    list: ListId,
    text: &str,
    most: usize,
) -> Result<WordImport> {
    // A file that begins with a byte order mark.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let lines = lines.filter(|line| !line.starts_with('#'));
    let (mut words, mut too_long) = (Vec::new(), 0);
    for line in lines {
        if line.chars().count() > WORD_CHARS || line.contains('\0') {
            too_long += 1;
        } else {
            words.push(line.to_owned());
        }
    }
    if words.is_empty() && too_long == 0 {
        return Err(Refusal::Missing { name: "text" }.into());
    }
    let mut import = WordImport { added: 0, duplicate: 0, too_long, over_limit: 0 };
    // Others write between the parts of a long list.
    for part in words.chunks(BATCH) {
        let new = NewWords { words: part, by: "", most, now: m.clock().now(), ids: m.ids() };
        let done = stored::add(m.store(), list, new).await?;
        import.added += done.added;
        import.duplicate += done.duplicate;
        import.over_limit += done.over_limit;
    }
    Ok(import)
}

/// A page of the words that hold `search`, in order.
pub(crate) async fn page(
    m: &Messaging,
    list: ListId,
    search: &str,
    cursor: Option<&str>,
    limit: usize,
) -> Result<Page<Word>> {
    let after = cursor.map(|cursor| decode_cursor(cursor, |word| Some(word.to_owned())));
    let after = after.transpose()?;
    let limit = limit.clamp(1, PAGE);
    let found = stored::page(m.store(), list, search.trim(), after.as_deref(), limit + 1).await?;
    Ok(Page::of(found, limit, |word| word.word.clone()))
}
