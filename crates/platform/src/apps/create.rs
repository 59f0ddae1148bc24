//! Making an app.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hongyan_model::{App, AppId, AppSettings, Authority, Plan, Refusal, Result, StaffId};
use hongyan_store::apps::{self, NotMade};
use hongyan_store::staff;

use super::{DEFAULT_DATA_CENTER, names, secret};
use crate::staff::{AppGrants, Staff};
use crate::{Platform, data_centers, organisations, random};

/// An app to be made.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewApp {
    /// Organisation; made on demand.
    pub org: String,
    /// App name, unique in the organisation: 1–32 of `a-z 0-9 -`.
    pub name: String,
    /// Plan.
    pub plan: Plan,
    /// 产品名称, ≤ 32 characters.
    pub product_name: String,
    /// 描述, ≤ 512 characters.
    pub description: String,
    /// Id of the data centre.
    pub data_center: String,
    /// Settings to begin with.
    pub settings: AppSettings,
}

impl NewApp {
    /// An app on the largest plan with the default settings.
    #[must_use]
    pub fn named(org: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            org: org.into(),
            name: name.into(),
            plan: Plan::default(),
            product_name: String::new(),
            description: String::new(),
            data_center: DEFAULT_DATA_CENTER.to_owned(),
            settings: AppSettings::default(),
        }
    }
}

/// An app that staff asks for in the console.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AppRequest {
    /// Organisation; operators name one, members have theirs.
    pub org: Option<String>,
    /// App name, unique in the organisation: 1–32 of `a-z 0-9 -`.
    pub name: String,
    /// Id of the data centre.
    pub data_center: String,
    /// 产品名称, 1–32 characters.
    pub product_name: String,
    /// 描述, 1–512 characters.
    pub description: String,
    /// Whether anybody may register users.
    pub open_registration: bool,
}

/// What the customer's server proves itself with.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// Public half.
    pub client_id: String,
    /// Secret half.
    pub client_secret: String,
}

/// Makes an app and its credentials, on the operator's authority.
pub async fn create(p: &Platform, new: NewApp) -> Result<(Arc<App>, Credentials)> {
    insert(p, new, None).await
}

/// Makes an app on the free plan, as the console's dialog does. A member who may only work on some apps may work on
/// this one.
pub async fn create_as(p: &Platform, by: &Staff, wanted: AppRequest) -> Result<Arc<App>> {
    let AppRequest { org, name, data_center, product_name, description, open_registration } =
        wanted;
    organisations::within_reach(p, by, org.as_deref()).await?;
    let own = by.org.as_ref().map(|own| own.name.clone());
    let org = own.or(org).ok_or(Refusal::Missing { name: "org" })?;
    let trimmed = |name, text: String| match text.trim() {
        "" => Err(Refusal::Missing { name }),
        text => Ok(text.to_owned()),
    };
    let new = NewApp {
        name: trimmed("name", name)?,
        product_name: trimmed("product_name", product_name)?,
        description: trimmed("description", description)?,
        data_center: trimmed("data_center", data_center)?,
        plan: Plan::Free,
        settings: AppSettings { open_registration, ..AppSettings::default() },
        org,
    };
    if data_centers::find(p, &new.data_center).is_none() {
        let why = format!("there is no data centre {:?}", new.data_center);
        return Err(Refusal::Invalid { name: "data_center", why }.into());
    }
    let (app, _) = insert(p, new, most(p, by.authority())).await?;
    if matches!(by.apps, AppGrants::Only(_)) {
        grant(p, by.id, app.id).await?;
    }
    Ok(app)
}

/// How many apps an organisation may have.
pub(super) fn most(p: &Platform, by: Authority) -> Option<u64> {
    match by {
        Authority::Owner => Some(p.console().apps_per_org_max as u64),
        Authority::Operator => None,
    }
}

pub(super) fn too_many(p: &Platform) -> Refusal {
    Refusal::TooMany { name: "apps", limit: p.console().apps_per_org_max }
}

/// Puts an app within reach of a member who may only work on some.
async fn grant(p: &Platform, id: StaffId, app: AppId) -> Result<()> {
    staff::update(p.store(), id, |row| {
        if let Some(granted) = &mut row.granted_apps {
            granted.push(app);
        }
        Ok::<_, Refusal>(())
    })
    .await?;
    Ok(())
}

async fn insert(p: &Platform, new: NewApp, most: Option<u64>) -> Result<(Arc<App>, Credentials)> {
    names::check_org(&new.org)?;
    names::check_app(&new.name)?;
    names::check_texts(&new.product_name, &new.description)?;

    let client_id = format!("YXA6{}", URL_SAFE_NO_PAD.encode(random::bytes::<16>()?));
    let (client_secret, secret) = secret::fresh(p, &client_id).await?;
    let stored = apps::NewApp {
        org: new.org.clone(),
        name: new.name.clone(),
        uuid: uuid::Uuid::new_v4().to_string(),
        client_id: client_id.clone(),
        secret,
        plan: new.plan,
        product_name: new.product_name,
        description: new.description,
        data_center: new.data_center,
        settings: new.settings,
        most,
        created: p.clock().now(),
    };
    let app = apps::insert(p.store(), &stored).await?.map_err(|why| match why {
        NotMade::NameTaken => Refusal::AppExists { org: new.org, app: new.name },
        NotMade::OrgFull => too_many(p),
    })?;
    tracing::info!(app = app.key(), "app created");
    Ok((Arc::new(app), Credentials { client_id, client_secret }))
}
