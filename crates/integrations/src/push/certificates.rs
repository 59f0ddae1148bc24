//! Push certificates (证书管理): adding, changing, trying them.

use std::time::{Duration, Instant};

use hongyan_model::{App, Error, Fault, Feature, Refusal, Result, Timestamp, UserId};
use hongyan_push::{Credential, Data, FieldError, NotSent, Notice, Outcome, Overrides, Reason};
use hongyan_store::push_certificates::{self as stored, Cause, PushCertificate, Written};
use hongyan_store::{push_bindings, pushes};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::channels::{self, Unusable};
use super::{rules, send};
use crate::Integrations;

/// Fields that are never shown again.
const SECRETS: [&str; 6] =
    ["file", "password", "server_key", "client_secret", "app_secret", "master_secret"];
/// A certificate that ends so soon is shown as ending.
const EXPIRING_MS: i64 = 30 * 24 * 3600 * 1000;

/// A certificate as a form writes it.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct CertificateForm {
    /// Of `hongyan_push::Credential`.
    pub kind: String,
    /// The fields of that kind. Of a certificate that exists, secrets that are absent or empty stay.
    pub fields: Map<String, Value>,
}

/// A certificate, without its secrets.
#[derive(Clone, PartialEq, Debug)]
pub struct Certificate {
    /// As it is stored.
    pub stored: PushCertificate,
    /// Its fields but the secrets.
    pub fields: Map<String, Value>,
    /// How it does.
    pub state: CertificateState,
    /// Notices that wait for it.
    pub waiting: u64,
}

/// How a certificate does.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum CertificateState {
    /// It is used.
    Ok,
    /// It is switched off.
    Disabled,
    /// Its vendor refused it too often.
    Banned {
        /// Until then.
        until: Timestamp,
        /// In the vendor's words.
        why: String,
    },
    /// Its vendor takes no more today.
    OverQuota {
        /// Until then.
        until: Timestamp,
        /// In the vendor's words.
        why: String,
    },
    /// It is used, and ends soon.
    Expiring,
    /// It has ended.
    Expired,
}

/// Why a certificate is not saved.
#[derive(Debug)]
pub enum CertificateRefusal {
    /// A field is wrong; which, and how.
    Field(FieldError),
    /// There is no such kind.
    UnknownKind,
    /// Another certificate has this name, which is in this field.
    NameTaken(&'static str),
    /// There is none of this id.
    NotFound,
    /// What is refused everywhere in the same words, and faults.
    Other(Error),
}

impl<E: Into<Error>> From<E> for CertificateRefusal {
    fn from(error: E) -> Self {
        Self::Other(error.into())
    }
}

/// What came of a test.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Tested {
    /// What the vendor said, or why it was not asked.
    pub outcome: Result<Outcome, NotSent>,
    /// How long that took.
    pub took: Duration,
}

/// The certificates of an app, the oldest first.
pub async fn all(i: &Integrations, app: &App) -> Result<Vec<Certificate>> {
    let now = i.0.clock.now();
    let waiting = pushes::waiting(i.store(), app.id).await?;
    let found = stored::list(i.store(), app.id).await?;
    let shown = |one: PushCertificate| {
        let waiting = waiting.iter().find(|(id, _)| *id == one.id).map_or(0, |(_, n)| *n);
        shown(one, waiting, now)
    };
    Ok(found.into_iter().map(shown).collect())
}

/// Adds a certificate, which is used at once.
pub async fn add(
    i: &Integrations,
    app: &App,
    form: CertificateForm,
) -> Result<Certificate, CertificateRefusal> {
    require(app)?;
    let credential = read(form, None)?;
    let (new, sealed) = made(i, Uuid::new_v4().simple().to_string(), credential).await?;
    let most = app.most(Feature::PushCertificatesMax);
    match stored::insert(i.store(), app.id, &new, &sealed, most).await? {
        Written::Done => {}
        Written::Full => {
            let feature = Feature::PushCertificatesMax;
            return Err(Refusal::QuotaExceeded { feature }.into());
        }
        Written::NameTaken | Written::NotFound => {
            return Err(CertificateRefusal::NameTaken(name_field(&new.kind)));
        }
    }
    i.0.pushing.changed();
    Ok(shown(new.clone(), 0, new.created))
}

/// Saves a certificate again; secrets that the form leaves out stay. What its vendor thought of it is forgotten.
pub async fn edit(
    i: &Integrations,
    app: &App,
    id: &str,
    form: CertificateForm,
) -> Result<Certificate, CertificateRefusal> {
    require(app)?;
    let Some((before, credential)) = channels::credential(i, app.id, id).await? else {
        return Err(CertificateRefusal::NotFound);
    };
    let credential = read(form, Some(&credential))?;
    let (new, sealed) = made(i, id.to_owned(), credential).await?;
    // Later than before, whatever the clock says: what is open is told by it.
    let updated = new.updated.max(before.updated + 1);
    let new = PushCertificate { created: before.created, enabled: before.enabled, updated, ..new };
    match stored::update(i.store(), app.id, &new, &sealed).await? {
        Written::Done => {}
        Written::NameTaken => return Err(CertificateRefusal::NameTaken(name_field(&new.kind))),
        Written::NotFound | Written::Full => return Err(CertificateRefusal::NotFound),
    }
    i.0.pushing.forget(app.id, id);
    one(i, app, id).await
}

/// Switches a certificate on or off.
pub async fn enable(
    i: &Integrations,
    app: &App,
    id: &str,
    enabled: bool,
) -> Result<Certificate, CertificateRefusal> {
    if enabled {
        require(app)?;
    }
    if !stored::set_enabled(i.store(), app.id, id, enabled).await? {
        return Err(CertificateRefusal::NotFound);
    }
    i.0.pushing.forget(app.id, id);
    one(i, app, id).await
}

/// Removes a certificate; what waits for it fails. Bindings to it stay, and reach nobody.
pub async fn remove(i: &Integrations, app: &App, id: &str) -> Result<(), CertificateRefusal> {
    let Some((found, _)) = stored::find(i.store(), app.id, id).await? else {
        return Err(CertificateRefusal::NotFound);
    };
    stored::delete(i.store(), app.id, id).await?;
    i.0.pushing.forget(app.id, id);
    send::give_up(i, app, &found).await?;
    Ok(())
}

/// Sends a notice to a device of a user that is bound to the certificate; `None` if it is not.
pub async fn test_device(
    i: &Integrations,
    app: &App,
    (id, user, device): (&str, &str, &str),
    notice: (&str, &str),
) -> Result<Option<Tested>, CertificateRefusal> {
    let user = UserId::parse(user)?;
    let (found, _) =
        stored::find(i.store(), app.id, id).await?.ok_or(CertificateRefusal::NotFound)?;
    let bound = push_bindings::of_user(i.store(), app.id, &user).await?;
    let mut bound = bound.into_iter();
    let of_device = bound.find(|one| one.device_id == device && one.notifier == found.name);
    match of_device {
        Some(binding) => {
            test(i, app, id, (user.as_str(), &binding.device_token), notice).await.map(Some)
        }
        None => Ok(None),
    }
}

/// Sends a notice to an address at the vendor.
pub async fn test_token(
    i: &Integrations,
    app: &App,
    (id, token): (&str, &str),
    notice: (&str, &str),
) -> Result<Tested, CertificateRefusal> {
    test(i, app, id, ("test", token), notice).await
}

async fn test(
    i: &Integrations,
    app: &App,
    id: &str,
    (user, token): (&str, &str),
    (title, text): (&str, &str),
) -> Result<Tested, CertificateRefusal> {
    let Some((found, credential)) = channels::credential(i, app.id, id).await? else {
        return Err(CertificateRefusal::NotFound);
    };
    // One of its own: what others were refused does not matter, and a test closes nothing.
    let channel = match i.0.pushing.open_fresh(credential).await? {
        Ok(channel) => channel,
        Err(Unusable(errors)) => return Err(first(errors)),
    };
    let mut overrides = Overrides::default();
    overrides.apns.voip = rules::is_for_calls(&found);
    // Vendors leave out what they have had.
    let message = i.0.ids.next(i.0.clock.now()).to_string();
    let data = Data::new(user, "test", &message, None);
    let notice = Notice::new(title, text, data, overrides);
    let begin = Instant::now();
    let outcome = channel.send(token, &notice).await;
    Ok(Tested { outcome, took: begin.elapsed() })
}

async fn one(i: &Integrations, app: &App, id: &str) -> Result<Certificate, CertificateRefusal> {
    let found = all(i, app).await?.into_iter().find(|one| one.stored.id == id);
    found.ok_or(CertificateRefusal::NotFound)
}

/// A certificate that was looked at, and its credential sealed.
async fn made(
    i: &Integrations,
    id: String,
    credential: Credential,
) -> Result<(PushCertificate, Vec<u8>), CertificateRefusal> {
    let now = i.0.clock.now();
    let facts = i.0.pushing.check(credential.clone(), now).await?.map_err(first)?;
    let sealed = channels::seal(i, &credential).await?;
    let mut fields = object(&credential)?;
    let kind = fields.remove("kind").and_then(|kind| Some(kind.as_str()?.to_owned()));
    fields.retain(|name, _| !SECRETS.contains(&name.as_str()));
    let new = PushCertificate {
        id,
        name: facts.notifier_name,
        kind: kind.unwrap_or_default(),
        vendor: credential.vendor().name().to_owned(),
        shown: Value::Object(fields).to_string(),
        enabled: true,
        expires: facts.expires_at,
        closed: None,
        created: now,
        updated: now,
    };
    Ok((new, sealed))
}

/// What a form says, with the secrets of `before` where it is of the same kind and the form leaves them out.
fn read(
    form: CertificateForm,
    before: Option<&Credential>,
) -> Result<Credential, CertificateRefusal> {
    let mut fields = form.fields;
    for (name, value) in &mut fields {
        // What is copied from a vendor's page often has spaces around it.
        if let Value::String(text) = value
            && !matches!(name.as_str(), "file" | "password")
        {
            *text = text.trim().to_owned();
        }
    }
    fields.retain(|_, value| !matches!(value, Value::Null) && value.as_str() != Some(""));
    if let Some(before) = before {
        let before = object(before)?;
        let same_kind = before.get("kind").and_then(Value::as_str) == Some(form.kind.as_str());
        // A new file comes with its own password, which may be empty.
        let has_file = fields.contains_key("file");
        for (name, value) in before.into_iter().filter(|_| same_kind) {
            let is_kept = SECRETS.contains(&name.as_str()) && !(name == "password" && has_file);
            if is_kept {
                fields.entry(name).or_insert(value);
            }
        }
    }
    fields.insert("kind".to_owned(), form.kind.into());
    let parse = |fields: &Map<String, Value>| {
        serde_json::from_value::<Credential>(Value::Object(fields.clone()))
    };
    let error = match parse(&fields) {
        Ok(credential) => return Ok(credential),
        Err(error) => error.to_string(),
    };
    if error.starts_with("unknown variant") && error.contains("apns_p12") {
        return Err(CertificateRefusal::UnknownKind);
    }
    // One that can be left out, and is of no value that there is.
    let wrong = FIELDS.into_iter().find(|name| {
        let mut without = fields.clone();
        without.remove(*name).is_some() && parse(&without).is_ok()
    });
    let missing = FIELDS.into_iter().find(|name| error == format!("missing field `{name}`"));
    let error = match (wrong, missing) {
        (Some(field), _) => FieldError { field, reason: Reason::UnknownValue },
        (None, Some(field)) => FieldError { field, reason: Reason::Required },
        (None, None) if fields.contains_key("environment") => {
            FieldError { field: "environment", reason: Reason::UnknownValue }
        }
        (None, None) => return Err(Refusal::Invalid { name: "fields", why: error }.into()),
    };
    Err(CertificateRefusal::Field(error))
}

/// Fields of all kinds.
const FIELDS: [&str; 27] = [
    "name",
    "file",
    "password",
    "environment",
    "bundle_id",
    "sound",
    "key_id",
    "team_id",
    "sender_id",
    "server_key",
    "channel_id",
    "priority",
    "shape",
    "with_apns",
    "app_id",
    "app_key",
    "app_secret",
    "client_id",
    "client_secret",
    "master_secret",
    "package",
    "project_id",
    "category",
    "action",
    "activity",
    "notify_level",
    "push_type",
];

/// The field that holds the name.
fn name_field(kind: &str) -> &'static str {
    match kind {
        "apns_p12" | "apns_p8" => "name",
        "fcm_v1" | "fcm_legacy" => "sender_id",
        "oppo" => "app_key",
        "harmony" => "client_id",
        _ => "app_id",
    }
}

fn first(errors: Vec<FieldError>) -> CertificateRefusal {
    match errors.into_iter().next() {
        Some(error) => CertificateRefusal::Field(error),
        None => Fault::new("a push certificate cannot be used", "no field is wrong").into(),
    }
}

fn object(credential: &Credential) -> Result<Map<String, Value>, Fault> {
    match serde_json::to_value(credential) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err(Fault::new("a push certificate cannot be written", "it is no object")),
        Err(error) => Err(Fault::new("a push certificate cannot be written", error.to_string())),
    }
}

fn shown(stored: PushCertificate, waiting: u64, now: Timestamp) -> Certificate {
    let closed = stored.closed.as_ref().filter(|closed| now < closed.until);
    let state = match (closed, stored.expires) {
        (_, Some(end)) if end <= now => CertificateState::Expired,
        _ if !stored.enabled => CertificateState::Disabled,
        (Some(closed), _) => {
            let (until, why) = (closed.until, closed.why.clone());
            match closed.cause {
                Cause::Banned => CertificateState::Banned { until, why },
                Cause::OverQuota => CertificateState::OverQuota { until, why },
            }
        }
        (None, Some(end)) if end - now < EXPIRING_MS => CertificateState::Expiring,
        _ => CertificateState::Ok,
    };
    let fields = serde_json::from_str(&stored.shown).unwrap_or_default();
    Certificate { stored, fields, state, waiting }
}

fn require(app: &App) -> Result<(), Refusal> {
    let feature = Feature::Push;
    if app.enabled(feature) { Ok(()) } else { Err(Refusal::FeatureDisabled { feature }) }
}
