//! Measuring that the benches share.
//!
//! Cases of one [`Comparison`] take turns in one process, so that whatever disturbs the machine disturbs all of them; what
//! counts is the thread's CPU time, as a median over the turns, and above all the ratio between two cases of the same
//! turn. A case goes through many distinct inputs in each turn: a branch predictor learns a repeated one.
//!
//! Allocations are counted in another build, with the feature `allocations`, which compares no times. The counter replaces
//! the allocator of the whole program: it adds 3 to 6 ns to the 13 ns of an allocation and its release, and a third to
//! the growth of a vector, because it copies where the allocator would extend. That would be a gift to whoever does not
//! allocate.

mod bare;
mod certificates;
mod comparison;
mod figure;
mod names;

pub use bare::{bare_chain, bare_tile_root, compressions_alone};
pub use certificates::real_certificates;
pub use comparison::Comparison;
pub use figure::{figure, timed};
pub use names::{presented_names, watched_names};
