//! Words of lists of keywords.

use hongyan_model::{Caller, Feature, Result};
use hongyan_platform::moderation;
use hongyan_store::words as stored;

use crate::lexicon::{self, WordImport};
use crate::users::require_app;
use crate::words::Word;
use crate::{Messaging, Page};

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
