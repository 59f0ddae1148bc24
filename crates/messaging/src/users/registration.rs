//! How users come to be.

use std::collections::BTreeMap;

use hongyan_model::{Actor, App, Caller, Feature, Refusal, Result, User, UserId, limits};
use hongyan_platform::password;
use hongyan_store::counters::{Counted, count};
use hongyan_store::users::{self as stored, Insertion, NewUser as StoredUser};
use uuid::Uuid;

use crate::Messaging;

use super::{changed, check_nickname, check_password, fresh_epoch};

/// A user to be registered.
#[derive(Clone, PartialEq, Eq)]
pub struct NewUser {
    /// User id, folded to lower case.
    pub username: String,
    /// Password.
    pub password: String,
    /// Push nickname.
    pub nickname: Option<String>,
}

/// What became of a batch.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BatchRegistration {
    /// Those who are users now.
    pub registered: Vec<User>,
    /// Those who are not: user id and reason.
    pub failed: Vec<(String, Refusal)>,
}

/// A user as asked for, with everything checked that needs no database.
struct Draft {
    id: UserId,
    password: String,
    nickname: Option<String>,
}

/// Registers a user. Without a caller it is an open registration, which the app may allow.
pub async fn register(
    m: &Messaging,
    caller: Option<&Caller>,
    app: &App,
    new: NewUser,
) -> Result<User> {
    may_register(caller, app)?;
    let draft = check(app, new)?;
    let id = draft.id.clone();
    let mut outcome = store_new(m, app, vec![draft]).await?;
    let refused = |failed: &mut Vec<(String, Refusal)>| failed.pop().map(|(_, refusal)| refusal);
    let registered = outcome.registered.pop();
    registered.ok_or_else(|| refused(&mut outcome.failed).unwrap_or_else(|| exists(&id)).into())
}

/// Registers up to 60 users, as many of them as the app has room for. A taken name is a failed row, and so is one
/// for which there is no room; an illegal one refuses the whole call, and so does an app that has no room at all.
pub async fn register_batch(
    m: &Messaging,
    caller: Option<&Caller>,
    app: &App,
    new: Vec<NewUser>,
) -> Result<BatchRegistration> {
    may_register(caller, app)?;
    if new.is_empty() {
        return Err(Refusal::Missing { name: "users" }.into());
    }
    if new.len() > limits::REGISTRATION_BATCH {
        return Err(Refusal::TooMany { name: "users", limit: limits::REGISTRATION_BATCH }.into());
    }
    let mut drafts = Vec::with_capacity(new.len());
    let mut seen: BTreeMap<UserId, String> = BTreeMap::new();
    for draft in new.into_iter().map(|new| check(app, new)) {
        let draft = draft?;
        match seen.get(&draft.id) {
            None => {
                seen.insert(draft.id.clone(), draft.password.clone());
                drafts.push(draft);
            }
            Some(password) if *password == draft.password => {}
            Some(_) => {
                let why = format!("the same user {} has a different password", draft.id);
                return Err(Refusal::Invalid { name: "passwords", why }.into());
            }
        }
    }
    let outcome = store_new(m, app, drafts).await?;
    let is_full = |(_, refusal): &(String, Refusal)| *refusal == full();
    match outcome.failed.iter().any(is_full) && outcome.registered.is_empty() {
        true => Err(full().into()),
        false => Ok(outcome),
    }
}

/// The user `id`, made without a password if there is none: it logs in with tokens from the customer's server.
pub(crate) async fn create_without_password(m: &Messaging, app: &App, id: &UserId) -> Result<User> {
    require_no_word_of_paths(id)?;
    let new = StoredUser { user: fresh_user(m, id.clone(), None), password_hash: None };
    let most = app.quota(Feature::RegisteredUsersMax);
    let outcome = stored::insert(m.store(), app.id, &[new], most).await?;
    changed(m, app.id, id);
    if outcome == [Insertion::TooMany] {
        return Err(full().into());
    }
    // If another call was faster, its user is the one.
    let user = stored::find(m.store(), app.id, id).await?;
    user.ok_or_else(|| Refusal::UserNotFound { user: id.to_string() }.into())
}

/// Who may register users: the app's server, and where registration is open anybody without a token.
pub fn may_register(caller: Option<&Caller>, app: &App) -> Result<(), Refusal> {
    match caller.map(|caller| &caller.actor) {
        Some(Actor::App) => Ok(()),
        Some(Actor::User(_)) => Err(Refusal::NotPermitted),
        None if app.settings.open_registration => Ok(()),
        None => Err(Refusal::RegistrationClosed),
    }
}

/// Users of these names could not be addressed by REST.
fn require_no_word_of_paths(id: &UserId) -> Result<(), Refusal> {
    match ["batch", "capacity", "get", ".", ".."].contains(&id.as_str()) {
        true => Err(Refusal::InvalidUserId { given: id.to_string() }),
        false => Ok(()),
    }
}

fn check(app: &App, new: NewUser) -> Result<Draft, Refusal> {
    if new.username.is_empty() {
        return Err(Refusal::Missing { name: "username" });
    }
    let id = UserId::parse(&new.username)?;
    require_no_word_of_paths(&id)?;
    if new.password.is_empty() {
        return Err(Refusal::Missing { name: "password" });
    }
    check_password(&new.password)?;
    if let Some(nickname) = &new.nickname {
        check_nickname(app, nickname)?;
    }
    Ok(Draft { id, password: new.password, nickname: new.nickname })
}

async fn store_new(m: &Messaging, app: &App, drafts: Vec<Draft>) -> Result<BatchRegistration> {
    let ids: Vec<UserId> = drafts.iter().map(|draft| draft.id.clone()).collect();
    let taken = stored::existing(m.store(), app.id, &ids).await?;
    let mut failed: Vec<(String, Refusal)> =
        taken.iter().map(|id| (id.to_string(), exists(id))).collect();

    let most = app.quota(Feature::RegisteredUsersMax);
    let has_room = match most {
        Some(most) => count(m.store(), app.id, Counted::Users).await? < most,
        None => true,
    };
    let mut free: Vec<Draft> =
        drafts.into_iter().filter(|draft| !taken.contains(&draft.id)).collect();
    if !has_room {
        failed.extend(free.drain(..).map(|draft| (draft.id.to_string(), full())));
    }
    // Hashing takes its time: not within the transaction, and not for those who are refused anyway.
    let hashed = futures_util::future::try_join_all(free.into_iter().map(|draft| async move {
        let password_hash = password::hash(m.platform(), draft.password).await?;
        Ok::<_, hongyan_model::Error>((draft.id, draft.nickname, password_hash))
    }))
    .await?;
    let new: Vec<StoredUser> = hashed
        .into_iter()
        .map(|(id, nickname, password_hash)| StoredUser {
            user: fresh_user(m, id, nickname),
            password_hash: Some(password_hash),
        })
        .collect();

    let outcomes = stored::insert(m.store(), app.id, &new, most).await?;
    let mut registered = Vec::with_capacity(new.len());
    for (StoredUser { user, .. }, outcome) in new.into_iter().zip(outcomes) {
        changed(m, app.id, &user.id);
        match outcome {
            Insertion::Done => registered.push(user),
            Insertion::Taken => failed.push((user.id.to_string(), exists(&user.id))),
            Insertion::TooMany => failed.push((user.id.to_string(), full())),
        }
    }
    Ok(BatchRegistration { registered, failed })
}

fn fresh_user(m: &Messaging, id: UserId, nickname: Option<String>) -> User {
    let now = m.clock().now();
    User {
        id,
        uuid: Uuid::new_v4().to_string(),
        nickname,
        activated: true,
        token_epoch: fresh_epoch(m),
        created: now,
        modified: now,
    }
}

/// The app has as many users as it may have.
fn full() -> Refusal {
    Refusal::QuotaExceeded { feature: Feature::RegisteredUsersMax }
}

fn exists(id: &UserId) -> Refusal {
    Refusal::UserExists { user: id.to_string() }
}
