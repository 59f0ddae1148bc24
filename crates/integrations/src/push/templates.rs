//! Templates of notices (模板管理).

use hongyan_model::{App, Feature, PushLanguage, Refusal, Result, Timestamp};
use hongyan_store::push_templates::{self as stored, Inserted, PushTemplate};

use super::content::{self, DEFAULT, DETAIL, Templates};
use crate::Integrations;

/// Templates that every app has.
const BUILT_IN: [&str; 2] = [DEFAULT, DETAIL];
/// Length of a name in characters.
const NAME_CHARS: usize = 64;
/// Length of a title in characters.
const TITLE_CHARS: usize = 200;
/// Length of a text in characters.
const CONTENT_CHARS: usize = 1000;

/// A template, built in or not.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Template {
    /// Name, unique in the app.
    pub name: String,
    /// The title, with its places for words: `{0}`, `{$fromNickname}`, `{$dynamicFrom}`, `{$msg}`.
    pub title: String,
    /// The text, likewise.
    pub content: String,
    /// Whether every app has it: it can be changed, not removed.
    pub built_in: bool,
    /// When it was made; `None`: it is as it was built in.
    pub created: Option<Timestamp>,
    /// When it was last changed.
    pub updated: Option<Timestamp>,
}

/// The templates of an app, those that are built in first.
pub async fn templates(i: &Integrations, app: &App) -> Result<Vec<Template>> {
    let mut stored = stored::list(i.store(), app.id).await?;
    let mut all = Vec::with_capacity(stored.len() + BUILT_IN.len());
    for name in BUILT_IN {
        let changed = stored.iter().position(|template| template.name == name);
        all.push(match changed {
            Some(place) => of_stored(stored.remove(place)),
            None => built_in(name, app.settings.push.language),
        });
    }
    all.extend(stored.into_iter().map(of_stored));
    Ok(all)
}

/// One template.
pub async fn template(i: &Integrations, app: &App, name: &str) -> Result<Template> {
    require(app)?;
    if name.contains('\0') {
        return Err(not_found(name));
    }
    match stored::find(i.store(), app.id, name).await? {
        Some(found) => Ok(of_stored(found)),
        None if BUILT_IN.contains(&name) => Ok(built_in(name, app.settings.push.language)),
        None => Err(not_found(name)),
    }
}

/// Adds a template; one with the name of a built-in one takes its place.
pub async fn add_template(
    i: &Integrations,
    app: &App,
    name: &str,
    (title, content): (&str, &str),
) -> Result<Template> {
    require(app)?;
    check_name(name)?;
    check(title, content)?;
    let now = i.0.clock.now();
    let new = PushTemplate {
        name: name.to_owned(),
        title: title.to_owned(),
        content: content.to_owned(),
        created: now,
        updated: now,
    };
    let most = app.most(Feature::PushTemplatesMax);
    match stored::insert(i.store(), app.id, &new, (most, &BUILT_IN)).await? {
        Inserted::Done => {
            i.0.pushing.changed();
            Ok(of_stored(new))
        }
        Inserted::Exists => Err(Refusal::PushTemplateExists { name: name.to_owned() }.into()),
        Inserted::Full => Err(Refusal::QuotaExceeded { feature: Feature::PushTemplatesMax }.into()),
    }
}

/// Changes what a template says.
pub async fn edit_template(
    i: &Integrations,
    app: &App,
    name: &str,
    (title, content): (&str, &str),
) -> Result<Template> {
    require(app)?;
    check(title, content)?;
    let now = i.0.clock.now();
    if !stored::update(i.store(), app.id, name, (title, content), now).await? {
        if !BUILT_IN.contains(&name) {
            return Err(not_found(name));
        }
        return add_template(i, app, name, (title, content)).await;
    }
    i.0.pushing.changed();
    template(i, app, name).await
}

/// Removes a template; a built-in one says again what it said at first. Answers it as it was.
pub async fn remove_template(i: &Integrations, app: &App, name: &str) -> Result<Template> {
    require(app)?;
    let Some(found) = stored::find(i.store(), app.id, name).await? else {
        return Err(not_found(name));
    };
    stored::delete(i.store(), app.id, name).await?;
    i.0.pushing.changed();
    Ok(of_stored(found))
}

/// What every template of an app says: title and text, by name.
pub(super) async fn by_name(i: &Integrations, app: &App) -> Result<Templates> {
    let stored = stored::list(i.store(), app.id).await?;
    // What is built in depends on the reader's language, unless somebody has changed it.
    Ok(stored.into_iter().map(|one| (one.name, (one.title, one.content))).collect())
}

fn built_in(name: &str, language: PushLanguage) -> Template {
    let (title, content) = content::built_in(name, language);
    Template {
        name: name.to_owned(),
        title: title.to_owned(),
        content: content.to_owned(),
        built_in: true,
        created: None,
        updated: None,
    }
}

fn of_stored(template: PushTemplate) -> Template {
    Template {
        built_in: BUILT_IN.contains(&template.name.as_str()),
        name: template.name,
        title: template.title,
        content: template.content,
        created: Some(template.created),
        updated: Some(template.updated),
    }
}

fn require(app: &App) -> Result<(), Refusal> {
    let feature = Feature::PushAdvanced;
    if app.enabled(feature) { Ok(()) } else { Err(Refusal::FeatureDisabled { feature }) }
}

fn check_name(name: &str) -> Result<(), Refusal> {
    if name.is_empty() {
        return Err(Refusal::Missing { name: "name" });
    }
    if name.chars().count() > NAME_CHARS {
        return Err(Refusal::TooLong { name: "name", limit: NAME_CHARS });
    }
    if !name.chars().all(char::is_alphanumeric) {
        let why = "letters and digits only".to_owned();
        return Err(Refusal::Invalid { name: "name", why });
    }
    Ok(())
}

fn check(title: &str, content: &str) -> Result<(), Refusal> {
    let fields =
        [("title_pattern", title, TITLE_CHARS), ("content_pattern", content, CONTENT_CHARS)];
    for (name, text, limit) in fields {
        // PostgreSQL has no text with it.
        if text.contains('\0') {
            let why = "holds a NUL character".to_owned();
            return Err(Refusal::Invalid { name, why });
        }
        if text.trim().is_empty() {
            return Err(Refusal::Missing { name });
        }
        if text.chars().count() > limit {
            return Err(Refusal::TooLong { name, limit });
        }
    }
    Ok(())
}

fn not_found(name: &str) -> hongyan_model::Error {
    Refusal::PushTemplateNotFound { name: name.to_owned() }.into()
}
