//! 功能配置总览: what each feature is for an app, what can be done about it, and doing it.

use std::sync::Arc;

use hongyan_model::{
    App, AppId, Feature, FeatureKind, FeatureSpec, Grant, REGISTRY, Refusal, Result, Scope,
    Timestamp,
};
use hongyan_store::counters::{self, Counted};

use crate::{Platform, apps};

/// A line of the table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FeatureRow {
    /// Its line of the registry.
    pub spec: &'static FeatureSpec,
    /// Whether the app may use it: its plan includes it, or it was granted.
    pub included: bool,
    /// Whether it works now.
    pub enabled: bool,
    /// The app's limit; `None` for no limit, and for switches.
    pub limit: Option<u64>,
    /// How much of the limit is used, where that is known at no cost.
    pub used: Option<u64>,
    /// What can be done about it first.
    pub action: Action,
    /// Whether it can be switched off.
    pub can_disable: bool,
}

/// The one thing that a row offers to do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Action {
    /// 免费开通: switch it on.
    Enable,
    /// 设置: its settings.
    Settings,
    /// 升级: a higher plan has it, or more of it.
    Upgrade,
    /// 增值服务: it, or more of it, can be bought on top of the plan.
    Vas,
    /// Nothing.
    None,
}

/// The table of an app, with what it uses.
pub async fn list(p: &Platform, app: &App) -> Result<Vec<FeatureRow>> {
    let mut rows = rows(app);
    for row in &mut rows {
        if let Some(what) = counted(row.spec.feature) {
            row.used = Some(counters::count(p.store(), app.id, what).await?);
        }
    }
    Ok(rows)
}

/// The table of an app.
#[must_use]
pub fn rows(app: &App) -> Vec<FeatureRow> {
    REGISTRY.iter().map(|spec| row(app, spec)).collect()
}

/// Switches a feature that the app may use. Limits, and what is always on, cannot be switched.
pub async fn switch(p: &Platform, id: AppId, feature: Feature, on: bool) -> Result<Arc<App>> {
    apps::update(p, id, |app| {
        require_kind(feature, feature.spec().kind == FeatureKind::Switch)?;
        if !app.includes(feature) {
            return Err(Refusal::FeatureDisabled { feature });
        }
        app.features.switches.insert(feature, on);
        Ok(())
    })
    .await
}

/// Gives an app something beyond its plan, or takes it away (`None`): for the operator, and for what was bought.
pub async fn grant(
    p: &Platform,
    id: AppId,
    feature: Feature,
    grant: Option<Grant>,
) -> Result<Arc<App>> {
    apps::update(p, id, |app| {
        let fits = match grant {
            None => true,
            Some(Grant::Included) => feature.spec().kind == FeatureKind::Switch,
            Some(Grant::Limit(_) | Grant::Unlimited) => feature.spec().is_limit(),
        };
        require_kind(feature, fits)?;
        match grant {
            Some(grant) => app.features.grants.insert(feature, grant),
            None => app.features.grants.remove(&feature),
        };
        app.features.grants_until.remove(&feature);
        Ok(())
    })
    .await
}

/// [`grant`] for a time: at `until` it is taken back, felt within seconds.
pub async fn grant_until(
    p: &Platform,
    id: AppId,
    feature: Feature,
    grant: Grant,
    until: Option<Timestamp>,
) -> Result<Arc<App>> {
    let now = p.clock().now();
    if until.is_some_and(|until| until <= now) {
        return Err(Refusal::Invalid { name: "expires", why: "in the past".to_owned() }.into());
    }
    self::grant(p, id, feature, Some(grant)).await?;
    apps::update(p, id, |app| {
        if let Some(until) = until {
            app.features.grants_until.insert(feature, until);
        }
        Ok(())
    })
    .await
}

/// Switches a feature whatever the plan says: granted where the plan lacks it. For the operator.
pub async fn force(p: &Platform, id: AppId, feature: Feature, on: bool) -> Result<Arc<App>> {
    apps::update(p, id, |app| {
        require_kind(feature, feature.spec().kind == FeatureKind::Switch)?;
        if on && !app.includes(feature) {
            app.features.grants.insert(feature, Grant::Included);
        }
        app.features.switches.insert(feature, on);
        Ok(())
    })
    .await
}

/// Makes a feature what the plan says: neither granted nor switched. For the operator.
pub async fn reset(p: &Platform, id: AppId, feature: Feature) -> Result<Arc<App>> {
    apps::update(p, id, |app| {
        app.features.grants.remove(&feature);
        app.features.grants_until.remove(&feature);
        app.features.switches.remove(&feature);
        Ok(())
    })
    .await
}

fn require_kind(feature: Feature, fits: bool) -> Result<(), Refusal> {
    if fits {
        return Ok(());
    }
    let is = match feature.spec().kind {
        FeatureKind::Switch => "is a switch",
        FeatureKind::Always => "is always on",
        FeatureKind::Count | FeatureKind::Days => "is a limit",
    };
    Err(Refusal::Invalid { name: "feature", why: format!("{} {is}", feature.key()) })
}

fn row(app: &App, spec: &'static FeatureSpec) -> FeatureRow {
    let feature = spec.feature;
    let (included, enabled) = (app.includes(feature), app.enabled(feature));
    let limit = app.quota(feature);
    FeatureRow {
        spec,
        included,
        enabled,
        limit,
        used: None,
        action: action(app, spec, included, enabled, limit),
        can_disable: spec.kind == FeatureKind::Switch && enabled,
    }
}

/// What a limit of the whole app counts.
fn counted(feature: Feature) -> Option<Counted> {
    match feature {
        Feature::RegisteredUsersMax => Some(Counted::Users),
        Feature::GroupsMax => Some(Counted::Groups),
        Feature::ChatroomsMax => Some(Counted::Rooms),
        Feature::ThreadsMax => Some(Counted::Threads),
        _ => None,
    }
}

/// What a row offers. An upgrade is offered only where a higher plan has more.
fn action(
    app: &App,
    spec: &FeatureSpec,
    included: bool,
    enabled: bool,
    limit: Option<u64>,
) -> Action {
    if spec.is_limit() {
        return limit_action(app, spec.feature, limit);
    }
    match (included, enabled) {
        (true, false) => Action::Enable,
        (true, true) if spec.settings.is_some() => Action::Settings,
        (true, true) => Action::None,
        (false, _) if app.scope(spec.feature) == Scope::Sold => Action::Vas,
        (false, _) if higher(app, spec.feature).any(|scope| scope != Scope::Absent) => {
            Action::Upgrade
        }
        (false, _) => Action::None,
    }
}

fn limit_action(app: &App, feature: Feature, limit: Option<u64>) -> Action {
    let Some(limit) = limit else { return Action::None };
    if matches!(app.scope(feature), Scope::Raisable(_)) {
        return Action::Vas;
    }
    let has_more = |scope| match scope {
        Scope::Limit(more) => more > limit,
        Scope::Raisable(_) | Scope::Unlimited => true,
        Scope::Included | Scope::Sold | Scope::Absent => false,
    };
    if higher(app, feature).any(has_more) { Action::Upgrade } else { Action::None }
}

/// How the plans above the app's treat a feature.
fn higher(app: &App, feature: Feature) -> impl Iterator<Item = Scope> {
    let higher = app.catalogue.plans_for(app.plan).filter(|higher| *higher > app.plan);
    higher.map(move |higher| app.catalogue.scope(feature, higher))
}

#[cfg(test)]
mod tests {
    use super::*;

    use hongyan_model::Plan;

    use Action::{Enable, None as Nothing, Settings, Upgrade, Vas};
    use Feature as F;

    /// What every row of a new app offers on Free, Pro, Flagship, Premier (console.md §7.1).
    const NEW_APP: [(Feature, [Action; 4]); REGISTRY.len()] = [
        (F::FriendsPerUserMax, [Upgrade, Upgrade, Nothing, Nothing]),
        (F::RegisteredUsersMax, [Upgrade, Nothing, Nothing, Nothing]),
        (F::MsgStorageDays, [Upgrade, Vas, Vas, Vas]),
        (F::AttachmentStorageDays, [Nothing, Nothing, Nothing, Nothing]),
        (F::GroupsMax, [Upgrade, Upgrade, Nothing, Nothing]),
        (F::GroupMembersMax, [Upgrade, Vas, Vas, Nothing]),
        (F::GroupsPerUserMax, [Upgrade, Vas, Nothing, Nothing]),
        (F::ChatroomsMax, [Upgrade, Upgrade, Nothing, Nothing]),
        (F::ChatroomMembersMax, [Nothing, Nothing, Nothing, Nothing]),
        (F::MultiDevice, [Upgrade, Settings, Settings, Settings]),
        (F::SingleReadAck, [Nothing, Nothing, Nothing, Nothing]),
        (F::GroupReadAck, [Upgrade, Vas, Nothing, Nothing]),
        (F::MessageRecall, [Settings, Settings, Settings, Settings]),
        (F::RestIpAllowlist, [Enable, Enable, Enable, Enable]),
        (F::GlobalMute, [Upgrade, Vas, Nothing, Nothing]),
        (F::UserBlocklist, [Nothing, Nothing, Nothing, Nothing]),
        (F::FriendCheck, [Enable, Enable, Enable, Enable]),
        (F::MessageRoaming, [Nothing; 4]),
        (F::ServerConversationList, [Nothing; 4]),
        (F::MessageEdit, [Nothing; 4]),
        (F::MessagePin, [Nothing; 4]),
        (F::Presence, [Upgrade, Vas, Nothing, Nothing]),
        (F::Reaction, [Upgrade, Vas, Nothing, Nothing]),
        (F::Thread, [Upgrade, Vas, Nothing, Nothing]),
        (F::MessageReport, [Upgrade, Vas, Nothing, Nothing]),
        (F::RoomPriority, [Upgrade, Nothing, Nothing, Nothing]),
        (F::RoomHistory, [Upgrade, Nothing, Nothing, Nothing]),
        (F::RoomBroadcast, [Upgrade, Upgrade, Nothing, Nothing]),
        (F::Translation, [Nothing; 4]),
        (F::SpeechToText, [Nothing; 4]),
        (F::RoomMsgStorageDays, [Upgrade, Upgrade, Nothing, Nothing]),
        (F::ConversationListMax, [Upgrade, Upgrade, Nothing, Nothing]),
        (F::OfflineSingleMax, [Nothing; 4]),
        (F::OfflineGroupMax, [Nothing; 4]),
        (F::GroupAckMembersMax, [Nothing; 4]),
        (F::MessageBytesMax, [Nothing; 4]),
        (F::FileBytesMax, [Nothing; 4]),
        (F::DirectedUsersMax, [Nothing; 4]),
        (F::MessageEditsMax, [Nothing; 4]),
        (F::BlockListMax, [Nothing; 4]),
        (F::MucAdminsMax, [Nothing; 4]),
        (F::MucListMax, [Nothing; 4]),
        (F::GroupFilesMax, [Nothing; 4]),
        (F::MemberAttributeBytesMax, [Nothing; 4]),
        (F::RoomAttributesMax, [Nothing; 4]),
        (F::RoomsPerUserMax, [Nothing; 4]),
        (F::PinsMax, [Nothing; 4]),
        (F::PinnedConversationsMax, [Nothing; 4]),
        (F::ConversationMarksMax, [Nothing; 4]),
        (F::ReactionsMax, [Nothing; 4]),
        (F::ThreadsMax, [Nothing; 4]),
        (F::ThreadsPerUserMax, [Nothing; 4]),
        (F::PresenceFollowedMax, [Nothing; 4]),
        (F::PresenceFollowersMax, [Nothing; 4]),
        (F::PresenceExtBytesMax, [Nothing; 4]),
        (F::RoomBroadcastsPerMinute, [Nothing; 4]),
        (F::RoomBroadcastsPerDay, [Nothing; 4]),
        (F::TranslationCharsMax, [Nothing; 4]),
        (F::StreamBytesMax, [Nothing; 4]),
        (F::StreamGapSecondsMax, [Nothing; 4]),
        (F::StreamSecondsMax, [Nothing; 4]),
        (F::UserAttributeBytesMax, [Nothing; 4]),
        (F::NicknameCharsMax, [Nothing; 4]),
        (F::RemarkCharsMax, [Nothing; 4]),
        (F::ContactRequestsMax, [Nothing; 4]),
        (F::GroupRequestsMax, [Nothing; 4]),
        (F::MucNameCharsMax, [Nothing; 4]),
        (F::MucDescriptionCharsMax, [Nothing; 4]),
        (F::MucCustomBytesMax, [Nothing; 4]),
        (F::GroupAvatarCharsMax, [Nothing; 4]),
        (F::AnnouncementCharsMax, [Nothing; 4]),
        (F::MemberAttributeNameBytesMax, [Nothing; 4]),
        (F::MemberAttributeValueBytesMax, [Nothing; 4]),
        (F::RoomAttributeNameBytesMax, [Nothing; 4]),
        (F::RoomAttributeValueBytesMax, [Nothing; 4]),
        (F::ReactionBytesMax, [Nothing; 4]),
        (F::ThreadNameCharsMax, [Nothing; 4]),
        (F::PresenceSubscriptionDaysMax, [Nothing; 4]),
        (F::QuietDaysMax, [Nothing; 4]),
        (F::RestMessageBytesMax, [Nothing; 4]),
        (F::RestUsersMax, [Nothing; 4]),
        (F::RestGroupsMax, [Nothing; 4]),
        (F::RestRoomsMax, [Nothing; 4]),
        (F::CallbackPre, [Upgrade, Vas, Settings, Settings]),
        (F::CallbackPost, [Upgrade, Vas, Settings, Settings]),
        (F::CallbackFailureCache, [Upgrade, Vas, Vas, Vas]),
        (F::SensitiveWords, [Upgrade, Settings, Settings, Settings]),
        (F::ContentModeration, [Upgrade, Vas, Vas, Vas]),
        (F::CallbackRulesMax, [Nothing; 4]),
        (F::CallbackCacheDays, [Nothing; 4]),
        (F::SensitiveWordsMax, [Nothing; 4]),
        (F::ModerationRulesMax, [Nothing; 4]),
        (F::ModerationSubRulesMax, [Nothing; 4]),
        (F::KeywordListsMax, [Nothing; 4]),
        (F::KeywordsMax, [Nothing; 4]),
        (F::UserTagsMax, [Nothing; 4]),
        (F::UserTagMembersMax, [Nothing; 4]),
        (F::ChatTagsMax, [Nothing; 4]),
        (F::ChatTagMembersMax, [Nothing; 4]),
        (F::ReportsPerHourMax, [Nothing; 4]),
        (F::ReportTypeCharsMax, [Nothing; 4]),
        (F::ReportReasonCharsMax, [Nothing; 4]),
        (F::InvitationCharsMax, [Nothing; 4]),
        (F::QuietConversationsMax, [Nothing; 4]),
        (F::PushBindingsMax, [Nothing; 4]),
        (F::DeletedMessagesMax, [Nothing; 4]),
        (F::RestRateMax, [Upgrade, Vas, Vas, Nothing]),
        (F::DauMax, [Upgrade, Nothing, Nothing, Nothing]),
        (F::DevicesPerPlatformMax, [Nothing; 4]),
        (F::UserBroadcast, [Nothing, Upgrade, Nothing, Nothing]),
        (F::UserBroadcastsPerHalfHour, [Nothing; 4]),
        (F::UserBroadcastsPerDay, [Nothing; 4]),
        (F::OnlineBroadcastsPerMinute, [Nothing; 4]),
        (F::OnlineBroadcastsPerDay, [Nothing; 4]),
        (F::FavouritesPerUserMax, [Nothing; 4]),
        (F::FavouriteDataCharsMax, [Nothing; 4]),
        (F::FavouriteExtCharsMax, [Nothing; 4]),
        (F::RoomTagMute, [Nothing; 4]),
        (F::RoomTagsPerMemberMax, [Nothing; 4]),
        (F::RoomTagCharsMax, [Nothing; 4]),
        (F::MessageExportDays, [Nothing; 4]),
        (F::ModerationExportsMax, [Nothing; 4]),
        (F::ModerationExportRecordsMax, [Nothing; 4]),
        (F::RestUserMessagesPerMinute, [Upgrade, Upgrade, Upgrade, Nothing]),
        (F::RestGroupMessagesPerSecond, [Upgrade, Upgrade, Upgrade, Nothing]),
        (F::RestRoomMessagesPerSecond, [Upgrade, Upgrade, Upgrade, Nothing]),
        (F::RestDirectedMessagesPerSecond, [Upgrade, Upgrade, Upgrade, Nothing]),
        (F::RestStreamChunksPerSecond, [Upgrade, Upgrade, Upgrade, Nothing]),
        (F::RestImportsPerSecond, [Upgrade, Upgrade, Upgrade, Nothing]),
        (F::Push, [Settings; 4]),
        (F::PushAdvanced, [Settings; 4]),
        (F::PushCertificatesMax, [Nothing; 4]),
        (F::PushTemplatesMax, [Nothing; 4]),
        (F::PushGroupMembersMax, [Nothing; 4]),
        (F::DirectedRoaming, [Enable; 4]),
        (F::UserAttributesTotalBytesMax, [Nothing; 4]),
    ];

    fn on(plan: Plan) -> App {
        App {
            id: AppId(1),
            uuid: String::new(),
            org_id: hongyan_model::OrgId(1),
            org: "org".to_owned(),
            name: "app".to_owned(),
            client_id: String::new(),
            token_epoch: 0,
            plan,
            catalogue: hongyan_model::Catalogue::builtin().clone(),
            status: hongyan_model::AppStatus::Active,
            suspended_by: None,
            in_arrears: false,
            restorable_until: None,
            features: hongyan_model::FeatureStates::default(),
            product_name: String::new(),
            description: String::new(),
            data_center: String::new(),
            created: 0,
            modified: 0,
            settings: hongyan_model::AppSettings::default(),
        }
    }

    fn offered(app: &App, feature: Feature) -> (Action, bool) {
        let row = row(app, feature.spec());
        (row.action, row.can_disable)
    }

    #[test]
    fn every_feature_offers_one_action_on_every_plan() {
        for (number, plan) in Plan::ALL.into_iter().enumerate() {
            let app = on(plan);
            let rows = rows(&app);
            assert_eq!(rows.len(), NEW_APP.len());
            for (row, (feature, actions)) in rows.iter().zip(NEW_APP) {
                assert_eq!(row.spec.feature, feature);
                assert_eq!(row.action, actions[number], "{} on {}", row.spec.key, plan.key());
            }
        }
    }

    #[test]
    fn a_switch_that_is_on_can_be_switched_off_and_on_again() {
        for plan in Plan::ALL {
            for spec in REGISTRY.iter().filter(|spec| spec.kind == FeatureKind::Switch) {
                let mut app = on(plan);
                let included = app.includes(spec.feature);
                for state in [true, false] {
                    app.features.switches.insert(spec.feature, state);
                    let expected = match (included, state) {
                        (false, _) => (offered(&on(plan), spec.feature).0, false),
                        (true, false) => (Enable, false),
                        (true, true) if spec.settings.is_some() => (Settings, true),
                        (true, true) => (Nothing, true),
                    };
                    let key = spec.key;
                    assert_eq!(offered(&app, spec.feature), expected, "{key} on {}", plan.key());
                }
            }
        }
    }

    #[test]
    fn what_is_granted_counts_as_included() {
        let mut app = on(Plan::Free);
        app.features.grants.insert(F::MultiDevice, Grant::Included);
        assert_eq!(offered(&app, F::MultiDevice), (Settings, true));
        app.features.grants.insert(F::GroupsMax, Grant::Unlimited);
        assert_eq!(offered(&app, F::GroupsMax), (Nothing, false));
        // More than Pro has, and still less than Flagship.
        app.features.grants.insert(F::FriendsPerUserMax, Grant::Limit(5000));
        assert_eq!(offered(&app, F::FriendsPerUserMax), (Upgrade, false));
        app.features.grants.insert(F::AttachmentStorageDays, Grant::Limit(3));
        assert_eq!(offered(&app, F::AttachmentStorageDays), (Upgrade, false));
    }
}
