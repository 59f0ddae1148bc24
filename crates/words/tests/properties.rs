//! What holds for any words and any text.

use hongyan_words::{Hit, MatchOptions, Matcher};
use proptest::collection::vec;
use proptest::prelude::*;

/// Few different characters, so that words are found: letters in several forms, symbols, marks,
/// whatever is invisible, and characters that become several.
const ALPHABET: [&str; 31] = [
    "a", "b", "c", "A", "Ｂ", "ⓒ", "é", "e", "敏", "感", "發", "发", "\u{301}", "\u{fe0f}",
    "\u{200b}", " ", "\n", "-", ".", "❤", "👍", "\0", "1", "２", "㎏", "℃", "İ", "か", "\u{3099}",
    "\u{1112}", "\u{1161}",
];

fn text(longest: usize) -> impl Strategy<Value = String> {
    let familiar = vec(proptest::sample::select(&ALPHABET[..]), 0..=longest);
    prop_oneof![8 => familiar.prop_map(|parts| parts.concat()), 1 => any::<String>()]
}

fn words() -> impl Strategy<Value = Vec<String>> {
    vec(text(5), 0..30)
}

fn options() -> impl Strategy<Value = MatchOptions> {
    any::<(bool, bool)>()
        .prop_map(|(ignore_case, normalise)| MatchOptions { ignore_case, normalise })
}

/// Leftmost-longest, the slow way.
fn plainly(words: &[String], text: &str) -> Vec<Hit> {
    let mut hits = Vec::new();
    let mut start = 0;
    while start < text.len() {
        let rest = text.get(start..).unwrap_or_default();
        let here = words.iter().filter(|word| !word.is_empty() && rest.starts_with(*word));
        let longest = here.map(String::len).max();
        let end = longest.map_or(start + 1, |length| start + length);
        if let Some(word) =
            words.iter().position(|word| longest == Some(word.len()) && rest.starts_with(word))
        {
            hits.push(Hit { word, start, end });
        }
        start = end;
    }
    hits
}

proptest! {
    #[test]
    fn hits_are_in_order_apart_and_of_whole_chars(
        words in words(), text in text(60), options in options(),
    ) {
        let matcher = Matcher::new(&words, options);
        let hits = matcher.find(&text);
        let mut covered = 0;
        for hit in &hits {
            prop_assert!(hit.word < words.len());
            prop_assert!(covered <= hit.start && hit.start < hit.end, "{hits:?}");
            prop_assert!(text.get(hit.start..hit.end).is_some(), "{hits:?}");
            covered = hit.end;
        }
        let hidden: usize = hits.iter().map(|hit| hit.end - hit.start).sum();
        prop_assert_eq!(matcher.replace(&text, &hits).len(), text.len() - hidden + 3 * hits.len());
    }

    #[test]
    fn a_hit_is_its_word(words in words(), text in text(60), options in options()) {
        for hit in Matcher::new(&words, options).find(&text) {
            let written = &text[hit.start..hit.end];
            let alone = Matcher::new([&words[hit.word]], options).find(written);
            let whole = Hit { word: 0, start: 0, end: written.len() };
            prop_assert_eq!(alone.first(), Some(&whole), "{}", written);
        }
    }

    #[test]
    fn every_word_is_found_in_itself(words in words(), options in options()) {
        let matcher = Matcher::new(&words, options);
        for word in &words {
            let alone = Matcher::new([word], options).find(word);
            prop_assert_eq!(alone.is_empty(), matcher.find(word).is_empty(), "{}", word);
        }
    }

    #[test]
    fn plain_is_leftmost_longest(words in words(), text in text(60)) {
        let hits = Matcher::new(&words, MatchOptions::default()).find(&text);
        prop_assert_eq!(hits, plainly(&words, &text));
    }

    #[test]
    fn replacing_never_panics(
        text in text(60), places in vec((0usize..200, 0usize..200), 0..10),
    ) {
        let hit = |(start, end)| Hit { word: 0, start, end };
        let hits: Vec<Hit> = places.into_iter().map(hit).collect();
        let matcher = Matcher::new([""; 0], MatchOptions::default());
        let replaced = matcher.replace(&text, &hits);
        prop_assert!(!hits.is_empty() || replaced == text);
    }
}
