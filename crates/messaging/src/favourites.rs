//! Favourites: what the app keeps for its users, messages or anything else. For the customer's server alone; users
//! are told of nothing.

use hongyan_model::{App, Caller, Favourite, Feature, Refusal, Result, Timestamp, UserId, limits};
use hongyan_store::favourites::{self as stored, Addition, Span};
use uuid::Uuid;

use crate::Messaging;
use crate::users::{existing, require_app};

/// Rows removed at once with a user.
const FORGOTTEN: usize = 200;

/// A favourite to be kept.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewFavourite {
    /// Its id, unique for its user, ≤ 128 bytes; otherwise one is made. What has it already is replaced.
    pub id: Option<String>,
    /// What it is, in the app's own numbers.
    pub kind: i32,
    /// Content.
    pub data: String,
    /// What else the app says of it; empty is none.
    pub ext: Option<String>,
    /// When it was made (Unix ms); `None` is now, or when it was made that is replaced.
    pub created: Option<Timestamp>,
}

/// Which favourites to list.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct FavouriteQuery {
    /// The page begins with this one, whatever the times.
    pub from: Option<String>,
    /// Made then (Unix ms) or later.
    pub begin: Option<Timestamp>,
    /// Made then (Unix ms) or earlier.
    pub end: Option<Timestamp>,
    /// Of this kind.
    pub kind: Option<i32>,
    /// Whether the oldest comes first, and not the newest.
    pub oldest_first: bool,
    /// Most favourites, at most 200.
    pub limit: usize,
}

/// Keeps a favourite.
pub async fn add(
    m: &Messaging,
    caller: &Caller,
    user: &str,
    new: NewFavourite,
) -> Result<Favourite> {
    let user = owner(m, caller, user).await?;
    let kept = keep(m, caller, &user, vec![new]).await?.pop();
    kept.ok_or_else(|| Refusal::FavouriteNotFound.into())
}

/// Keeps up to 20 favourites, all of them or none, in the order given.
pub async fn import(
    m: &Messaging,
    caller: &Caller,
    user: &str,
    new: Vec<NewFavourite>,
) -> Result<Vec<Favourite>> {
    let user = owner(m, caller, user).await?;
    check_batch("collections", new.len())?;
    keep(m, caller, &user, new).await
}

/// Sets what else the app says of a favourite, empty for nothing; the favourite after that.
pub async fn set_ext(
    m: &Messaging,
    caller: &Caller,
    user: &str,
    id: &str,
    ext: &str,
) -> Result<Favourite> {
    let user = owner(m, caller, user).await?;
    check_text("ext", ext, caller.app.most(Feature::FavouriteExtCharsMax))?;
    let (app, now) = (caller.app.id, m.clock().now());
    let change = (id, Some(ext.to_owned()).filter(|ext| !ext.is_empty()));
    let changed = stored::set_ext(m.store(), app, &user, change, now).await?;
    changed.ok_or_else(|| Refusal::FavouriteNotFound.into())
}

/// Removes up to 20 favourites; refused if there is none of them.
pub async fn remove(m: &Messaging, caller: &Caller, user: &str, ids: &[String]) -> Result<()> {
    let user = owner(m, caller, user).await?;
    check_batch("collection_ids", ids.len())?;
    // No favourite has such an id, and PostgreSQL no such text.
    let ids: Vec<String> = ids.iter().filter(|id| !id.contains('\0')).cloned().collect();
    match stored::remove(m.store(), caller.app.id, &user, &ids).await? {
        0 => Err(Refusal::FavouriteNotFound.into()),
        _ => Ok(()),
    }
}

/// A page of favourites by age.
pub async fn list(
    m: &Messaging,
    caller: &Caller,
    user: &str,
    query: FavouriteQuery,
) -> Result<Vec<Favourite>> {
    let user = owner(m, caller, user).await?;
    let FavouriteQuery { from, begin, end, kind, oldest_first, limit } = query;
    if limit > limits::FAVOURITE_PAGE {
        let why = format!("limit should be less than {}", limits::FAVOURITE_PAGE);
        return Err(Refusal::Invalid { name: "limit", why }.into());
    }
    let app = caller.app.id;
    let span = match from {
        Some(from) => {
            let first = stored::find(m.store(), app, &user, &from).await?;
            let first = first.ok_or(Refusal::FavouriteNotFound)?;
            Span::From(first.created, first.id)
        }
        None => {
            let (begin, end) = (begin.unwrap_or(0), end.unwrap_or(Timestamp::MAX));
            if begin > end {
                let why = "begin_time should not be greater than end_time".to_owned();
                return Err(Refusal::Invalid { name: "begin_time", why }.into());
            }
            Span::Between(begin, end)
        }
    };
    let order = (kind, oldest_first);
    Ok(stored::page(m.store(), app, &user, span, order, limit.max(1)).await?)
}

/// Removes those of a user who is being deleted, a few at a time; what comes meanwhile goes with its row.
pub(crate) async fn forget_user(m: &Messaging, caller: &Caller, user: &UserId) -> Result<()> {
    let (app, batch) = (caller.app.id, FORGOTTEN as u64);
    while stored::remove_some(m.store(), app, user, FORGOTTEN).await? == batch {}
    Ok(())
}

/// The user, who has to exist.
async fn owner(m: &Messaging, caller: &Caller, user: &str) -> Result<UserId> {
    require_app(caller)?;
    let user = UserId::parse(user)?;
    Ok(existing(m, caller.app.id, user.as_str()).await?.id.clone())
}

async fn keep(
    m: &Messaging,
    caller: &Caller,
    user: &UserId,
    new: Vec<NewFavourite>,
) -> Result<Vec<Favourite>> {
    let checked = new.into_iter().map(|new| checked(&caller.app, new));
    let new: Vec<stored::NewFavourite> = checked.collect::<Result<_, _>>()?;
    let feature = Feature::FavouritesPerUserMax;
    let bounds = (m.clock().now(), caller.app.quota(feature));
    match stored::add(m.store(), caller.app.id, user, &new, bounds).await? {
        Addition::Done(kept) => Ok(kept),
        Addition::NoUser => Err(Refusal::UserNotFound { user: user.to_string() }.into()),
        Addition::Full => Err(Refusal::QuotaExceeded { feature }.into()),
    }
}

fn checked(app: &App, new: NewFavourite) -> Result<stored::NewFavourite, Refusal> {
    let NewFavourite { id, kind, data, ext, created } = new;
    let ext = ext.filter(|ext| !ext.is_empty());
    if let Some(id) = &id {
        let why = format!("must have 1 to {} bytes and no NUL", limits::FAVOURITE_ID_BYTES);
        if id.is_empty() || id.len() > limits::FAVOURITE_ID_BYTES || id.contains('\0') {
            return Err(Refusal::Invalid { name: "id", why });
        }
    }
    check_text("data", &data, app.most(Feature::FavouriteDataCharsMax))?;
    check_text("ext", ext.as_deref().unwrap_or_default(), app.most(Feature::FavouriteExtCharsMax))?;
    if created.is_some_and(|created| created < 0) {
        return Err(Refusal::Invalid { name: "createdAt", why: "must be 0 or more".to_owned() });
    }
    let id = id.unwrap_or_else(|| Uuid::new_v4().to_string());
    Ok(stored::NewFavourite { id, kind, data, ext, created })
}

fn check_text(name: &'static str, text: &str, limit: usize) -> Result<(), Refusal> {
    if text.chars().count() > limit {
        return Err(Refusal::TooLong { name, limit });
    }
    // PostgreSQL has no text with it.
    if text.contains('\0') {
        return Err(Refusal::Invalid { name, why: "holds a NUL character".to_owned() });
    }
    Ok(())
}

fn check_batch(name: &'static str, number: usize) -> Result<(), Refusal> {
    match number {
        0 => Err(Refusal::Missing { name }),
        1..=limits::FAVOURITE_BATCH => Ok(()),
        _ => Err(Refusal::TooMany { name, limit: limits::FAVOURITE_BATCH }),
    }
}
