//! 群组管理: the groups of an app and their members.

use hongyan_messaging::groups::{self, GroupChange, NewGroup};
use hongyan_messaging::muc;
use hongyan_model::{Error, Group, Refusal, Timestamp};
use hongyan_platform::roles::Permission;
use http::Method;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::answer::Answer;
use crate::call::Call;
use crate::endpoint::{Access, Routes, write};
use crate::errors::Failure;
use crate::muc::{of_form, of_path};
use crate::page::{CursorPage, PageQuery};

const ACCESS: Access = Access::App(Permission::Operations);

pub(crate) fn routes() -> Routes {
    const ALL: &str = "/apps/{org}/{app}/groups";
    const ONE: &str = "/apps/{org}/{app}/groups/{group}";
    Routes::default()
        .get(ALL, ACCESS, list)
        .write(Method::POST, ALL, ACCESS, write("groups", "create"), create)
        .get(ONE, ACCESS, detail)
        .write(Method::PUT, ONE, ACCESS, write("groups", "update"), update)
        .write(Method::DELETE, ONE, ACCESS, write("groups", "dissolve"), dissolve)
}

/// A line of the group table.
#[derive(Serialize, TS)]
#[ts(export_to = "groups.ts")]
pub(crate) struct GroupRow {
    id: String,
    name: String,
    description: String,
    owner: String,
    public: bool,
    /// Whether joining needs approval.
    members_only: bool,
    /// Whether plain members may invite.
    allow_invites: bool,
    invite_need_confirm: bool,
    max_users: u32,
    member_count: u32,
    #[ts(type = "number")]
    created: Timestamp,
    #[ts(type = "number")]
    modified: Timestamp,
}

impl From<&Group> for GroupRow {
    fn from(group: &Group) -> Self {
        Self {
            id: group.id.to_string(),
            name: group.name.clone(),
            description: group.description.clone(),
            owner: group.owner.to_string(),
            public: group.public,
            members_only: group.members_only,
            allow_invites: group.allow_invites,
            invite_need_confirm: group.invite_need_confirm,
            max_users: group.max_users,
            member_count: group.member_count,
            created: group.created,
            modified: group.modified,
        }
    }
}

/// A group with its settings.
#[derive(Serialize, TS)]
#[ts(export_to = "groups.ts")]
pub(crate) struct GroupDetail {
    #[serde(flatten)]
    group: GroupRow,
    announcement: String,
    mute_all: bool,
    admins: Vec<String>,
}

/// A group to be made.
#[derive(Deserialize, TS)]
#[ts(export_to = "groups.ts")]
pub(crate) struct CreateGroup {
    name: String,
    description: String,
    owner: String,
    #[ts(optional)]
    members: Option<Vec<String>>,
    #[ts(optional)]
    max_users: Option<u32>,
    public: bool,
    members_only: bool,
    allow_invites: bool,
    invite_need_confirm: bool,
}

/// What to change of a group; absent stays.
#[derive(Deserialize, TS)]
#[ts(export_to = "groups.ts")]
pub(crate) struct UpdateGroup {
    #[ts(optional)]
    name: Option<String>,
    #[ts(optional)]
    description: Option<String>,
    #[ts(optional)]
    max_users: Option<u32>,
    #[ts(optional)]
    members_only: Option<bool>,
    #[ts(optional)]
    allow_invites: Option<bool>,
    #[ts(optional)]
    invite_need_confirm: Option<bool>,
}

/// The page: all groups, the newest first, or the one whose id is searched for.
async fn list(call: Call) -> Result<Answer, Failure> {
    let (m, caller, query) = (call.messaging(), call.caller()?, call.query::<PageQuery>()?);
    if !query.search().is_empty() {
        let items = match groups::get(m, &caller, query.search()).await {
            Ok(group) => vec![GroupRow::from(&group)],
            Err(Error::Refused(Refusal::GroupNotFound { .. })) => Vec::new(),
            Err(error) => return Err(error.into()),
        };
        return Ok(Answer::json(&CursorPage { items, cursor: None }));
    }
    let page = groups::page(m, &caller, query.limit(), query.cursor.as_deref()).await?;
    let items: Vec<GroupRow> = page.items.iter().map(GroupRow::from).collect();
    Ok(Answer::json(&CursorPage { items, cursor: page.cursor }))
}

async fn create(call: Call) -> Result<Answer, Failure> {
    let new: CreateGroup = call.body()?;
    for (name, text) in [("name", &new.name), ("description", &new.description)] {
        if text.trim().is_empty() {
            return Err(Refusal::Missing { name }.into());
        }
    }
    let owner = new.owner.clone();
    let new = NewGroup {
        id: None,
        name: new.name,
        description: new.description,
        avatar: String::new(),
        custom: String::new(),
        owner: new.owner,
        members: new.members.unwrap_or_default(),
        public: new.public,
        members_only: new.members_only,
        allow_invites: new.allow_invites,
        invite_need_confirm: new.invite_need_confirm,
        max_users: new.max_users,
    };
    let group = groups::create(call.messaging(), &call.caller()?, new).await;
    let group = group.map_err(|error| of_form(error, &owner, "members"))?;
    Ok(Answer::json(&GroupRow::from(&group)).target(group.id.to_string()))
}

async fn detail(call: Call) -> Result<Answer, Failure> {
    let (m, caller, muc) = (call.messaging(), call.caller()?, of_path(&call)?);
    let group = groups::get(m, &caller, call.path("group")).await?;
    let admins = muc::administrators(m, &caller, &muc).await?;
    Ok(Answer::json(&GroupDetail {
        group: GroupRow::from(&group),
        announcement: muc::announcement(m, &caller, &muc).await?,
        mute_all: muc::is_all_muted(m, &caller, &muc).await?,
        admins: admins.iter().map(ToString::to_string).collect(),
    }))
}

async fn update(call: Call) -> Result<Answer, Failure> {
    let change: UpdateGroup = call.body()?;
    let change = GroupChange {
        name: change.name,
        description: change.description,
        max_users: change.max_users,
        members_only: change.members_only,
        allow_invites: change.allow_invites,
        invite_need_confirm: change.invite_need_confirm,
        ..GroupChange::default()
    };
    let (m, caller) = (call.messaging(), call.caller()?);
    let group = groups::update(m, &caller, call.path("group"), change).await;
    let group = group.map_err(|error| of_form(error, "", "members"))?;
    Ok(Answer::json(&GroupRow::from(&group)))
}

async fn dissolve(call: Call) -> Result<Answer, Failure> {
    groups::destroy(call.messaging(), &call.caller()?, call.path("group")).await?;
    Ok(Answer::done())
}
