use crate::action::Action;
use crate::attribution::IssuerAttribution;
use crate::cause::Cause;
use crate::config::DEFAULT_DENY;
use crate::hash::Sha256Hash;
use crate::text::visible;
use crate::time;
use ctlens_lint::{Level, Location, RuleId};
use ctlens_x509::UnixSeconds;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// One thing that somebody should know about one certificate.
///
/// In JSON with its [`actions`](Finding::actions), which follow from the rest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self")]
#[non_exhaustive]
pub struct Finding {
    /// The same wherever and whenever the same is found: SHA-256 over rule, TBS hash, part of the certificate and asset.
    pub id: Sha256Hash,
    /// Which rule: `ownership.…`, or one of the rules of `ctlens-lint`.
    pub rule: RuleId,
    /// How bad it is.
    pub level: Level,
    /// Why.
    pub cause: Cause,
    /// For a person, in one sentence without a full stop.
    pub explanation: String,
    /// The asset; `None` where the finding is about the certificate as such, or no asset can be named.
    pub asset: Option<String>,
    /// The asset's owner.
    pub owner: Option<String>,
    /// How to reach the owner, as the configuration says.
    pub contact: Option<String>,
    /// What in the certificate stands for the asset.
    pub identifier: Option<Identifier>,
    /// Where it is in the certificate.
    pub location: Location,
    /// Where else the same identifier is: mostly a common name that repeats a SAN. At most [`Finding::MOST_ALSO_AT`].
    pub also_at: Vec<Location>,
    /// At how many places.
    #[serde(default)]
    pub also_at_total: usize,
    /// Who decided: `default-deny`, then the grants over the asset, none of which permits this; or the denials that forbid
    /// it; or the limit, or the rule, that it breaks.
    pub decided_by: Vec<String>,
    /// The table `[[issuer]]` that `missing_grant` refers to. `None` where the configuration has it, or no grant can permit.
    pub missing_issuer: Option<String>,
    /// The table `[[grant]]` that would permit it, as TOML to add to the configuration (with `missing_issuer`) *if* the owner
    /// did consent. `None` where no grant can: the issuer's key is not known, or what the identifier stands for goes beyond
    /// the asset.
    ///
    /// Its window is the one second in which the certificate's validity begins: who consents to more, widens it. The same
    /// consent is the same text, whichever finding it comes from. Those of many findings under one policy can be added
    /// together, in any order, each text once. As it is it is no consent, and does not compile: who approved it, and why, is to
    /// be filled in.
    pub missing_grant: Option<String>,
    /// Who said that this is known, where somebody did. A finding that is suppressed stays in the output and wakes up nobody.
    #[serde(default)]
    pub suppressed: Option<Suppressed>,
    /// Names of others that stand beside it in the SAN, or as a common name: the first three.
    #[serde(default)]
    pub beside: Vec<String>,
    /// Of the several issuers of an issuance those whom it is about; empty where it is about whoever issued. What it says is
    /// said of the first of them of whom it is as bad as that.
    #[serde(default)]
    pub issuers: Vec<IssuerAttribution>,
    /// Whether the certificate is short-lived (Baseline Requirements §1.6.1), so that its CA need not revoke it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub short_lived: bool,
}

/// A suppression of the configuration that a finding falls under.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Suppressed {
    /// Its id.
    pub id: String,
    /// Who signs for it.
    pub by: String,
    /// Why.
    pub reason: String,
    /// Until this second.
    #[serde(with = "time::seconds")]
    pub until: UnixSeconds,
}

/// What a certificate says it is valid for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Identifier {
    /// As text: an address where the octets are one, else the octets with what is not printable escaped.
    pub text: String,
    /// The octets in hexadecimal, at most the first [`Identifier::MOST`].
    pub octets: String,
    /// How many octets there are.
    pub length: usize,
    /// How it stands to the asset, in the words of `ctlens_san::Relation`; `beyond_limit` where it stands to a limit.
    pub relation: String,
    /// How the octets had to be read, in the words of `ctlens_san::Reading`.
    pub reading: String,
    /// Who would accept it, in the words of `ctlens_san::Grade`.
    pub grade: String,
}

impl Finding {
    /// How many further places are shown.
    pub const MOST_ALSO_AT: usize = 16;

    /// About the certificate as such. Whoever knows of an asset, or of another decider than the default, fills it in.
    pub(crate) fn new(
        id: Sha256Hash,
        rule: RuleId,
        level: Level,
        cause: Cause,
        location: Location,
        explanation: String,
    ) -> Self {
        Self {
            id,
            rule,
            level,
            cause,
            explanation,
            asset: None,
            owner: None,
            contact: None,
            identifier: None,
            location,
            also_at: Vec::new(),
            also_at_total: 0,
            decided_by: vec![DEFAULT_DENY.to_owned()],
            missing_issuer: None,
            missing_grant: None,
            suppressed: None,
            beside: Vec::new(),
            issuers: Vec::new(),
            short_lived: false,
        }
    }
}

impl Serialize for Finding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        struct Fields<'a>(&'a Finding);

        impl Serialize for Fields<'_> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                Finding::serialize(self.0, serializer)
            }
        }

        #[derive(Serialize)]
        struct WithActions<'a> {
            #[serde(flatten)]
            finding: Fields<'a>,
            actions: Vec<Action>,
        }

        WithActions { finding: Fields(self), actions: self.actions() }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Finding {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let finding = Self::deserialize(deserializer)?;
        // As many as there are shown, where a line does not say.
        Ok(Self { also_at_total: finding.also_at_total.max(finding.also_at.len()), ..finding })
    }
}

impl Identifier {
    /// How many octets are shown.
    pub const MOST: usize = 256;
}

/// `critical ownership.no_grant at subjectAltName[2].iPAddress (4 octets at 310): …`
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { level, rule, location, explanation, .. } = self;
        f.write_str(&visible(&format!("{level} {rule} at {location}: {explanation}")))
    }
}
