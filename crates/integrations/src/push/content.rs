//! What a notice says (docs/push.md, "What"): decided from facts, without I/O.

use std::collections::HashMap;

use hongyan_model::{EntryKind, PushLanguage, UserId};
use hongyan_push::Overrides;
use serde_json::{Map, Value};

/// Of a text so much is quoted, in characters.
const QUOTED: usize = 100;

/// The name of the template that stands for "that there is a message".
pub(super) const DEFAULT: &str = "default";
/// The name of the template that stands for "what it says".
pub(super) const DETAIL: &str = "detail";

/// Templates of an app, by name: title and text.
pub(super) type Templates = HashMap<String, (String, String)>;

/// What all notices of a message have in common.
#[derive(Clone, Copy, Debug)]
pub(super) struct Message<'a> {
    pub(super) kind: EntryKind,
    /// Its text, if it is one.
    pub(super) text: &'a str,
    /// The text in other languages, by their codes.
    pub(super) translations: &'a [(String, String)],
    pub(super) ext: &'a Map<String, Value>,
    pub(super) overrides: &'a Overrides,
    /// The sender's push nickname, or its id.
    pub(super) sender: &'a str,
    /// The name of the group, in groups.
    pub(super) group: Option<&'a str>,
}

/// Whose notice it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reader<'a> {
    pub(super) user: &'a UserId,
    /// Of the app's own words.
    pub(super) language: PushLanguage,
    /// The language it wants texts in; empty: as they are.
    pub(super) translation: &'a str,
    pub(super) shows_content: bool,
    /// The template it has chosen; empty: none.
    pub(super) template: &'a str,
    /// What it calls the sender among its contacts; empty: nothing.
    pub(super) remark: &'a str,
}

/// A reader's language for the server's own words: its wish, if there are words in it, else the app's.
pub(super) fn language(wish: &str, app: PushLanguage) -> PushLanguage {
    let wish = wish.to_ascii_lowercase();
    match wish.get(..2) {
        Some("zh") => PushLanguage::Zh,
        Some("en") => PushLanguage::En,
        _ => app,
    }
}

/// Title and text. `templates` is `None` where the app has no advanced functions.
pub(super) fn title_and_text(
    message: Message<'_>,
    reader: Reader<'_>,
    templates: Option<&Templates>,
) -> (String, String) {
    let said = said(message, reader);
    let words = Words { message, reader, said: &said };
    let fill_with = |(title, content): (&str, &str), titles: &[String], contents: &[String]| {
        (words.fill(title, titles), words.fill(content, contents))
    };
    let changed = |name: &str| {
        let (title, content) = templates?.get(name)?;
        Some((title.as_str(), content.as_str()))
    };
    let fill = |name: &str, titles: &[String], contents: &[String]| {
        templates?;
        let is_built_in = name == DEFAULT || name == DETAIL;
        let as_it_was = is_built_in.then(|| built_in(name, reader.language));
        Some(fill_with(changed(name).or(as_it_was)?, titles, contents))
    };
    let style = changed(if reader.shows_content { DETAIL } else { DEFAULT });
    let (mut title, mut text) = match style {
        Some(patterns) => fill_with(patterns, &[], &[]),
        None => plain(message, reader, &said),
    };
    let overrides = message.overrides;
    title = overrides.title.clone().unwrap_or(title);
    text = overrides.content.clone().unwrap_or(text);
    if let Some(chosen) = fill(reader.template, &[], &[]) {
        (title, text) = chosen;
    }
    if let Some(named) = Named::for_reader(message.ext, reader.user)
        && let Some(filled) = fill(&named.name, &named.titles, &named.contents)
    {
        (title, text) = filled;
    }
    (title, text)
}

/// What is said where no template is.
fn plain(message: Message<'_>, reader: Reader<'_>, said: &str) -> (String, String) {
    let (title, text) = built_in(DEFAULT, reader.language);
    if !reader.shows_content {
        return (title.to_owned(), text.to_owned());
    }
    let title = message.group.unwrap_or(title);
    (title.to_owned(), format!("{}: {said}", message.sender))
}

/// What the built-in templates say where nobody has changed them.
#[must_use]
pub(super) fn built_in(name: &str, language: PushLanguage) -> (&'static str, &'static str) {
    match (name, language) {
        (DETAIL, PushLanguage::Zh) => ("您有一条新消息", "{$fromNickname}: {$msg}"),
        (DETAIL, PushLanguage::En) => ("You have a new message", "{$fromNickname}: {$msg}"),
        (_, PushLanguage::Zh) => ("您有一条新消息", "请点击查看"),
        (_, PushLanguage::En) => ("You have a new message", "Tap to view"),
    }
}

/// What was said, for this reader.
fn said(message: Message<'_>, reader: Reader<'_>) -> String {
    let zh = reader.language == PushLanguage::Zh;
    let word = match message.kind {
        EntryKind::Text => {
            let mut translated = message.translations.iter();
            let wanted = reader.translation;
            let translated = translated
                .find(|(code, _)| !wanted.is_empty() && code.eq_ignore_ascii_case(wanted))
                .map_or(message.text, |(_, text)| text);
            return translated.chars().take(QUOTED).collect();
        }
        EntryKind::Image => ["[图片]", "[Image]"],
        EntryKind::Voice => ["[语音]", "[Voice]"],
        EntryKind::Video => ["[视频]", "[Video]"],
        EntryKind::File => ["[文件]", "[File]"],
        EntryKind::Location => ["[位置]", "[Location]"],
        EntryKind::Combine => ["[聊天记录]", "[Chat history]"],
        _ => ["[自定义消息]", "[Message]"],
    };
    word[usize::from(!zh)].to_owned()
}

/// What stands in a template's places.
struct Words<'a> {
    message: Message<'a>,
    reader: Reader<'a>,
    said: &'a str,
}

impl Words<'_> {
    /// Fills the places of a pattern once: what stands in a place is not looked through again. A number without a word is
    /// empty; what is no place stays.
    fn fill(&self, pattern: &str, args: &[String]) -> String {
        let mut filled = String::with_capacity(pattern.len());
        let mut rest = pattern;
        while let Some(start) = rest.find('{') {
            filled.push_str(&rest[..start]);
            rest = &rest[start..];
            let place = rest.find('}').map(|end| (&rest[1..end], &rest[end + 1..]));
            match place.and_then(|(name, after)| Some((self.word(name, args)?, after))) {
                Some((word, after)) => {
                    filled.push_str(&word);
                    rest = after;
                }
                None => {
                    filled.push('{');
                    rest = &rest[1..];
                }
            }
        }
        filled.push_str(rest);
        filled
    }

    fn word(&self, name: &str, args: &[String]) -> Option<String> {
        let is_number = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit());
        match name {
            "$fromNickname" => Some(self.message.sender.to_owned()),
            "$msg" => Some(self.said.to_owned()),
            "$dynamicFrom" => Some(self.dynamic_sender()),
            _ if is_number => {
                let place = name.parse::<usize>().ok();
                Some(place.and_then(|place| args.get(place)).cloned().unwrap_or_default())
            }
            _ => None,
        }
    }

    /// The reader's remark on the sender, in groups the nickname there, or the push nickname.
    fn dynamic_sender(&self) -> String {
        if !self.reader.remark.is_empty() {
            return self.reader.remark.to_owned();
        }
        let in_group = self.message.group.and_then(|_| {
            let push = object(self.message.ext, "em_push_ext")?;
            push.get("group_user_nickname")?.as_str().map(str::to_owned)
        });
        in_group.filter(|name| !name.is_empty()).unwrap_or_else(|| self.message.sender.to_owned())
    }
}

/// A template that the sender names.
struct Named {
    name: String,
    titles: Vec<String>,
    contents: Vec<String>,
}

impl Named {
    /// The one for this reader, or the one for all.
    fn for_reader(ext: &Map<String, Value>, reader: &UserId) -> Option<Self> {
        let template = object(ext, "em_push_template")?;
        let directed = template.get("directed_template").and_then(|directed| {
            // One, or a list of them.
            let all = match directed {
                Value::Array(all) => all.as_slice(),
                one => std::slice::from_ref(one),
            };
            all.iter().filter_map(Value::as_object).find(|one| {
                let target = one.get("target").and_then(Value::as_array);
                let mut target = target.into_iter().flatten().filter_map(Value::as_str);
                target.any(|user| user.eq_ignore_ascii_case(reader.as_str()))
            })
        });
        directed.and_then(Self::read).or_else(|| Self::read(&template))
    }

    fn read(template: &Map<String, Value>) -> Option<Self> {
        let list = |key: &str| {
            let list = template.get(key).and_then(Value::as_array);
            let texts = list.into_iter().flatten().map(|word| match word {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            });
            texts.collect()
        };
        let name = template.get("name")?.as_str()?.to_owned();
        Some(Self { name, titles: list("title_args"), contents: list("content_args") })
    }
}

/// An object of the extension; clients also write it as JSON in a text.
fn object(ext: &Map<String, Value>, key: &str) -> Option<Map<String, Value>> {
    match ext.get(key)? {
        Value::Object(object) => Some(object.clone()),
        Value::String(text) => serde_json::from_str(text).ok(),
        _ => None,
    }
}
