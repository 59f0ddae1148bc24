//! Small pictures of uploaded images.

use std::io::Cursor;

use bytes::Bytes;
use hongyan_model::limits::{THUMBNAIL_PIXELS, THUMBNAIL_SKIP_BYTES};
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, ImageResult, Limits};
use tokio::sync::Semaphore;

/// Side of the largest thumbnail an uploader may ask for, in pixels.
const MAX_THUMBNAIL_PIXELS: u32 = 1024;
/// Side of the largest image that is decoded, in pixels.
const MAX_IMAGE_PIXELS: u32 = 16_384;
/// Memory for one decoded image: photographs of 60 megapixels fit, a few kilobytes that unpack to
/// gigabytes do not.
const MAX_DECODED_BYTES: u64 = 192 * 1024 * 1024;

/// Images decoded at the same time; more of them wait, so that memory stays bounded.
static DECODERS: Semaphore = Semaphore::const_new(2);

/// What the thumbnail of a file is.
pub(super) enum Thumbnail {
    /// There is none: not a picture, or one that cannot or must not be decoded.
    None,
    /// The file itself, which is small.
    Original,
    /// This picture.
    Made { content_type: &'static str, bytes: Bytes },
}

/// Makes the thumbnail of a file; it lies within `size`, if that is given.
pub(super) async fn make(file: &Bytes, size: Option<(u32, u32)>) -> Thumbnail {
    if picture_format(file).is_none() {
        return Thumbnail::None;
    }
    if file.len() <= THUMBNAIL_SKIP_BYTES {
        return Thumbnail::Original;
    }
    let Ok(permit) = DECODERS.acquire().await else {
        return Thumbnail::None;
    };
    let (width, height) = size.unwrap_or((THUMBNAIL_PIXELS, THUMBNAIL_PIXELS));
    let size = (width.clamp(1, MAX_THUMBNAIL_PIXELS), height.clamp(1, MAX_THUMBNAIL_PIXELS));
    let file = file.clone();
    let made = tokio::task::spawn_blocking(move || {
        // Released when the work ends, also if nobody waits for it any more.
        let _permit = permit;
        shrink(&file, size)
    });
    match made.await {
        Ok(Ok((content_type, bytes))) => Thumbnail::Made { content_type, bytes: bytes.into() },
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

fn shrink(file: &[u8], (width, height): (u32, u32)) -> ImageResult<(&'static str, Vec<u8>)> {
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
    let (width, height) = if is_lying { (height, width) } else { (width, height) };
    let is_larger = image.width() > width || image.height() > height;
    let mut small = if is_larger { image.thumbnail(width, height) } else { image };
    small.apply_orientation(orientation);

    let mut bytes = Cursor::new(Vec::new());
    let content_type = if small.color().has_alpha() {
        DynamicImage::from(small.to_rgba8()).write_to(&mut bytes, ImageFormat::Png)?;
        "image/png"
    } else {
        DynamicImage::from(small.to_rgb8()).write_to(&mut bytes, ImageFormat::Jpeg)?;
        "image/jpeg"
    };
    Ok((content_type, bytes.into_inner()))
}

#[cfg(test)]
mod tests {
    use super::*;

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
        for (asked, width, height) in
            [(None, 170, 85), (Some((100, 20)), 40, 20), (Some((9999, 9999)), 400, 200)]
        {
            let Thumbnail::Made { content_type, bytes } = make(&file, asked).await else {
                panic!("no thumbnail for {asked:?}");
            };
            assert_eq!(content_type, "image/jpeg");
            let made = image::load_from_memory(&bytes).unwrap();
            assert_eq!((made.width(), made.height()), (width, height));
        }
    }

    #[tokio::test]
    async fn a_small_image_is_its_own_thumbnail_and_text_has_none() {
        let small = noise(20, 20, ImageFormat::Png);
        assert!(matches!(make(&small, None).await, Thumbnail::Original));
        let text = Bytes::from(vec![b'x'; 50_000]);
        assert!(matches!(make(&text, None).await, Thumbnail::None));
    }

    #[tokio::test]
    async fn bombs_and_broken_images_have_none() {
        // A GIF whose header promises 16000 x 16000 pixels; it has no checksum.
        let mut bomb = noise(400, 200, ImageFormat::Gif).to_vec();
        bomb[6..8].copy_from_slice(&16_000_u16.to_le_bytes());
        bomb[8..10].copy_from_slice(&16_000_u16.to_le_bytes());
        assert!(matches!(make(&bomb.into(), None).await, Thumbnail::None));

        let mut cut = noise(400, 200, ImageFormat::Jpeg).to_vec();
        cut.truncate(11_000);
        cut[600..700].fill(0xff);
        let _survives = make(&cut.into(), None).await;
    }
}
