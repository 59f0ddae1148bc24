//! Lists of keywords, and a look at a text that nobody sends. These endpoints have envelopes of their own.

use hongyan_messaging::NumberedPage;
use hongyan_messaging::moderation::{self, ListChange, ListQuery, Listed, TextCheck};
use hongyan_messaging::words::Word;
use hongyan_model::{App, ChatType, ListScope, Measure, ModerationRefusal, Outcome, Refusal};
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::call::{Area, Call};
use crate::endpoint::{Access, Routes};
use crate::errors::Failure;
use crate::fields::Fields;

/// Items of a page when the caller names no number.
pub(crate) const DEFAULT_SIZE: usize = 10;

/// What changes of a list say of it.
const LIST: &str = "{name: string(32), scope: 'ALL' | 'CHAT' | 'GROUP' | 'ROOM' | 'TAG', tagId?: string, \
                    disposition: 'PASS' | 'REJECT' | 'EXCHANGE', fullMatch?: bool, \
                    status?: 'ACTIVE' | 'CLOSE', userId?: string, textContexts?: string[200]}";
const ONE_LIST: &str = "{status: 'OK', entity: KeywordList}";

pub(crate) fn routes() -> Routes {
    let mut routes = Routes::of(Area::Moderation, "Moderation");
    routes
        .post("/moderation/txt/check", check)
        .ids(&["X4"])
        .access(Access::App)
        .about(
            "Examines a text that nobody sends, as one of a one-to-one chat",
            "审核一段并未发送的文本，规则与单聊相同",
        )
        .body("{content: string}")
        .answers_bare(
            "{code: int, data: {type: string, riskType: string, riskLabel: string, \
             exchangeText: string | null, sensitiveWords: string[]}, \
             meta: {timestamp: int, requestId: string}}",
        );
    routes
        .post("/moderation/text/list", create)
        .ids(&["X5"])
        .access(Access::App)
        .about("Makes a list of keywords", "创建关键词库")
        .body(LIST)
        .answers_bare(ONE_LIST);
    routes
        .post("/moderation/text/list/search", search)
        .ids(&["X7"])
        .access(Access::App)
        .about(
            "Finds lists of keywords by name and tag",
            "按名称和标签查询关键词库",
        )
        .body("{name?: string, tagId?: string, page?: int, size?: int(1..200)}")
        .answers_bare(
            "{status: 'OK', first: bool, last: bool, size: int, number: int, numberOfElements: int, \
             totalPages: int, totalElements: int, entities: KeywordList[]}",
        );
    routes
        .put("/moderation/text/list/{list}", change)
        .ids(&["X6"])
        .access(Access::App)
        .about(
            "Changes what a list of keywords is for and what it does",
            "修改关键词库的适用范围和处置方式",
        )
        .body(LIST)
        .answers_bare(ONE_LIST);
    routes
        .delete("/moderation/text/list/{list}", delete)
        .ids(&["X8"])
        .access(Access::App)
        .about("Deletes a list of keywords with its words", "删除关键词库及其中的词")
        .answers_bare("{status: 'OK'}");
    routes
        .post("/moderation/text/list/{list}/word", search_words)
        .ids(&["X11"])
        .access(Access::App)
        .about(
            "Finds words of a list that contain a text",
            "查询关键词库中包含某段文字的词",
        )
        .body("{word?: string, page?: int, size?: int(1..200)}")
        .answers_bare(
            "{status: 'OK', first: bool, last: bool, size: int, number: int, numberOfElements: int, \
             totalPages: int, totalElements: int, entities: ListedWord[]}",
        );
    routes
        .put("/moderation/text/list/{list}/word", change_word)
        .ids(&["X10"])
        .access(Access::App)
        .about("Changes a word of a list", "修改关键词库中的一个词")
        .body("{id: string, word: string(128), userId?: string}")
        .answers_bare("{status: 'OK', entity: ListedWord}");
    routes
        .delete("/moderation/text/list/{list}/word", remove_word)
        .ids(&["X12"])
        .access(Access::App)
        .about("Removes a word from a list", "删除关键词库中的一个词")
        .query("{wordId: string}")
        .answers_bare("{status: 'OK', entity: bool}");
    routes
        .post("/moderation/text/list/{list}/word/batch", add_words)
        .ids(&["X9"])
        .access(Access::App)
        .about("Adds up to 100 words to a list", "向关键词库添加最多 100 个词")
        .body("{wordContents: string[1..100], userId?: string}")
        .answers_bare(ONE_LIST);
    routes
        .delete("/moderation/text/list/{list}/word/batch", remove_words)
        .ids(&["X13"])
        .access(Access::App)
        .about(
            "Removes up to 100 words from a list; 0 says that it is done",
            "从关键词库删除最多 100 个词；返回 0 表示完成",
        )
        .body("{wordIds: string[1..100]}")
        .answers_bare("{status: 'OK', entity: int}");
    routes
}

async fn check(mut call: Call) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let content = call.fields().await?.text("content")?.unwrap_or_default();
    let checked = moderation::check(call.messaging(), &caller, &content).await?;
    let (kind, risk, label) = judgement(&checked);
    Ok(Answer::Bare(json!({
        "code": 200,
        "data": {
            "type": kind,
            "riskType": risk,
            "riskLabel": label,
            "exchangeText": checked.masked,
            "sensitiveWords": checked.words,
        },
        "meta": { "timestamp": call.messaging().clock().now(), "requestId": "" },
    })))
}

/// Type, risk and its label, in the words of the documents where they have some.
fn judgement(checked: &TextCheck) -> (&'static str, &str, &str) {
    let (risk, label) = match checked.outcome {
        Outcome::Pass => ("无风险", "NONE"),
        Outcome::Failed => ("未知", "UNKNOWN"),
        Outcome::Suspect | Outcome::Reject if checked.by_words => ("违禁", "BAN"),
        Outcome::Suspect | Outcome::Reject => {
            let label = if checked.risk.is_empty() { "UNKNOWN" } else { checked.risk.as_str() };
            (if checked.detail.is_empty() { label } else { checked.detail.as_str() }, label)
        }
    };
    (checked.outcome.word(), risk, label)
}

async fn create(mut call: Call) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let fields = call.fields().await?;
    let words = fields.texts("textContexts")?.unwrap_or_default();
    let (new, by) = (list_change(&fields)?, fields.text("userId")?);
    let (m, by) = (call.messaging(), by.as_deref());
    let (list, words) = moderation::create_list(m, &caller, new, &words, by).await?;
    Ok(entity(list_with_words(&caller.app, &list, &words)))
}

async fn change(mut call: Call) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let fields = call.fields().await?;
    let (id, change) = (list_id(&call)?, list_change(&fields)?);
    let list = moderation::change_list(call.messaging(), &caller, id, change).await?;
    Ok(entity(shown_list(&caller.app, &list)))
}

async fn search(mut call: Call) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let fields = call.fields().await?;
    let text = |name| Ok::<_, Refusal>(fields.text(name)?.filter(|text| !text.is_empty()));
    let query = ListQuery { name: text("name")?, tag: text("tagId")? };
    let place = place(&fields)?;
    let page = moderation::find_lists(call.messaging(), &caller, &query, place).await?;
    Ok(numbered(&page, |list| shown_list(&caller.app, list)))
}

async fn delete(call: Call) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    moderation::remove_list(call.messaging(), &caller, list_id(&call)?).await?;
    Ok(Answer::Bare(json!({ "status": "OK" })))
}

async fn add_words(mut call: Call) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let fields = call.fields().await?;
    let words = fields.texts("wordContents")?.unwrap_or_default();
    let (id, by) = (list_id(&call)?, fields.text("userId")?);
    let (m, by) = (call.messaging(), by.as_deref());
    let (list, words) = moderation::add_listed_words(m, &caller, id, &words, by).await?;
    Ok(entity(list_with_words(&caller.app, &list, &words)))
}

async fn change_word(mut call: Call) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let fields = call.fields().await?;
    let (list, by) = (list_id(&call)?, fields.text("userId")?);
    let (id, word) = (fields.required_text("id")?, fields.required_text("word")?);
    let (m, by) = (call.messaging(), by.as_deref());
    let word = moderation::change_word(m, &caller, list, &id, &word, by).await?;
    Ok(entity(shown_word(&caller.app, list, &word)))
}

async fn search_words(mut call: Call) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let fields = call.fields().await?;
    let (list, search) = (list_id(&call)?, fields.text("word")?.unwrap_or_default());
    let (m, place) = (call.messaging(), place(&fields)?);
    let page = moderation::search_words(m, &caller, list, &search, place).await?;
    Ok(numbered(&page, |word| shown_word(&caller.app, list, word)))
}

async fn remove_word(call: Call) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let id = call.query().text("wordId").ok_or(Refusal::Missing { name: "wordId" })?;
    let (list, ids) = (list_id(&call)?, [id.to_owned()]);
    let removed = moderation::remove_listed_words(call.messaging(), &caller, list, &ids).await?;
    Ok(entity((removed > 0).into()))
}

async fn remove_words(mut call: Call) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let ids = call.fields().await?.texts("wordIds")?.unwrap_or_default();
    let list = list_id(&call)?;
    let removed = moderation::remove_listed_words(call.messaging(), &caller, list, &ids).await?;
    // A number that is no count: 0 says that it was done.
    Ok(entity(u8::from(removed == 0).into()))
}

fn list_id(call: &Call) -> Result<i64, Refusal> {
    call.path("list").parse().map_err(|_| ModerationRefusal::ListNotFound.into())
}

fn list_change(fields: &Fields) -> Result<ListChange, Refusal> {
    let scope = match fields.required_text("scope")?.as_str() {
        "ALL" => ListScope::All,
        "CHAT" => ListScope::Chats(ChatType::Single),
        "GROUP" => ListScope::Chats(ChatType::Group),
        "ROOM" => ListScope::Chats(ChatType::Room),
        "TAG" => {
            let tags = fields.required_text("tagId")?;
            ListScope::Tags(tags.split(',').map(|tag| tag.trim().to_owned()).collect())
        }
        _ => return Err(one_of("scope", "ALL, CHAT, GROUP, ROOM, TAG")),
    };
    let measure = match fields.required_text("disposition")?.as_str() {
        "PASS" => Measure::Pass,
        "REJECT" => Measure::Block,
        "EXCHANGE" => Measure::Replace,
        _ => return Err(one_of("disposition", "PASS, REJECT, EXCHANGE")),
    };
    let enabled = match fields.text("status")?.as_deref() {
        None | Some("") => None,
        Some("ACTIVE") => Some(true),
        Some("CLOSE") => Some(false),
        Some(_) => return Err(one_of("status", "ACTIVE, CLOSE")),
    };
    Ok(ListChange {
        name: fields.required_text("name")?,
        measure,
        scope,
        whole_text: fields.flag("fullMatch")?.unwrap_or_default(),
        enabled,
    })
}

fn one_of(name: &'static str, known: &str) -> Refusal {
    Refusal::Invalid { name, why: format!("must be one of {known}") }
}

/// Number and size of a page, in the body.
fn place(fields: &Fields) -> Result<(usize, usize), Refusal> {
    let number = |given: Option<u64>, default| {
        given.map_or(default, |given| usize::try_from(given).unwrap_or(usize::MAX))
    };
    Ok((number(fields.number("page")?, 0), number(fields.number("size")?, DEFAULT_SIZE)))
}

fn entity(entity: Value) -> Answer {
    Answer::Bare(json!({ "status": "OK", "entity": entity }))
}

/// A page with its figures.
pub(crate) fn numbered<T>(page: &NumberedPage<T>, shown: impl FnMut(&T) -> Value) -> Answer {
    let entities: Vec<Value> = page.items.iter().map(shown).collect();
    Answer::Bare(json!({
        "status": "OK",
        "first": page.number == 0,
        "last": page.is_last(),
        "size": page.size,
        "number": page.number,
        "numberOfElements": entities.len(),
        "totalPages": page.pages(),
        "totalElements": page.total,
        "entities": entities,
    }))
}

fn shown_list(app: &App, Listed { list, words }: &Listed) -> Value {
    let (scope, tag) = match &list.scope {
        ListScope::All => ("ALL", Value::Null),
        ListScope::Chats(ChatType::Single) => ("CHAT", Value::Null),
        ListScope::Chats(ChatType::Group) => ("GROUP", Value::Null),
        ListScope::Chats(ChatType::Room) => ("ROOM", Value::Null),
        ListScope::Tags(tags) => ("TAG", tags.join(",").into()),
    };
    let disposition = match list.measure {
        Measure::Pass => "PASS",
        Measure::Block => "REJECT",
        Measure::Replace => "EXCHANGE",
    };
    // Ids of lists from before the time was kept are their time.
    let created = if list.created == 0 { list.id } else { list.created };
    json!({
        "id": list.id.to_string(),
        "name": list.name,
        "moderationId": app.uuid,
        "appkey": app.key(),
        "category": "DEFAULT",
        "scope": scope,
        "tagId": tag,
        "fullMatch": list.whole_text,
        "suggestion": disposition,
        "disposition": disposition,
        "quantity": words,
        "status": if list.enabled { "ACTIVE" } else { "CLOSE" },
        "createDataTime": created,
        "updateDataTime": list.updated,
    })
}

fn list_with_words(app: &App, list: &Listed, words: &[Word]) -> Value {
    let mut shown = shown_list(app, list);
    shown["textList"] = words.iter().map(|word| shown_word(app, list.list.id, word)).collect();
    shown
}

fn shown_word(app: &App, list: i64, word: &Word) -> Value {
    json!({
        "id": word.id.to_string(),
        "appId": app.uuid,
        "word": word.word,
        "userId": word.by,
        "listId": list.to_string(),
        "status": true,
        "createDateTime": word.added,
        "updateDateTime": word.updated,
    })
}
