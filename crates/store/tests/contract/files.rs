//! Uploaded files: what is known of them, and their bytes.

use bytes::Bytes;
use hongyan_model::{AppId, FileId, UserId};
use hongyan_store::attachments::{Attachments, Part};
use hongyan_store::files::{self, FOREVER, FileRecord, Lifetime, ThumbnailSource};

use crate::{Fixture, NOW, on_every_engine};

const ONE: &str = "5fd74830-0000-4000-822a-000000000001";
const TWO: &str = "5fd74830-0000-4000-822a-000000000002";
const THREE: &str = "a0d74830-0000-4000-822a-000000000003";

fn fid(id: &str) -> FileId {
    FileId::from_trusted(id)
}

fn file(id: &str, expires: i64) -> FileRecord {
    FileRecord {
        id: fid(id),
        secret: "secret".to_owned(),
        name: "年报.pdf".to_owned(),
        content_type: "application/pdf".to_owned(),
        size: 3,
        restricted: true,
        shared: false,
        thumbnail: ThumbnailSource::None,
        created: NOW,
        expires,
        uploader: None,
    }
}

#[tokio::test]
async fn a_file_is_read_as_it_was_stored_and_only_in_its_app() {
    on_every_engine(|f| async move {
        let (app, other_app) = (f.app("one").await, f.app("two").await);
        let thumbnails = [
            ThumbnailSource::None,
            ThumbnailSource::Original,
            ThumbnailSource::Made { content_type: "image/jpeg".to_owned() },
        ];
        for (id, thumbnail) in [ONE, TWO, THREE].into_iter().zip(thumbnails) {
            let stored = FileRecord { thumbnail, ..file(id, NOW + 5) };
            files::insert(&f.store, app, &stored).await.unwrap();
            assert_eq!(files::find(&f.store, app, &fid(id)).await.unwrap(), Some(stored));
            assert_eq!(files::find(&f.store, other_app, &fid(id)).await.unwrap(), None);
        }
    })
    .await;
}

#[tokio::test]
async fn expired_files_are_swept_once_and_forgotten_later() {
    on_every_engine(|f| async move {
        let (app, other_app) = (f.app("one").await, f.app("two").await);
        files::insert(&f.store, app, &file(ONE, NOW + 10)).await.unwrap();
        files::insert(&f.store, other_app, &file(TWO, NOW + 10)).await.unwrap();
        files::insert(&f.store, app, &file(THREE, NOW + 11)).await.unwrap();
        let expired = async |now, after: Option<&(i64, AppId, FileId)>| {
            files::expired(&f.store, now, after, 1).await.unwrap()
        };

        assert_eq!(expired(NOW + 9, None).await, []);
        let first = expired(NOW + 10, None).await;
        assert_eq!(first, [(NOW + 10, app, fid(ONE))]);
        let second = expired(NOW + 10, first.first()).await;
        assert_eq!(second, [(NOW + 10, other_app, fid(TWO))]);
        assert_eq!(expired(NOW + 10, second.first()).await, []);

        files::mark_swept(&f.store, &first).await.unwrap();
        assert_eq!(expired(NOW + 10, None).await, second);
        assert!(files::find(&f.store, app, &fid(ONE)).await.unwrap().is_some());

        assert_eq!(files::forget(&f.store, NOW + 9, 10).await.unwrap(), 0);
        assert_eq!(files::forget(&f.store, NOW + 20, 10).await.unwrap(), 1);
        assert_eq!(files::find(&f.store, app, &fid(ONE)).await.unwrap(), None);
        // Not swept: its bytes are still there, so it is not forgotten.
        assert!(files::find(&f.store, app, &fid(THREE)).await.unwrap().is_some());
    })
    .await;
}

#[tokio::test]
async fn bytes_survive_a_restart_and_lie_in_the_data_directory() {
    let folder = tempfile::tempdir().unwrap();
    let (app, id) = (AppId(7), fid(ONE));
    let attachments = Attachments::open(folder.path()).unwrap();
    attachments.put(app, &id, Part::Original, Bytes::from_static(b"abc")).await.unwrap();
    attachments.put(app, &id, Part::Thumbnail, Bytes::from_static(b"t")).await.unwrap();
    drop(attachments);

    let path = folder.path().join("attachments/app/7/5f").join(ONE);
    assert_eq!(std::fs::read(path).unwrap(), b"abc");
    let attachments = Attachments::open(folder.path()).unwrap();
    let read = async |app, id: &FileId, part| attachments.get(app, id, part).await.unwrap();
    assert_eq!(read(app, &id, Part::Original).await.as_deref(), Some(&b"abc"[..]));
    assert_eq!(read(app, &id, Part::Thumbnail).await.as_deref(), Some(&b"t"[..]));
    assert_eq!(read(AppId(8), &id, Part::Original).await, None);

    attachments.delete(app, &id).await.unwrap();
    attachments.delete(app, &id).await.unwrap();
    assert_eq!(read(app, &id, Part::Original).await, None);
    assert_eq!(read(app, &id, Part::Thumbnail).await, None);
}

#[tokio::test]
async fn the_store_keeps_attachments_beside_its_database() {
    on_every_engine(|f: Fixture| async move {
        let id = fid(TWO);
        let app = f.app("one").await;
        f.store.attachments().put(app, &id, Part::Original, Bytes::new()).await.unwrap();
        assert_eq!(
            f.store.attachments().get(app, &id, Part::Original).await.unwrap(),
            Some(Bytes::new())
        );
        assert!(f.options.data_dir.join("attachments").is_dir());
    })
    .await;
}

#[tokio::test]
async fn a_file_gets_another_lifetime_while_it_lives() {
    on_every_engine(|f| async move {
        let (app, other_app) = (f.app("one").await, f.app("two").await);
        let alice = UserId::from_trusted("alice");
        let uploader = Some(alice.clone());
        files::insert(&f.store, app, &FileRecord { uploader, ..file(ONE, NOW + 10) })
            .await
            .unwrap();
        files::insert(&f.store, app, &FileRecord { shared: true, ..file(TWO, NOW + 10) })
            .await
            .unwrap();
        files::insert(&f.store, app, &file(THREE, NOW)).await.unwrap();
        let set = async |app, id: &str, lifetime, uploader| {
            files::set_lifetime(&f.store, app, &fid(id), lifetime, uploader).await.unwrap()
        };
        let expires =
            async || files::find(&f.store, app, &fid(ONE)).await.unwrap().unwrap().expires;
        let (forever, bob) = (Lifetime::Until(FOREVER), UserId::from_trusted("bob"));
        // Unknown, of another app, of a group, expired, of somebody else, of a former user of the name.
        assert!(!set(other_app, ONE, forever, None).await);
        assert!(!set(app, TWO, forever, None).await && !set(app, THREE, forever, None).await);
        assert!(!set(app, ONE, forever, Some((&bob, 0))).await);
        assert!(!set(app, ONE, forever, Some((&alice, NOW + 1))).await);
        assert_eq!(expires().await, NOW + 10);

        assert!(set(app, ONE, forever, Some((&alice, NOW))).await);
        assert_eq!(expires().await, FOREVER);
        assert!(files::expired(&f.store, NOW + 10, None, 9).await.unwrap().len() == 2);
        assert!(set(app, ONE, Lifetime::OfUpload(77), None).await);
        assert_eq!(expires().await, NOW + 77);
        assert!(set(app, ONE, Lifetime::Until(NOW + 5), None).await);
        assert_eq!(expires().await, NOW + 5);
    })
    .await;
}
