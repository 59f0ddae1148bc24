//! Sensitive words: finds them in a text however they are written, and replaces them.
//!
//! Owns what counts as the same writing ([`MatchOptions`]) and which of several words a place in a
//! text belongs to. Knows no apps, no lists and no storage: whoever has a list builds a [`Matcher`]
//! of it, keeps it, and builds another when the list changes.
//!
//! ```
//! use hongyan_words::{MatchOptions, Matcher};
//!
//! let options = MatchOptions { ignore_case: true, normalise: true };
//! let matcher = Matcher::new(["敏感词", "bad"], options);
//! let text = "說敏-感 詞 is Ｂ.a.d";
//! let hits = matcher.find(text);
//! assert_eq!(matcher.replace(text, &hits), "說*** is ***");
//! ```

mod matcher;
mod normal;
mod simplified;
mod spelling;

pub use matcher::{Hit, MatchOptions, Matcher};
