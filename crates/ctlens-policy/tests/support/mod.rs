//! A policy, authorities and certificates for the tests of this crate.
#![allow(dead_code, reason = "no test file uses all of it")]

use ctlens_policy::{EntryKind, Finding, Issuance, IssuerAttribution, Observation, Policy, Sha256Hash, Verdict};
use ctlens_testkit::der::unix_seconds;
use ctlens_testkit::{Ca, CertificateBuilder, Key, Name};
use ctlens_x509::{Certificate, Tbs};

pub(crate) const DAY: i64 = 86_400;

pub(crate) fn our_ca() -> Ca {
    Ca::root(Key::new(7, "our ca"), &Name::new().common_name("Our CA"), 0, 4_102_444_800)
}

/// The same name as ours, and another key.
pub(crate) fn impostor_ca() -> Ca {
    Ca::root(Key::new(7, "impostor"), &Name::new().common_name("Our CA"), 0, 4_102_444_800)
}

pub(crate) fn key_of(ca: &Ca) -> Sha256Hash {
    Sha256Hash(ca.key().spki_sha256())
}

/// Two assets, and a grant over the first for the year 2026 (2026-01-01T00:00:00Z through 2027-01-01T00:00:00Z).
///
/// The names are those of RFC 2606, which are internal names to a CA. The table of levels stands last: what is appended goes on
/// with it, or begins a table of its own.
pub(crate) fn policy_text() -> String {
    format!(
        r#"version = 1

[[owner]]
id = "resolver-team"
contact = "mailto:pki@resolver.example"

[[asset]]
id = "resolver"
owner = "resolver-team"
ip = ["1.1.1.1/32", "1.0.0.0/24", "2606:4700::/32"]
dns = [".one.example", "www.single.example"]

[[asset]]
id = "bare"
owner = "resolver-team"
dns = [".bare.example"]

[[issuer]]
id = "our-ca"
spki_sha256 = ["{}"]

[[grant]]
id = "resolver-2026"
assets = ["resolver"]
issuers = ["our-ca"]
not_before = 2026-01-01T00:00:00Z
not_after = 2027-01-01T00:00:00Z
approved_by = "alice@resolver.example"
reason = "CHG-1042"

[levels]
"san.internal_name" = "allow"
"#,
        key_of(&our_ca())
    )
}

pub(crate) fn policy() -> Policy {
    compile(&policy_text())
}

pub(crate) fn compile(text: &str) -> Policy {
    Policy::compile(text, "policy.toml").unwrap_or_else(|errors| panic!("{errors}\n{text}"))
}

/// A grant that a finding carries, as somebody signs it.
pub(crate) fn signed(missing_grant: &str) -> String {
    missing_grant.replace("WHO APPROVED IT", "alice").replace("WHY, AND THE NUMBER OF THE TICKET", "CHG-7")
}

/// A server's certificate from 2026-02-01 on for 90 days, without names.
pub(crate) fn leaf() -> CertificateBuilder {
    let from = unix_seconds(2026, 2, 1, 0, 0, 0);
    CertificateBuilder::leaf(Key::new(7, "leaf").spki_der()).validity(from, from + 90 * DAY - 1)
}

pub(crate) fn evaluate(policy: &Policy, builder: &CertificateBuilder, ca: &Ca, issuer: &IssuerAttribution) -> Verdict {
    let der = builder.certificate(ca);
    policy.evaluate(Certificate::from_der(&der).unwrap().tbs(), issuer)
}

/// By our CA, as a verified precertificate entry shows it.
pub(crate) fn evaluate_ours(policy: &Policy, builder: &CertificateBuilder) -> Verdict {
    let ca = our_ca();
    evaluate(policy, builder, &ca, &IssuerAttribution::LeafBound { key_sha256: key_of(&ca) })
}

/// (asset, identifier) of every finding.
pub(crate) fn concerns(verdict: &Verdict) -> Vec<(String, String)> {
    let pair = |finding: &Finding| Some((finding.asset.clone()?, finding.identifier.as_ref()?.text.clone()));
    let mut pairs: Vec<_> = verdict.findings().filter_map(pair).collect();
    pairs.sort();
    pairs
}

pub(crate) fn rules(verdict: &Verdict) -> Vec<String> {
    verdict.findings().map(|finding| finding.rule.to_string()).collect()
}

pub(crate) fn seen(log: &str, index: u64, entry: EntryKind, issuer: IssuerAttribution) -> Observation {
    Observation {
        log: log.to_owned(),
        log_id: Some(Sha256Hash::of(log.as_bytes())),
        index,
        timestamp_ms: 1_770_000_000_000 + index,
        entry,
        issuer,
        verified: true,
    }
}

pub(crate) fn with_tbs<R>(certificate: &[u8], use_it: impl FnOnce(&Tbs<'_>) -> R) -> R {
    use_it(Certificate::from_der(certificate).unwrap().tbs())
}

pub(crate) fn round_trip(issuance: &Issuance) -> String {
    let line = issuance.to_json_line();
    assert!(!line.contains('\n'));
    assert_eq!(&Issuance::from_json_line(&line).unwrap_or_else(|error| panic!("{error}\n{line}")), issuance);
    line
}

/// Removes code spans as CommonMark 0.31 §6.1 has them: from a run of backticks to the next one as long.
pub(crate) fn without_code(text: &str) -> String {
    let mut outside = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('`') {
        let (before, from) = rest.split_at(at);
        outside.push_str(before);
        let fence = from.len() - from.trim_start_matches('`').len();
        let (fence, behind) = from.split_at(fence);
        let mut runs = behind.match_indices('`').map(|(at, _)| at).filter(|&at| !behind[..at].ends_with('`'));
        let end = runs.find(|&at| behind[at..].len() - behind[at..].trim_start_matches('`').len() == fence.len());
        let end = end.unwrap_or_else(|| panic!("no end to {fence}{behind}"));
        rest = &behind[end + fence.len()..];
    }
    outside + rest
}
