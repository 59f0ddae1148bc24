//! JSON objects in requests, read leniently: ids may be numbers, numbers and booleans strings.

use hongyan_model::Refusal;
use serde_json::{Map, Value};

use crate::query::says_yes;

/// The fields of a JSON object; `null` is absent.
#[derive(Debug, Default)]
pub(crate) struct Fields(Map<String, Value>);

impl Fields {
    pub(crate) fn new(fields: Map<String, Value>) -> Self {
        Self(fields)
    }

    /// The value of `name`, whatever its type.
    pub(crate) fn value(&self, name: &str) -> Option<&Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    /// Every name that is given, `null` or not.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// A text or an id.
    pub(crate) fn text(&self, name: &'static str) -> Result<Option<String>, Refusal> {
        self.read(name, "not a string", text)
    }

    /// A text that is there and not empty.
    pub(crate) fn required_text(&self, name: &'static str) -> Result<String, Refusal> {
        self.text(name)?.filter(|text| !text.is_empty()).ok_or(Refusal::Missing { name })
    }

    /// A boolean.
    pub(crate) fn flag(&self, name: &'static str) -> Result<Option<bool>, Refusal> {
        self.read(name, "not a boolean", |value| match value {
            Value::Bool(flag) => Some(*flag),
            Value::Number(number) => Some(number.as_f64() != Some(0.0)),
            Value::String(text) if says_yes(text) => Some(true),
            Value::String(text) if text.eq_ignore_ascii_case("false") || text == "0" => Some(false),
            _ => None,
        })
    }

    /// A boolean that is there.
    pub(crate) fn required_flag(&self, name: &'static str) -> Result<bool, Refusal> {
        self.flag(name)?.ok_or(Refusal::Missing { name })
    }

    /// A whole number that is not negative.
    pub(crate) fn number(&self, name: &'static str) -> Result<Option<u64>, Refusal> {
        self.read(name, "not a whole number", |value| match value {
            Value::Number(number) => number.as_u64(),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        })
    }

    /// A whole number.
    pub(crate) fn signed(&self, name: &'static str) -> Result<Option<i64>, Refusal> {
        self.read(name, "not a whole number", |value| match value {
            Value::Number(number) => number.as_i64(),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        })
    }

    /// A list of texts or ids; one alone is a list of one.
    pub(crate) fn texts(&self, name: &'static str) -> Result<Option<Vec<String>>, Refusal> {
        self.read(name, "not a list of strings", |value| match value {
            Value::Array(items) => items.iter().map(text).collect(),
            one => text(one).map(|one| vec![one]),
        })
    }

    /// A list that is there.
    pub(crate) fn required_texts(&self, name: &'static str) -> Result<Vec<String>, Refusal> {
        self.texts(name)?.ok_or(Refusal::Missing { name })
    }

    fn read<T>(
        &self,
        name: &'static str,
        why: &str,
        read: impl FnOnce(&Value) -> Option<T>,
    ) -> Result<Option<T>, Refusal> {
        let Some(value) = self.value(name) else { return Ok(None) };
        read(value).map(Some).ok_or_else(|| Refusal::Invalid { name, why: why.to_owned() })
    }
}

/// A text, or an id that is a number.
pub(crate) fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn fields(value: Value) -> Fields {
        Fields::new(value.as_object().cloned().unwrap_or_default())
    }

    #[test]
    fn types_are_read_leniently() {
        let fields = fields(json!({
            "id": 5, "name": "x", "none": null, "yes": "true", "no": 0, "ttl": "60",
            "ids": [1, "b"], "one": "a", "bad": {}
        }));
        assert_eq!(fields.text("id").unwrap().as_deref(), Some("5"));
        assert_eq!(fields.text("none").unwrap(), None);
        assert_eq!(fields.flag("yes").unwrap(), Some(true));
        assert_eq!(fields.flag("no").unwrap(), Some(false));
        assert_eq!(fields.number("ttl").unwrap(), Some(60));
        assert_eq!(fields.signed("ttl").unwrap(), Some(60));
        assert_eq!(fields.texts("ids").unwrap().unwrap(), ["1", "b"]);
        assert_eq!(fields.texts("one").unwrap().unwrap(), ["a"]);
        assert!(
            fields.text("bad").is_err()
                && fields.flag("name").is_err()
                && fields.texts("bad").is_err()
        );
        assert!(fields.number("name").is_err());
    }

    #[test]
    fn what_is_required_may_not_be_empty() {
        let fields = fields(json!({"empty": ""}));
        assert_eq!(fields.required_text("empty"), Err(Refusal::Missing { name: "empty" }));
        assert_eq!(fields.required_texts("absent"), Err(Refusal::Missing { name: "absent" }));
    }
}
