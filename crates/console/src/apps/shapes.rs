//! Apps as the page sees them.

use hongyan_model as model;
use hongyan_model::Timestamp;
use hongyan_platform::apps::AppDetail as Detail;
use hongyan_platform::data_centers::{self, DataCenter as Center};
use hongyan_platform::{Platform, data_centers as centers};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// 服务版本.
#[derive(Clone, Copy, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export_to = "apps.ts")]
pub(crate) enum Plan {
    /// 免费版.
    Free,
    /// 专业版.
    Pro,
    /// 旗舰版.
    Flagship,
    /// 尊享版.
    Premier,
}

impl From<model::Plan> for Plan {
    fn from(plan: model::Plan) -> Self {
        match plan {
            model::Plan::Free => Self::Free,
            model::Plan::Pro => Self::Pro,
            model::Plan::Flagship => Self::Flagship,
            model::Plan::Premier => Self::Premier,
        }
    }
}

impl From<Plan> for model::Plan {
    fn from(plan: Plan) -> Self {
        match plan {
            Plan::Free => Self::Free,
            Plan::Pro => Self::Pro,
            Plan::Flagship => Self::Flagship,
            Plan::Premier => Self::Premier,
        }
    }
}

/// Whether an app serves.
#[derive(Clone, Copy, Serialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export_to = "apps.ts")]
pub(crate) enum AppStatus {
    /// It does.
    Active,
    /// It is stopped.
    Suspended,
    /// It is deleted, and can be restored.
    Deleting,
}

impl From<model::AppStatus> for AppStatus {
    fn from(status: model::AppStatus) -> Self {
        match status {
            model::AppStatus::Active => Self::Active,
            model::AppStatus::Suspended => Self::Suspended,
            model::AppStatus::Deleting => Self::Deleting,
        }
    }
}

/// Who has suspended an app.
#[derive(Clone, Copy, Serialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export_to = "apps.ts")]
pub(crate) enum SuspendedBy {
    /// Its organisation.
    Owner,
    /// The operator, and only the operator resumes it.
    Operator,
    /// Nobody: its organisation owes money.
    Arrears,
}

impl From<model::Authority> for SuspendedBy {
    fn from(authority: model::Authority) -> Self {
        match authority {
            model::Authority::Owner => Self::Owner,
            model::Authority::Operator => Self::Operator,
        }
    }
}

/// What an app can be used for.
#[derive(Clone, Copy, Serialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export_to = "apps.ts")]
pub(crate) enum Service {
    /// 即时通讯.
    Im,
}

/// Name of a data centre.
#[derive(Serialize, TS)]
#[ts(export_to = "apps.ts")]
pub(crate) struct DataCenterName {
    id: String,
    name_zh: String,
    name_en: String,
}

impl From<&Center> for DataCenterName {
    fn from(center: &Center) -> Self {
        Self {
            id: center.id.clone(),
            name_zh: center.name_zh.clone(),
            name_en: center.name_en.clone(),
        }
    }
}

/// 所在地.
#[derive(Clone, Copy, Serialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export_to = "apps.ts")]
pub(crate) enum Region {
    /// 国内.
    Domestic,
    /// 海外.
    Overseas,
}

/// A place where apps can be.
#[derive(Serialize, TS)]
#[ts(export_to = "apps.ts")]
pub(crate) struct DataCenter {
    #[serde(flatten)]
    name: DataCenterName,
    region: Region,
    rest_hosts: Vec<String>,
    ws_hosts: Vec<String>,
}

impl From<&Center> for DataCenter {
    fn from(center: &Center) -> Self {
        Self {
            name: center.into(),
            region: match center.region {
                data_centers::Region::Domestic => Region::Domestic,
                data_centers::Region::Overseas => Region::Overseas,
            },
            rest_hosts: center.rest_hosts.clone(),
            ws_hosts: center.ws_hosts.clone(),
        }
    }
}

/// An app in a list.
#[derive(Serialize, TS)]
#[ts(export_to = "apps.ts")]
pub(crate) struct App {
    org: String,
    name: String,
    app_key: String,
    product_name: String,
    description: String,
    data_center: DataCenterName,
    status: AppStatus,
    suspended_by: Option<SuspendedBy>,
    plan: Plan,
    services: Vec<Service>,
    created: Timestamp,
    modified: Timestamp,
    /// When it was deleted.
    deleted: Option<Timestamp>,
    restorable_until: Option<Timestamp>,
}

impl App {
    pub(crate) fn of(p: &Platform, app: &model::App) -> Self {
        Self {
            org: app.org.clone(),
            name: app.name.clone(),
            app_key: app.key(),
            product_name: app.product_name.clone(),
            description: app.description.clone(),
            data_center: (&centers::of_app(p, &app.data_center)).into(),
            status: match app.status {
                model::AppStatus::Active if app.in_arrears => AppStatus::Suspended,
                status => status.into(),
            },
            suspended_by: match app.suspended_by {
                None if app.in_arrears => Some(SuspendedBy::Arrears),
                by => by.map(Into::into),
            },
            plan: app.plan.into(),
            services: vec![Service::Im],
            created: app.created,
            modified: app.modified,
            // Nothing changes it once it is deleted.
            deleted: app.restorable_until.map(|_| app.modified),
            restorable_until: app.restorable_until,
        }
    }
}

/// 应用详情.
#[derive(Serialize, TS)]
#[ts(export_to = "apps.ts")]
pub(crate) struct AppDetail {
    #[serde(flatten)]
    app: App,
    uuid: String,
    client_id: String,
    /// The organisation's name for people; empty if it has none.
    org_title: String,
    rest_hosts: Vec<String>,
    ws_hosts: Vec<String>,
    /// 0 is for ever.
    token_ttl_seconds: u64,
    /// Whether the client secret can be shown.
    secret_known: bool,
    /// While the secret before the last reset still holds: until when.
    previous_secret_until: Option<Timestamp>,
}

impl AppDetail {
    pub(crate) fn of(p: &Platform, detail: Detail) -> Self {
        let Detail { app, org_title, data_center, secret } = detail;
        Self {
            uuid: app.uuid.clone(),
            client_id: app.client_id.clone(),
            org_title,
            rest_hosts: data_center.rest_hosts,
            ws_hosts: data_center.ws_hosts,
            token_ttl_seconds: app.settings.token_ttl_seconds,
            secret_known: secret.known,
            previous_secret_until: secret.previous_until,
            app: App::of(p, &app),
        }
    }
}
