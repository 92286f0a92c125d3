//! ctlens-policy: configurations, decisions, findings as JSON.

mod event_log;
mod facts;
mod stream;

pub use event_log::event_log;
pub(crate) use event_log::event_logs;
pub use facts::{caa, crl, policy_source};
pub use stream::detectors;
pub(crate) use stream::streams;

use crate::input::Input;
use crate::san::naive;
use ctlens_policy::{
    Authorities, Cause, CompileOptions, ComplaintKind, ConfigErrors, Context, CoverageFacts, CoverageStatus, EntryKind,
    Format, IncidentReport, Issuance, Issuances, IssuerAttribution, Observation, Policy, Sha256Hash, Verdict, to_sarif,
};
use ctlens_san::Item;
use ctlens_testkit::{der, tree};
use ctlens_x509::{Tbs, UnixSeconds};
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

const ITEMS: [&str; 10] = [
    "example.com",
    "www.example.com",
    ".example.net",
    ".b.example.net",
    "a.example.org",
    ".com",
    "1.1.1.1",
    "10.0.0.0/8",
    "2001:db8::/32",
    "::ffff:192.0.2.1",
];
const NAMES: [&str; 13] = [
    "example.com",
    "EXAMPLE.com.",
    "www.example.com",
    "*.example.com",
    "*.com",
    "example.net",
    "x.example.net",
    "*.example.net",
    "*.b.example.net",
    "*.example.org",
    "a.example.org",
    "other.test",
    "*.org",
];
const ADDRESSES: [&str; 6] = ["1.1.1.1", "10.1.2.3", "192.0.2.1", "2001:db8::1", "::ffff:1.1.1.1", "::1"];

/// Some assets, grants and a certificate: who is refused what, and why, by the words of the README.
pub fn policy_decision(data: &[u8]) {
    let mut input = Input::new(data);
    let assets: Vec<Vec<Item>> = (0..1 + input.below(3)).map(|_| items(&mut input)).collect();
    let grants: Vec<Grant> = (0..input.below(4)).map(|_| Grant::read(&mut input, assets.len())).collect();
    let names: Vec<&str> = (0..input.below(4)).map(|_| NAMES[input.below(NAMES.len())]).collect();
    let addresses: Vec<IpAddr> =
        (0..input.below(3)).filter_map(|_| ADDRESSES[input.below(ADDRESSES.len())].parse().ok()).collect();
    let begins = i64::from(input.octet() % 8) * YEAR;
    let issuer = ISSUERS[input.below(ISSUERS.len())];

    let text = configuration(&assets, &grants);
    let policy = Policy::compile(&text, "f.toml").unwrap_or_else(|errors| panic!("{errors}\n{text}"));
    let bytes = tbs(&names, &addresses, begins);
    let tbs = Tbs::from_der(&bytes).expect("every field has its tag");
    let verdict = policy.evaluate(&tbs, &issuer);

    let mut expected: BTreeSet<(String, String, Cause)> = BTreeSet::new();
    let mut concerned = false;
    for (number, items) in assets.iter().enumerate() {
        let over: Vec<&Grant> = grants.iter().filter(|grant| grant.assets.contains(&number)).collect();
        let of_asset = names.iter().map(|name| Extent::of_name(name, items));
        let of_asset = of_asset.chain(addresses.iter().map(|address| Extent::of_address(*address, items)));
        let identifiers = names.iter().map(|name| name.trim_end_matches('.').to_ascii_lowercase());
        let identifiers = identifiers.chain(addresses.iter().map(ToString::to_string));
        for (identifier, extent) in identifiers.zip(of_asset) {
            let Some(extent) = extent else { continue };
            concerned = true;
            if let Some(cause) = refusal(&over, &issuer, begins, extent) {
                expected.insert((format!("asset-{number}"), identifier, cause));
            }
        }
    }
    let refused: BTreeSet<(String, String, Cause)> = verdict
        .findings()
        .filter(|finding| finding.rule.area() == "ownership")
        .map(|finding| {
            let identifier = finding.identifier.as_ref().expect("an identifier concerns the asset");
            let text = identifier.text.trim_end_matches('.').to_ascii_lowercase();
            // What was meant is told in the place of why, and the rule says why.
            let cause = match (finding.cause, finding.rule.as_str()) {
                (Cause::LikelyTypo, "ownership.no_grant") => Cause::NoConsent,
                (Cause::LikelyTypo, _) => Cause::WrongIssuer,
                (cause, _) => cause,
            };
            (finding.asset.clone().expect("there is one"), text, cause)
        })
        .collect();
    assert_eq!(refused, expected, "{text}\n{names:?} {addresses:?} {begins} {issuer}");
    assert_eq!(verdict == Verdict::Unowned, !concerned);
    assert!(!verdict.is_quiet() || expected.is_empty());
    check_issuance(&policy, &tbs, issuer, &verdict);
}

/// The same through a log, and as a line of JSON and back.
fn check_issuance(policy: &Policy, tbs: &Tbs<'_>, issuer: IssuerAttribution, verdict: &Verdict) {
    let mut issuances = Issuances::new();
    let seen = || Observation {
        log: "log.example".to_owned(),
        log_id: None,
        index: 7,
        timestamp_ms: 1_767_225_600_123,
        entry: EntryKind::Precertificate,
        issuer,
        verified: true,
    };
    let hash = issuances.observe(policy, tbs, seen);
    assert_eq!(hash.is_none(), *verdict == Verdict::Unowned);
    assert_eq!(issuances.len(), usize::from(hash.is_some()));
    for issuance in issuances.settle(policy) {
        assert_eq!(issuance.verdict, *verdict);
        let line = issuance.to_json_line();
        assert!(!line.contains('\n'));
        assert_eq!(Issuance::from_json_line(&line), Ok(issuance.clone()));
        let _ = issuance.to_string();
    }
}

const YEAR: i64 = 31_536_000;

struct Grant {
    assets: BTreeSet<usize>,
    /// Of the first key, of the second.
    issuers: BTreeSet<usize>,
    not_before: i64,
    not_after: i64,
    wildcards_above: bool,
}

impl Grant {
    fn read(input: &mut Input<'_>, assets: usize) -> Self {
        let mut chosen = BTreeSet::from([input.below(assets)]);
        chosen.extend(input.flag().then_some(0));
        let not_before = i64::from(input.octet() % 8) * YEAR;
        Self {
            assets: chosen,
            issuers: [&[0][..], &[1], &[0, 1]][input.below(3)].iter().copied().collect(),
            not_before,
            not_after: not_before + i64::from(input.octet() % 4) * YEAR,
            wildcards_above: input.flag(),
        }
    }
}

fn items(input: &mut Input<'_>) -> Vec<Item> {
    let chosen: BTreeSet<&str> = (0..1 + input.below(3)).map(|_| ITEMS[input.below(ITEMS.len())]).collect();
    chosen.into_iter().map(|item| item.parse().expect("an item")).collect()
}

fn configuration(assets: &[Vec<Item>], grants: &[Grant]) -> String {
    let list = |texts: &[String]| {
        let quoted: Vec<String> = texts.iter().map(|text| format!("{text:?}")).collect();
        format!("[{}]", quoted.join(", "))
    };
    let mut text = "version = 1\n[[owner]]\nid = \"owner\"\n".to_owned();
    for (number, items) in assets.iter().enumerate() {
        text.push_str(&format!("[[asset]]\nid = \"asset-{number}\"\nowner = \"owner\"\n"));
        let (names, addresses): (Vec<&Item>, Vec<&Item>) =
            items.iter().partition(|item| matches!(item, Item::Name(_) | Item::Subtree(_)));
        for (field, items) in [("dns", names), ("ip", addresses)] {
            if !items.is_empty() {
                let texts: Vec<String> = items.iter().map(ToString::to_string).collect();
                text.push_str(&format!("{field} = {}\n", list(&texts)));
            }
        }
    }
    for (number, key) in [KEY, OTHER_KEY].iter().enumerate() {
        text.push_str(&format!("[[issuer]]\nid = \"issuer-{number}\"\nspki_sha256 = [\"{key}\"]\n"));
    }
    for (number, grant) in grants.iter().enumerate() {
        let ids = |what: &str, numbers: &BTreeSet<usize>| {
            list(&numbers.iter().map(|number| format!("{what}-{number}")).collect::<Vec<_>>())
        };
        text.push_str(&format!(
            "[[grant]]\nid = \"grant-{number}\"\nassets = {}\nissuers = {}\nnot_before = {}\nnot_after = {}\n\
             approved_by = \"a\"\nreason = \"r\"\nwildcards_above = {}\n",
            ids("asset", &grant.assets),
            ids("issuer", &grant.issuers),
            der::rfc3339(grant.not_before),
            der::rfc3339(grant.not_after),
            grant.wildcards_above
        ));
    }
    text
}

/// How far an identifier reaches beyond an asset that it concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Extent {
    Beyond,
    WildcardAbove,
    Inside,
}

impl Extent {
    fn of_name(name: &str, items: &[Item]) -> Option<Self> {
        let name = name.trim_end_matches('.').to_ascii_lowercase();
        let of_item = |item: &Item| match (item, name.strip_prefix("*.")) {
            (Item::Name(_) | Item::Subtree(_), None) => Self::Inside,
            (Item::Subtree(top), Some(parent)) if parent == top.as_str() || parent.ends_with(&format!(".{top}")) => {
                Self::Inside
            }
            (Item::Name(own) | Item::Subtree(own), Some(parent)) => match own.as_str().split_once('.') {
                // Nobody consents to all of a top-level domain for the sake of one name.
                Some((_, above)) if above == parent && parent.contains('.') => Self::WildcardAbove,
                _ => Self::Beyond,
            },
            (Item::Address(_) | Item::Prefix(_), _) => Self::Beyond,
        };
        items.iter().filter(|item| naive::name_meets(&name, item)).map(of_item).max()
    }

    /// One address is as much as an item that holds it, or less.
    fn of_address(address: IpAddr, items: &[Item]) -> Option<Self> {
        let octets = match address {
            IpAddr::V4(address) => address.octets().to_vec(),
            IpAddr::V6(address) => address.octets().to_vec(),
        };
        let bits = naive::Bits::of(&octets, &vec![0xff; octets.len()]);
        items.iter().any(|item| naive::address_meets(bits, item)).then_some(Self::Inside)
    }
}

fn refusal(over: &[&Grant], issuer: &IssuerAttribution, begins: i64, extent: Extent) -> Option<Cause> {
    if over.is_empty() {
        return Some(Cause::NoConsent);
    }
    let Some(key) = issuer.proven_key() else { return Some(Cause::IssuerUnproven) };
    let number = usize::from(key == OTHER_KEY);
    let for_key: Vec<&&Grant> = over.iter().filter(|grant| grant.issuers.contains(&number)).collect();
    if for_key.is_empty() {
        return Some(Cause::WrongIssuer);
    }
    let in_time: Vec<&&&Grant> =
        for_key.iter().filter(|grant| (grant.not_before..=grant.not_after).contains(&begins)).collect();
    let reaches =
        |grant: &&&&Grant| extent == Extent::Inside || extent == Extent::WildcardAbove && grant.wildcards_above;
    match () {
        () if in_time.iter().any(reaches) => None,
        () if !in_time.is_empty() => Some(Cause::BeyondGrant),
        () if for_key.iter().any(|grant| grant.not_after < begins) => Some(Cause::ConsentExpired),
        () => Some(Cause::ConsentNotYet),
    }
}

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
        wildcards_above: false,
    };
    let policy = Policy::compile(&configuration(&assets, &[grant]), "f.toml").expect("it is right");
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
    };
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
        configuration(&assets, &[grant(0), grant(1)])
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
