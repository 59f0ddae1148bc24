//! Randomness that can be repeated.

use rand::SeedableRng;
use rand::rngs::StdRng;

/// Randomness for the test `name`; prints its seed. `HONGYAN_TEST_SEED` repeats a run.
#[must_use]
pub fn rng(name: &str) -> StdRng {
    let given = std::env::var("HONGYAN_TEST_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = given.unwrap_or_else(rand::random::<u64>);
    println!("{name}: HONGYAN_TEST_SEED={seed}");
    StdRng::seed_from_u64(seed)
}
