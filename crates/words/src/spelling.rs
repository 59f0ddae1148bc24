//! What may stand between the letters of a word.
//!
//! In Chinese a symbol or a space inside a word is there to hide it. Where words have spaces
//! between them, skipping those makes words that nobody wrote: "this hit" has "shit" in it, and so
//! has "push-it".

use crate::normal::{Gap, Normal};

/// How a word was spelt, and so which gaps it may be found with. The rules are in the doc of
/// [`MatchOptions::normalise`](crate::MatchOptions::normalise).
#[derive(Debug)]
pub(crate) struct Spelling {
    script: Script,
    /// The letters, by number and ascending, that the word has a gap before as it was given.
    breaks: Box<[u32]>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Script {
    /// Some character is of a script without spaces: gaps don't matter.
    Unspaced,
    /// Letters of a script with spaces between words, perhaps with digits among them.
    Spaced,
    Digits,
}

impl Spelling {
    /// Of a word that is found with whatever gaps there are.
    pub(crate) fn any() -> Self {
        Self { script: Script::Unspaced, breaks: Box::default() }
    }

    pub(crate) fn of(word: &Normal) -> Self {
        let classes = || word.text.chars().map(Class::of);
        let script = if classes().any(|class| class == Class::Other) {
            return Self::any();
        } else if classes().all(|class| class == Class::Digit) {
            Script::Digits
        } else {
            Script::Spaced
        };
        let breaks = (0..).zip(&word.letters).skip(1).filter(|(_, letter)| letter.gap != Gap::None);
        Self { script, breaks: breaks.map(|(number, _)| number).collect() }
    }

    /// Whether the letters `first..=last` of a text, which are those of the word, are the word.
    pub(crate) fn admits(&self, text: &Normal, first: usize, last: usize) -> bool {
        if self.script == Script::Unspaced {
            return true;
        }
        let mut as_given = true;
        let mut without_space = true;
        let mut spaced_out = true;
        let mut breaks = self.breaks.iter().peekable();
        for (number, letter) in (1..).zip(&text.letters[first + 1..=last]) {
            if breaks.next_if_eq(&&number).is_some() {
                as_given &= letter.gap != Gap::None;
                continue;
            }
            as_given &= letter.gap == Gap::None;
            without_space &= matches!(letter.gap, Gap::None | Gap::Symbols);
            spaced_out &= letter.gap == Gap::Space;
        }
        if as_given {
            return true;
        }
        let regular = without_space || spaced_out || self.script == Script::Digits;
        regular && !text.runs_on(first) && !text.runs_on(last + 1)
    }
}

impl Normal {
    /// Whether a run of letters, or of digits, goes on from the letter before to this one.
    fn runs_on(&self, letter: usize) -> bool {
        let Some(before) = letter.checked_sub(1) else { return false };
        let Some(next) = self.letters.get(letter) else { return false };
        let class = Class::of(self.char(letter));
        next.gap == Gap::None && class != Class::Other && class == Class::of(self.char(before))
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    /// Of a script with spaces between words.
    Letter,
    Digit,
    Other,
}

impl Class {
    fn of(c: char) -> Self {
        // Latin, Greek, Cyrillic, Armenian, Hebrew, Arabic and small ones come first.
        let spaced = c < '\u{900}' || ('\u{1e00}'..='\u{1fff}').contains(&c);
        match c {
            '0'..='9' => Self::Digit,
            _ if spaced && c.is_alphabetic() => Self::Letter,
            _ => Self::Other,
        }
    }
}
