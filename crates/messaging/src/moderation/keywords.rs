//! Keywords in texts.

use hongyan_model::{App, ChatType, KeywordList, ListScope, Measure, Result};
use hongyan_words::{Hit, MatchOptions, Matcher};

use super::{list_id, tags};
use crate::{Messaging, lexicon};

/// What the lists say about a text.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Found {
    /// What is to be done; `None`: no list minds.
    pub(super) measure: Option<Measure>,
    /// The lists that mind, and their words, for people.
    pub(super) lists: Vec<String>,
    pub(super) words: Vec<String>,
    /// The text with `***` for the words of lists that replace.
    pub(super) replaced: Option<String>,
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
    let mut minded: Vec<(&KeywordList, Hit, String)> = Vec::new();
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
        let words = lexicon::of(m, list_id(app.id, list.id), list.version, options).await?;
        for hit in hits(&words.matcher, list.whole_text, text) {
            match list.measure {
                Measure::Pass => allowed.push((hit.start, hit.end)),
                Measure::Replace | Measure::Block => {
                    minded.push((list, hit, words.word(&hit).to_owned()));
                }
            }
        }
    }
    minded.retain(|(_, hit, _)| {
        !allowed.iter().any(|(start, end)| *start <= hit.start && hit.end <= *end)
    });
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
    if measure == Some(Measure::Replace) {
        found.replaced = Some(mask(text, minded.iter().map(|(_, hit, _)| (hit.start, hit.end))));
    }
    Ok(found)
}

fn hits(matcher: &Matcher, whole: bool, text: &str) -> Vec<Hit> {
    if !whole {
        return matcher.find(text);
    }
    // Of the words at the beginning the longest is found: the whole text, if it is on the list.
    let start = text.len() - text.trim_start().len();
    let trimmed = text.trim();
    let hit = matcher.find(trimmed).into_iter().next();
    let hit = hit.filter(|hit| hit.start == 0 && hit.end == trimmed.len());
    hit.map(|hit| Hit { start, end: start + hit.end, ..hit }).into_iter().collect()
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

/// The text with `***` for each of `words`; `None` if it holds none of them.
pub(super) fn without(text: &str, words: &[String]) -> Option<String> {
    let words = words.iter().filter(|word| !word.is_empty());
    let places = words.flat_map(|word| {
        text.match_indices(word.as_str()).map(|(start, found)| (start, start + found.len()))
    });
    let places: Vec<_> = places.collect();
    (!places.is_empty()).then(|| mask(text, places.into_iter()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_that_overlap_are_one() {
        assert_eq!(mask("abcdef", [(3, 5), (0, 1)].into_iter()), "***bc***f");
        assert_eq!(mask("abcdef", [(0, 4), (1, 2), (3, 5)].into_iter()), "***f");
        assert_eq!(mask("坏人好", [(0, 3), (3, 6)].into_iter()), "******好");
        assert_eq!(
            without("a bad worse", &["bad".into(), String::new()]).as_deref(),
            Some("a *** worse")
        );
        assert_eq!(without("fine", &["bad".into()]), None);
    }

    #[test]
    fn a_whole_text_is_a_word_of_the_list_and_nothing_else() {
        let matcher = Matcher::new(["go", "go away"], MatchOptions::default());
        assert_eq!(hits(&matcher, true, " go ").len(), 1);
        assert_eq!(hits(&matcher, true, "go away").len(), 1);
        assert_eq!(hits(&matcher, true, "go on").len(), 0);
        assert_eq!(hits(&matcher, false, "go on").len(), 1);
    }
}
