//! `/users/{user}/notification`: when, of what and in which language users are notified.

use hongyan_messaging::push_settings::{
    self, Peer, PeerKind, Rule, RuleChange, interval_text, remind_word,
};
use hongyan_model::Refusal;
use serde_json::{Map, Value, json};

use crate::answer::{Answer, Envelope};
use crate::call::{Area, Call};
use crate::endpoint::{Access, Routes};
use crate::errors::Failure;

/// Conversations on a page when the caller names no limit.
const PAGE: usize = 10;
/// What a change of a rule may hold.
const RULE_CHANGE: &str = "{type?: 'DEFAULT' | 'ALL' | 'AT' | 'NONE', ignoreDuration?: int, \
                           ignoreInterval?: string}";

pub(crate) fn routes() -> Routes {
    let mut routes = Routes::of(Area::Push, "Push settings");
    routes
        .get("/users/{user}/notification", rules)
        .access(Access::Itself)
        .about(
            "Reads the push rules of up to 20 conversations, named in comma lists, as far as they \
             have rules of their own",
            "查询最多 20 个会话的推送设置，会话以逗号分隔；仅返回单独设置过的",
        )
        .query("{user?: string, group?: string}")
        .answers("{data: {user: {[key]: Rule}, group: {[key]: Rule}}}");
    routes
        .get("/users/{user}/notification/user/{peer}", rule_with_user)
        .ids(&["N6"])
        .access(Access::Itself)
        .about(
            "Reads the push rule of a one-to-one chat, or the general one, whose peer is the user",
            "查询单聊的推送设置；对方为用户自己时，为全局设置",
        )
        .answers("{data: Rule}");
    routes
        .put("/users/{user}/notification/user/{peer}", set_rule_with_user)
        .ids(&["N5"])
        .access(Access::Itself)
        .about(
            "Sets the push rule of a one-to-one chat, or the general one, whose peer is the user",
            "修改单聊的推送设置；对方为用户自己时，为全局设置",
        )
        .body(RULE_CHANGE)
        .answers("{data: Rule}");
    routes
        .get("/users/{user}/notification/chatgroup/{peer}", rule_of_muc)
        .ids(&["N6"])
        .access(Access::Itself)
        .about("Reads the push rule of a group or room", "查询群组或聊天室的推送设置")
        .answers("{data: Rule}");
    routes
        .put("/users/{user}/notification/chatgroup/{peer}", set_rule_of_muc)
        .ids(&["N5"])
        .access(Access::Itself)
        .about("Sets the push rule of a group or room", "修改群组或聊天室的推送设置")
        .body(RULE_CHANGE)
        .answers("{data: Rule}");
    routes
        .get("/users/{user}/notification/language", language)
        .ids(&["N8"])
        .access(Access::Itself)
        .about(
            "Reads the language into which texts are translated for notifications",
            "查询推送通知的翻译语言",
        )
        .answers("{data: {language: string}}");
    routes
        .put("/users/{user}/notification/language", set_language)
        .ids(&["N7"])
        .access(Access::Itself)
        .about(
            "Sets the language into which texts are translated for notifications; empty is none",
            "设置推送通知的翻译语言；空字符串表示不翻译",
        )
        .body("{translationLanguage: string(64)}")
        .answers("{data: {language: string}}");
    routes
        .get("/users/{user}/notification/mute/type", reminding)
        .access(Access::Itself)
        .about(
            "Reads the conversations of which the user is notified otherwise than in general",
            "查询用户推送方式与全局设置不同的会话",
        )
        .query("{limit?: int(1..50), cursor?: string}")
        .answers(
            "{data: ({user: string, value: string} | {group: string, value: string})[], \
             cursor?: string}",
        );
    routes
}

async fn rule_with_user(call: Call) -> Result<Answer, Failure> {
    rule(call, PeerKind::User).await
}

async fn rule_of_muc(call: Call) -> Result<Answer, Failure> {
    rule(call, PeerKind::Muc).await
}

async fn rule(call: Call, kind: PeerKind) -> Result<Answer, Failure> {
    let peer = Peer { kind, id: call.path("peer").to_owned() };
    let (caller, user) = (call.caller()?, call.path("user"));
    let rule = push_settings::rule(call.messaging(), &caller, user, &peer).await?;
    Ok(Envelope::data(object(rule)).into())
}

async fn set_rule_with_user(call: Call) -> Result<Answer, Failure> {
    set_rule(call, PeerKind::User).await
}

async fn set_rule_of_muc(call: Call) -> Result<Answer, Failure> {
    set_rule(call, PeerKind::Muc).await
}

async fn set_rule(mut call: Call, kind: PeerKind) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let fields = call.fields().await?;
    let change = RuleChange {
        remind: fields.text("type")?,
        duration: fields.number("ignoreDuration")?,
        interval: fields.text("ignoreInterval")?,
    };
    let peer = Peer { kind, id: call.path("peer").to_owned() };
    let user = call.path("user");
    let rule = push_settings::set_rule(call.messaging(), &caller, user, &peer, change).await?;
    Ok(Envelope::data(object(rule)).into())
}

/// Comma lists of users and of groups in the query.
async fn rules(call: Call) -> Result<Answer, Failure> {
    let named = |name, kind| {
        let list = call.query().text(name).unwrap_or_default().split(',').map(str::trim);
        let ids = list.filter(|id| !id.is_empty()).map(str::to_owned);
        ids.map(|id| Peer { kind, id }).collect::<Vec<_>>()
    };
    let peers = [named("user", PeerKind::User), named("group", PeerKind::Muc)].concat();
    let user = call.path("user");
    let found = push_settings::rules(call.messaging(), &call.caller()?, user, &peers).await?;
    let of_kind = |kind: PeerKind| -> Map<String, Value> {
        let rows = found.iter().filter(|(peer, _)| peer.kind == kind);
        rows.map(|(peer, rule)| (peer.id.clone(), object(*rule))).collect()
    };
    let data = json!({ "user": of_kind(PeerKind::User), "group": of_kind(PeerKind::Muc) });
    Ok(Envelope::data(data).into())
}

async fn reminding(call: Call) -> Result<Answer, Failure> {
    let (limit, cursor) = call.page(PAGE);
    let (caller, user) = (call.caller()?, call.path("user"));
    let page = push_settings::reminding(call.messaging(), &caller, user, limit, cursor).await?;
    let rows = page.items.iter().map(|(peer, remind)| match peer.kind {
        PeerKind::User => json!({ "user": peer.id, "value": remind_word(*remind) }),
        PeerKind::Muc => json!({ "group": peer.id, "value": remind_word(*remind) }),
    });
    let data: Value = rows.collect();
    Ok(Envelope::data(data).cursor(page.cursor).into())
}

async fn set_language(mut call: Call) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let name = "translationLanguage";
    let language = call.fields().await?.text(name)?.ok_or(Refusal::Missing { name })?;
    let (m, user) = (call.messaging(), call.path("user"));
    let language = push_settings::set_language(m, &caller, user, &language).await?;
    Ok(Envelope::data(json!({ "language": language })).into())
}

async fn language(call: Call) -> Result<Answer, Failure> {
    let (caller, user) = (call.caller()?, call.path("user"));
    let language = push_settings::language(call.messaging(), &caller, user).await?;
    Ok(Envelope::data(json!({ "language": language })).into())
}

/// A duration is answered as its end.
fn object(rule: Rule) -> Value {
    json!({
        "type": rule.remind.map_or("DEFAULT", remind_word),
        "ignoreDuration": rule.quiet_until,
        "ignoreInterval": rule.interval.map(interval_text).unwrap_or_default(),
    })
}
