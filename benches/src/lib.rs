//! Measuring that the benches share.
//!
//! Cases of one [`Comparison`] take turns in one process, so that whatever disturbs the machine disturbs all of them; what
//! counts is the thread's CPU time, as a median over the turns, and above all the ratio between two cases of the same
//! run. A case goes through many distinct inputs in each turn: a branch predictor learns a repeated one.

mod certificates;
mod comparison;

pub use certificates::real_certificates;
pub use comparison::Comparison;
