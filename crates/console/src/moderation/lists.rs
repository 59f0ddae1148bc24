//! 关键词名单.

use hongyan_messaging::moderation as domain;
use hongyan_model::{ChatType, KeywordList, ListScope, Measure, Refusal, Timestamp};
use hongyan_platform::moderation::{self, ListForm};
use http::Method;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{READ, WRITE};
use crate::answer::Answer;
use crate::call::Call;
use crate::csv::Csv;
use crate::endpoint::{Routes, write};
use crate::errors::Failure;
use crate::page::PageQuery;
use crate::sensitive_words::{
    RemoveWords, RemovedWords, TEXT_BYTES, WordImport, WordPage, WordText,
};

const ALL: &str = "all";
const TAGS: &str = "tags";
/// Words read at once for a file.
const EXPORT_PAGE: usize = 100;

pub(super) fn routes() -> Routes {
    const LISTS: &str = "/apps/{org}/{app}/moderation/lists";
    const ONE: &str = "/apps/{org}/{app}/moderation/lists/{list}";
    const WORDS: &str = "/apps/{org}/{app}/moderation/lists/{list}/words";
    let of_list = |action: &'static str| write("keyword_lists", action);
    Routes::default()
        .write(Method::POST, LISTS, WRITE, of_list("create"), create)
        .write(Method::PUT, ONE, WRITE, of_list("edit"), edit)
        .write(Method::DELETE, ONE, WRITE, of_list("delete"), delete)
        .get(WORDS, READ, words)
        .get("/apps/{org}/{app}/moderation/lists/{list}/words.csv", READ, export)
        .write(Method::POST, WORDS, WRITE, of_list("add_words"), add)
        .write(
            Method::POST,
            "/apps/{org}/{app}/moderation/lists/{list}/remove",
            WRITE,
            of_list("remove_words"),
            remove,
        )
        .write(
            Method::POST,
            "/apps/{org}/{app}/moderation/lists/{list}/clear",
            WRITE,
            of_list("clear_words"),
            clear,
        )
}

/// Where a list counts.
#[derive(Serialize, Deserialize, TS)]
#[ts(export_to = "moderation.ts")]
pub(crate) struct KeywordScope {
    #[ts(type = "\"all\" | \"chat\" | \"groupchat\" | \"chatroom\" | \"tags\"")]
    r#type: String,
    /// Of `tags`: ids of tags of groups and chat rooms, at most 5.
    tags: Vec<String>,
}

/// What a form writes.
#[derive(Serialize, Deserialize, TS)]
#[ts(export_to = "moderation.ts")]
pub(crate) struct KeywordListForm {
    name: String,
    /// `pass`: its words are allowed.
    #[ts(type = "\"pass\" | \"replace\" | \"block\"")]
    measure: Measure,
    scope: KeywordScope,
    /// The whole text, not a part of it.
    whole_text: bool,
    ignore_case: bool,
    /// Full width is half width, traditional characters are simplified ones, symbols between characters do not count.
    normalise: bool,
    enabled: bool,
}

/// A list.
#[derive(Serialize, TS)]
#[ts(export_to = "moderation.ts")]
pub(crate) struct KeywordListRow {
    id: String,
    #[serde(flatten)]
    form: KeywordListForm,
    words: u64,
    updated: Timestamp,
}

async fn create(call: Call) -> Result<Answer, Failure> {
    let (app, form) = (call.app()?, call.body::<KeywordListForm>()?);
    let list = moderation::create_list(call.platform(), app.id, form.try_into()?).await?;
    Ok(Answer::json(&KeywordListRow::from((&list, 0))).target(list.name.clone()))
}

async fn edit(call: Call) -> Result<Answer, Failure> {
    let (app, form) = (call.app()?, call.body::<KeywordListForm>()?);
    let id = list_of(&call)?;
    let list = moderation::edit_list(call.platform(), app.id, id, form.try_into()?).await?;
    let sizes = domain::list_sizes(call.messaging(), &call.caller()?).await?;
    let at = app.settings.moderation.lists.iter().position(|list| list.id == id);
    let words = at.and_then(|at| sizes.get(at).copied()).unwrap_or_default();
    Ok(Answer::json(&KeywordListRow::from((&list, words))).target(list.name.clone()))
}

async fn delete(call: Call) -> Result<Answer, Failure> {
    let id = list_of(&call)?;
    let name = title(&call, id)?;
    domain::delete_list(call.messaging(), &call.caller()?, id).await?;
    Ok(Answer::done().target(name))
}

async fn words(call: Call) -> Result<Answer, Failure> {
    let (caller, query, id) = (call.caller()?, call.query::<PageQuery>()?, list_of(&call)?);
    let (search, cursor) = (query.search(), query.cursor.as_deref());
    let page = domain::words(call.messaging(), &caller, id, search, cursor, query.limit()).await?;
    Ok(Answer::json(&WordPage::from(page)))
}

async fn export(call: Call) -> Result<Answer, Failure> {
    let (caller, id) = (call.caller()?, list_of(&call)?);
    let name = moderation::list(&caller.app, id)?.id;
    let mut csv = Csv::with_header(&["word"]);
    let mut cursor = None;
    loop {
        let (m, from) = (call.messaging(), cursor.as_deref());
        let page = domain::words(m, &caller, id, "", from, EXPORT_PAGE).await?;
        for word in page.items {
            csv.row([word.word].into_iter());
        }
        cursor = page.cursor;
        if cursor.is_none() {
            return Ok(csv.download(&format!("keywords-{name}.csv")));
        }
    }
}

async fn add(call: Call) -> Result<Answer, Failure> {
    let (caller, WordText { text }, id) = (call.caller()?, call.body()?, list_of(&call)?);
    if text.len() > TEXT_BYTES {
        return Err(Refusal::TooLong { name: "text", limit: TEXT_BYTES }.into());
    }
    let done = domain::add_words(call.messaging(), &caller, id, &text).await?;
    Ok(Answer::json(&WordImport::from(done)).target(title(&call, id)?))
}

async fn remove(call: Call) -> Result<Answer, Failure> {
    let (caller, RemoveWords { words }, id) = (call.caller()?, call.body()?, list_of(&call)?);
    let removed = domain::remove_words(call.messaging(), &caller, id, &words).await?;
    Ok(Answer::json(&RemovedWords { removed }).target(title(&call, id)?))
}

async fn clear(call: Call) -> Result<Answer, Failure> {
    let id = list_of(&call)?;
    let removed = domain::clear_words(call.messaging(), &call.caller()?, id).await?;
    Ok(Answer::json(&RemovedWords { removed }).target(title(&call, id)?))
}

/// The list's name, for the operation log.
fn title(call: &Call, list: i64) -> Result<String, Failure> {
    Ok(moderation::list(call.app()?, list)?.name.clone())
}

fn list_of(call: &Call) -> Result<i64, Refusal> {
    let unknown = |_| Refusal::Invalid { name: "id", why: "there is no such list".to_owned() };
    call.path("list").parse().map_err(unknown)
}

impl TryFrom<KeywordListForm> for ListForm {
    type Error = Refusal;

    fn try_from(form: KeywordListForm) -> Result<Self, Refusal> {
        let KeywordScope { r#type, tags } = form.scope;
        let scope = match r#type.as_str() {
            ALL => ListScope::All,
            TAGS => ListScope::Tags(tags),
            name => {
                let unknown =
                    || Refusal::Invalid { name: "scope", why: "no such chats".to_owned() };
                ListScope::Chats(ChatType::from_word(name).ok_or_else(unknown)?)
            }
        };
        Ok(Self {
            name: form.name,
            measure: form.measure,
            scope,
            whole_text: form.whole_text,
            ignore_case: form.ignore_case,
            normalise: form.normalise,
            enabled: form.enabled,
        })
    }
}

impl From<(&KeywordList, u64)> for KeywordListRow {
    fn from((list, words): (&KeywordList, u64)) -> Self {
        let (r#type, tags) = match &list.scope {
            ListScope::All => (ALL, Vec::new()),
            ListScope::Chats(chat) => (chat.word(), Vec::new()),
            ListScope::Tags(tags) => (TAGS, tags.clone()),
        };
        Self {
            id: list.id.to_string(),
            form: KeywordListForm {
                name: list.name.clone(),
                measure: list.measure,
                scope: KeywordScope { r#type: r#type.to_owned(), tags },
                whole_text: list.whole_text,
                ignore_case: list.ignore_case,
                normalise: list.normalise,
                enabled: list.enabled,
            },
            words,
            updated: list.updated,
        }
    }
}
