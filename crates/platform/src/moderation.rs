//! Moderation (内容审核) of an app: its rules, its lists of keywords and its tags, and what may stand in them.
//!
//! They are kept with the app's settings, so that every process sees a change as fast as any other. Words of lists and
//! members of tags are in the store.

use std::collections::HashSet;
use std::sync::Arc;

use hongyan_model::{
    App, AppId, ChatType, Feature, GroupId, KeywordList, ListScope, Measure, Measures,
    ModeratedKind, ModerationRefusal, ModerationRule, ModerationTag, Refusal, Result, RoomId,
    RuleTarget, SubRule, TagOf,
};
use uuid::Uuid;

use crate::{Platform, apps};

/// Length of a name in characters.
const NAME_CHARS: usize = 32;
/// Groups or rooms that one rule names.
const TARGETS: usize = 50;
/// Tags of a sub-rule or of a list's scope.
const TAGS: usize = 5;
/// Rejected messages before something happens to their sender.
const HITS: std::ops::RangeInclusive<u32> = 1..=1000;
/// Within which they count: as long as records are kept.
const MINUTES: std::ops::RangeInclusive<u32> = 1..=30 * 24 * 60;

/// A rule as a form writes it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RuleForm {
    /// Name.
    pub name: String,
    /// Of which kind of messages; a rule's kind stays.
    pub kind: ModeratedKind,
    /// In which chats.
    pub target: RuleTarget,
    /// Whether it counts.
    pub enabled: bool,
    /// What is done.
    pub measures: Measures,
    /// For senders with certain tags; ids may be empty.
    pub sub_rules: Vec<SubRule>,
}

/// A list of keywords as a form writes it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ListForm {
    /// Name.
    pub name: String,
    /// What becomes of messages that hold a word.
    pub measure: Measure,
    /// Where it counts.
    pub scope: ListScope,
    /// The whole text, not a part of it.
    pub whole_text: bool,
    /// Whether case does not count.
    pub ignore_case: bool,
    /// Whether ways of writing do not count.
    pub normalise: bool,
    /// Whether it counts.
    pub enabled: bool,
}

/// Sets which kinds are examined, and whether those of the customer's server are. A kind that has no rules yet gets one
/// for each type of chat.
pub async fn set(
    p: &Platform,
    app: AppId,
    kinds: &[ModeratedKind],
    rest: bool,
) -> Result<Arc<App>> {
    let now = p.clock().now();
    apps::update(p, app, |app| {
        require(app)?;
        let wanted = ModeratedKind::ALL.into_iter().filter(|kind| kinds.contains(kind));
        let wanted: Vec<_> = wanted.collect();
        let most = app.most(Feature::ModerationRulesMax);
        let moderation = &mut app.settings.moderation;
        for kind in &wanted {
            if moderation.rules.iter().any(|rule| rule.kind == *kind) {
                continue;
            }
            for chat in ChatType::ALL {
                if moderation.rules.len() >= most {
                    return Err(Refusal::QuotaExceeded { feature: Feature::ModerationRulesMax });
                }
                let mut name = format!("{}_{}", kind.key(), chat.word());
                while moderation.rules.iter().any(|rule| rule.name == name) {
                    name.push('_');
                }
                moderation.rules.push(ModerationRule {
                    id: new_id(),
                    name,
                    kind: *kind,
                    target: RuleTarget::Chats(chat),
                    enabled: true,
                    measures: Measures::default(),
                    sub_rules: Vec::new(),
                    updated: now,
                });
            }
        }
        moderation.kinds = wanted;
        moderation.rest = rest;
        Ok(())
    })
    .await
}

/// Makes a rule.
pub async fn create_rule(p: &Platform, app: AppId, form: RuleForm) -> Result<ModerationRule> {
    let now = p.clock().now();
    let id = new_id();
    let app = apps::update(p, app, |app| {
        require(app)?;
        let most = app.most(Feature::ModerationRulesMax);
        if app.settings.moderation.rules.len() >= most {
            return Err(Refusal::QuotaExceeded { feature: Feature::ModerationRulesMax });
        }
        let form = checked_rule(app, form, None)?;
        app.settings.moderation.rules.push(ModerationRule {
            id: id.clone(),
            name: form.name,
            kind: form.kind,
            target: form.target,
            enabled: form.enabled,
            measures: form.measures,
            sub_rules: form.sub_rules,
            updated: now,
        });
        Ok(())
    })
    .await?;
    Ok(rule(&app, &id)?.clone())
}

/// Changes a rule; its kind and id stay.
pub async fn edit_rule(
    p: &Platform,
    app: AppId,
    id: &str,
    form: RuleForm,
) -> Result<ModerationRule> {
    let now = p.clock().now();
    let app = apps::update(p, app, |app| {
        require(app)?;
        let kind = rule(app, id)?.kind;
        if kind != form.kind {
            let why = "a rule stays one for its kind of messages".to_owned();
            return Err(Refusal::Invalid { name: "kind", why });
        }
        let form = checked_rule(app, form, Some(id))?;
        let rule = rule_of(app, id)?;
        rule.name = form.name;
        rule.target = form.target;
        rule.enabled = form.enabled;
        rule.measures = form.measures;
        rule.sub_rules = form.sub_rules;
        rule.updated = now;
        Ok(())
    })
    .await?;
    Ok(rule(&app, id)?.clone())
}

/// Switches a rule on or off.
pub async fn enable_rule(
    p: &Platform,
    app: AppId,
    id: &str,
    enabled: bool,
) -> Result<ModerationRule> {
    let now = p.clock().now();
    let app = apps::update(p, app, |app| {
        require(app)?;
        let rule = rule_of(app, id)?;
        rule.enabled = enabled;
        rule.updated = now;
        Ok(())
    })
    .await?;
    Ok(rule(&app, id)?.clone())
}

/// Removes a rule.
pub async fn delete_rule(p: &Platform, app: AppId, id: &str) -> Result<()> {
    apps::update(p, app, |app| {
        rule(app, id)?;
        app.settings.moderation.rules.retain(|rule| rule.id != id);
        Ok(())
    })
    .await?;
    Ok(())
}

/// The rule of this id.
pub fn rule<'a>(app: &'a App, id: &str) -> Result<&'a ModerationRule, Refusal> {
    app.settings.moderation.rules.iter().find(|rule| rule.id == id).ok_or_else(unknown)
}

/// Makes a list of keywords, without any yet.
pub async fn create_list(p: &Platform, app: AppId, form: ListForm) -> Result<KeywordList> {
    let now = p.clock().now();
    // Ids are not used again: words of a removed list may still be there for a moment.
    let id = now;
    let app = apps::update(p, app, |app| {
        require(app)?;
        let most = app.most(Feature::KeywordListsMax);
        let lists = &app.settings.moderation.lists;
        if lists.len() >= most {
            return Err(Refusal::QuotaExceeded { feature: Feature::KeywordListsMax });
        }
        let id = lists.iter().map(|list| list.id + 1).max().unwrap_or_default().max(id);
        let form = checked_list(app, form, None)?;
        app.settings.moderation.lists.push(KeywordList {
            id,
            name: form.name,
            measure: form.measure,
            scope: form.scope,
            whole_text: form.whole_text,
            ignore_case: form.ignore_case,
            normalise: form.normalise,
            enabled: form.enabled,
            version: 0,
            created: now,
            updated: now,
        });
        Ok(())
    })
    .await?;
    app.settings.moderation.lists.last().cloned().ok_or_else(|| unknown().into())
}

/// Changes a list; its words stay.
pub async fn edit_list(p: &Platform, app: AppId, id: i64, form: ListForm) -> Result<KeywordList> {
    let now = p.clock().now();
    let app = apps::update(p, app, |app| {
        require(app)?;
        list(app, id)?;
        let form = checked_list(app, form, Some(id))?;
        let list = list_of(app, id)?;
        list.name = form.name;
        list.measure = form.measure;
        list.scope = form.scope;
        list.whole_text = form.whole_text;
        list.ignore_case = form.ignore_case;
        list.normalise = form.normalise;
        list.enabled = form.enabled;
        list.updated = now;
        Ok(())
    })
    .await?;
    Ok(list(&app, id)?.clone())
}

/// Notes that words of a list have changed.
pub async fn touch_list(p: &Platform, app: AppId, id: i64) -> Result<KeywordList> {
    let now = p.clock().now();
    let app = apps::update(p, app, |app| {
        let list = list_of(app, id)?;
        list.version += 1;
        list.updated = now;
        Ok(())
    })
    .await?;
    Ok(list(&app, id)?.clone())
}

/// Removes a list.
pub async fn delete_list(p: &Platform, app: AppId, id: i64) -> Result<()> {
    apps::update(p, app, |app| {
        list(app, id)?;
        app.settings.moderation.lists.retain(|list| list.id != id);
        Ok(())
    })
    .await?;
    Ok(())
}

/// The list of this id.
pub fn list(app: &App, id: i64) -> Result<&KeywordList, Refusal> {
    let list = app.settings.moderation.lists.iter().find(|list| list.id == id);
    list.ok_or(Refusal::Moderation(ModerationRefusal::ListNotFound))
}

/// Makes a tag that nobody has yet.
pub async fn create_tag(p: &Platform, app: AppId, name: &str, of: TagOf) -> Result<ModerationTag> {
    let now = p.clock().now();
    let id = new_id();
    let app = apps::update(p, app, |app| {
        require(app)?;
        let feature = match of {
            TagOf::Users => Feature::UserTagsMax,
            TagOf::Chats => Feature::ChatTagsMax,
        };
        let there = app.settings.moderation.tags.iter().filter(|tag| tag.of == of).count();
        if there >= app.most(feature) {
            return Err(Refusal::QuotaExceeded { feature });
        }
        let name = checked_tag(app, name, of, None)?;
        app.settings.moderation.tags.push(ModerationTag { id: id.clone(), name, of, updated: now });
        Ok(())
    })
    .await?;
    Ok(tag(&app, &id)?.clone())
}

/// Gives a tag another name.
pub async fn rename_tag(p: &Platform, app: AppId, id: &str, name: &str) -> Result<ModerationTag> {
    let now = p.clock().now();
    let app = apps::update(p, app, |app| {
        let of = tag(app, id)?.of;
        let name = checked_tag(app, name, of, Some(id))?;
        let tags = &mut app.settings.moderation.tags;
        let tag = tags.iter_mut().find(|tag| tag.id == id).ok_or_else(unknown)?;
        tag.name = name;
        tag.updated = now;
        Ok(())
    })
    .await?;
    Ok(tag(&app, id)?.clone())
}

/// Removes a tag that no rule and no list uses.
pub async fn delete_tag(p: &Platform, app: AppId, id: &str) -> Result<()> {
    apps::update(p, app, |app| {
        tag(app, id)?;
        let moderation = &mut app.settings.moderation;
        let mut sub_rules = moderation.rules.iter().flat_map(|rule| &rule.sub_rules);
        let in_list = |list: &KeywordList| matches!(&list.scope, ListScope::Tags(tags) if tags.iter().any(|tag| tag == id));
        if sub_rules.any(|sub| sub.tags.iter().any(|tag| tag == id))
            || moderation.lists.iter().any(in_list)
        {
            return Err(Refusal::InUse { name: "tag" });
        }
        moderation.tags.retain(|tag| tag.id != id);
        moderation.tagged += 1;
        Ok(())
    })
    .await?;
    Ok(())
}

/// Notes that other users, groups or rooms have a tag now.
pub async fn touch_tag(p: &Platform, app: AppId, id: &str) -> Result<()> {
    let now = p.clock().now();
    apps::update(p, app, |app| {
        let moderation = &mut app.settings.moderation;
        let tag = moderation.tags.iter_mut().find(|tag| tag.id == id).ok_or_else(unknown)?;
        tag.updated = now;
        moderation.tagged += 1;
        Ok(())
    })
    .await?;
    Ok(())
}

/// The tag of this id.
pub fn tag<'a>(app: &'a App, id: &str) -> Result<&'a ModerationTag, Refusal> {
    app.settings.moderation.tags.iter().find(|tag| tag.id == id).ok_or_else(unknown)
}

/// Whether the app has moderation.
pub fn require(app: &App) -> Result<(), Refusal> {
    let feature = Feature::ContentModeration;
    if app.enabled(feature) { Ok(()) } else { Err(Refusal::FeatureDisabled { feature }) }
}

fn rule_of<'a>(app: &'a mut App, id: &str) -> Result<&'a mut ModerationRule, Refusal> {
    app.settings.moderation.rules.iter_mut().find(|rule| rule.id == id).ok_or_else(unknown)
}

fn list_of(app: &mut App, id: i64) -> Result<&mut KeywordList, Refusal> {
    let list = app.settings.moderation.lists.iter_mut().find(|list| list.id == id);
    list.ok_or(Refusal::Moderation(ModerationRefusal::ListNotFound))
}

fn checked_rule(app: &App, form: RuleForm, own: Option<&str>) -> Result<RuleForm, Refusal> {
    let rules = app.settings.moderation.rules.iter();
    let mut others = rules.filter(|rule| Some(rule.id.as_str()) != own);
    let name = checked_name(&form.name)?;
    if others.clone().any(|rule| rule.name == name) {
        return Err(invalid("name", "another rule has this name"));
    }
    let target = checked_target(form.target)?;
    let clashes = |rule: &ModerationRule| {
        rule.kind == form.kind
            && match (&rule.target, &target) {
                (RuleTarget::Chats(a), RuleTarget::Chats(b)) => a == b,
                (RuleTarget::Groups(a), RuleTarget::Groups(b))
                | (RuleTarget::Rooms(a), RuleTarget::Rooms(b)) => a.iter().any(|id| b.contains(id)),
                _ => false,
            }
    };
    if let Some(other) = others.find(|rule| clashes(rule)) {
        let why = format!("the rule {} is for these chats already", other.name);
        return Err(Refusal::Invalid { name: "target", why });
    }
    let measures = checked_measures(form.kind, form.measures)?;
    let limit = app.most(Feature::ModerationSubRulesMax);
    if form.sub_rules.len() > limit {
        return Err(Refusal::TooMany { name: "sub_rules", limit });
    }
    let (mut sub_rules, mut seen) = (Vec::with_capacity(form.sub_rules.len()), HashSet::new());
    for sub in form.sub_rules {
        let tags = checked_tags(app, sub.tags, TagOf::Users)?;
        if let Some(twice) = tags.iter().find(|id| !seen.insert((*id).clone())) {
            let why = format!("the tag {} is in two sub-rules", tag(app, twice)?.name);
            return Err(Refusal::Invalid { name: "sub_rules", why });
        }
        let id = if sub.id.is_empty() { new_id() } else { sub.id };
        sub_rules.push(SubRule { id, tags, measures: checked_measures(form.kind, sub.measures)? });
    }
    Ok(RuleForm { name, target, measures, sub_rules, ..form })
}

fn checked_target(target: RuleTarget) -> Result<RuleTarget, Refusal> {
    let ids = |given: Vec<String>, is_id: fn(&str) -> bool| {
        let mut ids: Vec<String> = Vec::with_capacity(given.len());
        for id in given.iter().map(|id| id.trim()).filter(|id| !id.is_empty()) {
            if !is_id(id) {
                return Err(invalid("target", format!("{id:.64} is no id")));
            }
            if !ids.iter().any(|known| known == id) {
                ids.push(id.to_owned());
            }
        }
        match ids.len() {
            0 => Err(Refusal::Missing { name: "target" }),
            n if n > TARGETS => Err(Refusal::TooMany { name: "target", limit: TARGETS }),
            _ => Ok(ids),
        }
    };
    Ok(match target {
        RuleTarget::Chats(chats) => RuleTarget::Chats(chats),
        RuleTarget::Groups(given) => {
            RuleTarget::Groups(ids(given, |id| GroupId::parse(id).is_ok())?)
        }
        RuleTarget::Rooms(given) => RuleTarget::Rooms(ids(given, |id| RoomId::parse(id).is_ok())?),
    })
}

fn checked_measures(kind: ModeratedKind, measures: Measures) -> Result<Measures, Refusal> {
    if measures.on_reject == Measure::Replace && kind != ModeratedKind::Text {
        return Err(invalid("on_reject", "words can be replaced in texts only"));
    }
    for (name, measure) in
        [("on_suspect", measures.on_suspect), ("on_failure", measures.on_failure)]
    {
        if measure == Measure::Replace {
            return Err(invalid(name, "pass or block"));
        }
    }
    if let Some(handling) = &measures.handling {
        if !HITS.contains(&handling.hits) {
            return Err(invalid("hits", format!("{} to {}", HITS.start(), HITS.end())));
        }
        if !MINUTES.contains(&handling.minutes) {
            return Err(invalid("minutes", format!("{} to {}", MINUTES.start(), MINUTES.end())));
        }
    }
    Ok(measures)
}

fn checked_list(app: &App, form: ListForm, own: Option<i64>) -> Result<ListForm, Refusal> {
    let name = checked_name(&form.name)?;
    let mut lists = app.settings.moderation.lists.iter();
    if lists.any(|list| list.name == name && Some(list.id) != own) {
        return Err(ModerationRefusal::ListExists.into());
    }
    let scope = match form.scope {
        ListScope::Tags(tags) => ListScope::Tags(checked_tags(app, tags, TagOf::Chats)?),
        scope => scope,
    };
    Ok(ListForm { name, scope, ..form })
}

fn checked_tags(app: &App, given: Vec<String>, of: TagOf) -> Result<Vec<String>, Refusal> {
    let mut tags: Vec<String> = Vec::with_capacity(given.len());
    for id in given {
        if tag(app, &id).map_or(true, |tag| tag.of != of) {
            return Err(invalid("tags", format!("there is no tag {id:.64}")));
        }
        if !tags.contains(&id) {
            tags.push(id);
        }
    }
    match tags.len() {
        0 => Err(Refusal::Missing { name: "tags" }),
        n if n > TAGS => Err(Refusal::TooMany { name: "tags", limit: TAGS }),
        _ => Ok(tags),
    }
}

fn checked_tag(app: &App, name: &str, of: TagOf, own: Option<&str>) -> Result<String, Refusal> {
    let name = checked_name(name)?;
    let taken =
        |tag: &ModerationTag| tag.name == name && tag.of == of && Some(tag.id.as_str()) != own;
    if app.settings.moderation.tags.iter().any(taken) {
        return Err(invalid("name", "another tag has this name"));
    }
    Ok(name)
}

fn checked_name(name: &str) -> Result<String, Refusal> {
    let name = name.trim();
    if name.is_empty() {
        return Err(Refusal::Missing { name: "name" });
    }
    if name.chars().count() > NAME_CHARS {
        return Err(Refusal::TooLong { name: "name", limit: NAME_CHARS });
    }
    if name.chars().any(char::is_control) {
        return Err(invalid("name", "no control characters"));
    }
    Ok(name.to_owned())
}

fn new_id() -> String {
    Uuid::new_v4().simple().to_string()
}

fn unknown() -> Refusal {
    Refusal::Invalid { name: "id", why: "there is nothing of this id".to_owned() }
}

fn invalid(name: &'static str, why: impl Into<String>) -> Refusal {
    Refusal::Invalid { name, why: why.into() }
}
