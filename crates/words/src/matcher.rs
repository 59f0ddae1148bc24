//! Words found in texts.

use std::cmp::Reverse;
use std::fmt;
use std::mem::size_of;
use std::sync::Arc;

use aho_corasick::{AhoCorasick, Input, MatchKind, PatternID};

use crate::normal::{Marks, Normal, Symbols, normal};
use crate::spelling::Spelling;

/// What a hit becomes, however long it was.
const MASK: &str = "***";

/// Which writings count as the same. With neither, a word is found where its bytes are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct MatchOptions {
    /// Letters match whatever their case, char by char: `ß` does not match `SS`.
    pub ignore_case: bool,
    /// Words and texts are brought into one form before they are compared:
    ///
    /// - Compatibility characters become ordinary ones (NFKC, char by char): `Ｂ`, `ⓑ` and `𝐛`
    ///   are `B`, `b` and `b`; `㎏` is `kg`. Case stays, unless it is ignored.
    /// - Traditional Chinese characters become simplified ones, char by char.
    /// - Symbols between letters are skipped: punctuation, emoji, whitespace, and what cannot be
    ///   seen at all. `敏-感❤词` is `敏感词`, and so is `敏。感词`, over the end of a sentence.
    /// - Marks that sit on a letter are dropped (`b̶ad` is `bad`), except those that make it a
    ///   letter of some word: if `né` is one, then `e` with U+0301 is its `é`. Letters that have
    ///   a character of their own stay what they are, and so do the marks of a script: `bád` is
    ///   not `bad`. A hit ends after the marks on its last letter.
    ///
    /// A word of symbols only is found with exactly these, and nothing between them but what
    /// cannot be seen. A word that nothing is left of (whitespace, invisible) is never found.
    ///
    /// Where words have spaces between them, skipping everything would find words that nobody
    /// wrote: `shit` in `this hit` or `push-it`. So a word of letters below U+0900 (Latin, Greek,
    /// Cyrillic, Hebrew, Arabic, …) and digits is found wherever it is written as it was given,
    /// even inside of a longer one, but with other gaps than its own only
    ///
    /// - if it does not start or end inside of a longer run of letters, or of digits, and
    /// - if none of the gaps has whitespace in it (`b.a.d`, `ba❤d`), or if there is one between any
    ///   two letters and each is a single space (`b a d`; a line break counts as one).
    ///
    /// Gaps of its own are those the word was given with: `free money` is found as `free-money`
    /// too, and as `freemoney` where that is not part of a longer run. What cannot be seen is no
    /// gap. A number may have any gaps, `138 0013-8000`, but is not found in the midst of digits
    /// with them: `64` is in `1640` and not in `16:45`.
    pub normalise: bool,
}

/// A word in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Hit {
    /// Which of the words, counted from zero as they were given. The first of those that are the
    /// same to the matcher.
    pub word: usize,
    /// Where it starts in the text, in bytes.
    pub start: usize,
    /// Where it ends, in bytes: the first one after it.
    pub end: usize,
}

/// A list of words to find. Clones share it.
///
/// Immutable: when the list changes, another is built. That takes time for long lists (hundreds of
/// milliseconds for 100,000 words), so not on a thread that answers requests.
#[derive(Clone)]
pub struct Matcher(Arc<Inner>);

struct Inner {
    options: MatchOptions,
    marks: Marks,
    words: Option<Dictionary>,
    /// Words of symbols only, when symbols are skipped for the others.
    symbols: Option<Dictionary>,
}

impl Matcher {
    /// Of any words in any order; an empty one is never found.
    ///
    /// # Panics
    ///
    /// With more than about two gigabytes of words.
    #[must_use]
    pub fn new(words: impl IntoIterator<Item = impl AsRef<str>>, options: MatchOptions) -> Self {
        let mut letters = Vec::new();
        let mut symbols = Vec::new();
        for (word, given) in words.into_iter().enumerate() {
            let given = given.as_ref();
            let normal = normal(given, options, &Marks::All, Symbols::Skip);
            if !normal.text.is_empty() {
                letters.push(Form::new(word, normal, options));
            } else if options.normalise {
                symbols.extend(Form::of_symbols(word, given, options));
            }
        }
        let marks = Marks::needed(letters.iter().chain(&symbols).map(|form| form.text.as_str()));
        let [words, symbols] = [letters, symbols].map(Dictionary::new);
        Self(Arc::new(Inner { options, marks, words, symbols }))
    }

    /// The words in a text, in order and without overlaps: of those that start first the longest,
    /// then the same for what comes after it.
    #[must_use]
    pub fn find(&self, text: &str) -> Vec<Hit> {
        let inner = &*self.0;
        if inner.options == MatchOptions::default() {
            return inner.words.as_ref().map(|words| words.find(text)).unwrap_or_default();
        }
        let search = |dictionary: &Option<Dictionary>, symbols| {
            let dictionary = dictionary.as_ref()?;
            let hits = dictionary.find_normal(&normal(text, inner.options, &inner.marks, symbols));
            Some(hits).filter(|hits| !hits.is_empty())
        };
        let words = search(&inner.words, Symbols::Skip);
        let symbols = search(&inner.symbols, Symbols::Keep);
        match (words, symbols) {
            (Some(words), Some(symbols)) => merge(words, symbols),
            (words, symbols) => words.or(symbols).unwrap_or_default(),
        }
    }

    /// The text with `***` in place of every hit. Hits that are not of this text, or not in the
    /// order that [`find`](Self::find) gives them, change nothing where they do not fit.
    #[must_use]
    pub fn replace(&self, text: &str, hits: &[Hit]) -> String {
        let mut replaced = String::with_capacity(text.len());
        let mut copied = 0;
        for hit in hits {
            let before = text.get(copied..hit.start);
            if let (Some(before), Some(_)) = (before, text.get(hit.start..hit.end)) {
                replaced.push_str(before);
                replaced.push_str(MASK);
                copied = hit.end;
            }
        }
        replaced.push_str(text.get(copied..).unwrap_or_default());
        replaced
    }

    /// About how much memory the list takes, in bytes.
    #[must_use]
    pub fn memory(&self) -> usize {
        let dictionaries = [&self.0.words, &self.0.symbols];
        dictionaries.into_iter().flatten().map(Dictionary::memory).sum()
    }
}

impl fmt::Debug for Matcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = |dictionary: &Option<Dictionary>| dictionary.as_ref().map(|d| d.words.len());
        f.debug_struct("Matcher")
            .field("options", &self.0.options)
            .field("words", &words(&self.0.words))
            .field("symbols", &words(&self.0.symbols))
            .finish_non_exhaustive()
    }
}

fn merge(mut hits: Vec<Hit>, others: Vec<Hit>) -> Vec<Hit> {
    hits.extend(others);
    hits.sort_by_key(|hit| (hit.start, Reverse(hit.end)));
    let mut covered = 0;
    hits.retain(|hit| {
        let free = covered <= hit.start;
        if free {
            covered = hit.end;
        }
        free
    });
    hits
}

/// A word on its way into a dictionary.
struct Form {
    text: String,
    word: Word,
}

impl Form {
    fn new(number: usize, normal: Normal, options: MatchOptions) -> Self {
        let spelling = if options.normalise { Spelling::of(&normal) } else { Spelling::any() };
        let word = Word { number, letters: normal.letters.len(), spelling, instead: None };
        Self { text: normal.text, word }
    }

    /// Of a word that nothing is left of without symbols.
    fn of_symbols(number: usize, given: &str, options: MatchOptions) -> Option<Self> {
        let normal = normal(given.trim(), options, &Marks::All, Symbols::Keep);
        let letters = normal.letters.len();
        let word = Word { number, letters, spelling: Spelling::any(), instead: None };
        (!normal.text.trim().is_empty()).then_some(Self { text: normal.text, word })
    }
}

struct Word {
    /// Among those that were given.
    number: usize,
    /// How many letters the normal text has.
    letters: usize,
    spelling: Spelling,
    /// What to try when these letters are there but not this word: the same ones spelt otherwise,
    /// or else the longest word that they start with. An index of `Dictionary::words`.
    instead: Option<usize>,
}

/// Words in one form, and the automaton that finds it.
struct Dictionary {
    automaton: AhoCorasick,
    /// In the order of their text, then as they were given.
    words: Vec<Word>,
    /// By pattern of the automaton: the first word with this text.
    first: Vec<usize>,
}

impl Dictionary {
    /// `None` without words.
    fn new(mut forms: Vec<Form>) -> Option<Self> {
        if forms.is_empty() {
            return None;
        }
        forms.sort_by(|a, b| (&a.text, a.word.number).cmp(&(&b.text, b.word.number)));
        let mut patterns: Vec<String> = Vec::with_capacity(forms.len());
        let mut words: Vec<Word> = Vec::with_capacity(forms.len());
        let mut first = Vec::with_capacity(forms.len());
        // The patterns that the current one starts with, itself last.
        let mut prefixes: Vec<usize> = Vec::new();
        for Form { text, mut word } in forms {
            let index = words.len();
            if let Some(last) = words.last_mut()
                && patterns.last() == Some(&text)
            {
                word.instead = last.instead.replace(index);
                words.push(word);
                continue;
            }
            while prefixes.pop_if(|prefix| !text.starts_with(&patterns[*prefix])).is_some() {}
            word.instead = prefixes.last().map(|prefix| first[*prefix]);
            prefixes.push(patterns.len());
            first.push(index);
            words.push(word);
            patterns.push(text);
        }
        // By itself it takes a DFA for up to 100 words and a contiguous NFA for more. A DFA of
        // 100,000 words is no faster, since it is nowhere in the caches, and takes 280 MB, not 8.
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .build(&patterns)
            .expect("fewer states than fit an i32");
        Some(Self { automaton, words, first })
    }

    /// In a text as it is.
    fn find(&self, text: &str) -> Vec<Hit> {
        let found = self.automaton.find_iter(text);
        let hits = found.map(|found| Hit {
            word: self.words[self.first[found.pattern().as_usize()]].number,
            start: found.start(),
            end: found.end(),
        });
        hits.collect()
    }

    /// In a text in the form of the words; hits are of the original text.
    fn find_normal(&self, text: &Normal) -> Vec<Hit> {
        let mut hits = Vec::new();
        // How far the original is taken, how far the normal text is searched, in bytes.
        let mut covered = 0;
        let mut from = 0;
        while let Some(found) = self.automaton.find(Input::new(&text.text).range(from..)) {
            let first = text.letter_at(found.start());
            let start = text.letters[first].start;
            // A character that became several may be taken already.
            let word =
                if start < covered { None } else { self.spelt(found.pattern(), text, first) };
            let last = word.map_or(first, |word| first + word.letters - 1);
            from = text.after(last);
            if let Some(word) = word {
                covered = text.letters[last].end;
                hits.push(Hit { word: word.number, start, end: covered });
            }
        }
        hits
    }

    /// The longest word that starts at a letter and is spelt rightly, where the letters of the
    /// pattern are.
    fn spelt(&self, pattern: PatternID, text: &Normal, first: usize) -> Option<&Word> {
        let mut next = Some(self.first[pattern.as_usize()]);
        while let Some(word) = next.map(|index| &self.words[index]) {
            if word.spelling.admits(text, first, first + word.letters - 1) {
                return Some(word);
            }
            next = word.instead;
        }
        None
    }

    fn memory(&self) -> usize {
        self.automaton.memory_usage()
            + self.words.capacity() * size_of::<Word>()
            + self.first.capacity() * size_of::<usize>()
    }
}
