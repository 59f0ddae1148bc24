//! Files that a group or chat room shares with its members. They expire like every uploaded file.

use std::fmt;

use hongyan_model::{Caller, Feature, FileId, Muc, Refusal, Result, Role, UserId};
use hongyan_store::muc_files::{self as stored, Sharing};
use uuid::Uuid;

use super::{announce, place};
use crate::files::{self, Download, StoredFile, Upload, Variant};
use crate::{Messaging, users};

/// Most files on one page.
const PAGE: usize = 1000;

/// A shared file.
#[derive(Clone, PartialEq, Eq)]
pub struct SharedFile {
    /// The file.
    pub file: StoredFile,
    /// Who shared it; `admin` for the customer's server.
    pub owner: UserId,
}

/// A page of the files by number, from 1, the newest first; for members.
pub async fn files(
    m: &Messaging,
    caller: &Caller,
    muc: &Muc,
    page: usize,
    size: usize,
) -> Result<Vec<SharedFile>> {
    place::standing(m, caller, muc).await?;
    let size = size.clamp(1, PAGE);
    let place = (page.saturating_sub(1).saturating_mul(size), size);
    let found = stored::list(m.store(), caller.app.id, muc, m.clock().now(), place).await?;
    Ok(found.into_iter().map(SharedFile::from).collect())
}

/// Shares a file; on return it is on disk. For members.
pub async fn share_file(
    m: &Messaging,
    caller: &Caller,
    muc: &Muc,
    upload: Upload,
) -> Result<SharedFile> {
    place::act(m, caller, muc, Role::Member).await?;
    let mut file = files::put(m, caller, upload).await?;
    file.shared = true;
    let owner = caller.user().cloned().unwrap_or_else(UserId::admin);
    let shared = stored::SharedFile { file, owner };
    let limit = caller.app.most(Feature::GroupFilesMax);
    let sharing = stored::insert(m.store(), caller.app.id, muc, &shared, limit).await;
    if !matches!(sharing, Ok(Sharing::Done)) {
        files::discard(m, caller.app.id, &shared.file.id).await;
    }
    match sharing? {
        Sharing::Done => {}
        Sharing::Nowhere => return Err(place::not_found(muc).into()),
        Sharing::Full => return Err(Refusal::ListFull { list: "share_files", limit }.into()),
    }
    let shared: SharedFile = shared.into();
    announce::file_shared(m, caller, muc, &shared).await;
    Ok(shared)
}

/// Reads a shared file; for members.
pub async fn download_file(
    m: &Messaging,
    caller: &Caller,
    muc: &Muc,
    file: &str,
) -> Result<Download> {
    place::standing(m, caller, muc).await?;
    let shared = find(m, caller, muc, file).await?;
    files::read(m, &caller.app, shared.file, Variant::Original).await
}

/// Takes a shared file away; for who shared it, and for the owner and administrators.
pub async fn remove_file(m: &Messaging, caller: &Caller, muc: &Muc, file: &str) -> Result<()> {
    let standing = place::act(m, caller, muc, Role::Member).await?;
    let shared = find(m, caller, muc, file).await?;
    if standing < Role::Admin {
        // Not for somebody who has the name of who shared it since.
        let user = caller.user().filter(|user| **user == shared.owner);
        let user = user.ok_or(Refusal::RoleTooLow)?;
        if !users::was_there(m, caller.app.id, user, shared.file.created).await? {
            return Err(Refusal::RoleTooLow.into());
        }
    }
    if !stored::remove(m.store(), caller.app.id, muc, &shared.file.id).await? {
        return Err(Refusal::FileNotFound.into());
    }
    announce::file_removed(m, caller, muc, &shared.into()).await;
    Ok(())
}

async fn find(m: &Messaging, caller: &Caller, muc: &Muc, file: &str) -> Result<stored::SharedFile> {
    let id = Uuid::try_parse(file).map_err(|_| Refusal::FileNotFound)?;
    let id = FileId::from_trusted(id.to_string());
    let found = stored::find(m.store(), caller.app.id, muc, &id).await?;
    found.ok_or_else(|| Refusal::FileNotFound.into())
}

impl fmt::Debug for SharedFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The file has a secret.
        let mut shown = f.debug_struct("SharedFile");
        shown.field("id", &self.file.id).field("owner", &self.owner).finish_non_exhaustive()
    }
}

impl From<stored::SharedFile> for SharedFile {
    fn from(shared: stored::SharedFile) -> Self {
        Self { file: shared.file.into(), owner: shared.owner }
    }
}
