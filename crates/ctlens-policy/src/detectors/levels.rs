//! The rules over the stream, and the levels that a configuration gives them.

use super::alert::Alert;
use super::{burst, co_names, first_address, first_issuer, key_kind, repeated_serial, serial_entropy, subject_keys};
use crate::policy::Policy;
use ctlens_lint::{Level, RuleId};

/// What a rule is, and its level where a configuration gives none. What is less certain is said at a lower one.
pub(crate) struct StreamRule {
    pub(crate) id: RuleId,
    pub(crate) level: Level,
    pub(crate) title: &'static str,
}

const RULES: [StreamRule; 9] = [
    StreamRule::new(first_issuer::RULE, Level::Warning, "a key that issues for an asset for the first time"),
    StreamRule::new(first_address::RULE, Level::Warning, "an issuer's first certificate with an iPAddress"),
    StreamRule::new(burst::RULE, Level::Warning, "more certificates for an asset than are usual"),
    StreamRule::new(co_names::RULE, Level::Warning, "somebody else's names beside an asset, never seen there before"),
    StreamRule::new(key_kind::RULE, Level::Warning, "another kind of key than the asset had"),
    StreamRule::new(repeated_serial::RULE, Level::Error, "two certificates of one issuer with one serial number"),
    StreamRule::new(serial_entropy::RULE, Level::Warning, "serial numbers in which fewer than 64 bits can be random"),
    StreamRule::new(
        subject_keys::KEY_ACROSS_OWNERS,
        Level::Warning,
        "one key in certificates for assets of two owners",
    ),
    StreamRule::new(
        subject_keys::UNLISTED_NAMES,
        Level::Warning,
        "the key of an asset's certificate in one for no asset",
    ),
];

impl StreamRule {
    const fn new(id: RuleId, level: Level, title: &'static str) -> Self {
        Self { id, level, title }
    }

    pub(crate) fn named(id: &str) -> Option<&'static Self> {
        const { &RULES }.iter().find(|rule| rule.id.as_str() == id)
    }
}

/// The names of the rules over the stream.
pub(crate) fn stream_rules() -> impl Iterator<Item = &'static str> + Clone {
    const { &RULES }.iter().map(|rule| rule.id.as_str())
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
        let is_lower = StreamRule::named(alert.rule.as_str()).is_some_and(|rule| alert.level < rule.level);
        let level = if is_lower { alert.level.min(configured) } else { configured };
        Some(Alert { level, ..alert })
    }
}
