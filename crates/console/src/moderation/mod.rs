//! 内容审核: rules and their trial, lists of keywords, tags, what was examined, and figures of it.

pub(crate) mod lists;
pub(crate) mod records;
pub(crate) mod rules;
pub(crate) mod tags;

use hongyan_messaging::moderation as domain;
use hongyan_model::{App, Feature};
use hongyan_platform::moderation;
use hongyan_platform::roles::Permission;
use http::Method;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::answer::Answer;
use crate::call::Call;
use crate::endpoint::{Access, Routes, write};
use crate::errors::Failure;
use lists::KeywordListRow;
use rules::ModerationRuleRow;
use tags::TagRow;

const READ: Access = Access::App(Permission::ModerationRead);
const WRITE: Access = Access::App(Permission::ModerationWrite);

pub(crate) fn routes() -> Routes {
    Routes::default()
        .get("/apps/{org}/{app}/moderation", READ, overview)
        .write(
            Method::PUT,
            "/apps/{org}/{app}/moderation/settings",
            WRITE,
            write("moderation", "set"),
            set,
        )
        .merge(rules::routes())
        .merge(lists::routes())
        .merge(tags::routes())
        .merge(records::routes())
}

/// Everything that is set up.
#[derive(Serialize, TS)]
#[ts(export_to = "moderation.ts")]
pub(crate) struct Moderation {
    /// Whether the app's plan or a purchase has it.
    included: bool,
    /// Whether it is switched on, too.
    enabled: bool,
    /// Whether this installation has a provider; without one only keywords are looked for.
    provider: bool,
    settings: ModerationSettings,
    rules: Vec<ModerationRuleRow>,
    lists: Vec<KeywordListRow>,
    tags: Vec<TagRow>,
    /// How many there may be; `null`: any number.
    rules_max: Option<u64>,
    sub_rules_max: Option<u64>,
    lists_max: Option<u64>,
    words_max: Option<u64>,
    user_tags_max: Option<u64>,
    user_tag_members_max: Option<u64>,
    chat_tags_max: Option<u64>,
    chat_tag_members_max: Option<u64>,
}

/// What is examined.
#[derive(Serialize, Deserialize, TS)]
#[ts(export_to = "moderation.ts")]
pub(crate) struct ModerationSettings {
    /// A kind that has no rules yet gets one for each type of chat.
    #[ts(type = "Array<\"text\" | \"image\" | \"audio\" | \"video\">")]
    kinds: Vec<hongyan_model::ModeratedKind>,
    /// Whether messages of the customer's server are examined, too.
    rest: bool,
}

async fn overview(call: Call) -> Result<Answer, Failure> {
    let app = call.app()?.clone();
    shown(&call, &app).await
}

async fn set(call: Call) -> Result<Answer, Failure> {
    let (app, given) = (call.app()?, call.body::<ModerationSettings>()?);
    let app = moderation::set(call.platform(), app.id, &given.kinds, given.rest).await?;
    shown(&call, &app).await
}

async fn shown(call: &Call, app: &std::sync::Arc<App>) -> Result<Answer, Failure> {
    let caller = hongyan_model::Caller { app: app.clone(), ..call.caller()? };
    let sizes = domain::list_sizes(call.messaging(), &caller).await?;
    let tagged = domain::tag_sizes(call.messaging(), &caller).await?;
    let set_up = &app.settings.moderation;
    let size = |id: &str| tagged.iter().find(|(tag, _)| tag == id).map_or(0, |(_, size)| *size);
    Ok(Answer::json(&Moderation {
        included: app.includes(Feature::ContentModeration),
        enabled: app.enabled(Feature::ContentModeration),
        provider: domain::has_provider(call.messaging()),
        settings: ModerationSettings { kinds: set_up.kinds.clone(), rest: set_up.rest },
        rules: set_up.rules.iter().map(ModerationRuleRow::from).collect(),
        lists: set_up.lists.iter().zip(sizes).map(KeywordListRow::from).collect(),
        tags: set_up.tags.iter().map(|tag| TagRow::of(tag, size(&tag.id))).collect(),
        rules_max: app.quota(Feature::ModerationRulesMax),
        sub_rules_max: app.quota(Feature::ModerationSubRulesMax),
        lists_max: app.quota(Feature::KeywordListsMax),
        words_max: app.quota(Feature::KeywordsMax),
        user_tags_max: app.quota(Feature::UserTagsMax),
        user_tag_members_max: app.quota(Feature::UserTagMembersMax),
        chat_tags_max: app.quota(Feature::ChatTagsMax),
        chat_tag_members_max: app.quota(Feature::ChatTagMembersMax),
    }))
}
