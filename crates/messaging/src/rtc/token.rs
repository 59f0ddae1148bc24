//! The carrier's token, version 007: a list of what it allows, signed with the project's certificate.

use std::io::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::ZlibEncoder;
use hmac::{Hmac, Mac};
use hongyan_platform::rtc::RtcProject;
use sha2::Sha256;

const VERSION: &str = "007";
/// Audio and video.
const SERVICE: u16 = 1;
/// Joining, and sending audio, video and data.
const PRIVILEGES: [u16; 4] = [1, 2, 3, 4];

/// Signs a token for one user in one channel. Times in seconds.
pub(super) fn sign(
    project: &RtcProject,
    channel: &str,
    uid: u32,
    issued: u32,
    lifetime: u32,
    salt: u32,
) -> String {
    let token = content(project, channel, uid, (issued, lifetime, salt), &PRIVILEGES);
    // Writing to memory does not fail; what is not written could not be read either.
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    let packed = encoder.write_all(&token).and_then(|()| encoder.finish()).unwrap_or_default();
    format!("{VERSION}{}", STANDARD.encode(packed))
}

/// Signature and what it signs.
fn content(
    project: &RtcProject,
    channel: &str,
    uid: u32,
    (issued, lifetime, salt): (u32, u32, u32),
    privileges: &[u16],
) -> Vec<u8> {
    let mut signed = text(project.id.as_bytes());
    for number in [issued, lifetime, salt] {
        signed.extend(number.to_le_bytes());
    }
    // One service, and what it allows for how long.
    signed.extend(1_u16.to_le_bytes());
    signed.extend(SERVICE.to_le_bytes());
    signed.extend(u16::try_from(privileges.len()).unwrap_or_default().to_le_bytes());
    for privilege in privileges {
        signed.extend(privilege.to_le_bytes());
        signed.extend(lifetime.to_le_bytes());
    }
    signed.extend(text(channel.as_bytes()));
    signed.extend(text(uid.to_string().as_bytes()));

    let key = hmac(&issued.to_le_bytes(), project.certificate.as_bytes());
    let key = hmac(&salt.to_le_bytes(), &key);
    let mut token = text(&hmac(&key, &signed));
    token.extend(signed);
    token
}

/// Bytes behind their length; all of ours are short.
fn text(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).unwrap_or(u16::MAX);
    [&length.to_le_bytes(), bytes].concat()
}

/// With a key of any length up to a block.
fn hmac(key: &[u8], message: &[u8]) -> [u8; 32] {
    // HMAC takes a key of one block; shorter keys are filled with zeros.
    let mut block = [0; 64];
    block[..key.len()].copy_from_slice(key);
    Hmac::<Sha256>::new(&block.into()).chain_update(message).finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use flate2::read::ZlibDecoder;

    use super::*;

    fn unpacked(token: &str) -> Vec<u8> {
        let packed = STANDARD.decode(token.strip_prefix(VERSION).unwrap()).unwrap();
        let mut bytes = Vec::new();
        ZlibDecoder::new(&*packed).read_to_end(&mut bytes).unwrap();
        bytes
    }

    fn project() -> RtcProject {
        RtcProject {
            id: "970CA35de60c44645bbae8a215061b33".to_owned(),
            certificate: "5CFd2fd1755d40ecb72977518be15d3b".to_owned(),
        }
    }

    const CHANNEL: &str = "7d72365eb983485397e3e3f9d460bdda";
    const UID: u32 = 2_882_341_273;

    /// The carrier's published example: one privilege, issued at 1111111 for 600 s, salt 1.
    #[test]
    fn it_is_what_the_carriers_own_tool_makes() {
        const EXAMPLE: &str = "007eJxTYBBbsMMnKq7p9Hf/HcIX5kce9b518kCiQgSr5Zrp4X1Tu6UUGCzNDZwdjU1TUs0Mkk1MzExMk5ISUy0SjQxNDcw\
            Mk4yN3b8IMEQwMTAwMoAwBIL4CgzmKeZGxmamqUmWFsYmFqbGluapxqnGaZYpJmYGSSkpiVwMRhYWRsYmhkbmxgDCaiTj";
        assert_eq!(content(&project(), CHANNEL, UID, (1_111_111, 600, 1), &[1]), unpacked(EXAMPLE));
    }

    #[test]
    fn it_allows_to_join_and_to_speak() {
        let token = sign(&project(), "*", 7, 1_111_111, 600, 9);
        let expected = content(&project(), "*", 7, (1_111_111, 600, 9), &[1, 2, 3, 4]);
        assert_eq!(unpacked(&token), expected);
        assert!(token.bytes().all(|b| b.is_ascii_alphanumeric() || b"+/=".contains(&b)));
    }
}
