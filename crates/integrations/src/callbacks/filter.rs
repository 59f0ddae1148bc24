//! Which events a rule wants (docs/callbacks.md, "Filters").

use hongyan_model::{PostRule, Source};
use serde_json::{Map, Value};

/// What rules look at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Facts<'a> {
    /// Such as `chat:txt`.
    pub(super) selector: &'a str,
    /// What selects it, too.
    pub(super) also: Option<&'a str>,
    /// Sender or actor.
    pub(super) from: &'a str,
    /// The other user of a one-to-one message or of an operation on contacts.
    pub(super) peer: Option<&'a str>,
    /// Group or chat room.
    pub(super) group: Option<&'a str>,
    /// Of a message: its sender's fields, and who sent it.
    pub(super) message: Option<(&'a Map<String, Value>, Source)>,
}

/// Whether the rule wants it. A rule with all of From, To and group matches nothing, as documented.
pub(super) fn matches(rule: &PostRule, facts: Facts<'_>) -> bool {
    let lists = |ids: &[String], id: Option<&str>| {
        ids.is_empty() || id.is_some_and(|id| ids.iter().any(|one| one == id))
    };
    let wants_message = facts.message.is_none_or(|(ext, source)| {
        let from_here = match source {
            Source::Sdk => rule.sdk_messages,
            Source::Rest => rule.rest_messages,
        };
        let has_key = rule.ext_keys.is_empty()
            || rule.ext_keys.iter().any(|key| ext.contains_key(key.as_str()));
        from_here && has_key
    });
    let is_selected =
        rule.selects(facts.selector) || facts.also.is_some_and(|also| rule.names(also));
    is_selected
        && wants_message
        && lists(&rule.from_ids, Some(facts.from))
        && lists(&rule.to_ids, facts.peer)
        && lists(&rule.group_ids, facts.group)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(from: &[&str], to: &[&str], group: &[&str]) -> PostRule {
        let ids = |ids: &[&str]| ids.iter().map(|&id| id.to_owned()).collect();
        PostRule {
            from_ids: ids(from),
            to_ids: ids(to),
            group_ids: ids(group),
            ..PostRule::default()
        }
    }

    #[test]
    fn the_documented_combinations() {
        let ext = Map::new();
        let single = |from, peer| Facts {
            selector: "chat:txt",
            also: None,
            from,
            peer: Some(peer),
            group: None,
            message: Some((&ext, Source::Sdk)),
        };
        let grouped = |from, group| Facts {
            selector: "groupchat:txt",
            also: None,
            from,
            peer: None,
            group: Some(group),
            message: Some((&ext, Source::Sdk)),
        };
        let (ab, ba, ag, bg) =
            (single("a", "b"), single("b", "a"), grouped("a", "g"), grouped("b", "g"));
        for (rule, expected) in [
            (rule(&[], &[], &[]), [true, true, true, true]),
            (rule(&["a"], &[], &[]), [true, false, true, false]),
            (rule(&[], &["b"], &[]), [true, false, false, false]),
            (rule(&["a"], &["b"], &[]), [true, false, false, false]),
            (rule(&[], &[], &["g"]), [false, false, true, true]),
            (rule(&["a"], &[], &["g"]), [false, false, true, false]),
            (rule(&[], &["b"], &["g"]), [false, false, false, false]),
            (rule(&["a"], &["b"], &["g"]), [false, false, false, false]),
        ] {
            let found = [ab, ba, ag, bg].map(|facts| matches(&rule, facts));
            assert_eq!(found, expected, "{rule:?}");
        }
    }

    #[test]
    fn keys_and_sources_concern_messages_only() {
        let (ext, none) = (serde_json::json!({"k": 1}), Map::new());
        let ext = ext.as_object().unwrap();
        let of = |selector, message| Facts {
            selector,
            also: None,
            from: "a",
            peer: None,
            group: Some("g"),
            message,
        };
        let rule = PostRule {
            ext_keys: vec!["other".into(), "k".into()],
            rest_messages: false,
            ..PostRule::default()
        };
        assert!(matches(&rule, of("groupchat:txt", Some((ext, Source::Sdk)))));
        assert!(!matches(&rule, of("groupchat:txt", Some((ext, Source::Rest)))));
        assert!(!matches(&rule, of("groupchat:txt", Some((&none, Source::Sdk)))));
        assert!(matches(&rule, of("muc:kick", None)));
    }
}
