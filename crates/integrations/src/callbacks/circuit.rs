//! Rules before sending whose server does not answer are left alone for a moment, and none has too many questions
//! open: a dead server must not hold up its app's messages for long, nor anybody else's at all.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use dashmap::DashMap;
use hongyan_cluster::Router;
use parking_lot::Mutex;

/// Questions of one rule that may be open at once.
const IN_FLIGHT: usize = 1000;
/// The last answers that are looked at, and how old they may be.
const LOOKED_AT: usize = 20;
const WITHIN: Duration = Duration::from_secs(10);
/// How long nobody is asked when half of them failed.
const PAUSE: Duration = Duration::from_secs(5);

/// Under which the other nodes hear which rule has become another one.
const FORGOTTEN: &str = "callback circuits";

/// The circuits of all rules, on this node.
pub(crate) struct Circuits {
    rules: Arc<DashMap<String, Arc<Circuit>>>,
    router: Arc<Router>,
}

#[derive(Default)]
struct Circuit {
    open: AtomicUsize,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// When an answer came, and whether it was one.
    answers: VecDeque<(Instant, bool)>,
    paused_until: Option<Instant>,
}

/// A question that is open.
pub(super) struct Question(Arc<Circuit>);

impl Circuits {
    pub(crate) fn new(router: &Arc<Router>) -> Self {
        let rules: Arc<DashMap<String, Arc<Circuit>>> = Arc::default();
        let of_others = rules.clone();
        router.on_signal(FORGOTTEN, move |rule| {
            if let Some(rule) = rule.and_then(|rule| std::str::from_utf8(rule).ok()) {
                of_others.remove(rule);
            }
        });
        Self { rules, router: router.clone() }
    }

    /// `None`: the rule's server is not asked now.
    pub(super) fn begin(&self, rule: &str) -> Option<Question> {
        let circuit = self.rules.entry(rule.to_owned()).or_default().clone();
        if circuit.state.lock().paused_until.is_some_and(|until| Instant::now() < until) {
            return None;
        }
        let question = Question(circuit);
        let before = question.0.open.fetch_add(1, Ordering::SeqCst);
        // Dropping the question counts it back.
        (before < IN_FLIGHT).then_some(question)
    }

    /// What was known of a rule, on any node, does not count for what it has become.
    pub(super) fn forget(&self, rule: &str) {
        self.rules.remove(rule);
        self.router.signal(FORGOTTEN, || rule.as_bytes().to_vec());
    }
}

impl Question {
    /// Notes whether there was a sensible answer.
    pub(super) fn end(self, good: bool) {
        let now = Instant::now();
        let mut state = self.0.state.lock();
        state.answers.push_back((now, good));
        while state.answers.len() > LOOKED_AT
            || state.answers.front().is_some_and(|(when, _)| now - *when > WITHIN)
        {
            state.answers.pop_front();
        }
        let failed = state.answers.iter().filter(|(_, good)| !good).count();
        if state.answers.len() == LOOKED_AT && failed * 2 >= LOOKED_AT {
            state.paused_until = Some(now + PAUSE);
            state.answers.clear();
        }
    }
}

impl Drop for Question {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_twenty_failures_pause_a_rule_and_no_other() {
        let circuits = Circuits::new(&Arc::default());
        for n in 0..LOOKED_AT {
            circuits.begin("r").unwrap().end(n % 2 == 0);
        }
        assert!(circuits.begin("r").is_none());
        assert!(circuits.begin("other").is_some());
        circuits.forget("r");
        assert!(circuits.begin("r").is_some());
    }

    #[test]
    fn questions_of_a_rule_are_bounded() {
        let circuits = Circuits::new(&Arc::default());
        let mut open: Vec<_> = (0..IN_FLIGHT).map(|_| circuits.begin("r").unwrap()).collect();
        assert!(circuits.begin("r").is_none());
        open.pop();
        assert!(circuits.begin("r").is_some());
    }
}
