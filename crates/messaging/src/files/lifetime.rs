//! How long files are kept.

use hongyan_model::{AppId, Caller, Feature, FileId, Refusal, Result, UserId};
use hongyan_store::files::{self, FOREVER};
use uuid::Uuid;

use crate::Messaging;
use crate::users::{existing, subject};

/// Files of one call.
const BATCH: usize = 100;
/// As good as without end, and far enough from where numbers end.
const LONG_MS: i64 = 1000 * 366 * 24 * 3600 * 1000;

/// How long a file is kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Lifetime {
    /// As long as the app keeps files, from its upload on.
    Default,
    /// As long as the app keeps files, from now on.
    Refresh,
    /// For as long as the app exists.
    Forever,
}

/// Changes how long files are kept; answers for each whether it could be done, by its id as it was given. The customer's
/// server changes all files of the app but those that groups and chat rooms share, a user those it has uploaded itself. What
/// has expired stays so.
pub async fn set_lifetime(
    m: &Messaging,
    caller: &Caller,
    user: &str,
    lifetime: Lifetime,
    ids: &[String],
) -> Result<Vec<(String, bool)>> {
    let user = subject(m, caller, user).await?;
    if ids.is_empty() {
        return Err(Refusal::Missing { name: "chatfile_ids" }.into());
    }
    if ids.len() > BATCH {
        return Err(Refusal::TooMany { name: "chatfile_ids", limit: BATCH }.into());
    }
    let kept = caller.app.days(Feature::AttachmentStorageDays).min(LONG_MS);
    let lifetime = match lifetime {
        Lifetime::Default => files::Lifetime::OfUpload(kept),
        Lifetime::Refresh => files::Lifetime::Until(m.clock().now().saturating_add(kept)),
        Lifetime::Forever => files::Lifetime::Until(FOREVER),
    };
    // Not what somebody has uploaded who had the name before.
    let uploader = match caller.user() {
        None => None,
        Some(_) => {
            let user = existing(m, caller.app.id, user.as_str()).await?;
            Some((user.id.clone(), user.created))
        }
    };
    let uploader = uploader.as_ref().map(|(user, since)| (user, *since));
    let mut changed = Vec::with_capacity(ids.len());
    for given in ids {
        let done = match Uuid::try_parse(given) {
            Ok(id) => {
                let (app, id) = (caller.app.id, FileId::from_trusted(id.to_string()));
                files::set_lifetime(m.store(), app, &id, lifetime, uploader).await?
            }
            Err(_) => false,
        };
        changed.push((given.clone(), done));
    }
    Ok(changed)
}

/// Ends the lifetime of a file that `sender` has uploaded, or the customer's server where the message is `of_server`, and
/// removes its bytes. What cannot be removed now is by the next sweep; nobody can read it until then.
pub(crate) async fn end(
    m: &Messaging,
    app: AppId,
    file: &FileId,
    (sender, of_server): (&UserId, bool),
) -> Result<()> {
    let Some(found) = files::find(m.store(), app, file).await? else { return Ok(()) };
    let ends = match &found.uploader {
        Some(uploader) => uploader == sender,
        None => of_server,
    };
    let now = files::Lifetime::OfUpload(0);
    if ends
        && files::set_lifetime(m.store(), app, file, now, None).await?
        && let Err(error) = m.store().attachments().delete(app, file).await
    {
        tracing::warn!(app = app.0, %file, %error, "a withdrawn file cannot be removed");
    }
    Ok(())
}

/// The file that an address is of: `https://host/org/app/chatfiles/{id}`.
pub(crate) fn file_at(address: &str) -> Option<FileId> {
    let (_, behind) = address.rsplit_once("/chatfiles/")?;
    let id = behind.split(['?', '#', '/']).next()?;
    Uuid::try_parse(id).ok().map(|id| FileId::from_trusted(id.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_its_file() {
        let id = "5fd74830-0000-4000-822a-000000000001";
        let file = |address: &str| file_at(address).map(|file| file.to_string());
        for end in ["", "?share-secret=s&em-redirect=true", "#1"] {
            let address = format!("https://im.example.com/org/app/chatfiles/{id}{end}");
            assert_eq!(file(&address).as_deref(), Some(id));
        }
        for other in ["", id, "https://cdn.example.com/1.png", "https://h/org/app/chatfiles/1"] {
            assert_eq!(file(other), None);
        }
    }
}
