//! The words and numbers of the endpoints of moderation.

use hongyan_model::{Feature, ModerationRefusal, Refusal};
use http::{Method, StatusCode};

use super::{ErrorBody, not_found};
use crate::call::{Area, Context};

/// The answer to a refusal of one of those endpoints, if it has words of its own.
pub(super) fn refused(refusal: &Refusal, context: &Context) -> Option<ErrorBody> {
    if context.area != Area::Moderation {
        return None;
    }
    let is_check = context.route == "/moderation/txt/check";
    let is_list = context.route.starts_with("/moderation/text/list");
    Some(match refusal {
        Refusal::FeatureDisabled { .. } if is_check => text_off(),
        Refusal::FeatureDisabled { .. } if is_list => bad("moderation org data is empty"),
        Refusal::Missing { name: "content" } => {
            bad("message content is empty or null").with_code(Some(4_000_005))
        }
        Refusal::TooLong { name: "content", limit } => {
            bad(format!("message content is longer than {limit} characters"))
                .with_code(Some(4_000_005))
        }
        Refusal::Missing { name: "wordContents" | "wordIds" } => bad("request data is empty"),
        Refusal::Missing { name: "id" | "word" | "wordId" } => bad("the param can not be empty"),
        Refusal::Missing { .. } if is_list => bad("request param is empty"),
        Refusal::QuotaExceeded { feature: Feature::KeywordListsMax } => {
            bad("The textList count exceeds the maximum number")
        }
        Refusal::QuotaExceeded { feature: Feature::KeywordsMax }
        | Refusal::TooMany { name: "textContexts" | "wordContents", .. } => {
            bad("The text count exceeds the maximum number")
        }
        Refusal::TooMany { name, limit } => bad(format!("{name} is more than max limit : {limit}")),
        Refusal::TooLong { name, limit } => {
            bad(format!("{name} is longer than {limit} characters"))
        }
        Refusal::Moderation(refusal) => moderation(*refusal, context),
        _ => return None,
    })
}

fn moderation(refusal: ModerationRefusal, context: &Context) -> ErrorBody {
    use ModerationRefusal as R;
    let removes_word = context.method == Method::DELETE && context.route.ends_with("/word");
    match refusal {
        R::ListNotFound if removes_word => bad("request data is empty"),
        R::ListNotFound => bad("textList data is empty"),
        R::ListExists => bad("The textList already exists"),
        R::WordNotFound => bad("text data is empty"),
        R::WordExists => bad("The textList already contains the text"),
        R::TextOff => text_off(),
        R::NoTextRule => bad("text rule moderation not exist").with_code(Some(4_000_303)),
        R::TextRuleOff => bad("text rule moderation not active").with_code(Some(4_000_404)),
        R::ExportNotFound => {
            not_found("entity_not_found", "EntityNotFoundException", refusal.to_string())
        }
        R::ExportNotReady => bad(refusal.to_string()),
    }
}

fn text_off() -> ErrorBody {
    bad("text moderation not open").with_code(Some(4_000_404))
}

fn bad(description: impl Into<String>) -> ErrorBody {
    ErrorBody::new(StatusCode::BAD_REQUEST, "Bad Request", "BadRequestException", description)
}
