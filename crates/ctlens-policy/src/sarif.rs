use crate::detectors::{Alert, StreamRule};
use crate::finding::Finding;
use crate::hash::Sha256Hash;
use crate::issuances::Issuance;
use crate::json::to_json;
use crate::text::visible;
use ctlens_lint::{Level, Location, RuleId, RuleSet};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// All findings of some issuances as a log of SARIF 2.1.0 (OASIS, Static Analysis Results Interchange Format), on one line.
///
/// A certificate is an artifact, known by the SHA-256 of its TBS certificate; what all its findings have in common (issuers,
/// logs and indices, key, policy) is in the artifact's properties. A finding is a result: where it is as logical location
/// (`subjectAltName[2].iPAddress`) and as region (offset and length in octets in the TBS certificate), its id as partial
/// fingerprint `ctlensFinding/v1`. The level critical is SARIF's `error` with `rank` 100; what
/// is suppressed says by whom. Quiet issuances are left out.
///
/// ```
/// # use ctlens_policy::{Issuance, to_sarif};
/// let log = to_sarif(&[] as &[Issuance]);
/// assert!(log.starts_with(r#"{"$schema":"https://json.schemastore.org/sarif-2.1.0.json","#));
/// ```
#[must_use]
pub fn to_sarif<'a>(issuances: impl IntoIterator<Item = &'a Issuance>) -> String {
    to_sarif_with_alerts(issuances, [])
}

/// As [`to_sarif`], with what detectors noticed: an alert is a result at the certificate at which it was noticed (an artifact of
/// its own, where the certificate's issuance is not among those given), its id the partial fingerprint `ctlensAlert/v1`.
#[must_use]
pub fn to_sarif_with_alerts<'a>(
    issuances: impl IntoIterator<Item = &'a Issuance>,
    alerts: impl IntoIterator<Item = &'a Alert>,
) -> String {
    let mut log = Log::default();
    for issuance in issuances {
        if !issuance.verdict.is_quiet() {
            log.add(issuance);
        }
    }
    alerts.into_iter().for_each(|alert| log.add_alert(alert));
    to_json(&log.into_value())
}

#[derive(Default)]
struct Log {
    /// By its name, the place of a rule in `rules`.
    places: BTreeMap<String, usize>,
    rules: Vec<Value>,
    artifacts: Vec<Value>,
    /// By the TBS hash, the place of a certificate in `artifacts`.
    certificates: BTreeMap<Sha256Hash, usize>,
    results: Vec<Value>,
}

impl Log {
    fn add(&mut self, issuance: &Issuance) {
        let artifact = self.artifacts.len();
        self.artifacts.push(of_issuance(issuance));
        self.certificates.insert(issuance.certificate.tbs_sha256, artifact);
        for finding in issuance.verdict.findings() {
            let rule = self.rule(finding.rule, finding.level, finding.cause.as_str());
            self.results.push(of_finding(finding, artifact, rule));
        }
    }

    fn add_alert(&mut self, alert: &Alert) {
        let artifact = *self.certificates.entry(alert.tbs_sha256).or_insert_with(|| {
            self.artifacts.push(of_certificate(alert));
            self.artifacts.len().saturating_sub(1)
        });
        let rule = self.rule(alert.rule, alert.level, alert.cause.as_str());
        self.results.push(of_alert(alert, artifact, rule));
    }

    fn rule(&mut self, rule: RuleId, found: Level, cause: &'static str) -> usize {
        let id = rule.as_str();
        if let Some(&place) = self.places.get(id) {
            return place;
        }
        let place = self.rules.len();
        self.places.insert(id.to_owned(), place);
        let mut rule = Map::new();
        rule.insert("id".to_owned(), id.into());
        let known = RuleSet::BASELINE_REQUIREMENTS.rule(id);
        let title = known.map(|rule| rule.title).or_else(|| StreamRule::named(id).map(|rule| rule.title));
        rule.insert("shortDescription".to_owned(), json!({ "text": title.unwrap_or(cause) }));
        if let Some(known) = known {
            let source = format!("{} §{}", known.source.document, known.source.section);
            rule.insert("fullDescription".to_owned(), json!({ "text": format!("{} ({source})", known.title) }));
        }
        rule.insert("defaultConfiguration".to_owned(), json!({ "level": level(found) }));
        self.rules.push(Value::Object(rule));
        place
    }

    fn into_value(self) -> Value {
        json!({
            "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
            "version": "2.1.0",
            "runs": [{
                "tool": { "driver": {
                    "name": "ctlens-policy",
                    "semanticVersion": env!("CARGO_PKG_VERSION"),
                    "rules": self.rules,
                } },
                "artifacts": self.artifacts,
                "results": self.results,
            }],
        })
    }
}

fn of_issuance(issuance: &Issuance) -> Value {
    let certificate = &issuance.certificate;
    json!({
        "description": { "text": message(&certificate.to_string()) },
        "hashes": { "sha-256": certificate.tbs_sha256 },
        "properties": {
            "certificate": certificate,
            "signed": issuance.signed,
            "issuers": issuance.issuers,
            "issuersTotal": issuance.issuers_total,
            "seen": issuance.seen,
            "seenTotal": issuance.seen_total,
            "verified": issuance.is_verified(),
            "decision": issuance.verdict.as_str(),
            "revocation": issuance.revocation,
            "policySha256": issuance.policy_sha256,
        },
    })
}

fn of_finding(finding: &Finding, artifact: usize, rule: usize) -> Value {
    let mut result = json!({
        "ruleId": finding.rule,
        "ruleIndex": rule,
        "level": level(finding.level),
        "rank": rank(finding.level),
        "message": { "text": message(&finding.explanation) },
        "locations": [location(&finding.location, artifact)],
        "partialFingerprints": { "ctlensFinding/v1": finding.id },
        "properties": {
            "level": finding.level,
            "cause": finding.cause,
            "asset": finding.asset,
            "owner": finding.owner,
            "contact": finding.contact,
            "identifier": finding.identifier,
            "beside": finding.beside,
            "decidedBy": finding.decided_by,
            "missingIssuer": finding.missing_issuer,
            "missingGrant": finding.missing_grant,
            "actions": finding.actions(),
        },
    });
    let Some(fields) = result.as_object_mut() else { return result };
    if !finding.also_at.is_empty() {
        let related = finding.also_at.iter().map(|at| location(at, artifact)).collect();
        fields.insert("relatedLocations".to_owned(), related);
    }
    if let Some(suppressed) = &finding.suppressed {
        // §3.35.2: by something outside of what was analysed.
        let because = format!("{}, by {} until {}", suppressed.reason, suppressed.by, suppressed.until);
        fields.insert(
            "suppressions".to_owned(),
            json!([{ "kind": "external", "justification": visible(&because), "properties": suppressed }]),
        );
    }
    result
}

/// What an alert says of the certificate at which it was noticed.
fn of_certificate(alert: &Alert) -> Value {
    json!({
        "description": { "text": message(&format!("certificate {}…", alert.tbs_sha256.short())) },
        "hashes": { "sha-256": alert.tbs_sha256 },
        "properties": { "seen": alert.seen },
    })
}

fn of_alert(alert: &Alert, artifact: usize, rule: usize) -> Value {
    json!({
        "ruleId": alert.rule,
        "ruleIndex": rule,
        "level": level(alert.level),
        "rank": rank(alert.level),
        "message": { "text": message(&alert.explanation) },
        "locations": [{ "physicalLocation": { "artifactLocation": { "index": artifact } } }],
        "partialFingerprints": { "ctlensAlert/v1": alert.id },
        "properties": alert,
    })
}

fn location(location: &Location, artifact: usize) -> Value {
    let mut physical = Map::new();
    physical.insert("artifactLocation".to_owned(), json!({ "index": artifact }));
    if let Some(octets) = location.octets {
        physical.insert("region".to_owned(), json!({ "byteOffset": octets.offset, "byteLength": octets.length }));
    }
    json!({
        "physicalLocation": physical,
        "logicalLocations": [{ "fullyQualifiedName": location.part.to_string(), "properties": location }],
    })
}

/// SARIF 2.1.0 §3.27.10 knows no more.
fn level(level: Level) -> &'static str {
    match level {
        Level::Notice => "note",
        Level::Warning => "warning",
        Level::Error | Level::Critical => "error",
    }
}

/// §3.27.25: from 0 to 100.
fn rank(level: Level) -> f64 {
    match level {
        Level::Notice => 25.0,
        Level::Warning => 50.0,
        Level::Error => 75.0,
        Level::Critical => 100.0,
    }
}

/// Text in which nothing is a placeholder (§3.11.5) or begins a link (§3.11.6).
fn message(text: &str) -> String {
    visible(text).replace('{', "{{").replace('}', "}}").replace('[', r"\[").replace(']', r"\]")
}
