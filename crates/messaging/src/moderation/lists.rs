//! Words of lists of keywords.

use std::collections::HashSet;

use hongyan_model::{
    Caller, Feature, KeywordList, ListScope, Measure, ModerationRefusal, Refusal, Result, UserId,
};
use hongyan_platform::moderation::{self, ListForm};
use hongyan_store::words::{self as stored, Addition, Change, NewWords};

use crate::lexicon::{self, WORD_CHARS, WordImport};
use crate::users::require_app;
use crate::words::Word;
use crate::{Messaging, NumberedPage, Page};

/// Words with which a list is made.
const FIRST_WORDS: usize = 200;
/// Words that are added, or removed, in one call.
const WORDS: usize = 100;
/// Lists, or words, on a page.
const PAGE: usize = 200;

/// A list, and how many words it has.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Listed {
    /// The list.
    pub list: KeywordList,
    /// Its words.
    pub words: u64,
}

/// A list as the customer's server wants it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ListChange {
    /// Name.
    pub name: String,
    /// What becomes of messages that hold a word.
    pub measure: Measure,
    /// Where it counts.
    pub scope: ListScope,
    /// The whole text, not a part of it.
    pub whole_text: bool,
    /// Whether it counts; `None`: as it was, and a new one does.
    pub enabled: Option<bool>,
}

/// Which lists [`find_lists`] shows.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ListQuery {
    /// Of this name.
    pub name: Option<String>,
    /// For groups and chat rooms with this tag.
    pub tag: Option<String>,
}

/// Makes a list with some words, added by whom the customer's server says.
pub async fn create_list(
    m: &Messaging,
    caller: &Caller,
    new: ListChange,
    words: &[String],
    by: Option<&str>,
) -> Result<(Listed, Vec<Word>)> {
    require_app(caller)?;
    moderation::require(&caller.app)?;
    let (words, by) = (checked_words("textContexts", words, FIRST_WORDS)?, checked_author(by)?);
    let most = caller.app.most(Feature::KeywordsMax);
    if words.len() > most {
        return Err(Refusal::QuotaExceeded { feature: Feature::KeywordsMax }.into());
    }
    let form = ListForm {
        name: new.name,
        measure: new.measure,
        scope: new.scope,
        whole_text: new.whole_text,
        ignore_case: true,
        normalise: false,
        enabled: new.enabled.unwrap_or(true),
    };
    let list = moderation::create_list(m.platform(), caller.app.id, form).await?;
    let key = (caller.app.id, list.id);
    let new = NewWords { words: &words, by: &by, most, now: m.clock().now(), ids: m.ids() };
    let added = match words.is_empty() {
        true => Ok(Addition::Done(Vec::new())),
        false => stored::add_all(m.store(), key, new).await,
    };
    match added {
        Ok(Addition::Done(words)) => {
            let list = moderation::touch_list(m.platform(), key.0, key.1).await?;
            Ok((Listed { list, words: u64::try_from(words.len()).unwrap_or(u64::MAX) }, words))
        }
        // Nobody was told of the list.
        Ok(Addition::AllThere | Addition::OverLimit) => {
            moderation::delete_list(m.platform(), key.0, key.1).await?;
            Err(Refusal::QuotaExceeded { feature: Feature::KeywordsMax }.into())
        }
        Err(fault) => {
            moderation::delete_list(m.platform(), key.0, key.1).await?;
            Err(fault.into())
        }
    }
}

/// Changes a list; its words stay.
pub async fn change_list(
    m: &Messaging,
    caller: &Caller,
    list: i64,
    change: ListChange,
) -> Result<Listed> {
    require_app(caller)?;
    moderation::require(&caller.app)?;
    let known = moderation::list(&caller.app, list)?;
    let form = ListForm {
        name: change.name,
        measure: change.measure,
        scope: change.scope,
        whole_text: change.whole_text,
        ignore_case: known.ignore_case,
        normalise: known.normalise,
        enabled: change.enabled.unwrap_or(known.enabled),
    };
    let changed = moderation::edit_list(m.platform(), caller.app.id, list, form).await?;
    listed(m, caller, changed).await
}

/// A page of the lists, the oldest first.
pub async fn find_lists(
    m: &Messaging,
    caller: &Caller,
    query: &ListQuery,
    (number, size): (usize, usize),
) -> Result<NumberedPage<Listed>> {
    require_app(caller)?;
    moderation::require(&caller.app)?;
    let size = size.clamp(1, PAGE);
    let is_wanted = |list: &&KeywordList| {
        let has_tag =
            |tag: &String| matches!(&list.scope, ListScope::Tags(tags) if tags.contains(tag));
        query.name.as_ref().is_none_or(|name| list.name == name.trim())
            && query.tag.as_ref().is_none_or(has_tag)
    };
    let found: Vec<_> = caller.app.settings.moderation.lists.iter().filter(is_wanted).collect();
    let total = u64::try_from(found.len()).unwrap_or(u64::MAX);
    let mut items = Vec::new();
    for list in found.into_iter().skip(number.saturating_mul(size)).take(size) {
        items.push(listed(m, caller, list.clone()).await?);
    }
    Ok(NumberedPage { items, number, size, total })
}

/// Removes a list with its words, for the customer's server.
pub async fn remove_list(m: &Messaging, caller: &Caller, list: i64) -> Result<()> {
    require_list(caller, list)?;
    delete_list(m, caller, list).await
}

/// Adds words to a list, all or none of them; answers them, with those that were there already. Where all of them were,
/// that is refused.
pub async fn add_listed_words(
    m: &Messaging,
    caller: &Caller,
    list: i64,
    words: &[String],
    by: Option<&str>,
) -> Result<(Listed, Vec<Word>)> {
    let key = require_list(caller, list)?;
    let (words, by) = (checked_words("wordContents", words, WORDS)?, checked_author(by)?);
    if words.is_empty() {
        return Err(Refusal::Missing { name: "wordContents" }.into());
    }
    let feature = Feature::KeywordsMax;
    let (most, now) = (caller.app.most(feature), m.clock().now());
    let new = NewWords { words: &words, by: &by, most, now, ids: m.ids() };
    let added = stored::add_all(m.store(), key, new).await?;
    if added == Addition::OverLimit {
        return Err(Refusal::QuotaExceeded { feature }.into());
    }
    // Also where all were there: an earlier call may have ended before this.
    let list = moderation::touch_list(m.platform(), key.0, list).await?;
    match added {
        Addition::Done(words) => Ok((listed(m, caller, list).await?, words)),
        Addition::AllThere | Addition::OverLimit => Err(ModerationRefusal::WordExists.into()),
    }
}

/// Makes a word of a list another one.
pub async fn change_word(
    m: &Messaging,
    caller: &Caller,
    list: i64,
    id: &str,
    word: &str,
    by: Option<&str>,
) -> Result<Word> {
    let key = require_list(caller, list)?;
    let id = id.parse().map_err(|_| ModerationRefusal::WordNotFound)?;
    let (word, by) = (checked_word("word", word)?, checked_author(by)?);
    let now = m.clock().now();
    match stored::change(m.store(), key, id, (&word, &by), now).await? {
        Change::Done(word) => {
            moderation::touch_list(m.platform(), key.0, list).await?;
            Ok(word)
        }
        Change::NotFound => Err(ModerationRefusal::WordNotFound.into()),
        Change::Taken => Err(ModerationRefusal::WordExists.into()),
    }
}

/// A page of a list's words that hold `search`, the newest first.
pub async fn search_words(
    m: &Messaging,
    caller: &Caller,
    list: i64,
    search: &str,
    (number, size): (usize, usize),
) -> Result<NumberedPage<Word>> {
    let key = require_list(caller, list)?;
    let size = size.clamp(1, PAGE);
    let place = (number.saturating_mul(size), size);
    let (items, total) = stored::search(m.store(), key, search.trim(), place).await?;
    Ok(NumberedPage { items, number, size, total })
}

/// Removes the words of these ids from a list; how many these were.
pub async fn remove_listed_words(
    m: &Messaging,
    caller: &Caller,
    list: i64,
    ids: &[String],
) -> Result<u64> {
    let key = require_list(caller, list)?;
    if ids.is_empty() {
        return Err(Refusal::Missing { name: "wordIds" }.into());
    }
    if ids.len() > WORDS {
        return Err(Refusal::TooMany { name: "wordIds", limit: WORDS }.into());
    }
    // What is no number is no word's id.
    let ids: Vec<u64> = ids.iter().filter_map(|id| id.trim().parse().ok()).collect();
    let removed = stored::remove_by_ids(m.store(), key, &ids).await?;
    moderation::touch_list(m.platform(), key.0, list).await?;
    Ok(removed)
}

/// Where the words of a list are, for the customer's server of an app that has moderation and this list.
fn require_list(caller: &Caller, list: i64) -> Result<lexicon::ListId> {
    require_app(caller)?;
    moderation::require(&caller.app)?;
    moderation::list(&caller.app, list)?;
    Ok((caller.app.id, list))
}

async fn listed(m: &Messaging, caller: &Caller, list: KeywordList) -> Result<Listed> {
    let words = stored::count(m.store(), (caller.app.id, list.id)).await?;
    Ok(Listed { list, words })
}

/// The words, each once.
fn checked_words(
    name: &'static str,
    given: &[String],
    limit: usize,
) -> Result<Vec<String>, Refusal> {
    if given.len() > limit {
        return Err(Refusal::TooMany { name, limit });
    }
    let mut seen = HashSet::new();
    let words = given.iter().map(|word| checked_word(name, word));
    let words = words.filter(|word| word.as_ref().map_or(true, |word| seen.insert(word.clone())));
    words.collect()
}

fn checked_word(name: &'static str, given: &str) -> Result<String, Refusal> {
    let word = given.trim();
    if word.is_empty() {
        return Err(Refusal::Missing { name });
    }
    if word.chars().count() > WORD_CHARS {
        return Err(Refusal::TooLong { name, limit: WORD_CHARS });
    }
    if word.chars().any(char::is_control) {
        return Err(Refusal::Invalid { name, why: "no control characters".to_owned() });
    }
    Ok(word.to_owned())
}

/// Whom the customer's server names: a user's id, of whom nobody asks whether it exists.
fn checked_author(by: Option<&str>) -> Result<String, Refusal> {
    let by = by.map(str::trim).filter(|by| !by.is_empty());
    Ok(by.map(UserId::parse).transpose()?.map(|by| by.to_string()).unwrap_or_default())
}

/// How many words each list has, in the order of the lists.
pub async fn list_sizes(m: &Messaging, caller: &Caller) -> Result<Vec<u64>> {
    require_app(caller)?;
    let lists = &caller.app.settings.moderation.lists;
    let mut sizes = Vec::with_capacity(lists.len());
    for list in lists {
        sizes.push(stored::count(m.store(), (caller.app.id, list.id)).await?);
    }
    Ok(sizes)
}

/// A page of a list's words that hold `search`, in order.
pub async fn words(
    m: &Messaging,
    caller: &Caller,
    list: i64,
    search: &str,
    cursor: Option<&str>,
    limit: usize,
) -> Result<Page<Word>> {
    require_app(caller)?;
    moderation::list(&caller.app, list)?;
    lexicon::page(m, (caller.app.id, list), search, cursor, limit).await
}

/// Adds the words of a text to a list, one in each line; lines that begin with `#` are notes.
pub async fn add_words(
    m: &Messaging,
    caller: &Caller,
    list: i64,
    text: &str,
) -> Result<WordImport> {
    require_app(caller)?;
    moderation::require(&caller.app)?;
    moderation::list(&caller.app, list)?;
    let most = caller.app.most(Feature::KeywordsMax);
    let import = lexicon::add(m, (caller.app.id, list), text, most).await?;
    moderation::touch_list(m.platform(), caller.app.id, list).await?;
    Ok(import)
}

/// Removes words of a list; how many these were.
pub async fn remove_words(
    m: &Messaging,
    caller: &Caller,
    list: i64,
    words: &[String],
) -> Result<u64> {
    require_app(caller)?;
    moderation::list(&caller.app, list)?;
    let removed = stored::remove(m.store(), (caller.app.id, list), words).await?;
    moderation::touch_list(m.platform(), caller.app.id, list).await?;
    Ok(removed)
}

/// Removes all words of a list; how many these were.
pub async fn clear_words(m: &Messaging, caller: &Caller, list: i64) -> Result<u64> {
    require_app(caller)?;
    moderation::list(&caller.app, list)?;
    let removed = stored::clear(m.store(), (caller.app.id, list)).await?;
    moderation::touch_list(m.platform(), caller.app.id, list).await?;
    Ok(removed)
}

/// Removes a list with its words.
pub async fn delete_list(m: &Messaging, caller: &Caller, list: i64) -> Result<()> {
    require_app(caller)?;
    moderation::delete_list(m.platform(), caller.app.id, list).await?;
    // After the list: what a crash leaves belongs to no list, and goes with the app.
    stored::clear(m.store(), (caller.app.id, list)).await?;
    Ok(())
}
