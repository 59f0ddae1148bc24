//! Texts that have to fit.

use bytes::Bytes;
use serde_json::Value;

use crate::outcome::Outcome;

/// Of a text that is shortened for want of room so much stays while there is something else to leave out, in characters.
const LEAST: usize = 16;
const DOTS: char = '…';

/// The longest text of a vendor.
#[derive(Clone, Copy)]
pub(crate) enum Cap {
    /// In characters.
    Chars(usize),
    /// In halves of a wide character: a letter of ASCII is one, everything else two.
    Halves(usize),
}

impl Cap {
    /// `text`, or as much of it as fits with three dots.
    pub(crate) fn on(self, text: &str) -> String {
        let (most, width): (usize, fn(char) -> usize) = match self {
            Self::Chars(most) => (most, |_| 1),
            Self::Halves(most) => (most, |c| if c.is_ascii() { 1 } else { 2 }),
        };
        if text.chars().map(width).sum::<usize>() <= most {
            return text.to_owned();
        }
        let mut left = most.saturating_sub(width(DOTS));
        let mut cut: String = text
            .chars()
            .take_while(|c| {
                let fits = width(*c) <= left;
                left = left.saturating_sub(width(*c));
                fits
            })
            .collect();
        cut.push(DOTS);
        cut
    }
}

/// What `build` makes of a text and of whether `e` is there, in at most `limit` bytes: the text is shortened, then `e` left out,
/// then the text shortened further.
pub(crate) fn fit(
    text: &str,
    limit: usize,
    build: impl Fn(&str, bool) -> Value,
) -> Result<Bytes, Outcome> {
    let chars = text.chars().count();
    let made = |most: usize, with_custom: bool| {
        let text = if most >= chars { text.to_owned() } else { Cap::Chars(most).on(text) };
        let body = build(&text, with_custom).to_string();
        (body.len() <= limit).then(|| Bytes::from(body))
    };
    for (with_custom, least) in [(true, LEAST.min(chars)), (false, 0)] {
        if let Some(body) = made(chars, with_custom) {
            return Ok(body);
        }
        let Some(mut best) = made(least, with_custom) else { continue };
        let (mut fits, mut over) = (least, chars);
        while over - fits > 1 {
            let middle = fits.midpoint(over);
            match made(middle, with_custom) {
                Some(body) => (best, fits) = (body, middle),
                None => over = middle,
            }
        }
        return Ok(best);
    }
    let why = format!("more than {limit} bytes even without a text");
    Err(Outcome::Rejected { code: "PayloadTooLarge".to_owned(), why })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_text_is_cut_by_characters_or_by_width() {
        assert_eq!(Cap::Chars(4).on("héll"), "héll");
        assert_eq!(Cap::Chars(4).on("héllo"), "hél…");
        assert_eq!(Cap::Halves(8).on("鸿雁传书"), "鸿雁传书");
        assert_eq!(Cap::Halves(8).on("鸿雁传书a"), "鸿雁传…");
        assert_eq!(Cap::Halves(9).on("a鸿雁传书b"), "a鸿雁传…");
    }

    fn built(text: &str, with_custom: bool) -> Value {
        let custom = if with_custom { "x".repeat(50) } else { String::new() };
        json!([text, custom])
    }

    #[test]
    fn what_is_too_long_loses_text_then_the_custom_part_then_more_text() {
        let text = "鸿".repeat(40);
        let fitted = |limit| {
            let body = fit(&text, limit, built).unwrap();
            assert!(body.len() <= limit, "{} > {limit}", body.len());
            let value: Value = serde_json::from_slice(&body).unwrap();
            let has_custom = value[1] != "";
            (value[0].as_str().unwrap().chars().count(), has_custom)
        };
        assert_eq!(fitted(200), (40, true));
        assert_eq!(fitted(177), (40, true), "to the byte");
        assert_eq!(fitted(176), (39, true));
        assert_eq!(fitted(105), (16, true), "as short as it may be beside the custom part");
        assert_eq!(fitted(104), (32, false));
        assert_eq!(fitted(20), (4, false));
        assert!(fit(&text, 7, built).is_err());
    }
}
