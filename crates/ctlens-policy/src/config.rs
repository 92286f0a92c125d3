//! From TOML or JSON to tables whose ids, references, hashes and times are known to be good.

mod document;
mod json;
mod place;
mod reader;
mod records;
mod schema;
#[cfg(test)]
pub(crate) mod schema_check;

use crate::environment::Environment;
use crate::hash::Sha256Hash;
use ctlens_lint::{Level, RuleId};
use ctlens_san::Item;
use ctlens_x509::UnixSeconds;
use std::cmp::Reverse;
use std::collections::BTreeMap;

pub(crate) use document::{Document, Table, Text, Texts};

/// A configuration without mistakes. References are indices.
#[derive(Debug)]
pub(crate) struct Config {
    pub(crate) owners: Vec<Owner>,
    pub(crate) assets: Vec<Asset>,
    pub(crate) issuers: Vec<Issuer>,
    pub(crate) grants: Vec<Grant>,
    pub(crate) denials: Vec<Denial>,
    pub(crate) limits: Vec<Limit>,
    pub(crate) suppressions: Vec<Suppression>,
    /// `None`: off.
    pub(crate) levels: BTreeMap<RuleId, Option<Level>>,
    pub(crate) defaults: Defaults,
    /// The keys that the file does not say itself: (issuer, key).
    pub(crate) looked_up: Vec<(usize, Sha256Hash)>,
}

#[derive(Debug)]
pub(crate) struct Owner {
    pub(crate) id: String,
    pub(crate) contact: Option<String>,
}

#[derive(Debug)]
pub(crate) struct Asset {
    pub(crate) id: String,
    pub(crate) owner: usize,
    pub(crate) items: Vec<Item>,
    pub(crate) tags: Vec<String>,
    pub(crate) sources: Vec<String>,
    pub(crate) owned_without_grant: ByDefault,
    pub(crate) malformed_near_asset: ByDefault,
}

/// What happens where nothing else decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ByDefault {
    Allow,
    Warn,
    Deny,
}

#[derive(Debug)]
pub(crate) struct Defaults {
    pub(crate) malformed_near_asset: ByDefault,
    pub(crate) deny_uncovered: bool,
}

#[derive(Debug)]
pub(crate) struct Issuer {
    pub(crate) id: String,
    pub(crate) keys: Vec<Sha256Hash>,
    pub(crate) env: Option<Environment>,
}

/// Consent: these issuers may issue for these assets, in certificates whose validity begins in the window.
#[derive(Debug)]
pub(crate) struct Grant {
    pub(crate) id: String,
    pub(crate) assets: Vec<usize>,
    pub(crate) issuers: Vec<usize>,
    pub(crate) not_before: UnixSeconds,
    /// Inclusive, as in certificates.
    pub(crate) not_after: UnixSeconds,
    pub(crate) approved_by: String,
    pub(crate) reason: String,
    pub(crate) evidence_sha256: Option<Sha256Hash>,
    pub(crate) wildcards_above: bool,
    /// For these subjects' keys only, if there are any.
    pub(crate) key_pins: Vec<Sha256Hash>,
    /// For these certificates only, if there are any.
    pub(crate) tbs_pins: Vec<Sha256Hash>,
    /// For issuers of this environment only, if there is one.
    pub(crate) env: Option<Environment>,
}

/// What nobody, or none of these issuers, may issue, whatever the grants say.
#[derive(Debug)]
pub(crate) struct Denial {
    pub(crate) id: String,
    pub(crate) assets: Vec<usize>,
    pub(crate) items: Vec<Item>,
    /// All, if there are none.
    pub(crate) issuers: Vec<usize>,
    pub(crate) reason: String,
}

/// What these issuers may issue for, whoever owns it.
#[derive(Debug)]
pub(crate) struct Limit {
    pub(crate) id: String,
    pub(crate) issuers: Vec<usize>,
    /// Names that lie in these. `None`: any.
    pub(crate) names: Option<Vec<Item>>,
    /// Addresses that lie in these. `None`: any.
    pub(crate) addresses: Option<Vec<Item>>,
    pub(crate) reason: String,
}

/// Findings that somebody knows of, for a time.
#[derive(Debug)]
pub(crate) struct Suppression {
    pub(crate) id: String,
    pub(crate) rule: RuleId,
    pub(crate) asset: Option<usize>,
    pub(crate) tbs_sha256: Option<Sha256Hash>,
    /// Inclusive.
    pub(crate) until: UnixSeconds,
    pub(crate) by: String,
    pub(crate) reason: String,
}

impl Suppression {
    /// Of several that are in force the greatest counts.
    pub(crate) fn order(&self) -> (UnixSeconds, Reverse<&str>) {
        (self.until, Reverse(&self.id))
    }
}

/// What decides where no grant does,
pub(crate) const DEFAULT_DENY: &str = "default-deny";
/// what lets pass there, where the configuration says so,
pub(crate) const DEFAULT_ALLOW: &str = "default-allow";
/// and, before the id of a rule, where that rule is off. No id of a table has a colon.
pub(crate) const ALLOWED_LEVEL: &str = "allowed-level:";

/// The language of a configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Format {
    /// TOML 1.0.
    #[default]
    Toml,
    /// JSON (RFC 8259): the same tables and fields as objects, in lists where there may be several; times as strings.
    Json,
}
