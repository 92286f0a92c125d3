//! Verification by additions only: tables of multiples of the generator and of each key.
//!
//! Field arithmetic is fiat-crypto's, formally verified; scalars, inversions, the keys and the multiples in the tables are
//! p256's. Own are the recoding of scalars into digits and two addition formulas. What they do not accept, p256 decides.

mod digits;
mod field;
mod keys;
mod sum;
mod table;
#[cfg(test)]
mod tests;

pub use keys::{PreparedKeys, SignedDigest};
pub use table::Window;
