//! The payload of a frame, which native clients may compress.

use std::io::Read;

use bytes::Bytes;
use flate2::read::ZlibDecoder;
use hongyan_msync::proto::MSync;

const PLAIN: u32 = 0;
const ZLIB: u32 = 1;

/// Takes the payload out of its envelope, plain and of at most `most` bytes; or says what is wrong with it. Absent is
/// empty.
pub(crate) fn take(envelope: &mut MSync, most: usize) -> Result<Bytes, &'static str> {
    let payload = envelope.payload.take().unwrap_or_default();
    match envelope.compress_algorimth.unwrap_or(PLAIN) {
        PLAIN => Ok(payload),
        ZLIB => unpacked(&payload, most),
        _ => Err("an unknown compression"),
    }
}

fn unpacked(packed: &[u8], most: usize) -> Result<Bytes, &'static str> {
    let mut plain = Vec::new();
    // One more than allowed, to tell "just enough" from "too much".
    let mut reader = ZlibDecoder::new(packed).take((most as u64).saturating_add(1));
    reader.read_to_end(&mut plain).map_err(|_| "a payload that cannot be unpacked")?;
    if plain.len() > most {
        return Err("a payload that unpacks to too much");
    }
    Ok(plain.into())
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::ZlibEncoder;

    use super::*;

    fn packed(plain: &[u8]) -> Bytes {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(plain).unwrap();
        encoder.finish().unwrap().into()
    }

    fn taken(algorithm: Option<u32>, payload: Bytes) -> Result<Bytes, &'static str> {
        let mut envelope =
            MSync { compress_algorimth: algorithm, payload: Some(payload), ..MSync::default() };
        take(&mut envelope, 1000)
    }

    #[test]
    fn plain_and_packed_payloads_are_read() {
        for (algorithm, payload) in
            [(None, b"hi"[..].into()), (Some(0), b"hi"[..].into()), (Some(1), packed(b"hi"))]
        {
            assert_eq!(taken(algorithm, payload).as_deref(), Ok(&b"hi"[..]));
        }
        assert_eq!(take(&mut MSync::default(), 10), Ok(Bytes::new()));
    }

    #[test]
    fn a_small_frame_does_not_become_a_large_payload() {
        assert!(taken(Some(1), packed(&[7; 1000])).is_ok());
        assert!(taken(Some(1), packed(&[7; 1001])).is_err());
        assert!(taken(Some(1), packed(&[7; 10_000_000])).is_err());
    }

    #[test]
    fn what_cannot_be_unpacked_is_refused() {
        let whole = packed(&[7; 500]);
        assert!(taken(Some(1), whole.slice(..whole.len() / 2)).is_err());
        assert!(taken(Some(1), b"nonsense"[..].into()).is_err());
        assert!(taken(Some(2), b"hi"[..].into()).is_err());
    }
}
