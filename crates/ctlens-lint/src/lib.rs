#![doc = include_str!("../README.md")]
#![cfg_attr(
    not(test),
    warn(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects
    )
)]

mod date;
mod level;
mod location;
mod rule;
mod rule_id;
mod rule_set;
mod rules;
mod special_purpose;
mod status;
mod subject;
mod top_level_domain;

pub use level::Level;
pub use location::{Location, OctetRange, Part};
pub use rule::{Rule, Scope, Source};
pub use rule_id::{RuleId, RuleIdError};
pub use rule_set::RuleSet;
pub use special_purpose::{SpecialPurposeBlock, special_purpose_blocks};
pub use status::{Finding, Findings, Status};
pub use top_level_domain::{TopLevelDomain, top_level_domain};
