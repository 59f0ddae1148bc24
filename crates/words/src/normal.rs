//! One form for the many ways of writing a text, and where each letter of it came from.

use std::collections::HashSet;
use std::iter;

use unicode_normalization::char::{compose, decompose_canonical, is_combining_mark};
use unicode_normalization::{IsNormalized, UnicodeNormalization as _, is_nfkc_quick};

use crate::matcher::MatchOptions;
use crate::simplified::simplified;

/// A text in one form.
pub(crate) struct Normal {
    pub(crate) text: String,
    /// One for each char of `text`.
    pub(crate) letters: Vec<Letter>,
}

/// A char of a normal text.
#[derive(Clone, Copy)]
pub(crate) struct Letter {
    /// Where it is in the normal text, in bytes.
    pub(crate) at: usize,
    /// The bytes of the original text that it stands for. Those of the letters before start no
    /// later and end no later; several letters share theirs if one character became them.
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// What was left out since the letter before.
    pub(crate) gap: Gap,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Gap {
    /// Nothing that can be seen.
    None,
    /// Symbols, no whitespace.
    Symbols,
    /// One character of whitespace and nothing else.
    Space,
    /// Whitespace and more.
    Mixed,
}

impl Gap {
    fn and(self, c: char) -> Self {
        match (self, c.is_whitespace()) {
            (Self::None, true) => Self::Space,
            (Self::None | Self::Symbols, false) => Self::Symbols,
            _ => Self::Mixed,
        }
    }
}

impl Normal {
    /// The number of the letter at an offset of the normal text, or that of the next one.
    pub(crate) fn letter_at(&self, at: usize) -> usize {
        self.letters.partition_point(|letter| letter.at < at)
    }

    /// Where a letter ends in the normal text, in bytes.
    pub(crate) fn after(&self, letter: usize) -> usize {
        self.letters.get(letter + 1).map_or(self.text.len(), |next| next.at)
    }

    /// A letter; U+0000 if there is none of this number.
    pub(crate) fn char(&self, letter: usize) -> char {
        let at = self.letters.get(letter).map(|letter| letter.at);
        at.and_then(|at| self.text.get(at..)?.chars().next()).unwrap_or_default()
    }
}

/// What becomes of symbols.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Symbols {
    /// They are gaps between letters.
    Skip,
    /// They are letters too, and so is whitespace.
    Keep,
}

/// Which marks become part of the letter that they follow; any other is decoration and dropped.
pub(crate) enum Marks {
    /// Those that there is a character for.
    All,
    /// Those that make one of these characters. Nobody looks for the others, and `a` with an
    /// accent that is not looked for is an `a` in disguise.
    For(HashSet<char>),
}

impl Marks {
    /// Those that words need, which are normal themselves.
    pub(crate) fn needed<'a>(words: impl IntoIterator<Item = &'a str>) -> Self {
        let mut wanted = HashSet::new();
        for c in words.into_iter().flat_map(str::chars).filter(|c| !c.is_ascii()) {
            let mut whole = None;
            decompose_canonical(c, |part| {
                let composed = whole.map(|whole| compose(whole, part));
                wanted.extend(composed.flatten());
                whole = composed.unwrap_or(Some(part));
            });
        }
        Self::For(wanted)
    }

    fn join(&self, letter: char, mark: char) -> Option<char> {
        compose(letter, mark).filter(|whole| match self {
            Self::All => true,
            // Parts of a syllable are no decoration, whoever looks for it.
            Self::For(wanted) => wanted.contains(whole) || is_hangul_syllable(*whole),
        })
    }
}

/// Puts a text into the form that `options` ask for.
pub(crate) fn normal(text: &str, options: MatchOptions, marks: &Marks, symbols: Symbols) -> Normal {
    let letters = Vec::with_capacity(text.chars().count());
    let normal = Normal { text: String::with_capacity(text.len()), letters };
    let mut writer = Writer {
        normal,
        ignore_case: options.ignore_case,
        marks,
        symbols,
        gap: Gap::None,
        open: false,
    };
    for (start, c) in text.char_indices() {
        let place = (start, start + c.len_utf8());
        if !options.normalise {
            writer.letter(c, place);
        } else if c.is_ascii() {
            writer.ascii(c, place);
        } else {
            writer.any(c, place);
        }
    }
    writer.normal
}

/// Start and end in the original text, in bytes.
type Place = (usize, usize);

struct Writer<'a> {
    normal: Normal,
    ignore_case: bool,
    marks: &'a Marks,
    symbols: Symbols,
    /// Since the last letter.
    gap: Gap,
    /// Whether a mark that comes now belongs to the last letter.
    open: bool,
}

impl Writer<'_> {
    fn ascii(&mut self, c: char, place: Place) {
        if c.is_ascii_alphanumeric() {
            let c = if self.ignore_case { c.to_ascii_lowercase() } else { c };
            self.push(c, place);
        } else if is_invisible(c) {
            self.open = false;
        } else {
            self.symbol(c, place);
        }
    }

    fn any(&mut self, c: char, place: Place) {
        if is_ideograph(c) {
            self.push(simplified(c), place);
        } else if is_nfkc_quick(iter::once(c)) == IsNormalized::Yes {
            self.one(c, place);
        } else {
            for c in iter::once(c).nfkc() {
                self.one(c, place);
            }
        }
    }

    /// A char in compatibility form.
    fn one(&mut self, c: char, place: Place) {
        if is_decoration(c) {
            self.mark(c, place);
        } else if is_invisible(c) {
            self.open = false;
        } else if is_symbol(c) {
            self.symbol(c, place);
        } else if !self.syllable(c, place) {
            self.letter(simplified(c), place);
        }
    }

    fn letter(&mut self, c: char, place: Place) {
        if !self.ignore_case || is_ideograph(c) {
            return self.push(c, place);
        }
        // Only 'İ' becomes two, the second of which is a mark.
        for (number, c) in folded(c).enumerate() {
            if number > 0 && is_decoration(c) { self.mark(c, place) } else { self.push(c, place) }
        }
    }

    fn mark(&mut self, c: char, place: Place) {
        if self.open && !self.join(c, place) {
            // Left behind, it would sit on whatever replaces the letter.
            self.extend(place);
        }
    }

    /// Takes a part of a Korean syllable that is written in parts, if `c` is one.
    fn syllable(&mut self, c: char, place: Place) -> bool {
        self.open && matches!(c, '\u{1161}'..='\u{11c2}') && self.join(c, place)
    }

    /// Makes the last letter and `c` one.
    fn join(&mut self, c: char, place: Place) -> bool {
        let Some(last) = self.normal.text.pop() else { return false };
        let joined = self.marks.join(last, c);
        self.normal.text.push(joined.unwrap_or(last));
        if joined.is_some() {
            self.extend(place);
        }
        joined.is_some()
    }

    fn extend(&mut self, (_, end): Place) {
        if let Some(last) = self.normal.letters.last_mut() {
            last.end = end;
        }
    }

    fn symbol(&mut self, c: char, place: Place) {
        match self.symbols {
            Symbols::Keep => self.push(c, place),
            Symbols::Skip => {
                self.gap = self.gap.and(c);
                self.open = false;
            }
        }
    }

    fn push(&mut self, c: char, (start, end): Place) {
        let at = self.normal.text.len();
        self.normal.letters.push(Letter { at, start, end, gap: self.gap });
        self.normal.text.push(c);
        self.gap = Gap::None;
        self.open = true;
    }
}

/// Compatible with nothing, without case and no symbol: nearly all of a Chinese text.
fn is_ideograph(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}')
}

/// Without case: letters with one capital are one letter, so σ and ς are.
fn folded(c: char) -> impl Iterator<Item = char> {
    let mut capital = c.to_uppercase();
    let single = if capital.len() == 1 { capital.next() } else { None };
    single.unwrap_or(c).to_lowercase()
}

/// Marks of no script, and variation selectors. The marks of a script, Thai vowels for one, are
/// letters to its readers.
fn is_decoration(c: char) -> bool {
    matches!(c,
        '\u{300}'..='\u{36f}'
        | '\u{180b}'..='\u{180d}'
        | '\u{180f}'
        | '\u{1ab0}'..='\u{1aff}'
        | '\u{1dc0}'..='\u{1dff}'
        | '\u{20d0}'..='\u{20ff}'
        | '\u{302a}'..='\u{302f}'
        | '\u{3099}'
        | '\u{309a}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{fe20}'..='\u{fe2f}'
        | '\u{e0100}'..='\u{e01ef}')
}

/// Takes no room on the screen, so that nobody sees a gap: controls, joiners, fillers, tags.
fn is_invisible(c: char) -> bool {
    match c {
        '\u{ad}'
        | '\u{61c}'
        | '\u{115f}'
        | '\u{1160}'
        | '\u{180e}'
        | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{3164}'
        | '\u{feff}'
        | '\u{ffa0}'
        | '\u{fff9}'..='\u{fffb}'
        | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e00ff}'
        | '\u{e01f0}'..='\u{e0fff}' => true,
        _ => c.is_control() && !c.is_whitespace(),
    }
}

/// Whatever is no letter, digit or mark of a script: punctuation, symbols, emoji, whitespace,
/// unassigned characters.
fn is_symbol(c: char) -> bool {
    !c.is_alphanumeric() && !is_combining_mark(c)
}

fn is_hangul_syllable(c: char) -> bool {
    matches!(c, '\u{ac00}'..='\u{d7a3}')
}
