//! Other people's certificates, names and verdicts.

mod cases;
mod rfc_9525;
mod syntax;
