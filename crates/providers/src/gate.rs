//! How many calls may be under way.

use std::collections::HashMap;
use std::sync::Arc;

use hongyan_model::AppId;
use parking_lot::Mutex;

/// Lets calls in up to a number in all, and a smaller one for each app, so that no app takes all. Nobody waits here:
/// a call that does not fit is told so at once.
pub(crate) struct Gate {
    most: usize,
    most_of_app: usize,
    inside: Mutex<Inside>,
}

#[derive(Default)]
struct Inside {
    all: usize,
    apps: HashMap<AppId, usize>,
}

/// A call under way; ends when dropped.
pub(crate) struct Pass {
    gate: Arc<Gate>,
    app: AppId,
}

impl Gate {
    pub(crate) fn new(most: usize, most_of_app: usize) -> Arc<Self> {
        Arc::new(Self { most, most_of_app, inside: Mutex::default() })
    }

    /// `None` if as many as are allowed are inside.
    pub(crate) fn enter(self: &Arc<Self>, app: AppId) -> Option<Pass> {
        let mut inside = self.inside.lock();
        let of_app = inside.apps.get(&app).copied().unwrap_or_default();
        if inside.all >= self.most || of_app >= self.most_of_app {
            return None;
        }
        inside.all += 1;
        inside.apps.insert(app, of_app + 1);
        Some(Pass { gate: self.clone(), app })
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        let mut inside = self.gate.inside.lock();
        inside.all -= 1;
        if let Some(of_app) = inside.apps.get_mut(&self.app) {
            *of_app -= 1;
            if *of_app == 0 {
                inside.apps.remove(&self.app);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_app_leaves_room_for_others_and_all_together_have_a_bound() {
        let gate = Gate::new(3, 2);
        let (one, two, three) = (AppId(1), AppId(2), AppId(3));
        let first = gate.enter(one).unwrap();
        let _second = gate.enter(one).unwrap();
        assert!(gate.enter(one).is_none(), "its own bound");
        let _third = gate.enter(two).unwrap();
        assert!(gate.enter(three).is_none(), "the bound of all");
        drop(first);
        assert!(gate.enter(three).is_some());
        assert_eq!(gate.inside.lock().apps.len(), 2, "who has left is forgotten");
    }
}
