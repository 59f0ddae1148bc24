//! The bytes of uploaded files and their thumbnails, in the data directory.

use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::{StreamExt as _, TryStreamExt as _};
use hongyan_model::{AppId, FileId};
use object_store::local::LocalFileSystem;
use object_store::path::Path as Key;
use object_store::{ObjectStore, ObjectStoreExt};

use crate::StoreError;

/// Which bytes of a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Part {
    /// What was uploaded.
    Original,
    /// The picture made of it.
    Thumbnail,
}

/// Keeps bytes by app and file id.
pub struct Attachments {
    objects: Arc<dyn ObjectStore>,
}

impl Attachments {
    /// Opens, or makes, `<data_dir>/attachments`.
    pub fn open(data_dir: &Path) -> Result<Self, StoreError> {
        let folder = data_dir.join("attachments");
        create_private_folder(&folder)
            .map_err(|source| StoreError::File { path: folder.clone(), source })?;
        // With fsync a put returns after the bytes are on disk under their final name; a reader never sees
        // half of them.
        let objects = LocalFileSystem::new_with_prefix(&folder)?.with_fsync(true);
        Ok(Self { objects: Arc::new(objects) })
    }

    /// Stores bytes; when it returns they survive a power cut.
    pub async fn put(
        &self,
        app: AppId,
        file: &FileId,
        part: Part,
        bytes: Bytes,
    ) -> Result<(), StoreError> {
        self.objects.put(&key(app, file, part), bytes.into()).await?;
        Ok(())
    }

    /// The bytes, if they are there.
    pub async fn get(
        &self,
        app: AppId,
        file: &FileId,
        part: Part,
    ) -> Result<Option<Bytes>, StoreError> {
        match self.objects.get(&key(app, file, part)).await {
            Ok(found) => Ok(Some(found.bytes().await?)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Removes all bytes of a file; it is no error if there are none.
    pub async fn delete(&self, app: AppId, file: &FileId) -> Result<(), StoreError> {
        for part in [Part::Thumbnail, Part::Original] {
            match self.objects.delete(&key(app, file, part)).await {
                Ok(()) | Err(object_store::Error::NotFound { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Removes up to `limit` objects of an app, whether a file of it is known or not; answers how many.
    pub(crate) async fn purge(&self, app: AppId, limit: usize) -> Result<usize, StoreError> {
        let folder = Key::from_iter(["app", &app.0.to_string()]);
        let mut listed = self.objects.list(Some(&folder)).take(limit);
        let mut removed = 0;
        while let Some(object) = listed.try_next().await? {
            match self.objects.delete(&object.location).await {
                Ok(()) | Err(object_store::Error::NotFound { .. }) => removed += 1,
                Err(error) => return Err(error.into()),
            }
        }
        Ok(removed)
    }
}

/// `app/<id>/<first 2 hex digits>/<uuid>`: no folder grows too large, and an app's files lie together.
fn key(app: AppId, file: &FileId, part: Part) -> Key {
    let id = file.as_str();
    let shelf = id.get(..2).unwrap_or(id);
    let suffix = match part {
        Part::Original => "",
        Part::Thumbnail => ".thumbnail",
    };
    Key::from_iter(["app", &app.0.to_string(), shelf, &format!("{id}{suffix}")])
}

fn create_private_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}
