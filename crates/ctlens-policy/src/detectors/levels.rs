//! The rules over the stream, and the levels that a configuration gives them.

use super::alert::Alert;
use super::{burst, co_names, first_address, first_issuer, key_kind, repeated_serial, serial_entropy, subject_keys};
use crate::policy::Policy;
use ctlens_lint::{Level, RuleId};

/// All of them, each with its level where a configuration gives none. What is less certain is said at a lower one.
const RULES: [(RuleId, Level); 9] = [
    (first_issuer::RULE, Level::Warning),
    (first_address::RULE, Level::Warning),
    (burst::RULE, Level::Warning),
    (co_names::RULE, Level::Warning),
    (key_kind::RULE, Level::Warning),
    (repeated_serial::RULE, Level::Error),
    (serial_entropy::RULE, Level::Warning),
    (subject_keys::KEY_ACROSS_OWNERS, Level::Warning),
    (subject_keys::UNLISTED_NAMES, Level::Warning),
];

/// The names of the rules over the stream.
pub(crate) fn stream_rules() -> impl Iterator<Item = &'static str> + Clone {
    const { &RULES }.iter().map(|(rule, _)| rule.as_str())
}

impl Policy {
    /// The alert at the level that the configuration gives its rule; `None` where that is `allow`.
    ///
    /// To be asked of everything that [`Detectors::observe`](crate::Detectors::observe) returns: detectors know no levels, so
    /// that they have counted, and learned from, what is not told. What a rule itself says at a lower level than its usual one
    /// (an asset's first issuer at all is a notice) is lowered further by the configuration, and never raised.
    #[must_use]
    pub fn level_alert(&self, alert: Alert) -> Option<Alert> {
        let Some(configured) = self.configured(alert.rule) else { return Some(alert) };
        let configured = configured?;
        let usual = RULES.iter().find(|(rule, _)| *rule == alert.rule).map(|(_, level)| *level);
        let is_lower = usual.is_some_and(|usual| alert.level < usual);
        let level = if is_lower { alert.level.min(configured) } else { configured };
        Some(Alert { level, ..alert })
    }
}
