//! What a file is, by its first bytes.

use super::thumbnail::picture_type;

/// As many bytes are enough to tell.
pub(super) const HEAD_BYTES: usize = 64;
pub(super) const UNKNOWN: &str = "application/octet-stream";

/// The media type of a file that begins so, if it is one that clients show or play.
pub(super) fn type_of(head: &[u8]) -> &'static str {
    picture_type(head).or_else(|| played(head)).unwrap_or(UNKNOWN)
}

fn played(head: &[u8]) -> Option<&'static str> {
    Some(match head {
        [_, _, _, _, b'f', b't', b'y', b'p', b'q', b't', ..] => "video/quicktime",
        [_, _, _, _, b'f', b't', b'y', b'p', b'M', b'4', b'A', ..] => "audio/mp4",
        [_, _, _, _, b'f', b't', b'y', b'p', ..] => "video/mp4",
        [0x1a, 0x45, 0xdf, 0xa3, ..] => "video/webm",
        [b'O', b'g', b'g', b'S', ..] => "audio/ogg",
        [b'I', b'D', b'3', ..] => "audio/mpeg",
        [b'#', b'!', b'A', b'M', b'R', ..] => "audio/amr",
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'A', b'V', b'E', ..] => "audio/wav",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_clients_play_is_recognised() {
        assert_eq!(type_of(b"\0\0\0\x18ftypmp42\0\0\0\0"), "video/mp4");
        assert_eq!(type_of(b"\0\0\0\x18ftypM4A \0\0\0\0"), "audio/mp4");
        assert_eq!(type_of(b"RIFF\0\0\0\0WAVEfmt "), "audio/wav");
        assert_eq!(type_of(b"#!AMR\n"), "audio/amr");
        assert_eq!(type_of(b"\x89PNG\r\n\x1a\n...."), "image/png");
        for other in [&b""[..], b"ftyp", b"<html>", b"PK\x03\x04"] {
            assert_eq!(type_of(other), UNKNOWN);
        }
    }
}
