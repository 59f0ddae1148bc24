//! The list of a user's conversations; pins and marks.

use hongyan_messaging::conversations::{self, ListQuery, Listed, Marking, Pinned, Selection};
use hongyan_messaging::messages;
use hongyan_model::{App, ChatType, Refusal};
use serde_json::{Value, json};

use crate::answer::{Answer, Envelope};
use crate::call::{Area, Call};
use crate::endpoint::{Access, Routes};
use crate::errors::Failure;
use crate::fields::Fields;
use crate::rates::Rate;

/// Conversations on a page when the caller names no number.
const PAGE: usize = 20;
/// Conversations that the oldest call returns, which knows no pages.
const ALL: usize = 100;
/// A page of the list.
const LISTED: &str = "{data: {channel_infos: {session_to: string, \
                      session_type: 'chat' | 'groupchat', is_top: bool, \
                      update_top_status_time: int, unread_num: int, marks: string[], \
                      meta: {id?: string, from?: string, to?: string, timestamp?: int, \
                      payload?: string}}[], cursor: string}, count: int}";

pub(crate) fn routes() -> Routes {
    let mut routes = Routes::of(Area::Conversations, "Conversations");
    // The server API says `/users` of some, the client SDK `/user` of others.
    for path in [
        "/users/{user}/user_channels",
        "/user/{user}/user_channels",
        "/users/{user}/user_channels/page",
    ] {
        let endpoint = routes
            .get(path, numbered)
            .access(Access::Itself)
            .about(
                "Reads the user's conversations by the number of the page, as older SDKs ask",
                "按页码查询用户的会话，供旧版 SDK 使用",
            )
            .query("{pageNum?: int, pageSize?: int(1..100)}")
            .answers(
                "{data: {channel_infos: {channel_id: string, unread_num: int, meta: {id?: string, \
                 from?: string, to?: string, timestamp?: int, payload?: string}}[]}, count: int}",
            );
        if !path.ends_with("/page") {
            endpoint.ids(&["M13"]).rate_of_user(Rate::each_minute(5));
        }
    }
    routes
        .get("/sdk/user/{user}/user_channels/list", list)
        .access(Access::Itself)
        .about(
            "Reads the user's conversations, the newest message first, or the pinned ones, the \
             newest pin first",
            "查询用户的会话，最新消息的在前；或查询置顶会话，最近置顶的在前",
        )
        .query("{is_top?: bool, needEmptySession?: bool, limit?: int(1..100), cursor?: string}")
        .answers(LISTED);
    routes
        .get("/sdk/user/{user}/user_channels/mark/search", search)
        .access(Access::Itself)
        .about("Reads the user's conversations that have a mark", "查询用户带有某个标记的会话")
        .query("{mark: string, limit?: int(1..100), cursor?: string}")
        .answers(LISTED);
    routes
        .post("/sdk/user/{user}/user_channels/mark", mark)
        .access(Access::Itself)
        .about(
            "Puts a mark on conversations of the user, and names those that it does not have",
            "为用户的会话添加标记，并列出用户没有的会话",
        )
        .body("{mark: string, targets: {to: string, type: 'chat' | 'groupchat'}[1..CONVERSATION_BATCH]}")
        .answers("{data: {ignore: {to: string, type: 'chat' | 'groupchat'}[]}}");
    routes
        .delete("/sdk/user/{user}/user_channels/mark", unmark)
        .access(Access::Itself)
        .about(
            "Takes a mark off conversations of the user, and names those that it does not have",
            "移除用户会话的标记，并列出用户没有的会话",
        )
        .body("{mark: string, targets: {to: string, type: 'chat' | 'groupchat'}[1..CONVERSATION_BATCH]}")
        .answers("{data: {ignore: {to: string, type: 'chat' | 'groupchat'}[]}}");
    routes
        .post("/sdk/user/{user}/user_channel/top", pin)
        .access(Access::Itself)
        .about("Pins one of the user's conversations", "置顶用户的一个会话")
        .body("{to: string, type: 'chat' | 'groupchat'}")
        .answers("{data: {is_top: bool, update_top_status_time: int}}");
    routes
        .delete("/sdk/user/{user}/user_channel/top", unpin)
        .access(Access::Itself)
        .about("Unpins one of the user's conversations", "取消置顶用户的一个会话")
        .query("{to: string, type: 'chat' | 'groupchat'}")
        .answers("{data: {is_top: bool, update_top_status_time: int}}");
    for path in ["/users/{user}/user_channel", "/user/{user}/user_channel"] {
        routes
            .delete(path, remove)
            .ids(&["M12"])
            .access(Access::Itself)
            .rate_of_user(Rate::each_minute(5))
            .about(
                "Takes a conversation off the user's list, with its history if that is asked for",
                "将会话移出用户的会话列表，可一并删除其历史消息",
            )
            .body("{channel: string, type: 'chat' | 'groupchat', delete_roam: bool}")
            .answers("{data: {result: 'ok'}}");
    }
    routes
}

async fn list(call: Call) -> Result<Answer, Failure> {
    let query = call.query();
    let pinned = query.flag("is_top");
    let selection = if pinned { Selection::Pinned } else { Selection::All };
    page(&call, selection, query.flag("needEmptySession")).await
}

/// A mark is a reason to be found, whether there is anything to read or not.
async fn search(call: Call) -> Result<Answer, Failure> {
    let mark = mark_number(call.query().text("mark"))?;
    page(&call, Selection::Marked(mark), true).await
}

async fn page(call: &Call, selection: Selection, with_empty: bool) -> Result<Answer, Failure> {
    let (limit, cursor) = call.page(PAGE);
    let query = ListQuery { selection, with_empty, limit, cursor };
    let page =
        conversations::page(call.messaging(), &call.caller()?, call.path("user"), query).await?;
    let rows: Value = page.items.iter().map(row).collect();
    let data = json!({ "channel_infos": rows, "cursor": page.cursor.unwrap_or_default() });
    Ok(Envelope::data(data).count(page.items.len()).into())
}

fn row(listed: &Listed) -> Value {
    let kind = if listed.chat == ChatType::Single { "chat" } else { "groupchat" };
    let marks: Vec<String> = listed.marks.iter().map(|mark| format!("mark_{mark}")).collect();
    json!({
        "session_to": listed.name,
        "session_type": kind,
        "is_top": listed.pinned.is_some(),
        "update_top_status_time": listed.pinned.unwrap_or_default(),
        "unread_num": listed.unread,
        "marks": marks,
        "meta": last_message(listed),
    })
}

/// The newest message, its payload as text; `{}` if there is none.
fn last_message(listed: &Listed) -> Value {
    let Some(mut message) = listed.last.as_ref().and_then(messages::to_json) else {
        return json!({});
    };
    message["payload"] = message["payload"].to_string().into();
    message
}

/// As older builds of the SDK ask for it: all at once, or by the number of the page.
async fn numbered(call: Call) -> Result<Answer, Failure> {
    let query = call.query();
    let number = query.number("pageNum").unwrap_or(1);
    let size = query.number("pageSize").unwrap_or(ALL);
    let user = call.path("user");
    let listed =
        conversations::numbered(call.messaging(), &call.caller()?, user, number, size).await?;
    let rows = listed.iter().map(|listed| old_row(call.app(), listed));
    let data = json!({ "channel_infos": rows.collect::<Value>() });
    Ok(Envelope::data(data).count(listed.len()).into())
}

fn old_row(app: &App, listed: &Listed) -> Value {
    let domain =
        if listed.chat == ChatType::Single { "easemob.com" } else { "conference.easemob.com" };
    json!({
        "channel_id": format!("{}_{}@{domain}", app.key(), listed.name),
        "unread_num": listed.unread,
        "meta": last_message(listed),
    })
}

async fn pin(mut call: Call) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let fields = call.fields().await?;
    let (chat, name) = (chat_type(&fields.required_text("type")?)?, fields.required_text("to")?);
    let user = call.path("user");
    let pinned = conversations::pin(call.messaging(), &caller, user, (chat, &name)).await?;
    Ok(top(pinned))
}

async fn unpin(call: Call) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let given = |name| call.query().text(name).ok_or(Refusal::Missing { name });
    let (chat, name) = (chat_type(given("type")?)?, given("to")?);
    let user = call.path("user");
    let pinned = conversations::unpin(call.messaging(), &caller, user, (chat, name)).await?;
    Ok(top(pinned))
}

fn top(Pinned(since): Pinned) -> Answer {
    let data = json!({
        "is_top": since.is_some(),
        "update_top_status_time": since.unwrap_or_default(),
    });
    Envelope::data(data).into()
}

async fn mark(mut call: Call) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let marking = marking(&call.fields().await?)?;
    let user = call.path("user");
    let ignored = conversations::mark(call.messaging(), &caller, user, &marking).await?;
    Ok(ignoring(&ignored))
}

async fn unmark(mut call: Call) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let marking = marking(&call.fields().await?)?;
    let user = call.path("user");
    let ignored = conversations::unmark(call.messaging(), &caller, user, &marking).await?;
    Ok(ignoring(&ignored))
}

fn marking(fields: &Fields) -> Result<Marking, Refusal> {
    let mark = mark_number(fields.text("mark")?.as_deref())?;
    let illegal = || Refusal::Invalid { name: "targets", why: "not a list of targets".into() };
    let targets = fields.value("targets").ok_or(Refusal::Missing { name: "targets" })?;
    let target = |target: &Value| {
        let fields = Fields::new(target.as_object().ok_or_else(illegal)?.clone());
        Ok((chat_type(&fields.required_text("type")?)?, fields.required_text("to")?))
    };
    let conversations = targets.as_array().ok_or_else(illegal)?.iter().map(target);
    Ok(Marking { mark, conversations: conversations.collect::<Result<_, Refusal>>()? })
}

fn ignoring(ignored: &[(ChatType, String)]) -> Answer {
    let ignored = ignored.iter().map(|(chat, name)| {
        let kind = if *chat == ChatType::Single { "chat" } else { "groupchat" };
        json!({ "to": name, "type": kind })
    });
    Envelope::data(json!({ "ignore": ignored.collect::<Value>() })).into()
}

async fn remove(mut call: Call) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let fields = call.fields().await?;
    let name = fields.required_text("channel")?;
    let chat = chat_type(&fields.required_text("type")?)?;
    let history = fields.flag("delete_roam")?.ok_or(Refusal::Missing { name: "delete_roam" })?;
    let user = call.path("user");
    conversations::delete(call.messaging(), &caller, user, (chat, &name), history).await?;
    Ok(Envelope::data(json!({ "result": "ok" })).into())
}

/// `chat`, or `groupchat` in the spellings that clients use.
fn chat_type(word: &str) -> Result<ChatType, Refusal> {
    match word.to_ascii_lowercase().as_str() {
        "chat" => Ok(ChatType::Single),
        "groupchat" => Ok(ChatType::Group),
        _ => Err(Refusal::Invalid { name: "type", why: format!("unknown type {word:.20}") }),
    }
}

/// The number of `mark_<n>`; the domain knows how many there are.
fn mark_number(mark: Option<&str>) -> Result<u8, Refusal> {
    let mark = mark.filter(|mark| !mark.is_empty()).ok_or(Refusal::Missing { name: "mark" })?;
    let number = mark.strip_prefix("mark_").and_then(|number| number.parse().ok());
    number.ok_or_else(|| Refusal::Invalid { name: "mark", why: format!("unknown mark {mark:.20}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_clients_are_read() {
        for (word, chat) in [
            ("chat", ChatType::Single),
            ("groupchat", ChatType::Group),
            ("groupChat", ChatType::Group),
        ] {
            assert_eq!(chat_type(word), Ok(chat));
        }
        assert!(chat_type("chatroom").is_err());
        assert_eq!(mark_number(Some("mark_19")), Ok(19));
        assert_eq!(mark_number(None), Err(Refusal::Missing { name: "mark" }));
        assert_eq!(mark_number(Some("")), Err(Refusal::Missing { name: "mark" }));
        for bad in ["mark_", "mark_x", "3", "mark_999"] {
            assert!(matches!(mark_number(Some(bad)), Err(Refusal::Invalid { name: "mark", .. })));
        }
    }
}
