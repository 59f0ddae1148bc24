//! Parts of a serialized message, byte by byte: what this version does not know travels with them.

use bytes::{Buf, BufMut, Bytes, BytesMut};
use prost::DecodeError;
use prost::encoding::{DecodeContext, decode_key, skip_field};

/// The fields of `message` with the numbers that `wanted` names, as they came and in their order.
pub fn retain(message: &Bytes, wanted: impl Fn(u32) -> bool) -> Result<Bytes, DecodeError> {
    let mut rest = message.clone();
    let mut kept = BytesMut::with_capacity(message.len());
    while rest.has_remaining() {
        let from = message.len() - rest.remaining();
        let (number, wire_type) = decode_key(&mut rest)?;
        skip_field(wire_type, number, &mut rest, DecodeContext::default())?;
        if wanted(number) {
            kept.put_slice(&message[from..message.len() - rest.remaining()]);
        }
    }
    Ok(kept.freeze())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Message;
    use crate::proto::{Content, MessageBody};

    #[test]
    fn fields_are_taken_with_what_is_unknown_in_them() {
        let content = |text: &str| Content { text: Some(text.to_owned()), ..Content::default() };
        let body = MessageBody {
            r#type: Some(1),
            contents: vec![content("a"), content("b")],
            meta: Some("{}".to_owned()),
            ..MessageBody::default()
        };
        let mut bytes = body.encode_to_vec();
        // Field 100, unknown to this version.
        bytes.extend([0xa0, 0x06, 0x07]);
        let bytes = Bytes::from(bytes);
        let contents = retain(&bytes, |number| number == 4).unwrap();
        let read = MessageBody::decode(contents).unwrap();
        assert_eq!(read, MessageBody { contents: body.contents, ..MessageBody::default() });
        let rest = retain(&bytes, |number| number != 4).unwrap();
        assert!(rest.ends_with(&[0xa0, 0x06, 0x07]));
        assert!(MessageBody::decode(rest).unwrap().contents.is_empty());
        assert_eq!(retain(&bytes, |_| true).unwrap(), bytes);
        assert!(retain(&bytes.slice(..bytes.len() - 1), |_| true).is_err());
    }
}
