//! Files that come in parts.

use bytes::Bytes;
use hongyan_messaging::files::parts::{self, Wishes};
use hongyan_messaging::files::{self, StoredFile, Variant};
use hongyan_model::{Caller, Feature, Refusal, Result, limits};

use crate::files::{bytes_of, picture};
use crate::fixture::{Fixture, refusal};

const PART: usize = limits::UPLOAD_PART_BYTES;

/// A part that differs from the others and is not all the same.
fn part(number: usize, size: usize) -> Bytes {
    (0..size).map(|at| (at % 251 + number) as u8).collect()
}

async fn begin(f: &Fixture, caller: &Caller) -> String {
    parts::begin(&f.m, caller).await.unwrap().id.to_string()
}

async fn put(f: &Fixture, upload: &str, number: u64, bytes: Bytes) -> Result<()> {
    parts::put(&f.m, &f.user("alice"), upload, number, bytes).await
}

async fn complete(f: &Fixture, upload: &str) -> Result<StoredFile> {
    parts::complete(&f.m, &f.user("alice"), upload, Wishes::default()).await
}

/// Files in the app's folder of parts.
fn parts_on_disk(f: &Fixture) -> usize {
    let folder = f.folder.path().join("attachments/app").join(f.app.id.0.to_string()).join("parts");
    std::fs::read_dir(folder).map_or(0, Iterator::count)
}

#[tokio::test]
async fn parts_in_any_order_become_the_file() {
    let mut f = Fixture::with_users(&["alice"]).await;
    f.limit(Feature::FileBytesMax, 20 << 20).await;
    let begun = parts::begin(&f.m, &f.user("alice")).await.unwrap();
    assert_eq!((begun.part_bytes, begun.file_bytes), (PART as u64, Some(20 << 20)));
    let upload = begun.id.as_str();
    let pieces = [part(1, PART), part(2, PART), part(3, 1234)];
    // The second is sent twice.
    for (number, bytes) in [(3, &pieces[2]), (2, &part(9, 10)), (1, &pieces[0]), (2, &pieces[1])] {
        put(&f, upload, number, bytes.clone()).await.unwrap();
    }
    let wishes = Wishes { restrict: true, ..Wishes::default() };
    let stored = parts::complete(&f.m, &f.user("alice"), upload, wishes).await.unwrap();
    assert_ne!(stored.id, begun.id);
    assert_eq!(stored.size, (2 * PART + 1234) as u64);
    assert_eq!(stored.content_type, "application/octet-stream");
    let read =
        |secret| files::download(&f.m, &f.app, None, stored.id.as_str(), secret, Variant::Original);
    assert_eq!(refusal(read(None).await), Refusal::FileForbidden);
    let read = read(Some(stored.secret.as_str())).await.unwrap();
    assert!(bytes_of(read).await == pieces.concat());
    assert_eq!(parts_on_disk(&f), 0);
    assert_eq!(refusal(complete(&f, upload).await), Refusal::FileNotFound);
    assert_eq!(refusal(put(&f, upload, 1, Bytes::new()).await), Refusal::FileNotFound);
}

#[tokio::test]
async fn a_picture_gets_its_thumbnail() {
    let f = Fixture::with_users(&["alice"]).await;
    let upload = begin(&f, &f.user("alice")).await;
    put(&f, &upload, 1, picture()).await.unwrap();
    let wishes = Wishes { thumbnail: (Some(30), None), ..Wishes::default() };
    let stored = parts::complete(&f.m, &f.user("alice"), &upload, wishes).await.unwrap();
    assert_eq!(stored.content_type, "image/png");
    let small = files::download(&f.m, &f.app, None, stored.id.as_str(), None, Variant::Thumbnail);
    let image = image::load_from_memory(&bytes_of(small.await.unwrap()).await).unwrap();
    assert_eq!((image.width(), image.height()), (30, 20));
}

#[tokio::test]
async fn what_is_too_large_is_refused_before_it_is_stored() {
    let mut f = Fixture::with_users(&["alice"]).await;
    f.limit(Feature::FileBytesMax, PART as u64 + 100).await;
    let upload = begin(&f, &f.user("alice")).await;
    let refused = [
        put(&f, &upload, 1, part(1, PART + 1)).await,
        put(&f, &upload, 3, part(3, 1)).await,
        put(&f, &upload, u64::MAX, part(3, 1)).await,
    ];
    for refused in refused {
        assert_eq!(refusal(refused), Refusal::FileTooLarge);
    }
    assert!(matches!(
        refusal(put(&f, &upload, 0, part(1, 1)).await),
        Refusal::Invalid { name: "part_number", .. }
    ));
    put(&f, &upload, 1, part(1, PART)).await.unwrap();
    assert_eq!(refusal(put(&f, &upload, 2, part(2, 101)).await), Refusal::FileTooLarge);
    // In place of itself a part may be as large as it was.
    put(&f, &upload, 1, part(1, PART)).await.unwrap();
    put(&f, &upload, 2, part(2, 100)).await.unwrap();
    assert_eq!(parts_on_disk(&f), 2);
    // The limit of the end counts.
    f.limit(Feature::FileBytesMax, PART as u64).await;
    assert_eq!(refusal(complete(&f, &upload).await), Refusal::FileTooLarge);
}

#[tokio::test]
async fn a_missing_part_is_named() {
    let f = Fixture::with_users(&["alice"]).await;
    let upload = begin(&f, &f.user("alice")).await;
    let missing =
        |number: u32| Refusal::Invalid { name: "part_number", why: format!("{number} is missing") };
    assert_eq!(refusal(complete(&f, &upload).await), missing(1));
    put(&f, &upload, 2, part(2, 10)).await.unwrap();
    assert_eq!(refusal(complete(&f, &upload).await), missing(1));
    put(&f, &upload, 1, part(1, 10)).await.unwrap();
    let file = f.folder.path().join("attachments/app").join(f.app.id.0.to_string());
    std::fs::remove_file(file.join(format!("parts/{upload}.2"))).unwrap();
    assert_eq!(refusal(complete(&f, &upload).await), missing(2));
    put(&f, &upload, 2, part(2, 10)).await.unwrap();
    complete(&f, &upload).await.unwrap();
}

#[tokio::test]
async fn an_upload_is_its_owners_alone() {
    let f = Fixture::with_users(&["alice", "bob"]).await;
    let upload = begin(&f, &f.user("alice")).await;
    let stranger = Caller { app: f.other_app.clone(), ..f.user("alice") };
    for caller in [f.user("bob"), f.server(), stranger] {
        let put = parts::put(&f.m, &caller, &upload, 1, part(1, 10)).await;
        assert_eq!(refusal(put), Refusal::FileNotFound);
        let done = parts::complete(&f.m, &caller, &upload, Wishes::default()).await;
        assert_eq!(refusal(done), Refusal::FileNotFound);
        assert_eq!(refusal(parts::abort(&f.m, &caller, &upload).await), Refusal::FileNotFound);
    }
    assert_eq!(refusal(put(&f, "nonsense", 1, Bytes::new()).await), Refusal::FileNotFound);
}

#[tokio::test]
async fn an_upload_ends_by_its_owner_by_time_by_number_and_with_its_user() {
    let f = Fixture::with_users(&["alice"]).await;
    let aborted = begin(&f, &f.user("alice")).await;
    put(&f, &aborted, 1, part(1, 10)).await.unwrap();
    parts::abort(&f.m, &f.user("alice"), &aborted).await.unwrap();
    assert_eq!(parts_on_disk(&f), 0);
    assert_eq!(refusal(put(&f, &aborted, 1, part(1, 10)).await), Refusal::FileNotFound);

    let late = begin(&f, &f.user("alice")).await;
    put(&f, &late, 1, part(1, 10)).await.unwrap();
    f.clock.advance(24 * 3600 * 1000);
    assert_eq!(refusal(put(&f, &late, 2, part(2, 10)).await), Refusal::FileNotFound);
    assert_eq!(files::sweep(&f.m).await.unwrap(), 1);
    assert_eq!(parts_on_disk(&f), 0);

    let oldest = begin(&f, &f.user("alice")).await;
    put(&f, &oldest, 1, part(1, 10)).await.unwrap();
    f.clock.advance(1);
    let second = begin(&f, &f.user("alice")).await;
    put(&f, &second, 1, part(1, 10)).await.unwrap();
    for _ in 0..15 {
        f.clock.advance(1);
        begin(&f, &f.user("alice")).await;
    }
    assert_eq!(refusal(complete(&f, &oldest).await), Refusal::FileNotFound);
    put(&f, &second, 1, part(1, 10)).await.unwrap();
    assert_eq!(files::sweep(&f.m).await.unwrap(), 1);
    assert_eq!(parts_on_disk(&f), 1);

    hongyan_messaging::users::delete(&f.m, &f.server(), "alice").await.unwrap();
    assert_eq!(files::sweep(&f.m).await.unwrap(), 16);
    assert_eq!(parts_on_disk(&f), 0);
}
