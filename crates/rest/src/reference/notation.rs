//! The notation in which endpoints say what they take and answer, and its JSON Schema.
//!
//! It is a small part of how TypeScript writes types, with ranges:
//!
//! ```text
//! {usernames: string[1..60], reason?: string(256), level?: 'high' | 'low', ext?: {[key]: any}}
//! ```
//!
//! Words are `string`, `int`, `number`, `bool`, `any`, `null`, `file`, and the names of [`NAMED`](super::named::NAMED).
//! `string(64)` has at most 64 characters, `int(1..100)` is within these bounds, `T[20]` has at most 20 items. A bound may be
//! the name of one of [`LIMITS`](super::named::LIMITS).

use serde_json::{Map, Value, json};

use super::named::NAMED;

/// The JSON Schema of a type, or what cannot be read in it.
pub(crate) fn schema(notation: &str) -> Result<Value, String> {
    let mut reader = Reader::new(notation);
    let schema = reader.union()?;
    reader.skip();
    match reader.rest.is_empty() {
        true => Ok(schema),
        false => Err(format!("{:?} is left of {notation:?}", reader.rest)),
    }
}

/// A key of an object that a notation describes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Key<'a> {
    pub(crate) name: &'a str,
    pub(crate) required: bool,
    /// How many items its list may have.
    pub(crate) most: Option<usize>,
}

/// The outermost keys of what a notation describes; of several forms, those of all.
pub(crate) fn keys(notation: &str) -> Vec<Key<'_>> {
    let mut reader = Reader::new(notation);
    // What cannot be read has none; a test rules it out.
    let _ = reader.union();
    reader.keys
}

struct Reader<'a> {
    rest: &'a str,
    /// How many objects are open.
    depth: usize,
    /// Those of the outermost objects.
    keys: Vec<Key<'a>>,
}

impl<'a> Reader<'a> {
    fn new(rest: &'a str) -> Self {
        Self { rest, depth: 0, keys: Vec::new() }
    }

    fn union(&mut self) -> Result<Value, String> {
        let mut all = vec![self.list()?];
        while self.take("|") {
            all.push(self.list()?);
        }
        if all.len() == 1 {
            return Ok(all.swap_remove(0));
        }
        let words: Option<Vec<Value>> = all.iter().map(|one| one.get("const").cloned()).collect();
        Ok(match words {
            Some(words) => json!({ "enum": words }),
            None => json!({ "anyOf": all }),
        })
    }

    fn list(&mut self) -> Result<Value, String> {
        let mut schema = self.one()?;
        while self.take("[") {
            schema = json!({ "type": "array", "items": schema });
            if !self.take("]") {
                let (least, most) = self.range()?;
                if let Some(least) = least {
                    schema["minItems"] = least.into();
                }
                schema["maxItems"] = most.into();
                self.expect("]")?;
            }
        }
        Ok(schema)
    }

    fn one(&mut self) -> Result<Value, String> {
        if self.take("{") {
            return self.object();
        }
        if self.take("(") {
            let schema = self.union()?;
            self.expect(")")?;
            return Ok(schema);
        }
        if self.take("'") {
            let (word, rest) = self.rest.split_once('\'').ok_or("a quote is not closed")?;
            self.rest = rest;
            return Ok(json!({ "const": word }));
        }
        let word = self.word(|c| c.is_ascii_alphanumeric());
        let mut schema = match word {
            "string" => json!({ "type": "string" }),
            "int" => json!({ "type": "integer" }),
            "number" => json!({ "type": "number" }),
            "bool" => json!({ "type": "boolean" }),
            "null" => json!({ "type": "null" }),
            "any" => json!({}),
            "file" => json!({ "type": "string", "format": "binary" }),
            "true" | "false" => json!({ "const": word == "true" }),
            "" => return Err(format!("no type at {:?}", self.rest)),
            number if number.bytes().all(|b| b.is_ascii_digit()) => {
                json!({ "const": number.parse::<i64>().map_err(|error| error.to_string())? })
            }
            name => {
                let named = NAMED.iter().find(|(known, _)| *known == name);
                let (_, shape) = named.ok_or_else(|| format!("{name:?} is no type"))?;
                if self.depth == 0 {
                    self.keys.extend(keys(shape));
                }
                json!({ "$ref": format!("#/components/schemas/{name}") })
            }
        };
        if self.take("(") {
            let (least, most) = self.range()?;
            let (low, high) = match word {
                "string" => ("minLength", "maxLength"),
                _ => ("minimum", "maximum"),
            };
            if let Some(least) = least {
                schema[low] = least.into();
            }
            schema[high] = most.into();
            self.expect(")")?;
        }
        Ok(schema)
    }

    fn object(&mut self) -> Result<Value, String> {
        if self.take("[key]") {
            self.expect(":")?;
            let values = self.union()?;
            self.expect("}")?;
            return Ok(json!({ "type": "object", "additionalProperties": values }));
        }
        let mut fields = Map::new();
        let mut required: Vec<Value> = Vec::new();
        self.depth += 1;
        while !self.take("}") {
            let name = if self.take("\"") {
                let (name, rest) = self.rest.split_once('"').ok_or("a name is not closed")?;
                self.rest = rest;
                name
            } else {
                self.word(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
            };
            if name.is_empty() {
                return Err(format!("no name at {:?}", self.rest));
            }
            let may_be_absent = self.take("?");
            if !may_be_absent {
                required.push(name.into());
            }
            self.expect(":")?;
            let values = self.union()?;
            if self.depth == 1 {
                let most = values["maxItems"].as_u64().and_then(|most| usize::try_from(most).ok());
                self.keys.push(Key { name, required: !may_be_absent, most });
            }
            fields.insert(name.to_owned(), values);
            if !self.take(",") {
                self.expect("}")?;
                break;
            }
        }
        self.depth -= 1;
        let mut schema = json!({ "type": "object", "properties": fields });
        if !required.is_empty() {
            schema["required"] = required.into();
        }
        Ok(schema)
    }

    /// `20`, `1..20` or `1..USERS`.
    fn range(&mut self) -> Result<(Option<i64>, i64), String> {
        let first = self.bound()?;
        match self.take("..") {
            true => Ok((Some(first), self.bound()?)),
            false => Ok((None, first)),
        }
    }

    fn bound(&mut self) -> Result<i64, String> {
        let word = self.word(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
        if let Some((_, limit)) = super::named::LIMITS.iter().find(|(name, _)| *name == word) {
            return i64::try_from(*limit).map_err(|error| format!("{word:?}: {error}"));
        }
        word.parse::<i64>().map_err(|error| format!("{word:?}: {error}"))
    }

    fn word(&mut self, is_part: impl Fn(char) -> bool) -> &'a str {
        self.skip();
        let end = self.rest.find(|c| !is_part(c)).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word
    }

    fn take(&mut self, sign: &str) -> bool {
        self.skip();
        match self.rest.strip_prefix(sign) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn expect(&mut self, sign: &str) -> Result<(), String> {
        match self.take(sign) {
            true => Ok(()),
            false => Err(format!("{sign:?} is missing at {:?}", self.rest)),
        }
    }

    fn skip(&mut self) {
        self.rest = self.rest.trim_start();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_read() {
        let read = |notation| schema(notation).unwrap();
        assert_eq!(read("string(64)"), json!({"type": "string", "maxLength": 64}));
        assert_eq!(read("int(1..100)"), json!({"type": "integer", "minimum": 1, "maximum": 100}));
        assert_eq!(
            read("string[1..60]"),
            json!({"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": 60})
        );
        assert_eq!(read("'a' | 'b'"), json!({"enum": ["a", "b"]}));
        assert_eq!(read("string | null"), json!({"anyOf": [{"type": "string"}, {"type": "null"}]}));
        assert_eq!(
            read("{[key]: int}"),
            json!({"type": "object", "additionalProperties": {"type": "integer"}})
        );
        assert_eq!(
            read("{share-secret?: string, \"odd:\": (int | bool)[]}"),
            json!({
                "type": "object",
                "properties": {
                    "share-secret": {"type": "string"},
                    "odd:": {"type": "array", "items": {"anyOf": [{"type": "integer"}, {"type": "boolean"}]}},
                },
                "required": ["odd:"],
            })
        );
        assert_eq!(read("string[1..GROUP_ADD_BATCH]")["maxItems"], 100);
        assert_eq!(read("User[]")["items"]["$ref"], "#/components/schemas/User");
    }

    #[test]
    fn the_outermost_keys_are_told() {
        let key = |name, required, most| Key { name, required, most };
        assert_eq!(
            keys("{users: string[1..60], ext?: {[key]: any}, rows: {inner: int}[]} | string[]"),
            [key("users", true, Some(60)), key("ext", false, None), key("rows", true, None)]
        );
        assert_eq!(keys("string[]"), []);
        assert!(keys("MessageToSend").iter().any(|key| key.name == "to" && key.required));
    }

    #[test]
    fn what_is_no_type_is_refused() {
        for wrong in
            ["", "text", "{a: string", "{a string}", "string]", "'a", "int(1..)", "{: int}"]
        {
            assert!(schema(wrong).is_err(), "{wrong}");
        }
    }
}
