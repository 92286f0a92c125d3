//! Scripted streams, and what exactly the detectors say about them.

mod support;

use std::collections::{BTreeMap, BTreeSet};

use ctlens_lint::Level;
use ctlens_policy::{
    Alert, AlertEvidence, Cause, DetectorLimits, Detectors, EventAsset, History, IssuerAttribution, Sha256Hash,
    StreamEvent,
};
use ctlens_testkit::{Key, Rng};
use proptest::prelude::*;
use support::{compile, key_of, leaf, our_ca, policy_text, with_tbs};

/// 2026-01-01T00:00:00Z.
const START_MS: u64 = 1_767_225_600_000;
const SECOND_MS: u64 = 1_000;
const HOUR_MS: u64 = 3_600_000;

fn hash(text: &str) -> Sha256Hash {
    Sha256Hash::of(text.as_bytes())
}

/// The number of the certificate is its serial number, its TBS certificate, and its time in seconds.
fn event(number: u64) -> StreamEvent {
    StreamEvent {
        timestamp_ms: START_MS + number * SECOND_MS,
        tbs_sha256: hash(&format!("tbs {number}")),
        is_folded: true,
        issuer: Some(hash("our ca")),
        serial: format!("{number:016x}"),
        spki_sha256: hash("key"),
        key_kind: "P-256".to_owned(),
        assets: vec![asset("resolver", "resolver-team")],
        foreign_names: Vec::new(),
        first_address: None,
        left_out: 0,
    }
}

fn asset(asset: &str, owner: &str) -> EventAsset {
    EventAsset { asset: asset.to_owned(), owner: owner.to_owned() }
}

fn foreign(number: u64, names: &[&str]) -> StreamEvent {
    let foreign_names = names.iter().map(|name| (*name).to_owned()).collect();
    StreamEvent { assets: Vec::new(), foreign_names, spki_sha256: hash(&format!("key {number}")), ..event(number) }
}

fn detectors() -> Detectors {
    Detectors::new(&DetectorLimits::with_entries(10_000), 1)
}

/// (place in the stream, rule, level, evidence)
type Said = (usize, String, Level, AlertEvidence);

fn run(detectors: &mut Detectors, events: &[StreamEvent]) -> Vec<Said> {
    let alerts = events.iter().enumerate().flat_map(|(at, event)| {
        let alerts = detectors.observe(event);
        alerts.into_iter().map(move |alert| {
            assert_eq!((alert.tbs_sha256, alert.timestamp_ms), (event.tbs_sha256, event.timestamp_ms));
            let json = serde_json::to_string(&alert).unwrap();
            assert_eq!(serde_json::from_str::<Alert>(&json).unwrap(), alert);
            (at, alert.rule.to_string(), alert.level, alert.evidence)
        })
    });
    alerts.collect()
}

/// All but that an asset has its first issuer at all.
fn warnings(detectors: &mut Detectors, events: &[StreamEvent]) -> Vec<Said> {
    run(detectors, events).into_iter().filter(|(_, _, level, _)| *level > Level::Notice).collect()
}

#[test]
fn first_issuers() {
    let by = |number, issuer: &str| StreamEvent { issuer: Some(hash(issuer)), ..event(number) };
    let other_asset = StreamEvent { assets: vec![asset("names", "resolver-team")], ..by(4, "fina") };
    let stream =
        [by(0, "our ca"), by(1, "our ca"), by(2, "fina"), by(3, "fina"), other_asset, by(5, "our ca"), by(6, "x")];
    let evidence = |known_issuers| AlertEvidence::FirstIssuer { known_issuers };
    let rule = || "stream.first_issuer".to_owned();
    let mut all = detectors();
    assert_eq!(
        run(&mut all, &stream),
        [
            (0, rule(), Level::Notice, evidence(0)),
            (2, rule(), Level::Warning, evidence(1)),
            (4, rule(), Level::Notice, evidence(0)),
            (6, rule(), Level::Warning, evidence(2)),
        ]
    );
    assert_eq!(run(&mut all, &stream), [], "copies say nothing new");
    assert_eq!((all.events(), all.copies(), all.unattributed()), (7, 7, 0));
    assert_eq!(all.history(), History::default());

    let alert = &detectors().observe(&stream[2])[0];
    let short = hash("fina").short();
    assert_eq!(
        alert.to_string(),
        format!(
            "notice stream.first_issuer: the key {short}… has issued for asset resolver for the first time, where no other has \
             either"
        )
    );
    assert_eq!((alert.asset.as_deref(), alert.owner.as_deref()), (Some("resolver"), Some("resolver-team")));
    assert_eq!((alert.issuer, alert.cause), (Some(hash("fina")), Cause::Anomaly));
}

/// What the configuration gives a rule is the level of its alerts; weaker cases are not raised by it, and what is switched off
/// was learned all the same.
#[test]
fn levels_of_the_configuration() {
    let by = |number, issuer: &str| StreamEvent { issuer: Some(hash(issuer)), ..event(number) };
    // An asset's first issuer at all; another one; a third that repeats a serial number, and one that may be its own.
    let repeated = |number, is_folded| StreamEvent { serial: event(1).serial, is_folded, ..by(number, "fina") };
    let stream = [by(0, "our ca"), by(1, "fina"), repeated(2, true), repeated(3, false)];
    let told = |levels: &str| -> Vec<(usize, Level)> {
        let policy = compile(&format!("{}{levels}", policy_text()));
        let mut detectors = detectors();
        let alerts = stream.iter().enumerate().flat_map(|(at, event)| {
            let alerts = detectors.observe(event).into_iter().filter_map(|alert| policy.level_alert(alert));
            alerts.map(move |alert| (at, alert.level)).collect::<Vec<_>>()
        });
        alerts.collect()
    };
    use Level::{Critical, Error, Notice, Warning};
    for (levels, expected) in [
        ("", vec![(0, Notice), (1, Warning), (2, Error), (3, Warning)]),
        ("\"stream.burst\" = \"critical\"\n", vec![(0, Notice), (1, Warning), (2, Error), (3, Warning)]),
        ("\"stream.first_issuer\" = \"critical\"\n", vec![(0, Notice), (1, Critical), (2, Error), (3, Warning)]),
        ("\"stream.first_issuer\" = \"notice\"\n", vec![(0, Notice), (1, Notice), (2, Error), (3, Warning)]),
        ("\"stream.first_issuer\" = \"allow\"\n", vec![(2, Error), (3, Warning)]),
        ("\"stream.duplicate_serial\" = \"critical\"\n", vec![(0, Notice), (1, Warning), (2, Critical), (3, Warning)]),
        ("\"stream.duplicate_serial\" = \"notice\"\n", vec![(0, Notice), (1, Warning), (2, Notice), (3, Notice)]),
    ] {
        assert_eq!(told(levels), expected, "{levels}");
    }
    // Every rule that says anything can be switched off.
    let policy =
        compile(&format!("{}{}", policy_text(), ALL_OFF.map(|rule| format!("\"{rule}\" = \"allow\"\n")).concat()));
    let alert = detectors().observe(&stream[0]).remove(0);
    for rule in ALL_OFF {
        let alert = Alert::clone(&alert);
        let mut value = serde_json::to_value(&alert).unwrap();
        value["rule"] = rule.into();
        assert_eq!(policy.level_alert(serde_json::from_value(value).unwrap()), None, "{rule}");
    }
}

/// As the README lists them.
const ALL_OFF: [&str; 9] = [
    "stream.first_issuer",
    "stream.first_address",
    "stream.burst",
    "stream.new_co_names",
    "stream.new_key_kind",
    "stream.duplicate_serial",
    "stream.serial_entropy",
    "stream.key_across_owners",
    "stream.unlisted_names",
];

/// The issuer of a certificate may be certain only when its precertificate comes.
#[test]
fn an_issuer_that_becomes_certain() {
    let unknown = StreamEvent { issuer: None, ..event(0) };
    let mut detectors = detectors();
    assert_eq!(run(&mut detectors, &[unknown.clone(), unknown.clone()]), []);
    assert_eq!((detectors.events(), detectors.copies(), detectors.unattributed()), (1, 1, 1));
    let said = run(&mut detectors, &[event(0), unknown, event(0)]);
    assert_eq!(
        said,
        [(0, "stream.first_issuer".into(), Level::Notice, AlertEvidence::FirstIssuer { known_issuers: 0 })]
    );
    assert_eq!((detectors.events(), detectors.copies(), detectors.unattributed()), (1, 3, 0));
}

#[test]
fn first_addresses() {
    let with_address = |number| StreamEvent { first_address: Some("1.1.1.1".into()), ..foreign(number, &["1.1.1.1"]) };
    let stream = |before: u64| -> Vec<StreamEvent> {
        let names = (0..before).map(|number| foreign(number, &["a.example"]));
        names.chain([with_address(before), foreign(before + 1, &["a.example"]), with_address(before + 2)]).collect()
    };
    for (before, level) in [(0, Level::Notice), (1, Level::Notice), (31, Level::Notice), (32, Level::Warning)] {
        let evidence = AlertEvidence::FirstAddress { address: "1.1.1.1".into(), certificates_before: before };
        let at = usize::try_from(before).unwrap();
        let expected = [(at, "stream.first_address".to_owned(), level, evidence)];
        assert_eq!(run(&mut detectors(), &stream(before)), expected, "{before}");
    }
}

#[test]
fn bursts() {
    let mut limits = DetectorLimits::with_entries(10_000);
    limits.burst = 3;
    limits.burst_window_ms = HOUR_MS;
    let at = |minutes: u64, number| StreamEvent { timestamp_ms: START_MS + minutes * 60 * SECOND_MS, ..event(number) };
    let minutes = [0, 40, 70, 100, 105, 104, 110, 120, 150, 171, 172, 173, 174, 175, 400, 401];
    let stream: Vec<StreamEvent> = minutes.into_iter().zip(0..).map(|(minutes, number)| at(minutes, number)).collect();
    let said = warnings(&mut Detectors::new(&limits, 1), &stream);
    let burst = |certificates| AlertEvidence::Burst { certificates, window_ms: HOUR_MS };
    assert_eq!(
        said,
        [
            // 70, 100, 104, 105: the first four within an hour.
            (5, "stream.burst".to_owned(), Level::Warning, burst(4)),
            // An hour after 105, again too many: 110, 120, 150, 171 no longer (61 minutes), 120 to 172 not (52 minutes) until
            // then; five since.
            (10, "stream.burst".to_owned(), Level::Warning, burst(5)),
        ]
    );
}

#[test]
fn new_co_names() {
    let beside = |number, names: &[&str]| StreamEvent { assets: event(0).assets, ..foreign(number, names) };
    let many: Vec<String> = (0..20).map(|n| format!("n{n:02}.example")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let stream = [
        event(0),
        beside(1, &["test1.hr", "test12.hr"]),
        beside(2, &["test12.hr"]),
        beside(3, &["test11.hr", "test1.hr"]),
        beside(4, &many),
        beside(5, &many),
        StreamEvent { assets: vec![asset("other", "other-team")], ..beside(6, &["test1.hr"]) },
        foreign(7, &["nothing.example"]),
    ];
    let said: Vec<Said> = warnings(&mut detectors(), &stream);
    let evidence = |names: &[&str], more| {
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        AlertEvidence::NewCoNames { names, more }
    };
    let rule = || "stream.new_co_names".to_owned();
    assert_eq!(
        said,
        [
            (1, rule(), Level::Warning, evidence(&["test1.hr", "test12.hr"], 0)),
            (3, rule(), Level::Warning, evidence(&["test11.hr"], 0)),
            (4, rule(), Level::Warning, evidence(&many[..8], 12)),
            (6, rule(), Level::Warning, evidence(&["test1.hr"], 0)),
        ]
    );
}

#[test]
fn new_key_kinds() {
    let kind = |number, kind: &str| StreamEvent { key_kind: kind.into(), ..event(number) };
    let stream = [kind(0, "P-256"), kind(1, "P-256"), kind(2, "RSA 2048"), kind(3, "P-256"), kind(4, "RSA 1024")];
    let evidence = |kind: &str, known_kinds| AlertEvidence::NewKeyKind { key_kind: kind.into(), known_kinds };
    let rule = || "stream.new_key_kind".to_owned();
    assert_eq!(
        warnings(&mut detectors(), &stream),
        [(2, rule(), Level::Warning, evidence("RSA 2048", 1)), (4, rule(), Level::Warning, evidence("RSA 1024", 2)),]
    );
}

#[test]
fn duplicate_serials() {
    let serial =
        |number, serial: u64| StreamEvent { serial: format!("{serial:016x}"), ..foreign(number, &["a.example"]) };
    let stream = [
        serial(0, 7),
        serial(1, 8),
        serial(2, 7),
        // The same certificate in another log.
        serial(2, 7),
        // Another issuer's.
        StreamEvent { issuer: Some(hash("another")), ..serial(3, 8) },
        // A certificate that cannot be brought into the form of its precertificate.
        StreamEvent { is_folded: false, ..serial(4, 8) },
    ];
    let evidence = |serial: u64, other: u64, may_be_one| AlertEvidence::DuplicateSerial {
        serial: format!("{serial:016x}"),
        other_tbs_sha256: hash(&format!("tbs {other}")),
        may_be_one,
    };
    let rule = || "stream.duplicate_serial".to_owned();
    assert_eq!(
        run(&mut detectors(), &stream),
        [(2, rule(), Level::Error, evidence(7, 0, false)), (5, rule(), Level::Warning, evidence(8, 1, true)),]
    );
}

#[test]
fn serial_entropy() {
    let mut rng = Rng::new(1, "stream");
    let mut stream = |serial: &dyn Fn(&mut Rng, u64) -> String| -> Vec<StreamEvent> {
        (0..600)
            .map(|number| StreamEvent { serial: serial(&mut rng, number), ..foreign(number, &["a.example"]) })
            .collect()
    };
    // After the incident's: 64 random bits, 32 zeros, and a counter that rises: compliant.
    let fina = stream(&|rng, number| format!("{:016x}00000000{:08x}", rng.number(), 0x5fc7_c672 + number));
    assert_eq!(run(&mut detectors(), &fina), []);
    assert_eq!(run(&mut detectors(), &stream(&|rng, _| format!("{:016x}", rng.number()))), []);

    let evidence = |random_bits| AlertEvidence::SerialEntropy { serials: 256, random_bits };
    let said = |at, random_bits| vec![(at, "stream.serial_entropy".to_owned(), Level::Warning, evidence(random_bits))];
    let short = stream(&|rng, _| format!("{:016x}", rng.number() >> 1));
    assert_eq!(run(&mut detectors(), &short), said(255, 63), "once, as long as it stays so");
    assert_eq!(run(&mut detectors(), &short[..255]), [], "never of fewer");
    assert_eq!(run(&mut detectors(), &stream(&|_, number| format!("{number:016x}"))), said(255, 0));
    // One issuer's numbers say nothing about another's.
    let others: Vec<StreamEvent> = (short.iter().cloned().zip(0_u64..))
        .map(|(event, number)| StreamEvent { issuer: Some(hash(&format!("ca {}", number % 3))), ..event })
        .collect();
    assert_eq!(run(&mut detectors(), &others), []);
}

#[test]
fn keys_across_owners() {
    let of = |number, owners: &[&str], key: &str| StreamEvent {
        assets: owners.iter().map(|owner| asset(&format!("{owner}-asset"), owner)).collect(),
        spki_sha256: hash(key),
        ..event(number)
    };
    let stream = [
        of(0, &["a"], "k"),
        of(1, &["a"], "k"),
        of(2, &["b"], "k"),
        of(3, &["b"], "k"),
        of(4, &["c"], "l"),
        of(5, &["c", "d"], "m"),
        of(6, &["c"], "k"),
    ];
    let evidence = |key: &str, owner: &str, other: u64| AlertEvidence::KeyAcrossOwners {
        spki_sha256: hash(key),
        other_owner: owner.into(),
        other_tbs_sha256: hash(&format!("tbs {other}")),
    };
    let rule = || "stream.key_across_owners".to_owned();
    assert_eq!(
        warnings(&mut detectors(), &stream),
        [
            (2, rule(), Level::Warning, evidence("k", "a", 0)),
            (5, rule(), Level::Warning, evidence("m", "c", 5)),
            (6, rule(), Level::Warning, evidence("k", "a", 0)),
        ]
    );
}

#[test]
fn names_that_are_not_on_the_list() {
    let with_key = |number, names: &[&str], key: &str| StreamEvent { spki_sha256: hash(key), ..foreign(number, names) };
    let stream = [
        StreamEvent { spki_sha256: hash("k"), ..event(0) },
        with_key(1, &["forgotten.example"], "k"),
        with_key(2, &["forgotten.example"], "k"),
        with_key(3, &["forgotten.example", "too.example"], "k"),
        with_key(4, &["elsewhere.example"], "l"),
        // The certificate for no asset came first.
        StreamEvent { spki_sha256: hash("l"), ..event(5) },
        with_key(6, &[], "k"),
        with_key(7, &[], "k"),
    ];
    let evidence = |key: &str, names: &[&str], other: u64| AlertEvidence::UnlistedNames {
        spki_sha256: hash(key),
        names: names.iter().map(|name| (*name).to_owned()).collect(),
        more: 0,
        other_tbs_sha256: hash(&format!("tbs {other}")),
    };
    let rule = || "stream.unlisted_names".to_owned();
    assert_eq!(
        warnings(&mut detectors(), &stream),
        [
            (1, rule(), Level::Warning, evidence("k", &["forgotten.example"], 0)),
            (3, rule(), Level::Warning, evidence("k", &["too.example"], 0)),
            (5, rule(), Level::Warning, evidence("l", &[], 4)),
            (6, rule(), Level::Warning, evidence("k", &[], 0)),
        ]
    );
}

/// What was forgotten makes an old thing look new; the alert says so.
#[test]
fn what_was_forgotten_is_said() {
    let mut small = Detectors::new(&DetectorLimits::with_entries(8), 1);
    assert_eq!(small.observe(&event(0))[0].history, History::default());
    for number in 1..20 {
        small.observe(&StreamEvent { assets: vec![asset(&format!("asset {number}"), "o")], ..event(number) });
    }
    let again = small.observe(&event(20));
    let first = again.iter().find(|alert| alert.rule.as_str() == "stream.first_issuer").unwrap();
    assert!(first.history.forgotten > 0);
    assert!(first.history.complete_since_ms > START_MS && first.history.complete_since_ms < START_MS + 20 * SECOND_MS);
    let said = ", as far as is remembered (all since 2026-01-01T00:00:";
    assert!(first.explanation.contains(said), "{}", first.explanation);
    assert!(small.history().forgotten > 0);

    // An asset that is met all the time is not forgotten, whatever else comes by.
    let mut small = Detectors::new(&DetectorLimits::with_entries(8), 1);
    for number in 0..200 {
        let said = small.observe(&event(2 * number));
        assert_eq!(said.iter().any(|alert| alert.rule.as_str() == "stream.first_issuer"), number == 0, "{number}");
        small.observe(&StreamEvent { assets: vec![asset(&format!("asset {number}"), "o")], ..event(2 * number + 1) });
    }
}

/// A stream of certificates that are all different in all that the tables keep.
fn flood(events: u64, rng: &mut Rng) -> impl Iterator<Item = StreamEvent> {
    (0..events).map(move |number| StreamEvent {
        issuer: Some(hash(&format!("ca {}", rng.below(events / 4 + 1)))),
        serial: format!("{:016x}", rng.number()),
        spki_sha256: hash(&format!("key {number}")),
        assets: if number % 2 == 0 { Vec::new() } else { vec![asset(&format!("a{number}"), &format!("o{number}"))] },
        foreign_names: (0..3).map(|n| format!("n{n}.{number}.example")).collect(),
        first_address: (number % 5 == 0).then(|| "192.0.2.1".to_owned()),
        ..event(number)
    })
}

#[test]
fn memory_is_bounded() {
    for entries in [0, 2, 100, 3_000, 7_000] {
        let limits = DetectorLimits::with_entries(entries);
        let mut detectors = Detectors::new(&limits, 1);
        let mut most = 0;
        for (number, event) in flood(20_000, &mut Rng::new(1, "flood")).enumerate() {
            detectors.observe(&event);
            if number % 1_000 == 0 {
                most = most.max(detectors.heap_bytes());
            }
        }
        most = most.max(detectors.heap_bytes());
        assert!(most <= limits.most_heap_bytes(), "{entries}: {most} beside {}", limits.most_heap_bytes());
        assert!(most > limits.most_heap_bytes() / 8, "{entries}: {most} beside {}", limits.most_heap_bytes());
        assert_eq!(detectors.events(), 20_000);
        assert!(detectors.history().forgotten > 10_000);
    }
}

#[test]
fn a_snapshot_of_another_version() {
    let json = serde_json::to_string(&detectors()).unwrap();
    assert_eq!(serde_json::from_str::<Detectors>(&json).unwrap(), detectors());
    for (from, to) in
        [("\"version\":1", "\"version\":2"), ("\"seed\":1", "\"seed\":1,\"more\":0"), ("\"events\":0,", "")]
    {
        let other = json.replacen(from, to, 1);
        assert_ne!(other, json);
        assert!(serde_json::from_str::<Detectors>(&other).is_err(), "{to}");
    }
}

#[test]
fn events_of_certificates() {
    let policy = compile(&policy_text());
    let ca = our_ca();
    let issuer = IssuerAttribution::LeafBound { key_sha256: key_of(&ca) };
    let builder = leaf().serial(&[0x12, 0x34]).dns("www.one.example").dns("b.Foreign.example").dns("a.foreign.example");
    let builder = builder.ip([9, 9, 9, 9]).ip([1, 1, 1, 1]).dns("a.foreign.example").dns("bare.example");
    let der = builder.certificate(&ca);
    let event = with_tbs(&der, |tbs| StreamEvent::of(&policy, tbs, &issuer, START_MS));
    let expected = StreamEvent {
        timestamp_ms: START_MS,
        tbs_sha256: Sha256Hash::of(&builder.precert_tbs(&ca)),
        is_folded: true,
        issuer: Some(key_of(&ca)),
        serial: "1234".into(),
        spki_sha256: Sha256Hash::of(Key::new(7, "leaf").spki_der()),
        key_kind: "P-256".into(),
        assets: vec![asset("resolver", "resolver-team"), asset("bare", "resolver-team")],
        foreign_names: vec!["9.9.9.9".into(), "a.foreign.example".into(), "b.foreign.example".into()],
        first_address: Some("9.9.9.9".into()),
        left_out: 0,
    };
    assert_eq!(event, expected);
    let json = serde_json::to_string(&event).unwrap();
    assert!(json.starts_with(r#"{"timestamp":"2026-01-01T00:00:00.000Z","tbs_sha256":""#), "{json}");
    assert_eq!(serde_json::from_str::<StreamEvent>(&json).unwrap(), event);
    // The precertificate is the same issuance.
    let precert = with_tbs(&builder.precertificate(&ca), |tbs| StreamEvent::of(&policy, tbs, &issuer, START_MS));
    assert_eq!(precert, expected);
    // An issuer that is claimed is none.
    let claimed = IssuerAttribution::Claimed { key_sha256: key_of(&ca) };
    assert_eq!(with_tbs(&der, |tbs| StreamEvent::of(&policy, tbs, &claimed, START_MS)).issuer, None);

    // What only a denial names is foreign, and what is an asset too is not.
    let denied = "[[deny]]\nid = \"d\"\ndns = [\"evil.example\", \"www.one.example\"]\nreason = \"r\"\n";
    let denied = compile(&format!("{}\n{denied}", policy_text()));
    let der = leaf().dns("www.one.example").dns("evil.example").dns("other.example").certificate(&ca);
    let event = with_tbs(&der, |tbs| StreamEvent::of(&denied, tbs, &issuer, START_MS));
    assert_eq!(event.assets, [asset("resolver", "resolver-team")]);
    assert_eq!(event.foreign_names, ["evil.example", "other.example"]);

    let many = (0..300).fold(leaf().dns("www.one.example"), |leaf, n| leaf.dns(format!("{n}.example.net")));
    let event = with_tbs(&many.certificate(&ca), |tbs| StreamEvent::of(&policy, tbs, &issuer, START_MS));
    assert_eq!((event.foreign_names.len(), event.left_out), (256, 44));
    let many = (0..300).fold(leaf(), |leaf, n| leaf.dns(format!("{n}.example.net"))).ip([1, 2, 3, 4]);
    let event = with_tbs(&many.certificate(&ca), |tbs| StreamEvent::of(&policy, tbs, &issuer, START_MS));
    assert_eq!((event.foreign_names.len(), event.left_out, event.first_address), (8, 293, Some("1.2.3.4".into())));
}

/// Few of everything, so that things come again: a certificate with all that is in it, and the same with no certain issuer.
fn events() -> impl Strategy<Value = Vec<StreamEvent>> {
    let certificate = (1_u64..4, 0_u64..8, 0_u64..5, proptest::collection::btree_set(0_u64..6, 0..3), 0_u64..16);
    let certificate = certificate.prop_map(|(issuer, serial, key, assets, bits)| StreamEvent {
        issuer: Some(hash(&format!("ca {issuer}"))),
        serial: format!("{serial:02x}"),
        spki_sha256: hash(&format!("key {key}")),
        key_kind: format!("kind {}", key % 3),
        assets: assets.iter().map(|number| asset(&format!("a{number}"), &format!("o{}", number % 3))).collect(),
        foreign_names: (0..bits % 4).map(|n| format!("n{}.example", n + bits / 4)).collect(),
        first_address: (bits == 15).then(|| "192.0.2.1".to_owned()),
        is_folded: bits != 3,
        ..event(0)
    });
    let certificates = proptest::collection::vec(certificate, 60);
    let order = proptest::collection::vec((0_u64..60, any::<bool>()), 0..120);
    (certificates, order).prop_map(|(certificates, order)| {
        let seen = |(number, is_attributed): (u64, bool)| {
            let StreamEvent { timestamp_ms, tbs_sha256, .. } = event(number);
            let certificate = certificates[usize::try_from(number).unwrap()].clone();
            let issuer = certificate.issuer.filter(|_| is_attributed);
            StreamEvent { timestamp_ms, tbs_sha256, issuer, ..certificate }
        };
        order.into_iter().map(seen).collect()
    })
}

fn few(entries: usize) -> DetectorLimits {
    let mut limits = DetectorLimits::with_entries(entries);
    limits.burst = 2;
    limits.burst_window_ms = 20 * SECOND_MS;
    limits
}

proptest! {
    /// Stopped anywhere, written down, read back: the rest of the stream is the same, and so is what is held.
    #[test]
    fn restored_is_the_original(events in events(), entries in 0_usize..80, at in any::<prop::sample::Index>(), seed: u64) {
        let mut original = Detectors::new(&few(entries), seed);
        let (before, after) = events.split_at(at.index(events.len() + 1));
        for event in before {
            original.observe(event);
        }
        let json = serde_json::to_string(&original).unwrap();
        let mut restored: Detectors = serde_json::from_str(&json).unwrap();
        prop_assert_eq!(&serde_json::to_string(&restored).unwrap(), &json);
        for event in after {
            prop_assert_eq!(restored.observe(event), original.observe(event));
        }
        prop_assert_eq!(restored, original);
    }

    #[test]
    fn the_seed_changes_nothing(events in events(), entries in 0_usize..80, one: u64, other: u64) {
        let mut one = Detectors::new(&few(entries), one);
        let mut other = Detectors::new(&few(entries), other);
        for event in &events {
            prop_assert_eq!(one.observe(event), other.observe(event));
        }
        prop_assert_eq!(one.history(), other.history());
    }

    /// With room enough: what is said to be new is what sets that never forget do not hold.
    #[test]
    fn new_is_what_was_never_there(events in events(), entries in 0_usize..80) {
        let mut roomy = Detectors::new(&few(10_000), 1);
        let mut small = Detectors::new(&few(entries), 1);
        let (mut seen, mut issuers, mut kinds) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        let (mut names, mut serials) = (BTreeSet::new(), BTreeMap::new());
        let mut attributed = BTreeSet::new();
        for event in &events {
            let mut expected = BTreeSet::new();
            let is_new = seen.insert(event.tbs_sha256);
            let is_attributed = event.issuer.is_some() && attributed.insert(event.tbs_sha256);
            for EventAsset { asset, .. } in &event.assets {
                if is_attributed && issuers.insert((asset, event.issuer)) {
                    expected.insert(("stream.first_issuer", Some(asset.clone())));
                }
                let has_kinds = kinds.iter().any(|(known, _)| *known == asset);
                if is_new && kinds.insert((asset, &event.key_kind)) && has_kinds {
                    expected.insert(("stream.new_key_kind", Some(asset.clone())));
                }
                for name in event.foreign_names.iter().filter(|_| is_new) {
                    if names.insert((asset, name)) {
                        expected.insert(("stream.new_co_names", Some(asset.clone())));
                    }
                }
            }
            let mut first = || *serials.entry((event.issuer, &event.serial)).or_insert(event.tbs_sha256);
            if is_attributed && first() != event.tbs_sha256 {
                expected.insert(("stream.duplicate_serial", None));
            }
            let said = roomy.observe(event);
            prop_assert!(said.iter().all(|alert| alert.history == History::default()));
            let rules =
                ["stream.first_issuer", "stream.new_key_kind", "stream.new_co_names", "stream.duplicate_serial"];
            let compared = said.iter().map(|alert| (alert.rule.as_str(), alert.asset.clone()));
            let compared: BTreeSet<_> = compared.filter(|(rule, _)| rules.contains(rule)).collect();
            prop_assert_eq!(compared, expected);

            // With little room: what is wrongly said to be new, or too much, says that something was forgotten. (Two
            // certificates that contradict each other do so also when that is said again.)
            let by_absence = ["first_issuer", "first_address", "burst", "new_co_names", "new_key_kind", "serial_entropy"];
            for alert in small.observe(event) {
                let (_, detector) = alert.rule.as_str().split_once('.').unwrap();
                let is_right = said.iter().any(|other| other.id == alert.id) || !by_absence.contains(&detector);
                prop_assert!(is_right || alert.history.forgotten > 0, "{}", alert);
            }
        }
    }
}
