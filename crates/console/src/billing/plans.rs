//! 版本目录: the catalogue of plans, as the operator sees it.

use hongyan_model::Catalogue;
use hongyan_platform::plans;
use hongyan_platform::roles::Permission;
use http::{Method, StatusCode};
use serde::Serialize;
use ts_rs::TS;

use crate::answer::Answer;
use crate::apps::shapes::Plan;
use crate::call::Call;
use crate::endpoint::{Access, Routes, write};
use crate::errors::Failure;

const OPERATE: Access = Access::Staff(Permission::ManageInstallation);

pub(super) fn routes() -> Routes {
    Routes::default().get("/operator/billing/catalogue", OPERATE, show).write(
        Method::POST,
        "/operator/billing/catalogue/reload",
        OPERATE,
        write("billing", "reload_catalogue"),
        reload,
    )
}

/// The catalogue of plans.
#[derive(Serialize, TS)]
#[ts(export_to = "billing.ts")]
pub(crate) struct CatalogueText {
    id: String,
    /// The setting: a preset, or a file.
    source: String,
    text: String,
    /// The preset that it is compared with.
    base: String,
    differences: Vec<CatalogueDifference>,
}

/// What is different from the preset.
#[derive(Serialize, TS)]
#[ts(export_to = "billing.ts")]
pub(crate) struct CatalogueDifference {
    key: String,
    plan: Option<Plan>,
    was: String,
    is: String,
}

fn answer(call: &Call, catalogue: &Catalogue) -> Answer {
    let (base, differences) = plans::differences(catalogue);
    let difference = |difference: plans::Difference| CatalogueDifference {
        key: difference.key,
        plan: difference.plan.map(Into::into),
        was: difference.was,
        is: difference.is,
    };
    Answer::json(&CatalogueText {
        id: catalogue.id.clone(),
        source: call.platform().console().plans.clone(),
        text: catalogue.text.clone(),
        base,
        differences: differences.into_iter().map(difference).collect(),
    })
}

async fn show(call: Call) -> Result<Answer, Failure> {
    Ok(answer(&call, &plans::current(call.platform())))
}

async fn reload(call: Call) -> Result<Answer, Failure> {
    let p = call.platform().clone();
    match tokio::task::spawn_blocking(move || plans::reload(&p)).await {
        Ok(Ok(catalogue)) => Ok(answer(&call, &catalogue)),
        Ok(Err(why)) => {
            let message = "the catalogue cannot be used; the one before still is";
            Err(Failure::new(StatusCode::CONFLICT, "catalogue_invalid", message).with("why", why))
        }
        Err(_) => {
            Err(Failure::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "internal error"))
        }
    }
}
