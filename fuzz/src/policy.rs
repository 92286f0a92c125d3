//! ctlens-policy: configurations, decisions, findings as JSON.

mod decision;
mod event_log;
mod facts;
mod stream;
mod throttle;

pub use decision::policy_decision;
pub use event_log::event_log;
pub(crate) use event_log::event_logs;
pub use facts::{caa, crl, policy_source};
pub use stream::detectors;
pub(crate) use stream::streams;
pub use throttle::throttle;
pub(crate) use throttle::throttles;

use ctlens_policy::{
    Authorities, CompileOptions, ComplaintKind, ConfigErrors, Context, CoverageFacts, CoverageStatus, EntryKind,
    Format, IncidentReport, Issuance, Issuances, IssuerAttribution, Observation, Policy, Sha256Hash, Verdict, to_sarif,
};
use ctlens_san::Item;
use ctlens_testkit::{der, tree};
use ctlens_x509::{Tbs, UnixSeconds};
use decision::{Config, Grant, ITEMS};
use std::collections::BTreeSet;
use std::net::IpAddr;

/// Bytes as a configuration, JSON where they begin with a brace: mistakes have places that exist, and a policy is the same
/// under every seed.
pub fn policy_config(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let format = if text.starts_with('{') { Format::Json } else { Format::Toml };
    let mut authorities = Authorities::new();
    authorities.add_key("CA", KEY);
    let options = CompileOptions { format, authorities: Some(&authorities), ..CompileOptions::default() };
    let policy = match Policy::compile_with(text, "f.toml", options) {
        Ok(policy) => policy,
        Err(errors) => return check_errors(&errors, text),
    };
    assert!(policy.digest().0 == tree::sha256(data) || text.contains("owner"));
    let now = UnixSeconds(1_767_225_600);
    let coverage = policy.coverage(now);
    for asset in &coverage {
        assert!(!asset.items.is_empty());
        assert!(asset.items.iter().all(|item| item.parse::<Item>().is_ok_and(|parsed| parsed.to_string() == *item)));
        let _ = asset.to_string();
    }
    let checked = policy.check_coverage(&CoverageFacts::at(now));
    assert_eq!(checked.assets, coverage);
    let uncovered = coverage.iter().filter(|asset| asset.status != CoverageStatus::Covered).count();
    assert_eq!(
        checked.complaints.iter().filter(|complaint| complaint.kind == ComplaintKind::Uncovered).count(),
        uncovered
    );
    let options = CompileOptions { seed: Some(1), ..options };
    let other = Policy::compile_with(text, "g.toml", options).expect("the file's name and the seed are no part of it");
    assert_eq!(other.coverage(now), coverage);
    let allows = text.contains("allow");
    for shape in 0..4 {
        let bytes = tbs(&["www.example.com", "*.example.com"], &[IpAddr::from([1, 1, 1, 1])], shape * 31_536_000);
        let tbs = Tbs::from_der(&bytes).expect("every field has its tag");
        for issuer in ISSUERS {
            for context in [Context::default(), Context::at(now)] {
                let verdict = policy.evaluate_in(&tbs, &issuer, &context);
                assert_eq!(verdict, other.evaluate_in(&tbs, &issuer, &context));
                assert!(verdict == Verdict::Unowned || policy.concerns_issued(&tbs, &issuer));
                let proven = issuer.proven_key().is_some();
                let is_expected = matches!(verdict, Verdict::Expected { .. });
                assert!(proven || allows || !is_expected, "only a key that is certain is granted");
                assert!(context.now.is_some() || verdict.findings().all(|finding| finding.suppressed.is_none()));
            }
        }
    }
}

fn check_errors(errors: &ConfigErrors, text: &str) {
    assert!(!errors.errors.is_empty());
    let lines: Vec<&str> = text.split('\n').collect();
    let mut last = (0, 0);
    for error in &errors.errors {
        let line = lines.get(error.line - 1).expect("a line of the text");
        assert!((1..=line.chars().count() + 1).contains(&error.column), "{error}");
        assert!((error.line, error.column) >= last, "in the order of the file");
        last = (error.line, error.column);
    }
    let _ = errors.to_string();
}

const KEY: Sha256Hash = Sha256Hash([0x11; 32]);
const OTHER_KEY: Sha256Hash = Sha256Hash([0x22; 32]);

const ISSUERS: [IssuerAttribution; 6] = [
    IssuerAttribution::LeafBound { key_sha256: KEY },
    IssuerAttribution::Folded { key_sha256: KEY },
    IssuerAttribution::SignatureChecked { key_sha256: OTHER_KEY },
    IssuerAttribution::Claimed { key_sha256: KEY },
    IssuerAttribution::Unknown,
    IssuerAttribution::LeafBound { key_sha256: OTHER_KEY },
];

const YEAR: i64 = 31_536_000;

/// A TBSCertificate of these names whose validity begins at a second of 1970 or later, and lasts a day.
fn tbs(names: &[&str], addresses: &[IpAddr], begins: i64) -> Vec<u8> {
    let mut general_names: Vec<Vec<u8>> = names.iter().map(|name| der::implicit(2, name.as_bytes())).collect();
    general_names.extend(addresses.iter().map(|address| match address {
        IpAddr::V4(address) => der::implicit(7, &address.octets()),
        IpAddr::V6(address) => der::implicit(7, &address.octets()),
    }));
    let san = der::sequence(&[der::oid("2.5.29.17"), der::octet_string(&der::sequence(&general_names))]);
    let empty = der::tlv(der::SEQUENCE, &[]);
    let validity = der::sequence(&[der::time(begins), der::time(begins + 86_399)]);
    let fields: [&[u8]; 6] = [&der::integer(&[1; 16]), &empty, &empty, &validity, &empty, &empty];
    der::sequence(&[&fields.concat()[..], &der::explicit(3, &[der::sequence(&[san])])])
}

/// Bytes as a line of findings: what is read is written so that it is read again as the same.
pub fn finding_line(data: &[u8]) {
    let Ok(line) = std::str::from_utf8(data) else { return };
    match Issuance::from_json_line(line) {
        Ok(issuance) => {
            let written = issuance.to_json_line();
            assert!(!written.contains('\n'));
            let again = Issuance::from_json_line(&written);
            assert_eq!(again.as_ref().map(Issuance::to_json_line), Ok(written));
            assert_eq!(again, Ok(issuance.clone()));
            let _ = (issuance.is_verified(), issuance.verdict.level());
            check_forms(&issuance);
        }
        Err(error) => drop(error.to_string()),
    }
}

/// Whatever a line says: each form is whole, and holds nothing that a terminal would act on.
fn check_forms(issuance: &Issuance) {
    assert!(!issuance.to_string().chars().any(char::is_control));
    let sarif = to_sarif([issuance]);
    assert!(!sarif.chars().any(char::is_control));
    let sarif: serde_json::Value = serde_json::from_str(&sarif).expect("JSON");
    let shown = if issuance.verdict.is_quiet() { 0 } else { 1 };
    assert_eq!(sarif["runs"][0]["artifacts"].as_array().map(Vec::len), Some(shown));
    let report = IncidentReport::new([issuance], UnixSeconds(1_767_225_600)).to_string();
    assert!(!report.chars().any(|character| character.is_control() && character != '\n'));
    assert_eq!(report.lines().filter(|line| line.starts_with('#')).count(), 9 + shown);
}

/// Lines to start from: one of each verdict.
pub(crate) fn lines() -> Vec<String> {
    let assets = [vec![".example.net".parse().expect("an item")], vec!["1.1.1.1".parse().expect("an item")]];
    let grant = Grant {
        assets: BTreeSet::from([0]),
        issuers: BTreeSet::from([0]),
        not_before: 0,
        not_after: YEAR,
        ..Grant::default()
    };
    let config = Config { assets: assets.into(), grants: vec![grant], ..Config::default() };
    let policy = Policy::compile(&config.text(), "f.toml").expect("it is right");
    let mut issuances = Issuances::new();
    let seen = |index| Observation {
        log: "log.example".to_owned(),
        log_id: Some(KEY),
        index,
        timestamp_ms: 1_767_225_600_123,
        entry: EntryKind::Certificate,
        issuer: ISSUERS[usize::try_from(index).expect("small") % 6],
        verified: index != 1,
    };
    for (index, names) in (0..).zip([&["x.example.net"][..], &["y.example.net"], &["z.example.net"], &["*.net"]]) {
        let bytes = tbs(names, &[IpAddr::from([1, 1, 1, u8::from(index > 1)])], 0);
        issuances.observe(&policy, &Tbs::from_der(&bytes).expect("every field has its tag"), || seen(index));
    }
    let damage = Tbs::from_der(&[]).expect_err("nothing is no certificate");
    issuances.observe_unparsable(b"no certificate", damage, seen(5));
    issuances.settle(&policy).map(|issuance| issuance.to_json_line()).collect()
}

/// A configuration to start from.
pub(crate) fn example() -> String {
    let assets = [
        ITEMS[..6].iter().map(|item| item.parse().expect("an item")).collect(),
        vec!["10.0.0.0/8".parse().expect("an item")],
    ];
    let grant = |asset| Grant {
        assets: BTreeSet::from([asset]),
        issuers: BTreeSet::from([0, 1]),
        not_before: 0,
        not_after: YEAR,
        wildcards_above: true,
        ..Grant::default()
    };
    let config = Config { assets: assets.into(), grants: vec![grant(0), grant(1)], ..Config::default() };
    format!(
        "{}key_sha256 = [\"{KEY}\"]\ntbs_sha256 = [\"{KEY}\"]\nenv = \"production\"\n\
         [defaults]\nowned_without_grant = \"warn\"\nmalformed_near_asset = \"warn\"\ndeny_uncovered = true\n\
         [levels]\n\"ownership.no_grant\" = \"error\"\n\"san.ip_reserved\" = \"allow\"\n\
         [[issuer]]\nid = \"looked-up\"\nowner = [\"CA\"]\nenv = \"production\"\n\
         [[deny]]\nid = \"d\"\nassets = [\"asset-1\"]\nip = [\"192.0.2.0/24\"]\ndns = [\"www.example.com\"]\n\
         issuers = [\"issuer-1\"]\nreason = \"r\"\n\
         [[limit]]\nid = \"l\"\nissuers = [\"issuer-0\", \"looked-up\"]\ndns = [\".example\"]\naddresses = true\nreason = \"r\"\n\
         [[suppress]]\nid = \"s\"\nrule = \"ownership.denied\"\nasset = \"asset-0\"\nuntil = 2026-12-31T00:00:00Z\nby = \"b\"\n\
         reason = \"r\"\n",
        config.text()
    )
}

/// The same language in JSON.
pub(crate) fn example_in_json() -> String {
    format!(
        r#"{{"version":1,"owner":[{{"id":"me"}}],"asset":[{{"id":"a","owner":"me","dns":[".example.com"],"tags":["t"]}}],
"issuer":[{{"id":"i","spki_sha256":["{KEY}"]}}],"levels":{{"ownership.no_grant":"error"}},
"grant":[{{"id":"g","assets":["a"],"issuers":["i"],"not_before":"2026-01-01T00:00:00Z","not_after":"2026-12-31T23:59:59Z",
"approved_by":"m","reason":"r\u0021","wildcards_above":false}}]}}"#
    )
}
