//! What notices say (docs/push.md, "What").

use hongyan_model::{EntryKind, PushLanguage, UserId};
use hongyan_push::Overrides;
use serde_json::{Map, Value, json};

use super::content::{Message, Reader, Templates, language, title_and_text};

struct Case {
    kind: EntryKind,
    text: &'static str,
    translations: Vec<(String, String)>,
    ext: Value,
    group: Option<&'static str>,
    language: PushLanguage,
    translation: &'static str,
    shows_content: bool,
    template: &'static str,
    remark: &'static str,
    templates: Option<Templates>,
}

impl Case {
    fn base() -> Self {
        Self {
            kind: EntryKind::Text,
            text: "hello",
            translations: Vec::new(),
            ext: json!({}),
            group: None,
            language: PushLanguage::Zh,
            translation: "",
            shows_content: true,
            template: "",
            remark: "",
            templates: Some(Templates::new()),
        }
    }

    fn with(name: &str, title: &str, content: &str) -> Self {
        let mut case = Self::base();
        case.add(name, title, content);
        case
    }

    fn add(&mut self, name: &str, title: &str, content: &str) {
        let templates = self.templates.get_or_insert_with(Templates::new);
        templates.insert(name.to_owned(), (title.to_owned(), content.to_owned()));
    }

    fn says(&self) -> (String, String) {
        let ext: Map<String, Value> = self.ext.as_object().cloned().unwrap_or_default();
        let overrides = Overrides::of(&ext);
        let message = Message {
            kind: self.kind,
            text: self.text,
            translations: &self.translations,
            ext: &ext,
            overrides: &overrides,
            sender: "Alice",
            group: self.group,
        };
        let bob = UserId::from_trusted("bob");
        let reader = Reader {
            user: &bob,
            language: self.language,
            translation: self.translation,
            shows_content: self.shows_content,
            template: self.template,
            remark: self.remark,
        };
        title_and_text(message, reader, self.templates.as_ref())
    }

    fn says_exactly(&self, title: &str, text: &str) {
        assert_eq!(self.says(), (title.to_owned(), text.to_owned()));
    }
}

#[test]
fn the_display_style_is_the_least() {
    let mut case = Case::base();
    case.says_exactly("您有一条新消息", "Alice: hello");
    case.group = Some("鸿雁");
    case.says_exactly("鸿雁", "Alice: hello");
    case.shows_content = false;
    case.says_exactly("您有一条新消息", "请点击查看");
    case.language = PushLanguage::En;
    case.says_exactly("You have a new message", "Tap to view");
}

#[test]
fn what_is_no_text_is_named() {
    let named = |kind, language| {
        let case = Case { kind, language, ..Case::base() };
        case.says().1
    };
    for (kind, zh, en) in [
        (EntryKind::Image, "[图片]", "[Image]"),
        (EntryKind::Voice, "[语音]", "[Voice]"),
        (EntryKind::Video, "[视频]", "[Video]"),
        (EntryKind::File, "[文件]", "[File]"),
        (EntryKind::Location, "[位置]", "[Location]"),
        (EntryKind::Custom, "[自定义消息]", "[Message]"),
        (EntryKind::Combine, "[聊天记录]", "[Chat history]"),
    ] {
        assert_eq!(named(kind, PushLanguage::Zh), format!("Alice: {zh}"));
        assert_eq!(named(kind, PushLanguage::En), format!("Alice: {en}"));
    }
}

#[test]
fn a_long_text_is_quoted_in_part_and_a_translation_where_there_is_one() {
    let text: &'static str = Box::leak("鸿".repeat(150).into_boxed_str());
    let case = Case { text, ..Case::base() };
    assert_eq!(case.says().1.chars().count(), "Alice: ".len() + 100);
    let translations = vec![("EN".to_owned(), "hi".to_owned())];
    let case = Case { translations, translation: "en", ..Case::base() };
    case.says_exactly("您有一条新消息", "Alice: hi");
    Case { translation: "ja", ..case }.says_exactly("您有一条新消息", "Alice: hello");
}

#[test]
fn the_more_special_wish_wins() {
    // From the least to the greatest, each over those before it.
    let mut case = Case::with("detail", "D", "d {$msg}");
    case.says_exactly("D", "d hello");
    case.ext = json!({"em_apns_ext": {"em_push_title": "A", "em_push_content": "a"}});
    case.says_exactly("A", "a");
    case.ext["em_push_ext"] = json!({"title": "P"});
    case.says_exactly("P", "a");
    case.add("mine", "M", "m");
    case.template = "mine";
    case.says_exactly("M", "m");
    case.add("theirs", "T {0}", "t {1}{0}{7}");
    case.ext["em_push_template"] =
        json!({"name": "theirs", "title_args": ["x"], "content_args": ["y", 2]});
    case.says_exactly("T x", "t 2y");
    case.add("forbob", "B", "b {0}");
    case.ext["em_push_template"]["directed_template"] =
        json!({"target": ["carol", "BOB"], "name": "forbob", "content_args": ["z"]});
    case.says_exactly("B", "b z");
    case.ext["em_push_template"]["directed_template"]["target"] = json!(["carol"]);
    case.says_exactly("T x", "t 2y");
}

#[test]
fn a_template_that_is_not_there_changes_nothing() {
    let mut case = Case::base();
    case.template = "gone";
    case.ext = json!({"em_push_template": {"name": "gone"}});
    case.says_exactly("您有一条新消息", "Alice: hello");
    case.ext = json!({"em_push_template": {"name": "default"}});
    case.says_exactly("您有一条新消息", "请点击查看");
}

#[test]
fn without_the_advanced_functions_there_are_no_templates() {
    let mut case = Case::base();
    case.templates = None;
    case.template = "default";
    case.ext = json!({"em_push_template": {"name": "default"}});
    case.says_exactly("您有一条新消息", "Alice: hello");
}

#[test]
fn places_are_filled_once() {
    let mut case = Case::with("detail", "{$fromNickname} {$dynamicFrom}", "{$msg} {x} {0} {");
    case.text = "{$fromNickname}";
    case.remark = "my Alice";
    case.group = Some("g");
    case.ext = json!({"em_push_ext": {"group_user_nickname": "Captain"}});
    case.says_exactly("Alice my Alice", "{$fromNickname} {x}  {");
    case.remark = "";
    case.says_exactly("Alice Captain", "{$fromNickname} {x}  {");
    case.group = None;
    case.says_exactly("Alice Alice", "{$fromNickname} {x}  {");
}

#[test]
fn the_readers_language_is_used_where_there_are_words_in_it() {
    use PushLanguage::{En, Zh};
    for (wish, app, expected) in [
        ("", Zh, Zh),
        ("", En, En),
        ("en", Zh, En),
        ("zh-Hans", En, Zh),
        ("ja", En, En),
        ("é", Zh, Zh),
    ] {
        assert_eq!(language(wish, app), expected, "{wish}");
    }
}
