//! Paging with opaque cursors.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hongyan_model::Refusal;

/// A page of a list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Page<T> {
    /// Its items.
    pub items: Vec<T>,
    /// Where the next page begins; `None` on the last one.
    pub cursor: Option<String>,
}

impl<T> Page<T> {
    /// A page of at most `limit` of `items`, which were read with one more than that; `key` names the place of an
    /// item in the list.
    pub(crate) fn of(mut items: Vec<T>, limit: usize, key: impl FnOnce(&T) -> String) -> Self {
        let more = items.len() > limit;
        items.truncate(limit);
        let cursor = items.last().filter(|_| more).map(|last| encode_cursor(&key(last)));
        Self { items, cursor }
    }
}

/// A page of a list whose pages have numbers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NumberedPage<T> {
    /// Its items.
    pub items: Vec<T>,
    /// Its number, from 0.
    pub number: usize,
    /// Items that a page has, but for the last one.
    pub size: usize,
    /// Items of all pages.
    pub total: u64,
}

impl<T> NumberedPage<T> {
    /// How many pages there are.
    #[must_use]
    pub fn pages(&self) -> u64 {
        self.total.div_ceil(u64::try_from(self.size.max(1)).unwrap_or(u64::MAX))
    }

    /// Whether no page follows.
    #[must_use]
    pub fn is_last(&self) -> bool {
        u64::try_from(self.number).unwrap_or(u64::MAX).saturating_add(1) >= self.pages()
    }
}

/// A cursor for the place `key`: safe in a URL, and nothing a caller should read.
pub(crate) fn encode_cursor(key: &str) -> String {
    URL_SAFE_NO_PAD.encode(key)
}

/// The place behind a cursor; `parse` reads what the list wrote.
pub(crate) fn decode_cursor<T>(
    cursor: &str,
    parse: impl FnOnce(&str) -> Option<T>,
) -> Result<T, Refusal> {
    let key = URL_SAFE_NO_PAD.decode(cursor).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    key.as_deref()
        .and_then(parse)
        .ok_or_else(|| Refusal::Invalid { name: "cursor", why: "was not issued here".to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_page_with_a_successor_has_a_cursor() {
        let full = Page::of(vec![1, 2, 3], 2, |n| n.to_string());
        assert_eq!(full.items, [1, 2]);
        let key = decode_cursor(&full.cursor.unwrap(), |key| key.parse().ok());
        assert_eq!(key, Ok(2));
        assert_eq!(Page::of(vec![1, 2], 2, |n| n.to_string()).cursor, None);
        assert_eq!(Page::of(Vec::<i32>::new(), 2, |n| n.to_string()).cursor, None);
    }

    #[test]
    fn the_last_of_numbered_pages_is_known() {
        let page = |number, total| NumberedPage::<u8> { items: Vec::new(), number, size: 2, total };
        let facts = |number, total| (page(number, total).pages(), page(number, total).is_last());
        assert_eq!([facts(0, 0), facts(0, 2), facts(0, 3)], [(0, true), (1, true), (2, false)]);
        assert_eq!([facts(1, 3), facts(9, 3)], [(2, true), (2, true)]);
    }

    #[test]
    fn foreign_cursors_are_refused() {
        for bad in ["", "!", "YQ", "_w"] {
            assert!(decode_cursor(bad, |key| key.parse::<i64>().ok()).is_err(), "{bad}");
        }
    }
}
