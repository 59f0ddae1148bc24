//! Changes around one message come one after the other, with the events that tell of them.

use hongyan_model::MessageId;
use tokio::sync::{Mutex, MutexGuard};

const LANES: usize = 64;

/// Messages share lanes; whoever changes something around one waits for the others of its lane, a few milliseconds
/// each.
pub(crate) struct Turns([Mutex<()>; LANES]);

impl Default for Turns {
    fn default() -> Self {
        Self(std::array::from_fn(|_| Mutex::new(())))
    }
}

impl Turns {
    pub(crate) async fn take(&self, message: MessageId) -> MutexGuard<'_, ()> {
        // Ids differ in their middle; a multiplication spreads that into the upper bits.
        let spread = message.0.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
        let lane = usize::try_from(spread % LANES as u64).unwrap_or_default();
        self.0[lane].lock().await
    }
}
