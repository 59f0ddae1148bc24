//! `/reaction/user/{user}`: reactions below messages. Client SDK and server API use the same calls.

use hongyan_messaging::reactions::{self, ListQuery, Reaction, ReactionUsers};
use hongyan_model::{ChatType, Conversation, Timestamp, UserId};
use serde_json::{Value, json};

use crate::answer::{Answer, Envelope};
use crate::call::{Area, Call};
use crate::endpoint::{Access, Routes};
use crate::errors::Failure;

/// Users on a page when the caller names no limit.
const PAGE: usize = 50;

pub(crate) fn routes() -> Routes {
    let mut routes = Routes::of(Area::Reactions, "Reactions and pins");
    routes
        .get("/reaction/user/{user}", list)
        .ids(&["E2"])
        .access(Access::Itself)
        .about(
            "Reads the reactions below up to 20 messages, as the user sees them",
            "查询最多 20 条消息的表情回复，以该用户的视角",
        )
        .query("{msgIdList: string, msgType?: 'chat' | 'groupchat', groupId?: string}")
        .answers(
            "{requestStatusCode: 'ok', data: {msgId: string, reactionList: {reactionId: string, \
             reaction: string, count: int, userCount: int, state: bool, userList: string[]}[]}[]}",
        );
    routes
        .post("/reaction/user/{user}", add)
        .ids(&["E1"])
        .access(Access::Itself)
        .about("Adds a reaction of the user to a message", "为消息添加用户的表情回复")
        .body("{msgId: string, message: string}")
        .answers(
            "{requestStatusCode: 'ok', data: {id: string, msgId: string, \
             msgType: 'chat' | 'groupchat', groupId: string | null, reaction: string, \
             createdAt: string, updatedAt: string}}",
        );
    routes
        .delete("/reaction/user/{user}", remove)
        .ids(&["E3"])
        .access(Access::Itself)
        .about("Takes a reaction of the user off a message", "移除用户对消息的表情回复")
        .query("{msgId: string, message: string}")
        .answers("{requestStatusCode: 'ok'}");
    routes
        .get("/reaction/user/{user}/detail", detail)
        .ids(&["E4"])
        .access(Access::Itself)
        .about(
            "Reads who has added a reaction to a message, the first first",
            "查询对消息添加了某个表情回复的用户，最早的在前",
        )
        .query(
            "{msgId: string, message: string, limit?: int(1..50), pageSize?: int(1..50), \
             cursor?: string, currentPage?: string}",
        )
        .answers(
            "{requestStatusCode: 'ok', data: {reactionId: string | null, reaction: string, \
             count: int, userCount: int, state: bool, userList: string[], cursor: string | null}}",
        );
    routes
}

async fn add(mut call: Call) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let fields = call.fields().await?;
    let (message, reaction) = (fields.required_text("msgId")?, fields.required_text("message")?);
    let user = call.path("user");
    let added = reactions::add(call.messaging(), &caller, user, &message, &reaction).await?;
    let (kind, group) = match &added.conversation {
        Conversation::Group(group) => ("groupchat", Some(group.to_string())),
        Conversation::Thread(thread) => ("groupchat", Some(thread.to_string())),
        _ => ("chat", None),
    };
    let at = iso(added.at);
    let data = json!({
        "id": added.id.to_string(),
        "msgId": added.message.to_string(),
        "msgType": kind,
        "groupId": group,
        "reaction": reaction,
        "createdAt": at,
        "updatedAt": at,
    });
    Ok(done().with("data", data).into())
}

async fn remove(call: Call) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let (message, reaction) = named(&call);
    let user = call.path("user");
    reactions::remove(call.messaging(), &caller, user, &message, &reaction).await?;
    Ok(done().into())
}

async fn list(call: Call) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let (user, query) = (call.path("user"), call.query());
    let ids = query.text("msgIdList").unwrap_or_default().split(',').map(str::trim);
    let is_group = query.text("msgType").is_some_and(|kind| kind.eq_ignore_ascii_case("groupchat"));
    let wanted = ListQuery {
        messages: ids.filter(|id| !id.is_empty()).map(str::to_owned).collect(),
        chat: if is_group { ChatType::Group } else { ChatType::Single },
        group: query.text("groupId").map(str::to_owned),
    };
    let rows = reactions::list(call.messaging(), &caller, user, &wanted).await?;
    let rows: Value = rows
        .iter()
        .map(|(message, reactions)| {
            let reactions = reactions.iter().map(row).collect::<Value>();
            json!({ "msgId": message, "reactionList": reactions })
        })
        .collect();
    Ok(done().with("data", rows).into())
}

async fn detail(call: Call) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let (message, reaction) = named(&call);
    let (user, query) = (call.path("user"), call.query());
    // The client SDK and the server API have words of their own.
    let limit = query.number("pageSize").or_else(|| query.number("limit")).unwrap_or(PAGE);
    let cursor = query.text("currentPage").or_else(|| query.text("cursor"));
    let found = (message.as_str(), reaction.as_str());
    let found = reactions::users_of(call.messaging(), &caller, user, found, cursor, limit).await?;
    let ReactionUsers { reaction: known, users } = found;
    let mut data = match &known {
        Some(known) => row(known),
        None => json!({
            "reactionId": null, "reaction": reaction, "count": 0, "userCount": 0, "state": false,
        }),
    };
    data["userList"] = users.items.iter().map(UserId::as_str).collect::<Value>();
    data["cursor"] = users.cursor.into();
    Ok(done().with("data", data).into())
}

/// The message and the reaction in the query. The SDK does not encode the latter, so a plus is one.
fn named(call: &Call) -> (String, String) {
    let message = call.query().text("msgId").unwrap_or_default().to_owned();
    (message, call.query().verbatim("message"))
}

fn row(reaction: &Reaction) -> Value {
    json!({
        "reactionId": reaction.id.to_string(),
        "reaction": reaction.reaction,
        "count": reaction.users,
        "userCount": reaction.users,
        "state": reaction.own,
        "userList": reaction.first.iter().map(UserId::as_str).collect::<Vec<_>>(),
    })
}

fn done() -> Envelope {
    Envelope::empty().with("requestStatusCode", "ok")
}

/// A moment as ISO 8601 in UTC.
pub(crate) fn iso(at: Timestamp) -> String {
    let (days, ms) = (at.div_euclid(86_400_000), at.rem_euclid(86_400_000));
    // Days from 0000-03-01, in which leap days come last: https://howardhinnant.github.io/date_algorithms.html
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let (seconds, ms) = (ms / 1000, ms % 1000);
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{ms:03}Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_written_in_utc() {
        assert_eq!(iso(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(iso(951_782_400_000), "2000-02-29T00:00:00.000Z");
        assert_eq!(iso(1_795_392_061_007), "2026-11-23T00:01:01.007Z");
        assert_eq!(iso(4_107_542_399_999), "2100-02-28T23:59:59.999Z");
    }
}
