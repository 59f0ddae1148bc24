//! 敏感词: the app's words, what becomes of messages that hold one, and which did.

use hongyan_messaging::Page;
use hongyan_messaging::words::{self, HitFilter};
use hongyan_model as model;
use hongyan_model::{App, ChatType, Feature, Refusal, Timestamp};
use hongyan_platform::roles::Permission;
use http::Method;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::answer::Answer;
use crate::call::Call;
use crate::endpoint::{Access, Routes, write};
use crate::errors::Failure;
use crate::page::PageQuery;

const READ: Access = Access::App(Permission::ModerationRead);
const WRITE: Access = Access::App(Permission::ModerationWrite);
/// Bytes of a list of words in one call.
pub(crate) const TEXT_BYTES: usize = 2 * 1024 * 1024;

pub(crate) fn routes() -> Routes {
    const WORDS: &str = "/apps/{org}/{app}/sensitive-words/words";
    let of_words = |action: &'static str| write("sensitive_words", action);
    Routes::default()
        .get("/apps/{org}/{app}/sensitive-words", READ, overview)
        .write(
            Method::PUT,
            "/apps/{org}/{app}/sensitive-words/settings",
            WRITE,
            of_words("set"),
            set,
        )
        .get(WORDS, READ, list)
        .write(Method::POST, WORDS, WRITE, of_words("add"), add)
        .write(
            Method::POST,
            "/apps/{org}/{app}/sensitive-words/remove",
            WRITE,
            of_words("remove"),
            remove,
        )
        .write(
            Method::POST,
            "/apps/{org}/{app}/sensitive-words/clear",
            WRITE,
            of_words("clear"),
            clear,
        )
        .write(Method::POST, "/apps/{org}/{app}/sensitive-words/test", READ, of_words("test"), test)
        .get("/apps/{org}/{app}/sensitive-words/hits", READ, hits)
}

/// What becomes of a message with a word.
#[derive(Clone, Copy, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export_to = "sensitiveWords.ts")]
pub(crate) enum WordPolicy {
    /// 发送端不能发送.
    Block,
    /// 接收端使用***代替.
    Replace,
    /// 放行并记录.
    Record,
}

/// How messages are searched.
#[derive(Serialize, Deserialize, TS)]
#[ts(export_to = "sensitiveWords.ts")]
pub(crate) struct WordSettings {
    enabled: bool,
    policy: WordPolicy,
    ignore_case: bool,
    /// Full width is half width, traditional characters are simplified ones, symbols between characters do not count.
    normalise: bool,
    /// Of `chat`, `groupchat`, `chatroom`.
    scopes: Vec<String>,
}

/// The page.
#[derive(Serialize, TS)]
#[ts(export_to = "sensitiveWords.ts")]
pub(crate) struct SensitiveWords {
    /// Whether the app's plan has it.
    included: bool,
    settings: WordSettings,
    words: u64,
    /// How many there may be; `null`: any number.
    most: Option<u64>,
}

/// A word.
#[derive(Serialize, TS)]
#[ts(export_to = "sensitiveWords.ts")]
pub(crate) struct WordRow {
    word: String,
    added: Timestamp,
}

/// A page of words.
#[derive(Serialize, TS)]
#[ts(export_to = "sensitiveWords.ts")]
pub(crate) struct WordPage {
    items: Vec<WordRow>,
    cursor: Option<String>,
}

/// Words, one in each line.
#[derive(Deserialize, TS)]
#[ts(export_to = "sensitiveWords.ts")]
pub(crate) struct WordText {
    pub(crate) text: String,
}

/// What became of words that were to be added.
#[derive(Serialize, TS)]
#[ts(export_to = "sensitiveWords.ts")]
pub(crate) struct WordImport {
    added: usize,
    duplicate: usize,
    too_long: usize,
    over_limit: usize,
}

/// Words to be removed.
#[derive(Deserialize, TS)]
#[ts(export_to = "sensitiveWords.ts")]
pub(crate) struct RemoveWords {
    pub(crate) words: Vec<String>,
}

/// How many were removed.
#[derive(Serialize, TS)]
#[ts(export_to = "sensitiveWords.ts")]
pub(crate) struct RemovedWords {
    pub(crate) removed: u64,
}

/// A word in a text.
#[derive(Serialize, TS)]
#[ts(export_to = "sensitiveWords.ts")]
pub(crate) struct FoundWord {
    word: String,
    /// In characters.
    start: usize,
    /// In characters.
    end: usize,
}

/// What would become of a text.
#[derive(Serialize, TS)]
#[ts(export_to = "sensitiveWords.ts")]
pub(crate) struct WordTest {
    /// `pass`: nothing was found.
    #[ts(type = "\"pass\" | WordPolicy")]
    verdict: &'static str,
    result: String,
    hits: Vec<FoundWord>,
    /// How long the look took, in microseconds.
    micros: u64,
}

/// A message that held words.
#[derive(Serialize, TS)]
#[ts(export_to = "sensitiveWords.ts")]
pub(crate) struct WordHit {
    id: String,
    time: Timestamp,
    sender: String,
    target: String,
    chat_type: &'static str,
    text: String,
    words: Vec<String>,
    verdict: WordPolicy,
    /// A new content of a message.
    edit: bool,
}

/// A page of them, the newest first.
#[derive(Serialize, TS)]
#[ts(export_to = "sensitiveWords.ts")]
pub(crate) struct WordHits {
    items: Vec<WordHit>,
    cursor: Option<String>,
}

/// Which hits a list shows.
#[derive(Deserialize, Default)]
#[serde(default)]
struct HitQuery {
    sender: String,
    verdict: String,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
    cursor: Option<String>,
    limit: Option<usize>,
}

async fn overview(call: Call) -> Result<Answer, Failure> {
    let app = call.app()?;
    shown(&call, app).await
}

async fn set(call: Call) -> Result<Answer, Failure> {
    let (caller, given) = (call.caller()?, call.body::<WordSettings>()?);
    let mut scopes = Vec::new();
    for name in &given.scopes {
        let unknown = || Refusal::Invalid { name: "scopes", why: "no such chat".to_owned() };
        scopes.push(ChatType::from_word(name).ok_or_else(unknown)?);
    }
    let wanted = model::WordSettings {
        policy: given.policy.into(),
        ignore_case: given.ignore_case,
        normalise: given.normalise,
        scopes,
        version: 0,
    };
    let app = words::set(call.messaging(), &caller, given.enabled, wanted).await?;
    shown(&call, &app).await
}

async fn shown(call: &Call, app: &App) -> Result<Answer, Failure> {
    let feature = Feature::SensitiveWords;
    let settings = &app.settings.words;
    Ok(Answer::json(&SensitiveWords {
        included: app.includes(feature),
        settings: WordSettings {
            enabled: app.enabled(feature),
            policy: settings.policy.into(),
            ignore_case: settings.ignore_case,
            normalise: settings.normalise,
            scopes: settings.scopes.iter().map(|chat| chat.word().to_owned()).collect(),
        },
        words: words::count(call.messaging(), &call.caller()?).await?,
        most: app.quota(Feature::SensitiveWordsMax),
    }))
}

async fn list(call: Call) -> Result<Answer, Failure> {
    let (caller, query) = (call.caller()?, call.query::<PageQuery>()?);
    let (search, cursor) = (query.search(), query.cursor.as_deref());
    let page = words::list(call.messaging(), &caller, search, cursor, query.limit()).await?;
    Ok(Answer::json(&WordPage::from(page)))
}

async fn add(call: Call) -> Result<Answer, Failure> {
    let (caller, WordText { text }) = (call.caller()?, call.body()?);
    if text.len() > TEXT_BYTES {
        return Err(Refusal::TooLong { name: "text", limit: TEXT_BYTES }.into());
    }
    let done = words::add(call.messaging(), &caller, &text).await?;
    Ok(Answer::json(&WordImport::from(done)))
}

async fn remove(call: Call) -> Result<Answer, Failure> {
    let (caller, RemoveWords { words: given }) = (call.caller()?, call.body()?);
    let removed = words::remove(call.messaging(), &caller, &given).await?;
    Ok(Answer::json(&RemovedWords { removed }))
}

async fn clear(call: Call) -> Result<Answer, Failure> {
    let removed = words::clear(call.messaging(), &call.caller()?).await?;
    Ok(Answer::json(&RemovedWords { removed }))
}

async fn test(call: Call) -> Result<Answer, Failure> {
    let (caller, WordText { text }) = (call.caller()?, call.body()?);
    let test = words::test(call.messaging(), &caller, &text).await?;
    let found = test.found.into_iter();
    Ok(Answer::json(&WordTest {
        verdict: test.verdict.map_or("pass", model::WordPolicy::key),
        result: test.result,
        hits: found
            .map(|words::FoundWord { word, start, end }| FoundWord { word, start, end })
            .collect(),
        micros: u64::try_from(test.took.as_micros()).unwrap_or(u64::MAX),
    }))
}

async fn hits(call: Call) -> Result<Answer, Failure> {
    let (caller, query) = (call.caller()?, call.query::<HitQuery>()?);
    let some = |text: &str| Some(text.trim().to_lowercase()).filter(|text| !text.is_empty());
    let verdict = match query.verdict.as_str() {
        "" => None,
        key => Some(model::WordPolicy::from_key(key).ok_or_else(|| Refusal::Invalid {
            name: "verdict",
            why: "block, replace or record".to_owned(),
        })?),
    };
    let filter = HitFilter { sender: some(&query.sender), verdict, from: query.from, to: query.to };
    let (cursor, limit) = (query.cursor.as_deref(), query.limit.unwrap_or(20));
    let page = words::hits(call.messaging(), &caller, &filter, cursor, limit).await?;
    let items = page.items.into_iter().map(WordHit::from).collect();
    Ok(Answer::json(&WordHits { items, cursor: page.cursor }))
}

impl From<Page<words::Word>> for WordPage {
    fn from(page: Page<words::Word>) -> Self {
        let row = |word: words::Word| WordRow { word: word.word, added: word.added };
        Self { items: page.items.into_iter().map(row).collect(), cursor: page.cursor }
    }
}

impl From<words::WordImport> for WordImport {
    fn from(done: words::WordImport) -> Self {
        let words::WordImport { added, duplicate, too_long, over_limit } = done;
        Self { added, duplicate, too_long, over_limit }
    }
}

impl From<words::WordHit> for WordHit {
    fn from(hit: words::WordHit) -> Self {
        Self {
            id: hit.id.to_string(),
            time: hit.time,
            sender: hit.sender.to_string(),
            target: hit.target,
            chat_type: hit.chat.word(),
            text: hit.text,
            words: hit.words,
            verdict: hit.verdict.into(),
            edit: hit.edit,
        }
    }
}

impl From<model::WordPolicy> for WordPolicy {
    fn from(policy: model::WordPolicy) -> Self {
        match policy {
            model::WordPolicy::Block => Self::Block,
            model::WordPolicy::Replace => Self::Replace,
            model::WordPolicy::Record => Self::Record,
        }
    }
}

impl From<WordPolicy> for model::WordPolicy {
    fn from(policy: WordPolicy) -> Self {
        match policy {
            WordPolicy::Block => Self::Block,
            WordPolicy::Replace => Self::Replace,
            WordPolicy::Record => Self::Record,
        }
    }
}
