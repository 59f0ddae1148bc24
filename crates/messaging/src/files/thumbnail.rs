//! Small pictures of uploaded images.

use std::io::Cursor;

use bytes::Bytes;
use hongyan_model::limits::THUMBNAIL_SKIP_BYTES;
use hongyan_model::{AppId, FileId, Result, ThumbnailFit, ThumbnailPolicy};
use hongyan_store::attachments::Part;
use hongyan_store::files::ThumbnailSource;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, ImageResult, Limits};
use tokio::sync::Semaphore;

use crate::Messaging;

/// Side of the largest size for a thumbnail that is obeyed, in pixels.
const MAX_THUMBNAIL_PIXELS: u32 = 1024;
/// Side of the largest image that is decoded, in pixels.
const MAX_IMAGE_PIXELS: u32 = 16_384;
/// Memory for one decoded image: photographs of 60 megapixels fit, a few kilobytes that unpack to
/// gigabytes do not.
const MAX_DECODED_BYTES: u64 = 192 * 1024 * 1024;

/// Images decoded at the same time; more of them wait, so that memory stays bounded.
static DECODERS: Semaphore = Semaphore::const_new(2);

/// What the thumbnail of a file is.
enum Thumbnail {
    /// There is none: not a picture, or one that cannot or must not be decoded.
    None,
    /// The file itself: there is no smaller picture.
    Original,
    /// This picture.
    Made { content_type: &'static str, bytes: Bytes },
}

/// Makes the thumbnail of a file and stores it beside it.
pub(super) async fn store(
    m: &Messaging,
    app: AppId,
    id: &FileId,
    file: &Bytes,
    size: ThumbnailPolicy,
) -> Result<ThumbnailSource> {
    Ok(match make(file, size).await {
        Thumbnail::None => ThumbnailSource::None,
        Thumbnail::Original => ThumbnailSource::Original,
        Thumbnail::Made { content_type, bytes } => {
            m.store().attachments().put(app, id, Part::Thumbnail, bytes).await?;
            ThumbnailSource::Made { content_type: content_type.to_owned() }
        }
    })
}

async fn make(file: &Bytes, size: ThumbnailPolicy) -> Thumbnail {
    if picture_format(file).is_none() {
        return Thumbnail::None;
    }
    if file.len() <= THUMBNAIL_SKIP_BYTES {
        return Thumbnail::Original;
    }
    let Ok(permit) = DECODERS.acquire().await else {
        return Thumbnail::None;
    };
    let file = file.clone();
    let made = tokio::task::spawn_blocking(move || {
        // Released when the work ends, also if nobody waits for it any more.
        let _permit = permit;
        shrink(&file, size)
    });
    match made.await {
        Ok(Ok(Some((content_type, bytes)))) => {
            Thumbnail::Made { content_type, bytes: bytes.into() }
        }
        Ok(Ok(None)) => Thumbnail::Original,
        Ok(Err(error)) => {
            tracing::debug!(%error, "no thumbnail is made of an image that cannot be decoded");
            Thumbnail::None
        }
        Err(error) => {
            tracing::warn!(%error, "an image decoder failed");
            Thumbnail::None
        }
    }
}

/// Media type of the picture these bytes are, if they are one that browsers show.
pub(super) fn picture_type(file: &[u8]) -> Option<&'static str> {
    picture_format(file).map(|format| format.to_mime_type())
}

fn picture_format(file: &[u8]) -> Option<ImageFormat> {
    use ImageFormat::{Gif, Jpeg, Png, WebP};
    image::guess_format(file).ok().filter(|format| matches!(format, Gif | Jpeg | Png | WebP))
}

/// The picture in the size asked for; `None` if that is no smaller than the file.
fn shrink(file: &[u8], size: ThumbnailPolicy) -> ImageResult<Option<(&'static str, Vec<u8>)>> {
    let mut limits = Limits::no_limits();
    limits.max_image_width = Some(MAX_IMAGE_PIXELS);
    limits.max_image_height = Some(MAX_IMAGE_PIXELS);
    limits.max_alloc = Some(MAX_DECODED_BYTES);
    let mut reader = ImageReader::new(Cursor::new(file)).with_guessed_format()?;
    reader.limits(limits.clone());
    let mut decoder = reader.into_decoder()?;
    limits.reserve(decoder.total_bytes())?;
    let orientation = decoder.orientation()?;
    let image = DynamicImage::from_decoder(decoder)?;

    let is_lying = matches!(
        orientation,
        Orientation::Rotate90
            | Orientation::Rotate270
            | Orientation::Rotate90FlipH
            | Orientation::Rotate270FlipH
    );
    let size = match is_lying {
        true => ThumbnailPolicy { width: size.height, height: size.width, ..size },
        false => size,
    };
    let Some((width, height)) = fitting((image.width(), image.height()), size) else {
        return Ok(None);
    };
    let mut small = image.thumbnail_exact(width, height);
    drop(image);
    small.apply_orientation(orientation);

    let mut bytes = Cursor::new(Vec::new());
    let content_type = if small.color().has_alpha() {
        DynamicImage::from(small.to_rgba8()).write_to(&mut bytes, ImageFormat::Png)?;
        "image/png"
    } else {
        DynamicImage::from(small.to_rgb8()).write_to(&mut bytes, ImageFormat::Jpeg)?;
        "image/jpeg"
    };
    let bytes = bytes.into_inner();
    Ok((bytes.len() < file.len()).then_some((content_type, bytes)))
}

/// Width and height of the thumbnail of a picture; `None` if the picture is small enough as it is.
fn fitting((width, height): (u32, u32), size: ThumbnailPolicy) -> Option<(u32, u32)> {
    let scale = |wished: u32, length: u32| {
        f64::from(wished.clamp(1, MAX_THUMBNAIL_PIXELS)) / f64::from(length.max(1))
    };
    let (by_width, by_height) = (scale(size.width, width), scale(size.height, height));
    let scale = match size.fit {
        ThumbnailFit::LongSide => by_width.min(by_height),
        ThumbnailFit::ShortSide => by_width.max(by_height),
    };
    if scale >= 1.0 {
        return None;
    }
    // Not larger than the picture, so within its type.
    let scaled = |length: u32| ((f64::from(length) * scale).round() as u32).max(1);
    Some((scaled(width), scaled(height)))
}

#[cfg(test)]
mod tests {
    use hongyan_model::ThumbnailFit::{LongSide, ShortSide};

    use super::*;

    fn size(fit: ThumbnailFit, width: u32, height: u32) -> ThumbnailPolicy {
        ThumbnailPolicy { fit, width, height }
    }

    fn noise(width: u32, height: u32, format: ImageFormat) -> Bytes {
        let mut state = 1_u32;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        };
        let image =
            image::RgbImage::from_fn(width, height, |_, _| image::Rgb([next(), next(), next()]));
        let mut bytes = Cursor::new(Vec::new());
        image.write_to(&mut bytes, format).unwrap();
        bytes.into_inner().into()
    }

    #[tokio::test]
    async fn a_large_image_gets_a_small_picture_within_the_size_asked_for() {
        let file = noise(400, 200, ImageFormat::Png);
        for (asked, width, height) in [
            (size(LongSide, 170, 170), 170, 85),
            (size(LongSide, 100, 20), 40, 20),
            (size(ShortSide, 100, 100), 200, 100),
            (size(ShortSide, 100, 20), 100, 50),
            (size(ShortSide, 0, 0), 2, 1),
        ] {
            let Thumbnail::Made { content_type, bytes } = make(&file, asked).await else {
                panic!("no thumbnail for {asked:?}");
            };
            assert_eq!(content_type, "image/jpeg");
            let made = image::load_from_memory(&bytes).unwrap();
            assert_eq!((made.width(), made.height()), (width, height), "{asked:?}");
        }
    }

    #[tokio::test]
    async fn a_thumbnail_that_would_be_no_smaller_is_the_image_itself() {
        let file = noise(400, 200, ImageFormat::Png);
        for asked in [size(LongSide, 400, 200), size(LongSide, 9999, 9999), size(ShortSide, 1, 200)]
        {
            assert!(matches!(make(&file, asked).await, Thumbnail::Original), "{asked:?}");
        }
        // One colour takes more bytes as a JPEG than as a PNG.
        let mut plain = Cursor::new(Vec::new());
        image::GrayImage::new(1100, 1100).write_to(&mut plain, ImageFormat::Png).unwrap();
        let mut plain = plain.into_inner();
        plain.resize(THUMBNAIL_SKIP_BYTES + 1, 0);
        let kept = make(&plain.into(), size(ShortSide, 1024, 1024)).await;
        assert!(matches!(kept, Thumbnail::Original));
    }

    #[tokio::test]
    async fn a_small_image_is_its_own_thumbnail_and_text_has_none() {
        let small = noise(20, 20, ImageFormat::Png);
        let asked = ThumbnailPolicy::default();
        assert!(matches!(make(&small, asked).await, Thumbnail::Original));
        let text = Bytes::from(vec![b'x'; 50_000]);
        assert!(matches!(make(&text, asked).await, Thumbnail::None));
    }

    #[tokio::test]
    async fn bombs_and_broken_images_have_none() {
        // A GIF whose header promises 16000 x 16000 pixels; it has no checksum.
        let mut bomb = noise(400, 200, ImageFormat::Gif).to_vec();
        bomb[6..8].copy_from_slice(&16_000_u16.to_le_bytes());
        bomb[8..10].copy_from_slice(&16_000_u16.to_le_bytes());
        let asked = ThumbnailPolicy::default();
        assert!(matches!(make(&bomb.into(), asked).await, Thumbnail::None));

        let mut cut = noise(400, 200, ImageFormat::Jpeg).to_vec();
        cut.truncate(11_000);
        cut[600..700].fill(0xff);
        let _survives = make(&cut.into(), asked).await;
    }
}
