//! The bytes of uploaded files and their thumbnails, in the data directory.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use futures_util::{StreamExt as _, TryStreamExt as _};
use hongyan_model::{AppId, FileId};
use object_store::local::LocalFileSystem;
use object_store::path::Path as Key;
use object_store::{MultipartUpload, ObjectStore, ObjectStoreExt};

use crate::StoreError;

/// Which bytes of a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Part {
    /// What was uploaded.
    Original,
    /// The picture made of it.
    Thumbnail,
    /// A part of an upload that is not finished, by its place.
    Upload(u32),
    /// What was said in an hour, packed.
    Export,
}

/// Bytes that are there, to be read piece by piece.
#[derive(Clone)]
pub struct Stored {
    objects: Arc<dyn ObjectStore>,
    key: Key,
    size: u64,
}

impl Stored {
    /// How many they are.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// A piece of them; it has to lie within the size.
    pub async fn read(&self, range: Range<u64>) -> Result<Bytes, StoreError> {
        if range.is_empty() {
            return Ok(Bytes::new());
        }
        Ok(self.objects.get_range(&self.key, range).await?)
    }
}

/// Bytes on their way to the disk. Until [`finish`](Self::finish) nobody sees them; if it is dropped before, they are
/// gone.
pub struct Writing(Box<dyn MultipartUpload>);

impl Writing {
    /// Adds bytes. Storage in the cloud wants at least 5 MiB each time but the last.
    pub async fn add(&mut self, bytes: Bytes) -> Result<(), StoreError> {
        Ok(self.0.put_part(bytes.into()).await?)
    }

    /// Shows the bytes under their name; when it returns they survive a power cut.
    pub async fn finish(mut self) -> Result<(), StoreError> {
        self.0.complete().await?;
        Ok(())
    }

    /// Forgets the bytes.
    pub async fn abort(mut self) -> Result<(), StoreError> {
        Ok(self.0.abort().await?)
    }
}

/// Keeps bytes by app and file id.
pub struct Attachments {
    objects: Arc<dyn ObjectStore>,
    folder: PathBuf,
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
        Ok(Self { objects: Arc::new(objects), folder })
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

    /// Stores bytes that come one after the other.
    pub async fn write(
        &self,
        app: AppId,
        file: &FileId,
        part: Part,
    ) -> Result<Writing, StoreError> {
        Ok(Writing(self.objects.put_multipart(&key(app, file, part)).await?))
    }

    /// Removes what a process that ended in the middle of [`write`](Self::write) has left.
    pub async fn clear_unfinished(
        &self,
        app: AppId,
        file: &FileId,
        part: Part,
    ) -> Result<(), StoreError> {
        // The local storage writes beside the name, and cleans up only while it lives.
        let path = self.folder.join(format!("{}#1", key(app, file, part)));
        let removed = tokio::task::spawn_blocking({
            let path = path.clone();
            move || std::fs::remove_file(path)
        });
        match removed.await.map_err(|_| StoreError::Closed)? {
            Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                Err(StoreError::File { path, source })
            }
            _ => Ok(()),
        }
    }

    /// The bytes, if they are there, to be read piece by piece.
    pub async fn find(
        &self,
        app: AppId,
        file: &FileId,
        part: Part,
    ) -> Result<Option<Stored>, StoreError> {
        let key = key(app, file, part);
        match self.objects.head(&key).await {
            Ok(found) => Ok(Some(Stored { objects: self.objects.clone(), key, size: found.size })),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
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
        self.delete_parts(app, file, [Part::Thumbnail, Part::Original]).await
    }

    /// Removes some bytes of a file; it is no error if there are none.
    pub async fn delete_parts(
        &self,
        app: AppId,
        file: &FileId,
        parts: impl IntoIterator<Item = Part> + Send,
    ) -> Result<(), StoreError> {
        let keys: Vec<Key> = parts.into_iter().map(|part| key(app, file, part)).collect();
        for key in keys {
            match self.objects.delete(&key).await {
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

/// `app/<id>/<first 2 hex digits>/<uuid>`: no folder grows too large, and an app's files lie together. Parts of uploads
/// are in `app/<id>/parts` for their short life, packed hours in `app/<id>/exports`.
fn key(app: AppId, file: &FileId, part: Part) -> Key {
    let id = file.as_str();
    let app = app.0.to_string();
    let shelf = id.get(..2).unwrap_or(id);
    let suffix = match part {
        Part::Original => "",
        Part::Thumbnail => ".thumbnail",
        Part::Upload(number) => {
            return Key::from_iter(["app", &app, "parts", &format!("{id}.{number}")]);
        }
        Part::Export => return Key::from_iter(["app", &app, "exports", &format!("{id}.gz")]),
    };
    Key::from_iter(["app", &app, shelf, &format!("{id}{suffix}")])
}

fn create_private_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}
