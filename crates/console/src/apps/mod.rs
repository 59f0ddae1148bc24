//! 应用列表 and 应用详情: an organisation's apps.

pub(crate) mod credentials;
pub(crate) mod shapes;

use std::sync::Arc;

use hongyan_model as model;
use hongyan_platform::apps::{self, AppFilter, AppRequest, AppTexts};
use hongyan_platform::data_centers;
use hongyan_platform::roles::Permission;
use http::Method;
use serde::Deserialize;
use ts_rs::TS;

use crate::answer::Answer;
use crate::call::Call;
use crate::endpoint::{Access, Routes, protected, write};
use crate::errors::Failure;

use shapes::{App, AppDetail, DataCenter};

pub(crate) fn routes() -> Routes {
    const ALL: &str = "/apps";
    const ONE: &str = "/apps/{org}/{app}";
    const SUSPEND: Access = Access::App(Permission::SuspendApp);
    const DELETE: Access = Access::App(Permission::DeleteApp);
    Routes::default()
        .get("/data-centers", Access::Staff(Permission::ReadApp), centers)
        .get(ALL, Access::Staff(Permission::ReadApp), list)
        .write(
            Method::POST,
            ALL,
            Access::Staff(Permission::CreateApp),
            write("apps", "create"),
            create,
        )
        .get(ONE, Access::App(Permission::ReadApp), detail)
        .write(Method::PUT, ONE, Access::App(Permission::EditApp), write("apps", "edit"), edit)
        .write(Method::DELETE, ONE, DELETE, protected("apps", "delete"), delete)
        .write(Method::POST, "/apps/{org}/{app}/restore", DELETE, write("apps", "restore"), restore)
        .write(
            Method::POST,
            "/apps/{org}/{app}/suspend",
            SUSPEND,
            write("apps", "suspend"),
            suspend,
        )
        .write(Method::POST, "/apps/{org}/{app}/resume", SUSPEND, write("apps", "resume"), resume)
        .merge(credentials::routes())
}

/// Which apps a list shows.
#[derive(Deserialize, Default)]
#[serde(default)]
struct ListQuery {
    org: Option<String>,
    search: String,
    deleted: bool,
}

/// An app to be made.
#[derive(Deserialize, TS)]
#[ts(export_to = "apps.ts")]
pub(crate) struct CreateApp {
    /// Operators name the organisation.
    #[ts(optional)]
    org: Option<String>,
    name: String,
    /// Id.
    data_center: String,
    product_name: String,
    description: String,
    open_registration: bool,
}

/// What can be changed of an app; absent fields stay.
#[derive(Deserialize, TS)]
#[ts(export_to = "apps.ts", optional_fields)]
pub(crate) struct EditApp {
    product_name: Option<String>,
    description: Option<String>,
}

/// The App Key, typed in by whoever deletes the app.
#[derive(Deserialize, TS)]
#[ts(export_to = "apps.ts")]
pub(crate) struct DeleteApp {
    app_key: String,
}

async fn centers(call: Call) -> Result<Answer, Failure> {
    let centers = data_centers::list(call.platform()).iter().map(DataCenter::from);
    Ok(Answer::json(&centers.collect::<Vec<_>>()))
}

async fn list(call: Call) -> Result<Answer, Failure> {
    let ListQuery { org, search, deleted } = call.query()?;
    let org = org.filter(|org| !org.is_empty());
    let p = call.platform();
    let apps = apps::list(p, &call.session()?.staff, &AppFilter { org, search, deleted }).await?;
    Ok(Answer::json(&apps.iter().map(|app| App::of(p, app)).collect::<Vec<_>>()))
}

async fn create(call: Call) -> Result<Answer, Failure> {
    let CreateApp { org, name, data_center, product_name, description, open_registration } =
        call.body()?;
    let org = org.filter(|org| !org.is_empty());
    let wanted =
        AppRequest { org, name, data_center, product_name, description, open_registration };
    let app = apps::create_as(call.platform(), &call.session()?.staff, wanted).await?;
    Ok(answer(&call, &app).about(&app))
}

async fn detail(call: Call) -> Result<Answer, Failure> {
    let p = call.platform();
    let detail = apps::detail(p, call.app()?).await?;
    Ok(Answer::json(&AppDetail::of(p, detail)))
}

async fn edit(call: Call) -> Result<Answer, Failure> {
    let EditApp { product_name, description } = call.body()?;
    let texts = AppTexts { product_name, description };
    Ok(answer(&call, &apps::edit(call.platform(), call.app()?.id, texts).await?))
}

async fn suspend(call: Call) -> Result<Answer, Failure> {
    let by = call.session()?.staff.authority();
    Ok(answer(&call, &apps::suspend(call.platform(), call.app()?.id, by).await?))
}

async fn resume(call: Call) -> Result<Answer, Failure> {
    let by = call.session()?.staff.authority();
    Ok(answer(&call, &apps::resume(call.platform(), call.app()?.id, by).await?))
}

async fn delete(call: Call) -> Result<Answer, Failure> {
    let DeleteApp { app_key } = call.body()?;
    Ok(answer(&call, &apps::delete(call.platform(), call.app()?.id, &app_key).await?))
}

async fn restore(call: Call) -> Result<Answer, Failure> {
    let by = call.session()?.staff.authority();
    Ok(answer(&call, &apps::restore(call.platform(), call.app()?.id, by).await?))
}

/// The app as it is after a write.
fn answer(call: &Call, app: &Arc<model::App>) -> Answer {
    Answer::json(&App::of(call.platform(), app))
}
