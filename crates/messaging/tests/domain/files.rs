//! Who may read which file, and for how long.

use bytes::Bytes;
use futures_util::TryStreamExt as _;
use hongyan_messaging::files::{self, Download, StoredFile, Upload, Variant};
use hongyan_model::{Caller, Feature, Refusal, Result, ThumbnailFit, ThumbnailPolicy};

use crate::fixture::{Fixture, refusal};

fn upload_of(bytes: impl Into<Bytes>, restrict: bool) -> Upload {
    Upload {
        name: "年报\r\n.txt".to_owned(),
        content_type: Some("text/plain".to_owned()),
        bytes: bytes.into(),
        restrict,
        thumbnail: (None, None),
    }
}

async fn upload(f: &Fixture, upload: Upload) -> StoredFile {
    files::upload(&f.m, &f.user("alice"), upload).await.unwrap()
}

async fn download(
    f: &Fixture,
    caller: Option<&Caller>,
    file: &StoredFile,
    secret: Option<&str>,
    variant: Variant,
) -> Result<Download> {
    files::download(&f.m, &f.app, caller, file.id.as_str(), secret, variant).await
}

/// All of it, in as many pieces as it comes.
pub(crate) async fn bytes_of(download: Download) -> Bytes {
    let size = download.size();
    let pieces: Vec<Bytes> = download.pieces(0..size).try_collect().await.unwrap();
    pieces.concat().into()
}

/// A PNG that does not shrink to less than 10 KB.
pub(crate) fn picture() -> Bytes {
    let mut state = 1_u32;
    let mut noise = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    };
    let image = image::RgbImage::from_fn(300, 200, |_, _| image::Rgb([noise(), noise(), noise()]));
    let mut bytes = std::io::Cursor::new(Vec::new());
    image.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bytes.into_inner().into()
}

#[tokio::test]
async fn a_file_comes_back_as_it_went_in() {
    let f = Fixture::with_users(&["alice"]).await;
    let stored = upload(&f, upload_of("hello", false)).await;
    assert_eq!((stored.name.as_str(), stored.size), ("年报.txt", 5));
    let read = download(&f, None, &stored, None, Variant::Original).await.unwrap();
    assert_eq!((read.size(), read.content_type.as_str()), (5, "text/plain"));
    assert!(read.file == stored);
    assert_eq!(bytes_of(read).await, "hello");

    let in_capitals = stored.id.as_str().to_uppercase();
    files::download(&f.m, &f.app, None, &in_capitals, None, Variant::Original).await.unwrap();
}

#[tokio::test]
async fn a_restricted_file_needs_its_secret_or_a_token_of_its_app() {
    let f = Fixture::with_users(&["alice"]).await;
    let stored = upload(&f, upload_of("hello", true)).await;
    let read = async |caller: Option<&Caller>, secret: Option<&str>, variant| {
        download(&f, caller, &stored, secret, variant).await
    };
    let secret = Some(stored.secret.as_str());
    let stranger = Caller { app: f.other_app.clone(), ..f.user("mallory") };

    assert!(read(None, secret, Variant::Original).await.is_ok());
    assert!(read(Some(&f.user("bob")), None, Variant::Original).await.is_ok());
    // The SDK asks for previews of whatever it gets; without a thumbnail the file itself is protected.
    assert!(read(None, secret, Variant::Thumbnail).await.is_ok());
    let denied = [
        read(None, None, Variant::Original).await,
        read(None, Some("wrong"), Variant::Original).await,
        read(None, None, Variant::Thumbnail).await,
        read(Some(&stranger), None, Variant::Original).await,
        read(Some(&stranger), secret, Variant::Original).await,
    ];
    for denied in denied {
        assert_eq!(refusal(denied), Refusal::FileForbidden);
    }
}

#[tokio::test]
async fn thumbnails_are_small_and_open() {
    let f = Fixture::with_users(&["alice"]).await;
    let large = Upload { content_type: None, ..upload_of(picture(), true) };
    let stored = upload(&f, large).await;
    assert_eq!(stored.content_type, "image/png");
    let thumbnail = download(&f, None, &stored, None, Variant::Thumbnail).await.unwrap();
    assert_eq!(thumbnail.content_type, "image/jpeg");
    let image = image::load_from_memory(&bytes_of(thumbnail).await).unwrap();
    assert_eq!((image.width(), image.height()), (170, 113));
    assert_eq!(
        refusal(download(&f, None, &stored, None, Variant::Original).await),
        Refusal::FileForbidden
    );
    let frame = download(&f, Some(&f.server()), &stored, None, Variant::VideoFrame).await;
    assert_eq!(refusal(frame), Refusal::FileNotFound);
}

#[tokio::test]
async fn unknown_files_and_files_of_other_apps_are_not_found() {
    let f = Fixture::with_users(&["alice"]).await;
    let stored = upload(&f, upload_of("hello", false)).await;
    let read =
        async |app, id: &str| files::download(&f.m, app, None, id, None, Variant::Original).await;
    for id in ["", "nonsense", "../../hongyan.db", "5fd74830-0000-4000-822a-000000000001"] {
        assert_eq!(refusal(read(&f.app, id).await), Refusal::FileNotFound, "{id}");
    }
    assert_eq!(refusal(read(&f.other_app, stored.id.as_str()).await), Refusal::FileNotFound);
}

#[tokio::test]
async fn the_app_says_how_large_a_thumbnail_is_where_the_uploader_does_not() {
    let mut f = Fixture::with_users(&["alice"]).await;
    let (width, height) = (60, 50);
    let size = async |f: &Fixture, wished| {
        let large = Upload { thumbnail: wished, ..upload_of(picture(), false) };
        let stored = upload(f, large).await;
        let thumbnail = download(f, None, &stored, None, Variant::Thumbnail).await.unwrap();
        let image = image::load_from_memory(&bytes_of(thumbnail).await).unwrap();
        (image.width(), image.height())
    };
    for (fit, made) in [(ThumbnailFit::LongSide, (60, 40)), (ThumbnailFit::ShortSide, (75, 50))] {
        let policy = ThumbnailPolicy { fit, width, height };
        f.set(|settings| settings.thumbnail = policy).await;
        assert_eq!(size(&f, (None, None)).await, made, "{fit:?}");
        // Who asks, gets a picture that fits; a side that is not named is the app's.
        assert_eq!(size(&f, (Some(30), Some(30))).await, (30, 20));
        assert_eq!(size(&f, (None, Some(30))).await, (45, 30));
    }
    let policy = ThumbnailPolicy { fit: ThumbnailFit::ShortSide, width: 999, height: 999 };
    f.set(|settings| settings.thumbnail = policy).await;
    assert_eq!(size(&f, (None, None)).await, (300, 200), "no larger than the original");
}

#[tokio::test]
async fn a_file_larger_than_the_app_allows_is_refused() {
    let mut f = Fixture::with_users(&["alice"]).await;
    let ten_megabytes = 10 * 1024 * 1024;
    let large = || upload_of(vec![0; ten_megabytes + 1], false);
    let refused = files::upload(&f.m, &f.user("alice"), large()).await;
    assert_eq!(refusal(refused), Refusal::FileTooLarge);
    upload(&f, upload_of(vec![0; ten_megabytes], false)).await;
    f.limit(Feature::FileBytesMax, 11 * 1024 * 1024).await;
    upload(&f, large()).await;
}

#[tokio::test]
async fn files_expire_are_swept_and_in_the_end_forgotten() {
    let f = Fixture::with_users(&["alice"]).await;
    let stored = upload(&f, upload_of("hello", false)).await;
    f.clock.advance(f.app.days(Feature::AttachmentStorageDays) - 1);
    let younger = upload(&f, upload_of("younger", false)).await;
    assert!(download(&f, None, &stored, None, Variant::Original).await.is_ok());
    assert_eq!(files::sweep(&f.m).await.unwrap(), 0);

    f.clock.advance(1);
    let expired = Refusal::FileExpired { file: stored.id.to_string() };
    assert_eq!(refusal(download(&f, None, &stored, None, Variant::Original).await), expired);
    assert_eq!(files::sweep(&f.m).await.unwrap(), 1);
    assert_eq!(files::sweep(&f.m).await.unwrap(), 0);
    assert_eq!(refusal(download(&f, None, &stored, None, Variant::Original).await), expired);
    let shelf = f.folder.path().join("attachments/app").join(f.app.id.0.to_string());
    assert!(!shelf.join(&stored.id.as_str()[..2]).join(stored.id.as_str()).exists());
    assert!(download(&f, None, &younger, None, Variant::Original).await.is_ok());

    f.clock.advance(31 * 24 * 3600 * 1000);
    files::sweep(&f.m).await.unwrap();
    let gone = download(&f, None, &stored, None, Variant::Original).await;
    assert_eq!(refusal(gone), Refusal::FileNotFound);
}
