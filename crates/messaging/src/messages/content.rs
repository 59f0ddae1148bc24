//! What a message says: from the JSON of the REST API to the protobuf of the wire.
//!
//! Only messages that a customer's server sends go through here; those of clients are relayed as
//! the bytes they arrived in. Knows nothing of senders, receivers or storage.

use hongyan_model::{EntryKind, Refusal, Result};
use hongyan_msync::proto::{self, content::Type, key_value};
use serde_json::{Map, Value};

/// Most entries of a custom message's `customExts`.
const CUSTOM_EXTS: usize = 16;
/// Length of a custom message's event in bytes.
const CUSTOM_EVENT_BYTES: usize = 32;

/// A message's body.
#[derive(Clone, PartialEq, Debug)]
pub enum Content {
    /// Text.
    Text {
        /// The text.
        text: String,
    },
    /// An image.
    Image {
        /// The uploaded image.
        file: Attachment,
        /// Width and height in pixels.
        size: Option<(f64, f64)>,
    },
    /// A voice recording.
    Voice {
        /// The uploaded recording.
        file: Attachment,
        /// Duration in seconds.
        length: Option<i32>,
    },
    /// A video.
    Video {
        /// The uploaded video.
        file: Attachment,
        /// Duration in seconds.
        length: Option<i32>,
        /// URL of the cover image.
        thumb: Option<String>,
        /// Share secret of the cover image.
        thumb_secret: Option<String>,
    },
    /// Any other file.
    File {
        /// The uploaded file.
        file: Attachment,
    },
    /// A place.
    Location {
        /// Degrees north.
        latitude: f64,
        /// Degrees east.
        longitude: f64,
        /// Address in words.
        address: String,
        /// Name of the building.
        building: Option<String>,
    },
    /// A command for the receiving program; not kept in history.
    Command {
        /// The command.
        action: String,
        /// Its parameters.
        params: Map<String, Value>,
    },
    /// A message of the customer's own kind.
    Custom {
        /// The kind.
        event: String,
        /// Its fields.
        exts: Vec<(String, String)>,
    },
}

/// An uploaded file that a message points at.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Attachment {
    /// Where to fetch it.
    pub url: String,
    /// Its name.
    pub filename: Option<String>,
    /// Share secret, for a restricted file.
    pub secret: Option<String>,
    /// Size in bytes.
    pub length: Option<i32>,
}

/// Reads `type` and `body` of a REST request.
pub fn parse_body(kind: &str, body: &Value) -> Result<Content> {
    let body = body.as_object().ok_or_else(|| invalid("body", "not an object"))?;
    let content = match kind {
        "txt" => Content::Text { text: required(body, "msg")? },
        "img" => Content::Image { file: attachment(body)?, size: size(body)? },
        "audio" => Content::Voice { file: attachment(body)?, length: length(body)? },
        "video" => Content::Video {
            file: attachment(body)?,
            length: length(body)?,
            thumb: text(body, "thumb")?,
            thumb_secret: text(body, "thumb_secret")?,
        },
        "file" => Content::File { file: attachment(body)? },
        "loc" => Content::Location {
            latitude: degrees(body, "lat", 90.0)?,
            longitude: degrees(body, "lng", 180.0)?,
            address: required(body, "addr")?,
            building: text(body, "buildingName")?,
        },
        "cmd" => Content::Command { action: required(body, "action")?, params: params(body)? },
        "custom" => Content::Custom { event: custom_event(body)?, exts: custom_exts(body)? },
        other => return Err(invalid("type", format!("unknown type {other:.20}")).into()),
    };
    Ok(content)
}

/// The kind under which the log keeps the message, and the message body with `contents` and `ext`
/// set; the sender fills in type, from and to.
#[must_use]
pub fn to_message_body(
    content: &Content,
    ext: Option<&Map<String, Value>>,
) -> (EntryKind, proto::MessageBody) {
    let (kind, content) = to_content(content);
    let ext = ext.map(to_key_values).unwrap_or_default();
    (kind, proto::MessageBody { contents: vec![content], ext, ..proto::MessageBody::default() })
}

fn to_content(content: &Content) -> (EntryKind, proto::Content) {
    let typed =
        |kind: Type| proto::Content { r#type: Some(kind.into()), ..proto::Content::default() };
    match content {
        Content::Text { text } => {
            (EntryKind::Text, proto::Content { text: Some(text.clone()), ..typed(Type::Text) })
        }
        Content::Image { file, size } => {
            let size = size
                .map(|(width, height)| proto::Size { width: Some(width), height: Some(height) });
            (EntryKind::Image, proto::Content { size, ..with_file(typed(Type::Image), file) })
        }
        Content::Voice { file, length } => (
            EntryKind::Voice,
            proto::Content { duration: *length, ..with_file(typed(Type::Voice), file) },
        ),
        Content::Video { file, length, thumb, thumb_secret } => {
            let content = proto::Content {
                duration: *length,
                thumbnail_remote_path: thumb.clone(),
                thumbnail_secret_key: thumb_secret.clone(),
                ..with_file(typed(Type::Video), file)
            };
            (EntryKind::Video, content)
        }
        Content::File { file } => (EntryKind::File, with_file(typed(Type::File), file)),
        Content::Location { latitude, longitude, address, building } => {
            let content = proto::Content {
                latitude: Some(*latitude),
                longitude: Some(*longitude),
                address: Some(address.clone()),
                building_name: building.clone(),
                ..typed(Type::Location)
            };
            (EntryKind::Location, content)
        }
        Content::Command { action, params } => {
            let content = proto::Content {
                action: Some(action.clone()),
                params: to_key_values(params),
                ..typed(Type::Command)
            };
            (EntryKind::Command, content)
        }
        Content::Custom { event, exts } => {
            let custom_exts = exts.iter().map(|(key, value)| string_pair(key, value)).collect();
            let content = proto::Content {
                custom_event: Some(event.clone()),
                custom_exts,
                ..typed(Type::Custom)
            };
            (EntryKind::Custom, content)
        }
    }
}

fn with_file(content: proto::Content, file: &Attachment) -> proto::Content {
    proto::Content {
        remote_path: Some(file.url.clone()),
        display_name: file.filename.clone(),
        secret_key: file.secret.clone(),
        file_length: file.length,
        ..content
    }
}

/// JSON as the typed pairs of the wire, in the way the SDK writes its own `ext`.
pub(super) fn to_key_values(ext: &Map<String, Value>) -> Vec<proto::KeyValue> {
    ext.iter().map(|(key, value)| to_key_value(key, value)).collect()
}

fn to_key_value(key: &str, value: &Value) -> proto::KeyValue {
    use key_value::{Value as Slot, ValueType};
    let (kind, slot) = match value {
        Value::String(text) => return string_pair(key, text),
        Value::Bool(yes) => (ValueType::Bool, Slot::VarintValue((*yes).into())),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(integer), _) => (ValueType::Int, Slot::VarintValue(integer)),
            (None, float) => (ValueType::Double, Slot::DoubleValue(float.unwrap_or_default())),
        },
        Value::Null | Value::Array(_) | Value::Object(_) => {
            (ValueType::JsonString, Slot::StringValue(value.to_string()))
        }
    };
    proto::KeyValue { key: Some(key.to_owned()), r#type: Some(kind.into()), value: Some(slot) }
}

fn string_pair(key: &str, value: &str) -> proto::KeyValue {
    proto::KeyValue {
        key: Some(key.to_owned()),
        r#type: Some(key_value::ValueType::String.into()),
        value: Some(key_value::Value::StringValue(value.to_owned())),
    }
}

fn attachment(body: &Map<String, Value>) -> Result<Attachment, Refusal> {
    Ok(Attachment {
        url: required(body, "url")?,
        filename: text(body, "filename")?,
        secret: text(body, "secret")?,
        length: whole_number(body, "file_length")?,
    })
}

fn size(body: &Map<String, Value>) -> Result<Option<(f64, f64)>, Refusal> {
    let Some(size) = present(body, "size") else { return Ok(None) };
    let side = |name| size.get(name).and_then(number).filter(|n| *n >= 0.0);
    match (side("width"), side("height")) {
        (Some(width), Some(height)) => Ok(Some((width, height))),
        _ => Err(invalid("size", "needs width and height")),
    }
}

/// The documentation's tables print `Length`, its samples and the SDKs `length`.
fn length(body: &Map<String, Value>) -> Result<Option<i32>, Refusal> {
    match whole_number(body, "length")? {
        Some(length) => Ok(Some(length)),
        None => whole_number(body, "Length"),
    }
}

fn degrees(body: &Map<String, Value>, name: &'static str, limit: f64) -> Result<f64, Refusal> {
    let given = present(body, name).ok_or(Refusal::Missing { name })?;
    number(given).filter(|n| n.abs() <= limit).ok_or_else(|| invalid(name, "not a coordinate"))
}

fn params(body: &Map<String, Value>) -> Result<Map<String, Value>, Refusal> {
    match present(body, "param") {
        None => Ok(Map::new()),
        Some(Value::Object(params)) => Ok(params.clone()),
        Some(_) => Err(invalid("param", "not an object")),
    }
}

fn custom_event(body: &Map<String, Value>) -> Result<String, Refusal> {
    let event = text(body, "customEvent")?.unwrap_or_default();
    let legal = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'/' | b'.');
    if event.len() > CUSTOM_EVENT_BYTES || !event.bytes().all(legal) {
        return Err(invalid("customEvent", "not legal"));
    }
    Ok(event)
}

/// A map of strings; an array of such maps, the form of the message export, is taken too.
fn custom_exts(body: &Map<String, Value>) -> Result<Vec<(String, String)>, Refusal> {
    let maps: Vec<&Value> = match present(body, "customExts") {
        None => Vec::new(),
        Some(Value::Array(maps)) => maps.iter().collect(),
        Some(map) => vec![map],
    };
    let mut exts = Vec::new();
    for map in maps {
        let map = map.as_object().ok_or_else(|| invalid("customExts", "not an object"))?;
        for (key, value) in map {
            let value = match value {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            exts.push((key.clone(), value));
        }
    }
    if exts.len() > CUSTOM_EXTS {
        return Err(Refusal::TooMany { name: "customExts", limit: CUSTOM_EXTS });
    }
    Ok(exts)
}

fn required(body: &Map<String, Value>, name: &'static str) -> Result<String, Refusal> {
    text(body, name)?.filter(|text| !text.is_empty()).ok_or(Refusal::Missing { name })
}

fn text(body: &Map<String, Value>, name: &'static str) -> Result<Option<String>, Refusal> {
    match present(body, name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(invalid(name, "not a string")),
    }
}

fn whole_number(body: &Map<String, Value>, name: &'static str) -> Result<Option<i32>, Refusal> {
    let Some(given) = present(body, name) else { return Ok(None) };
    let number =
        number(given).filter(|n| *n >= 0.0).ok_or_else(|| invalid(name, "not a number"))?;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the cast saturates, and a size that large is only shown"
    )]
    Ok(Some(number.round() as i32))
}

/// A number, or a string that holds one.
fn number(value: &Value) -> Option<f64> {
    let number = match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    number.filter(|n| n.is_finite())
}

fn present<'a>(body: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    body.get(name).filter(|value| !value.is_null())
}

fn invalid(name: &'static str, why: impl Into<String>) -> Refusal {
    Refusal::Invalid { name, why: why.into() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parsed(kind: &str, body: Value) -> proto::Content {
        to_content(&parse_body(kind, &body).unwrap()).1
    }

    fn refusal(kind: &str, body: Value) -> Refusal {
        match parse_body(kind, &body).unwrap_err() {
            hongyan_model::Error::Refused(refusal) => refusal,
            fault => panic!("{fault}"),
        }
    }

    #[test]
    fn each_type_becomes_its_content() {
        let cases = [
            ("txt", json!({"msg": "hi"}), Type::Text),
            ("img", json!({"url": "u", "size": {"width": 4, "height": "3"}}), Type::Image),
            ("audio", json!({"url": "u", "Length": 4}), Type::Voice),
            (
                "video",
                json!({"url": "u", "length": "4", "thumb": "t", "thumb_secret": "s"}),
                Type::Video,
            ),
            ("file", json!({"url": "u", "filename": "a.txt", "secret": "s"}), Type::File),
            ("loc", json!({"lat": "39.9", "lng": 116.3, "addr": "x"}), Type::Location),
            ("cmd", json!({"action": "run", "param": {"n": 1}}), Type::Command),
            ("custom", json!({"customEvent": "e", "customExts": {"k": "v"}}), Type::Custom),
        ];
        for (kind, body, expected) in cases {
            assert_eq!(parsed(kind, body).r#type(), expected, "{kind}");
        }
    }

    #[test]
    fn a_text_has_no_sub_type() {
        // subType 0, present, would make it a combined message.
        assert_eq!(parsed("txt", json!({"msg": "hi"})).sub_type, None);
    }

    #[test]
    fn numbers_may_be_strings_and_length_may_be_capital() {
        assert_eq!(parsed("audio", json!({"url": "u", "Length": "4"})).duration, Some(4));
        assert_eq!(parsed("loc", json!({"lat": "1.5", "lng": 2, "addr": "x"})).latitude, Some(1.5));
        assert_eq!(
            parsed("file", json!({"url": "u", "file_length": 1e12})).file_length,
            Some(i32::MAX)
        );
    }

    #[test]
    fn custom_exts_may_be_a_map_or_an_array_of_maps() {
        let map = parsed("custom", json!({"customEvent": "e", "customExts": {"a": "1", "b": 2}}));
        let array =
            parsed("custom", json!({"customEvent": "e", "customExts": [{"a": "1"}, {"b": 2}]}));
        assert_eq!(map, array);
        assert_eq!(map.custom_exts, [string_pair("a", "1"), string_pair("b", "2")]);
        let many: Map<String, Value> = (0..17).map(|n| (n.to_string(), json!("v"))).collect();
        assert!(matches!(refusal("custom", json!({"customExts": many})), Refusal::TooMany { .. }));
    }

    #[test]
    fn what_is_missing_or_of_the_wrong_type_is_refused() {
        assert_eq!(refusal("txt", json!({})), Refusal::Missing { name: "msg" });
        assert_eq!(refusal("img", json!({"url": null})), Refusal::Missing { name: "url" });
        for (kind, body) in [
            ("txt", json!({"msg": {}})),
            ("txt", json!("hi")),
            ("img", json!({"url": "u", "size": 4})),
            ("loc", json!({"lat": 91, "lng": 0, "addr": "x"})),
            ("loc", json!({"lat": "NaN", "lng": 0, "addr": "x"})),
            ("custom", json!({"customEvent": "not legal"})),
            ("nope", json!({})),
        ] {
            assert!(
                matches!(refusal(kind, body.clone()), Refusal::Invalid { .. }),
                "{kind} {body}"
            );
        }
    }

    #[test]
    fn ext_takes_the_types_that_the_sdk_writes() {
        use key_value::{Value as Slot, ValueType};
        let ext = json!({"o": {"a": [1]}, "n": null, "s": "t", "b": true, "i": -7, "f": 1.5, "big": u64::MAX});
        let body = to_message_body(&Content::Text { text: String::new() }, ext.as_object()).1;
        let expected = [
            ("o", ValueType::JsonString, Slot::StringValue("{\"a\":[1]}".into())),
            ("n", ValueType::JsonString, Slot::StringValue("null".into())),
            ("s", ValueType::String, Slot::StringValue("t".into())),
            ("b", ValueType::Bool, Slot::VarintValue(1)),
            ("i", ValueType::Int, Slot::VarintValue(-7)),
            ("f", ValueType::Double, Slot::DoubleValue(1.5)),
            ("big", ValueType::Double, Slot::DoubleValue(u64::MAX as f64)),
        ];
        assert_eq!(body.ext.len(), expected.len());
        for (got, (key, kind, slot)) in body.ext.iter().zip(expected) {
            assert_eq!((got.key(), got.r#type(), got.value.clone()), (key, kind, Some(slot)));
        }
    }
}
