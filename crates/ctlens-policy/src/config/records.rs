//! The tables as they stand in a file, before anything in them is looked at.

use super::document::{Table, Text, Texts};
use serde::Deserialize;
use toml::Spanned;
use toml::value::Datetime;

/// A table of which there may be several, and which others refer to.
pub(super) trait Record: Table {
    /// Whether its id stands in verdicts as that of who decided.
    const DECIDES: bool = false;
    fn id(&self) -> &Text;
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OwnerRecord {
    pub(super) id: Text,
    pub(super) contact: Option<String>,
}

impl Table for OwnerRecord {
    const NAME: &'static str = "owner";
    const REQUIRED: &'static [&'static str] = &["id"];
    const OPTIONAL: &'static [&'static str] = &["contact"];
}

impl Record for OwnerRecord {
    fn id(&self) -> &Text {
        &self.id
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AssetRecord {
    pub(super) id: Text,
    pub(super) owner: Text,
    pub(super) ip: Option<Texts>,
    pub(super) dns: Option<Texts>,
    pub(super) tags: Option<Texts>,
    pub(super) sources: Option<Texts>,
    pub(super) owned_without_grant: Option<Text>,
    pub(super) malformed_near_asset: Option<Text>,
}

impl Table for AssetRecord {
    const NAME: &'static str = "asset";
    const REQUIRED: &'static [&'static str] = &["id", "owner"];
    const OPTIONAL: &'static [&'static str] =
        &["ip", "dns", "tags", "sources", "owned_without_grant", "malformed_near_asset"];
}

impl Record for AssetRecord {
    fn id(&self) -> &Text {
        &self.id
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct IssuerRecord {
    pub(super) id: Text,
    pub(super) spki_sha256: Option<Texts>,
    pub(super) certificate_sha256: Option<Texts>,
    pub(super) owner: Option<Texts>,
    pub(super) env: Option<Text>,
}

impl Table for IssuerRecord {
    const NAME: &'static str = "issuer";
    const REQUIRED: &'static [&'static str] = &["id"];
    const OPTIONAL: &'static [&'static str] = &["spki_sha256", "certificate_sha256", "owner", "env"];
}

impl Record for IssuerRecord {
    fn id(&self) -> &Text {
        &self.id
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GrantRecord {
    pub(super) id: Text,
    pub(super) assets: Texts,
    pub(super) issuers: Texts,
    pub(super) not_before: Spanned<Datetime>,
    pub(super) not_after: Spanned<Datetime>,
    pub(super) approved_by: Text,
    pub(super) reason: Text,
    pub(super) evidence_sha256: Option<Text>,
    pub(super) wildcards_above: Option<bool>,
    pub(super) key_sha256: Option<Texts>,
    pub(super) tbs_sha256: Option<Texts>,
    pub(super) env: Option<Text>,
}

impl Table for GrantRecord {
    const NAME: &'static str = "grant";
    const REQUIRED: &'static [&'static str] =
        &["id", "assets", "issuers", "not_before", "not_after", "approved_by", "reason"];
    const OPTIONAL: &'static [&'static str] =
        &["evidence_sha256", "wildcards_above", "key_sha256", "tbs_sha256", "env"];
    const TIMES: &'static [&'static str] = &["not_before", "not_after"];
}

impl Record for GrantRecord {
    const DECIDES: bool = true;
    fn id(&self) -> &Text {
        &self.id
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DenyRecord {
    pub(super) id: Text,
    pub(super) assets: Option<Texts>,
    pub(super) ip: Option<Texts>,
    pub(super) dns: Option<Texts>,
    pub(super) issuers: Option<Texts>,
    pub(super) reason: Text,
}

impl Table for DenyRecord {
    const NAME: &'static str = "deny";
    const REQUIRED: &'static [&'static str] = &["id", "reason"];
    const OPTIONAL: &'static [&'static str] = &["assets", "ip", "dns", "issuers"];
}

impl Record for DenyRecord {
    const DECIDES: bool = true;
    fn id(&self) -> &Text {
        &self.id
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LimitRecord {
    pub(super) id: Text,
    pub(super) issuers: Texts,
    pub(super) ip: Option<Texts>,
    pub(super) dns: Option<Texts>,
    pub(super) addresses: Option<Spanned<bool>>,
    pub(super) reason: Text,
}

impl Table for LimitRecord {
    const NAME: &'static str = "limit";
    const REQUIRED: &'static [&'static str] = &["id", "issuers", "reason"];
    const OPTIONAL: &'static [&'static str] = &["ip", "dns", "addresses"];
}

impl Record for LimitRecord {
    const DECIDES: bool = true;
    fn id(&self) -> &Text {
        &self.id
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SuppressRecord {
    pub(super) id: Text,
    pub(super) rule: Text,
    pub(super) asset: Option<Text>,
    pub(super) tbs_sha256: Option<Text>,
    pub(super) until: Spanned<Datetime>,
    pub(super) by: Text,
    pub(super) reason: Text,
}

impl Table for SuppressRecord {
    const NAME: &'static str = "suppress";
    const REQUIRED: &'static [&'static str] = &["id", "rule", "until", "by", "reason"];
    const OPTIONAL: &'static [&'static str] = &["asset", "tbs_sha256"];
    const TIMES: &'static [&'static str] = &["until"];
}

impl Record for SuppressRecord {
    const DECIDES: bool = true;
    fn id(&self) -> &Text {
        &self.id
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DefaultsRecord {
    pub(super) owned_without_grant: Option<Text>,
    pub(super) malformed_near_asset: Option<Text>,
    pub(super) deny_uncovered: Option<bool>,
}

impl Table for DefaultsRecord {
    const NAME: &'static str = "defaults";
    const REQUIRED: &'static [&'static str] = &[];
    const OPTIONAL: &'static [&'static str] = &["owned_without_grant", "malformed_near_asset", "deny_uncovered"];
}
