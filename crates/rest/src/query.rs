//! Query strings and forms, as leniently as the SDKs need it.

use serde_json::{Map, Value, json};

/// A query string. Words that stand for "nothing" (`undefined`, `null`, no value) are absent.
#[derive(Debug, Default)]
pub(crate) struct Query {
    pairs: Vec<(String, String)>,
    raw: String,
}

impl Query {
    /// Reads `a=1&&b=2`; never fails.
    pub(crate) fn parse(query: &str) -> Self {
        let pairs = query.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(name), decode(value))
        });
        Self { pairs: pairs.collect(), raw: query.to_owned() }
    }

    /// The query as it came.
    pub(crate) fn raw(&self) -> &str {
        &self.raw
    }

    /// Whether any value holds a NUL character.
    pub(crate) fn has_nul(&self) -> bool {
        self.pairs.iter().any(|(_, value)| value.contains('\0'))
    }

    /// The value of `name`, if it has one.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        let (_, value) = self.pairs.iter().find(|(given, _)| given == name)?;
        (!matches!(value.as_str(), "" | "undefined" | "null")).then_some(value)
    }

    /// The value of `name` where clients do not encode it: a plus is a plus, and no word stands for nothing.
    pub(crate) fn verbatim(&self, name: &str) -> String {
        let pairs = self.raw.split('&').filter_map(|pair| pair.split_once('='));
        let value = pairs.into_iter().find(|(given, _)| *given == name).map(|(_, value)| value);
        decode(&value.unwrap_or_default().replace('+', "%2B"))
    }

    /// Whether `name` says yes.
    pub(crate) fn flag(&self, name: &str) -> bool {
        self.text(name).is_some_and(says_yes)
    }

    /// A count or page number; what is no number counts as absent, what is negative as 0.
    pub(crate) fn number(&self, name: &str) -> Option<usize> {
        let number: i64 = self.text(name)?.parse().ok()?;
        Some(usize::try_from(number.max(0)).unwrap_or(usize::MAX))
    }

    /// The query as answers repeat it: every value an array of strings.
    pub(crate) fn echo(&self) -> Option<Value> {
        let mut params = Map::new();
        for (name, value) in &self.pairs {
            if let Value::Array(values) = params.entry(name.clone()).or_insert_with(|| json!([])) {
                values.push(value.clone().into());
            }
        }
        (!params.is_empty()).then(|| params.into())
    }
}

/// `true` in the spellings that clients use.
pub(crate) fn says_yes(value: &str) -> bool {
    value.eq_ignore_ascii_case("true") || value == "1"
}

/// Reads a form. One of the SDK's calls does not encode its value, so that a piece without `=` is
/// the continuation of the value before it.
pub(crate) fn parse_form(form: &str) -> Vec<(String, String)> {
    let mut pairs: Vec<(String, String)> = Vec::new();
    for piece in form.split('&') {
        match (piece.split_once('='), pairs.last_mut()) {
            (Some((name, value)), _) => pairs.push((decode(name), decode(value))),
            (None, Some((_, value))) => {
                value.push('&');
                value.push_str(&decode(piece));
            }
            (None, None) => {}
        }
    }
    pairs
}

/// Percent-decodes; `+` is a space; what is not an escape stays as it is.
fn decode(text: &str) -> String {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let escaped = match (first, tail) {
            (b'%', [high, low, ..]) => hex(*high).zip(hex(*low)).map(|(high, low)| high << 4 | low),
            _ => None,
        };
        match escaped {
            Some(byte) => {
                decoded.push(byte);
                rest = &tail[2..];
            }
            None => {
                decoded.push(if *first == b'+' { b' ' } else { *first });
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_for_nothing_are_absent() {
        let query =
            Query::parse("&limit=5&&cursor=undefined&key=null&empty=&flag&version=v3&_v=17");
        assert_eq!(query.number("limit"), Some(5));
        assert_eq!(query.text("version"), Some("v3"));
        for absent in ["cursor", "key", "empty", "flag", "other"] {
            assert_eq!(query.text(absent), None, "{absent}");
        }
    }

    #[test]
    fn what_is_not_encoded_is_taken_as_it_is() {
        let query = Query::parse("msgId=1&message=+1%20%F0%9F%91%8D&other=null");
        assert_eq!(query.verbatim("message"), "+1 \u{1f44d}");
        assert_eq!(query.verbatim("other"), "null");
        assert_eq!(query.verbatim("absent"), "");
    }

    #[test]
    fn numbers_are_lenient() {
        let query = Query::parse("a=-1&b=x&c=99999999999999999999&d=%31");
        assert_eq!(query.number("a"), Some(0));
        assert_eq!(query.number("b"), None);
        assert_eq!(query.number("c"), None);
        assert_eq!(query.number("d"), Some(1));
    }

    #[test]
    fn the_echo_holds_arrays_of_strings() {
        assert_eq!(
            Query::parse("limit=2&a=1&a=2").echo(),
            Some(json!({"limit": ["2"], "a": ["1", "2"]}))
        );
        assert_eq!(Query::parse("").echo(), None);
    }

    #[test]
    fn forms_may_be_encoded_or_not() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(
            parse_form("nickname=A%20b%26c&ext=x%3D1%26y&sign=a+b"),
            [pair("nickname", "A b&c"), pair("ext", "x=1&y"), pair("sign", "a b")]
        );
        assert_eq!(parse_form("nickname=A b&c"), [pair("nickname", "A b&c")]);
        assert_eq!(parse_form("ext=50%&sign=%zz"), [pair("ext", "50%"), pair("sign", "%zz")]);
        assert_eq!(parse_form(""), []);
    }
}
