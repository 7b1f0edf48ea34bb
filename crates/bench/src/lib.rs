//! What the durability test, the power-loss drill and the measurements share: a real server as a child process,
//! visitors who remember every answer they got, and the search for what the server promised to keep.

pub mod found;
pub mod server;
pub mod visitors;

use zgoda_vault::{Entropy, SystemEntropy};

/// A random number from `low` up to but not including `high`.
pub fn random(low: u64, high: u64) -> u64 {
    let entropy: &dyn Entropy = &SystemEntropy;
    low + u64::from_le_bytes(entropy.bytes()) % high.saturating_sub(low).max(1)
}
