//! Shared measuring of the benches.
