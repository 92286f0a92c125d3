use crate::attribution::IssuerAttribution;
use crate::certificate::CertificateFacts;
use crate::consent::Consent;
use crate::evidence::SignedCertificate;
use crate::hash::Sha256Hash;
use crate::issuance_revocation::IssuanceRevocation;
use crate::issuances::{Issuance, Observation};
use crate::json::to_json;
use crate::text::visible;
use crate::verdict::Verdict;
use ctlens_lint::Level;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// A line that is not of the format that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LineError {
    /// No JSON, or not of this form.
    #[error("column {column}: {said}")]
    Json {
        /// Where, in bytes from 1.
        column: usize,
        /// What the decoder says.
        said: String,
    },
    /// Another format.
    #[error("schema {found:?}: expected {expected:?}")]
    Schema {
        /// Its name.
        found: String,
        /// The name that was expected.
        expected: &'static str,
    },
}

/// The fields in their order.
#[derive(Serialize, Deserialize)]
struct Line<'a> {
    schema: Cow<'a, str>,
    /// The worst of the findings; null where it is quiet.
    level: Option<Level>,
    /// Whether anything of it lies under a tree head that a log signed.
    verified: bool,
    certificate: Cow<'a, CertificateFacts>,
    issuers: Cow<'a, [IssuerAttribution]>,
    /// As many as there are shown, where a line does not say.
    #[serde(default)]
    issuers_total: usize,
    seen_total: usize,
    seen: Cow<'a, [Observation]>,
    #[serde(default)]
    signed_total: usize,
    #[serde(default)]
    signed: Cow<'a, [SignedCertificate]>,
    #[serde(default)]
    revocation: Option<IssuanceRevocation>,
    #[serde(default, skip_serializing_if = "<[_]>::is_empty")]
    consents: Cow<'a, [Consent]>,
    policy_sha256: Sha256Hash,
    #[serde(flatten)]
    verdict: Cow<'a, Verdict>,
}

impl Issuance {
    /// The name of the format, in every line. Fields are only ever added to it.
    pub const FORMAT: &str = "ctlens.finding/1";

    /// The format as a JSON Schema (draft 7), which is in the crate as `schema/finding-1.schema.json`.
    pub const JSON_SCHEMA: &str = include_str!("../schema/finding-1.schema.json");

    /// The issuance as one line of JSON, without a line break at the end: hashes and octets in hexadecimal, times in RFC
    /// 3339, fields always in the same order, and nothing in it that a terminal would act on.
    #[must_use]
    pub fn to_json_line(&self) -> String {
        let line = Line {
            schema: Cow::Borrowed(Self::FORMAT),
            level: self.verdict.level(),
            verified: self.is_verified(),
            certificate: Cow::Borrowed(&self.certificate),
            issuers: Cow::Borrowed(&self.issuers),
            issuers_total: self.issuers_total,
            seen_total: self.seen_total,
            seen: Cow::Borrowed(&self.seen),
            signed_total: self.signed_total,
            signed: Cow::Borrowed(&self.signed),
            revocation: self.revocation,
            consents: Cow::Borrowed(&self.consents),
            policy_sha256: self.policy_sha256,
            verdict: Cow::Borrowed(&self.verdict),
        };
        to_json(&line)
    }

    /// Reads such a line.
    ///
    /// # Errors
    ///
    /// Where the line is no JSON, of another format, or lacks a field.
    pub fn from_json_line(line: &str) -> Result<Self, LineError> {
        let line: Line<'_> = read_line(line, Self::FORMAT)?;
        Ok(Self {
            certificate: line.certificate.into_owned(),
            issuers_total: line.issuers_total.max(line.issuers.len()),
            issuers: line.issuers.into_owned(),
            seen_total: line.seen_total.max(line.seen.len()),
            verified: line.verified,
            seen: line.seen.into_owned(),
            signed_total: line.signed_total.max(line.signed.len()),
            signed: line.signed.into_owned(),
            verdict: line.verdict.into_owned(),
            revocation: line.revocation,
            consents: line.consents.into_owned(),
            policy_sha256: line.policy_sha256,
        })
    }
}

/// Reads a line whose field `schema` names its format.
pub(crate) fn read_line<'l, T: Deserialize<'l>>(line: &'l str, expected: &'static str) -> Result<T, LineError> {
    #[derive(Deserialize)]
    struct Schema {
        schema: String,
    }
    let Schema { schema } = serde_json::from_str(line).map_err(LineError::json)?;
    if schema != expected {
        return Err(LineError::Schema { found: schema, expected });
    }
    serde_json::from_str(line).map_err(LineError::json)
}

impl LineError {
    #[expect(clippy::needless_pass_by_value, reason = "the form that map_err takes")]
    fn json(error: serde_json::Error) -> Self {
        Self::Json { column: error.column(), said: visible(&error.to_string()).into_owned() }
    }
}
