//! What of a message is examined.

use hongyan_model::{EntryKind, ModeratedKind};
use hongyan_msync::proto::{MessageBody, key_value};
use serde::Deserialize;

/// Parts that a custom message may name.
const PARTS: usize = 10;

/// A part of a message.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Part {
    pub(super) kind: ModeratedKind,
    /// The text, or the address of the file.
    pub(super) content: String,
}

/// What an app writes into `customExts.moderation` of a custom message.
#[derive(Deserialize)]
struct Named {
    #[serde(default)]
    enable: bool,
    #[serde(default)]
    contents: Vec<NamedPart>,
}

#[derive(Deserialize)]
struct NamedPart {
    r#type: String,
    data: String,
}

/// The text, the file, or what a custom message names; empty for everything else.
pub(super) fn of(kind: EntryKind, body: &MessageBody) -> Vec<Part> {
    let Some(content) = body.contents.first() else { return Vec::new() };
    if kind == EntryKind::Custom {
        let node = content.custom_exts.iter().find(|ext| ext.key() == "moderation");
        return node.and_then(|node| node.value.as_ref()).map(named).unwrap_or_default();
    }
    let Some(kind) = ModeratedKind::of(kind) else { return Vec::new() };
    let content = match kind {
        ModeratedKind::Text => content.text.clone(),
        ModeratedKind::Image | ModeratedKind::Audio | ModeratedKind::Video => {
            content.remote_path.as_deref().map(|path| opened(path, content.secret_key()))
        }
    };
    let content = content.filter(|content| !content.is_empty());
    content.map(|content| Part { kind, content }).into_iter().collect()
}

/// The address of a file with what opens it, for those of this server.
fn opened(path: &str, secret: &str) -> String {
    if secret.is_empty() || !path.contains("/chatfiles/") || path.contains("share-secret=") {
        return path.to_owned();
    }
    let sign = if path.contains('?') { '&' } else { '?' };
    format!("{path}{sign}share-secret={secret}")
}

fn named(value: &key_value::Value) -> Vec<Part> {
    let key_value::Value::StringValue(json) = value else { return Vec::new() };
    // Not ours to refuse: without it nothing is examined.
    let Ok(Named { enable: true, contents }) = serde_json::from_str(json) else {
        return Vec::new();
    };
    let part = |part: NamedPart| {
        let kind = match part.r#type.as_str() {
            "text" => ModeratedKind::Text,
            "img" => ModeratedKind::Image,
            _ => return None,
        };
        Some(Part { kind, content: part.data })
    };
    contents
        .into_iter()
        .filter_map(part)
        .filter(|part| !part.content.is_empty())
        .take(PARTS)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_can_open_the_file() {
        let path = "https://im.example.com/org/app/chatfiles/1";
        assert_eq!(opened(path, ""), path);
        assert_eq!(opened(path, "s"), format!("{path}?share-secret=s"));
        assert_eq!(opened(&format!("{path}?a=b"), "s"), format!("{path}?a=b&share-secret=s"));
        assert_eq!(opened("https://cdn.example.com/1", "s"), "https://cdn.example.com/1");
    }

    #[test]
    fn a_custom_message_names_its_parts() {
        let parts = |json: &str| named(&key_value::Value::StringValue(json.to_owned()));
        let both = r#"{"enable":true,"contents":[{"type":"text","data":"a"},{"type":"img","data":"http://b"},
                       {"type":"other","data":"c"},{"type":"text","data":""}]}"#;
        let found: Vec<_> = parts(both).into_iter().map(|part| (part.kind, part.content)).collect();
        assert_eq!(
            found,
            [(ModeratedKind::Text, "a".to_owned()), (ModeratedKind::Image, "http://b".to_owned())]
        );
        for none in [r#"{"enable":false,"contents":[{"type":"text","data":"a"}]}"#, "{}", "no json"]
        {
            assert_eq!(parts(none), []);
        }
    }
}
