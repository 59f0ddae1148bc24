//! Keywords in texts.

use std::sync::Arc;

use hongyan_model::{App, ChatType, KeywordList, ListScope, Measure, Result};
use hongyan_words::{Hit, MatchOptions, Matcher};

use super::tags;
use crate::Messaging;
use crate::lexicon::{self, Lexicon};

/// What the lists say about a text.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Found {
    /// What is to be done; `None`: no list minds.
    pub(super) measure: Option<Measure>,
    /// The lists that mind, and their words, for people.
    pub(super) lists: Vec<String>,
    pub(super) words: Vec<String>,
    /// Where these words stand in the text, in bytes.
    pub(super) places: Vec<(usize, usize)>,
}

/// Looks for the words of all lists that count in the chat. A word of a list of what is allowed covers others inside it;
/// of what is left, blocking goes before replacing.
pub(super) async fn find(
    m: &Messaging,
    app: &App,
    (chat, to): (ChatType, &str),
    text: &str,
) -> Result<Found> {
    let mut tags_of_chat: Option<Vec<String>> = None;
    let mut allowed: Vec<(usize, usize)> = Vec::new();
    let mut minding: Vec<(&KeywordList, Arc<Lexicon>)> = Vec::new();
    for list in app.settings.moderation.lists.iter().filter(|list| list.enabled) {
        let counts = match &list.scope {
            ListScope::All => true,
            ListScope::Chats(only) => *only == chat,
            ListScope::Tags(_) if chat == ChatType::Single => false,
            ListScope::Tags(wanted) => {
                if tags_of_chat.is_none() {
                    tags_of_chat = Some(tags::of(m, app, to).await?);
                }
                let has = tags_of_chat.as_deref().unwrap_or_default();
                has.iter().any(|tag| wanted.contains(tag))
            }
        };
        if !counts || list.version == 0 {
            continue;
        }
        let KeywordList { ignore_case, normalise, .. } = *list;
        let options = MatchOptions { ignore_case, normalise };
        let words = lexicon::of(m, (app.id, list.id), list.version, options).await?;
        match list.measure {
            Measure::Pass => allowed.extend(every_place(&words.matcher, list.whole_text, text)),
            Measure::Replace | Measure::Block => minding.push((list, words)),
        }
    }
    let mut minded: Vec<(&KeywordList, Hit, String)> = Vec::new();
    for (list, words) in &minding {
        for hit in hits(&words.matcher, list.whole_text, text, &allowed) {
            minded.push((list, hit, words.word(&hit).to_owned()));
        }
    }
    let measure = match minded.iter().any(|(list, ..)| list.measure == Measure::Block) {
        true => Some(Measure::Block),
        false => (!minded.is_empty()).then_some(Measure::Replace),
    };
    let mut found = Found { measure, ..Found::default() };
    for (list, _, word) in &minded {
        if !found.lists.contains(&list.name) {
            found.lists.push(list.name.clone());
        }
        if !found.words.contains(word) {
            found.words.push(word.clone());
        }
    }
    found.places = minded.iter().map(|(_, hit, _)| (hit.start, hit.end)).collect();
    Ok(found)
}

/// The words in the text, without overlaps, that no allowed place covers. Of overlapping words the matcher gives one:
/// where that one is covered, another that begins behind its beginning may not be.
fn hits(matcher: &Matcher, whole: bool, text: &str, allowed: &[(usize, usize)]) -> Vec<Hit> {
    let is_covered =
        |hit: &Hit| allowed.iter().any(|(start, end)| *start <= hit.start && hit.end <= *end);
    if whole {
        return whole_text(matcher, text).into_iter().filter(|hit| !is_covered(hit)).collect();
    }
    let (mut found, mut from) = (Vec::new(), 0);
    'again: loop {
        for hit in matcher.find(text.get(from..).unwrap_or_default()) {
            let hit = Hit { start: hit.start + from, end: hit.end + from, ..hit };
            if is_covered(&hit) {
                from = behind(text, hit.start);
                continue 'again;
            }
            found.push(hit);
        }
        return found;
    }
}

/// Where words of a list stand in the text, overlapping ones as well: the longest at each beginning.
fn every_place(matcher: &Matcher, whole: bool, text: &str) -> Vec<(usize, usize)> {
    if whole {
        return whole_text(matcher, text).map(|hit| (hit.start, hit.end)).into_iter().collect();
    }
    let (mut places, mut from) = (Vec::new(), 0);
    while let Some(hit) = matcher.find(text.get(from..).unwrap_or_default()).first() {
        let start = hit.start + from;
        places.push((start, hit.end + from));
        from = behind(text, start);
    }
    places
}

/// Where the next character begins.
fn behind(text: &str, at: usize) -> usize {
    at + text.get(at..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8)
}

/// The whole text, if it is on the list: of the words at the beginning the longest is found.
fn whole_text(matcher: &Matcher, text: &str) -> Option<Hit> {
    let start = text.len() - text.trim_start().len();
    let trimmed = text.trim();
    let hit = matcher.find(trimmed).into_iter().next()?;
    let is_whole = hit.start == 0 && hit.end == trimmed.len();
    is_whole.then_some(Hit { start, end: start + hit.end, ..hit })
}

/// `***` for each of these places; those that overlap become one.
pub(super) fn mask(text: &str, places: impl Iterator<Item = (usize, usize)>) -> String {
    let mut places: Vec<_> = places.collect();
    places.sort_unstable();
    let (mut masked, mut copied) = (String::with_capacity(text.len()), 0);
    let mut places = places.into_iter().peekable();
    while let Some((start, mut end)) = places.next() {
        while let Some((_, later)) = places.next_if(|(start, _)| *start < end) {
            end = end.max(later);
        }
        masked.push_str(text.get(copied..start).unwrap_or_default());
        masked.push_str("***");
        copied = end;
    }
    masked.push_str(text.get(copied..).unwrap_or_default());
    masked
}

/// Where `words` stand in the text.
pub(super) fn places(text: &str, words: &[String]) -> Vec<(usize, usize)> {
    let words = words.iter().filter(|word| !word.is_empty());
    let places = words.flat_map(|word| {
        text.match_indices(word.as_str()).map(|(start, found)| (start, start + found.len()))
    });
    places.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_that_overlap_are_one() {
        assert_eq!(mask("abcdef", [(3, 5), (0, 1)].into_iter()), "***bc***f");
        assert_eq!(mask("abcdef", [(0, 4), (1, 2), (3, 5)].into_iter()), "***f");
        assert_eq!(mask("坏人好", [(0, 3), (3, 6)].into_iter()), "******好");
        assert_eq!(places("a bad bad", &["bad".into(), String::new()]), [(2, 5), (6, 9)]);
        assert_eq!(places("fine", &["bad".into()]), []);
    }

    #[test]
    fn a_whole_text_is_a_word_of_the_list_and_nothing_else() {
        let matcher = Matcher::new(["go", "go away"], MatchOptions::default());
        let found = |whole, text| hits(&matcher, whole, text, &[]).len();
        assert_eq!([found(true, " go "), found(true, "go away"), found(true, "go on")], [1, 1, 0]);
        assert_eq!(found(false, "go on"), 1);
    }

    #[test]
    fn what_is_allowed_covers_what_is_inside_it_and_nothing_else() {
        let blocked = |blocked: &[&str], allowed: &[&str], text: &str| {
            let matcher = |words: &[&str]| Matcher::new(words, MatchOptions::default());
            let allowed = every_place(&matcher(allowed), false, text);
            let found = hits(&matcher(blocked), false, text, &allowed);
            found.iter().map(|hit| text[hit.start..hit.end].to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(blocked(&["大麻"], &["大麻哈鱼"], "大麻哈鱼和大麻"), ["大麻"]);
        assert_eq!(blocked(&["大麻", "麻醉枪"], &["大麻"], "大麻醉枪"), ["麻醉枪"]);
        assert_eq!(blocked(&["abc", "bcd"], &["abc"], "abcd"), ["bcd"]);
        assert_eq!(blocked(&["yz"], &["wxy", "xyz"], "wxyz"), [""; 0]);
        assert_eq!(blocked(&["a", "abc"], &["ab"], "abc a"), ["abc", "a"]);
    }
}
