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
    warnings: Vec<CatalogueWarning>,
}

/// What is different from the preset.
#[derive(Serialize, TS)]
#[ts(export_to = "billing.ts")]
pub(crate) struct CatalogueDifference {
    plan: Option<Plan>,
    /// The service or feature that it belongs to.
    key: Option<String>,
    /// Its name; empty without one.
    name_zh: String,
    name_en: String,
    /// What of it, as in the file.
    field: &'static str,
    /// As in the file; empty: not there.
    was: String,
    is: String,
}

/// A limit that is worth a look.
#[derive(Serialize, TS)]
#[ts(export_to = "billing.ts")]
pub(crate) struct CatalogueWarning {
    plan: Plan,
    name_zh: &'static str,
    name_en: &'static str,
    /// The plan below that has more; `null`: it had more before the file was changed.
    below: Option<Plan>,
    /// What is more; `null`: no limit.
    than: Option<u64>,
    limit: Option<u64>,
}

fn answer(call: &Call, catalogue: &Catalogue, warnings: &[plans::Warning]) -> Answer {
    let (base, differences) = plans::differences(catalogue);
    let preset = plans::preset(&base).and_then(|text| Catalogue::parse(text).ok());
    let names = |place: &plans::Place| {
        if let Some(feature) = place.feature {
            let spec = feature.spec();
            return (Some(spec.key.to_owned()), spec.name_zh.to_owned(), spec.name_en.to_owned());
        }
        let Some(key) = &place.service else { return Default::default() };
        let before = preset.as_ref().and_then(|preset| preset.service(key));
        let service = catalogue.service(key).or(before);
        let names = service.map(|service| (service.name_zh.clone(), service.name_en.clone()));
        let (name_zh, name_en) = names.unwrap_or_default();
        (Some(key.clone()), name_zh, name_en)
    };
    let difference = |difference: plans::Difference| {
        let plans::Difference { place, was, is } = difference;
        let (key, name_zh, name_en) = names(&place);
        let (plan, field) = (place.plan.map(Into::into), place.field);
        CatalogueDifference { plan, key, name_zh, name_en, field, was, is }
    };
    let warning = |warning: &plans::Warning| CatalogueWarning {
        plan: warning.plan.into(),
        name_zh: warning.feature.spec().name_zh,
        name_en: warning.feature.spec().name_en,
        below: warning.below.map(Into::into),
        than: warning.than,
        limit: warning.limit,
    };
    Answer::json(&CatalogueText {
        id: catalogue.id.clone(),
        source: call.platform().console().plans.clone(),
        text: catalogue.text.clone(),
        base,
        differences: differences.into_iter().map(difference).collect(),
        warnings: warnings.iter().map(warning).collect(),
    })
}

async fn show(call: Call) -> Result<Answer, Failure> {
    let catalogue = plans::current(call.platform());
    Ok(answer(&call, &catalogue, &plans::warnings(&catalogue)))
}

async fn reload(call: Call) -> Result<Answer, Failure> {
    let p = call.platform().clone();
    match tokio::task::spawn_blocking(move || plans::reload(&p)).await {
        Ok(Ok(reloaded)) => Ok(answer(&call, &reloaded.catalogue, &reloaded.warnings)),
        Ok(Err(why)) => {
            let message = "the catalogue cannot be used; the one before still is";
            Err(Failure::new(StatusCode::CONFLICT, "catalogue_invalid", message).with("why", why))
        }
        Err(_) => {
            Err(Failure::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "internal error"))
        }
    }
}
