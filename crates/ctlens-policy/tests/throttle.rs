//! One thing is told once, and what is not told is counted.

mod support;

use ctlens_lint::Level;
use ctlens_policy::{
    Context, Delivery, DetectorLimits, Detectors, EntryKind, EventAsset, Format, Issuance, Issuances,
    IssuerAttribution, Policy, Sha256Hash, StreamEvent, Throttle, ThrottleRate, TrustView, Verdict,
};
use ctlens_testkit::der::unix_seconds;
use ctlens_testkit::{Ca, CertificateBuilder, Key, Rng};
use ctlens_x509::UnixSeconds;
use proptest::prelude::*;
use serde_json::Value;
use std::collections::BTreeSet;
use support::*;

const HOURLY: ThrottleRate = ThrottleRate { most: 2, within_s: 3600 };
const NOW: UnixSeconds = UnixSeconds(1_770_000_000);

fn leaf_bound(ca: &Ca) -> IssuerAttribution {
    IssuerAttribution::LeafBound { key_sha256: key_of(ca) }
}

fn checked(ca: &Ca) -> IssuerAttribution {
    IssuerAttribution::SignatureChecked { key_sha256: key_of(ca) }
}

fn issuance(policy: &Policy, builder: &CertificateBuilder, ca: &Ca) -> Issuance {
    let mut issuances = Issuances::new();
    let precert = builder.precertificate(ca);
    let at = || seen("a", 1, EntryKind::Precertificate, leaf_bound(ca));
    with_tbs(&precert, |tbs| issuances.observe(policy, tbs, at));
    issuances.settle(policy).next().unwrap()
}

/// A year of weekly renewals of ten servers, half of them with new keys, each as precertificate in three logs and as
/// certificate in two; as many certificates of strangers; and one certificate that nobody agreed to, in as many logs.
#[test]
fn one_alert_in_a_year() {
    let text = policy_text().replace("not_after = 2027-01-01", "not_after = 2028-01-01");
    let policy = compile(&text);
    let (ours, theirs) = (our_ca(), impostor_ca());
    let begins = unix_seconds(2026, 1, 1, 0, 0, 0);
    let mut rng = Rng::new(7, "noise");
    let mut certificates = Vec::new();
    for week in 0..50_u8 {
        let from = begins + i64::from(week) * 7 * DAY;
        for server in 0..10_u8 {
            let key = if server % 2 == 0 { Key::new(7, "leaf") } else { Key::new(week.into(), "renewed") };
            let renewal = CertificateBuilder::leaf(key.spki_der()).validity(from, from + 14 * DAY - 1);
            let renewal =
                renewal.serial(&[1, week, server]).dns(format!("host{server}.one.example")).ip([1, 0, 0, server]);
            certificates.push((from, renewal, &ours));
            let foreign = leaf().validity(from, from + 14 * DAY - 1).serial(&[2, week, server]);
            certificates.push((from, foreign.dns(format!("host{server}.elsewhere.example")), &theirs));
        }
    }
    let bad_from = begins + 300 * DAY;
    let bad = leaf().validity(bad_from, bad_from + 90 * DAY - 1).serial(&[3]).dns("test1.hr").ip([1, 1, 1, 1]);
    certificates.push((bad_from, bad, &theirs));

    // Entry by entry, each week's in any order, and asked after each.
    let mut issuances = Issuances::new();
    let mut throttle = Throttle::new(ThrottleRate { most: 10, within_s: DAY });
    let (mut entries, mut told) = (0_u64, Vec::new());
    certificates.sort_by_key(|(from, ..)| *from);
    for week in certificates.chunk_by(|(one, ..), (other, ..)| one == other) {
        let mut copies = Vec::new();
        for (from, builder, ca) in week {
            let precert = builder.precertificate(ca);
            let certificate = builder.certificate_with_scts(ca, &[4, 2, 0, 0]);
            for log in ["alpha", "beta", "gamma"] {
                copies.push((*from, log, EntryKind::Precertificate, precert.clone(), leaf_bound(ca)));
            }
            for log in ["beta", "delta"] {
                copies.push((*from, log, EntryKind::Certificate, certificate.clone(), checked(ca)));
            }
        }
        while !copies.is_empty() {
            let at = usize::try_from(rng.below(copies.len() as u64)).unwrap();
            let (from, log, kind, der, issuer) = copies.swap_remove(at);
            entries += 1;
            let at = || seen(log, entries, kind, issuer);
            let Some(hash) = with_tbs(&der, |tbs| issuances.observe(&policy, tbs, at)) else { continue };
            let issuance = issuances.settle_one(&policy, &hash).unwrap();
            if throttle.take(&issuance, UnixSeconds(from)) != Delivery::Silent {
                told.push(issuance);
            }
        }
    }
    println!("noise: {entries} entries in, {} issuances for the assets, {} alerts out", issuances.len(), told.len());
    assert_eq!((entries, issuances.len()), (5005, 501));
    let [told] = &told[..] else { panic!("{} alerts", told.len()) };
    assert_eq!(told.certificate.serial.as_deref(), Some("03"));
    let settled = issuances.settle_one(&policy, &told.certificate.tbs_sha256).unwrap();
    assert_eq!(settled.seen.len(), 5, "all evidence is kept in the one");
}

/// A certificate that comes before its precertificate is told when that shows who issued, if it is worse than it seemed.
#[test]
fn what_is_new_about_an_issuance_is_told() {
    let policy = policy();
    let theirs = impostor_ca();
    let builder = leaf().ip([1, 1, 1, 1]);
    let mut issuances = Issuances::new();
    let mut throttle = Throttle::new(HOURLY);
    let mut take = |der: &[u8], kind, issuer| {
        let at = || seen("a", 1, kind, issuer);
        let hash = with_tbs(der, |tbs| issuances.observe(&policy, tbs, at)).unwrap();
        throttle.take(&issuances.settle_one(&policy, &hash).unwrap(), NOW)
    };
    let certificate = builder.certificate_with_scts(&theirs, &[4, 2, 0, 0]);
    let tell = Delivery::Tell { counted: 0 };
    assert_eq!(take(&certificate, EntryKind::Certificate, IssuerAttribution::Unknown), tell);
    assert_eq!(take(&certificate, EntryKind::Certificate, IssuerAttribution::Unknown), Delivery::Silent);
    assert_eq!(take(&builder.precertificate(&theirs), EntryKind::Precertificate, checked(&theirs)), tell);
    assert_eq!(take(&certificate, EntryKind::Certificate, checked(&theirs)), Delivery::Silent);
}

/// What was told is told again where it got worse than that; not where it sank, or came back no worse.
#[test]
fn what_gets_worse_is_told_again() {
    let base = issuance(&policy(), &leaf().ip([1, 1, 1, 1]), &impostor_ca());
    let (mut throttle, tell) = (Throttle::new(HOURLY), Delivery::Tell { counted: 0 });
    for (level, delivery) in [
        (Level::Warning, tell),
        (Level::Error, tell),
        (Level::Error, Delivery::Silent),
        (Level::Warning, Delivery::Silent),
        (Level::Error, Delivery::Silent),
        (Level::Critical, tell),
        (Level::Notice, Delivery::Silent),
        (Level::Critical, Delivery::Silent),
    ] {
        let mut issuance = base.clone();
        let Verdict::Findings { findings, .. } = &mut issuance.verdict else { panic!() };
        findings[0].level = level;
        throttle = serde_json::from_str(&serde_json::to_string(&throttle).unwrap()).unwrap();
        assert_eq!(throttle.take(&issuance, NOW), delivery, "{level}");
    }
}

/// An issuer whom nobody trusted, until a root programme does.
#[test]
fn a_view_that_changes_is_told() {
    let policy = policy();
    let theirs = impostor_ca();
    let mut issuances = Issuances::new();
    let precert = leaf().ip([1, 1, 1, 1]).precertificate(&theirs);
    let at = || seen("a", 1, EntryKind::Precertificate, leaf_bound(&theirs));
    let hash = with_tbs(&precert, |tbs| issuances.observe(&policy, tbs, at)).unwrap();
    let mut throttle = Throttle::new(HOURLY);
    let trust = format!("[[trust]]\nissuer_spki_sha256 = [\"{}\"]\nprogrammes = [\"microsoft\"]\n", key_of(&theirs));
    for (trust, level, is_told) in [
        ("", Level::Error, true),
        (&trust, Level::Critical, true),
        ("", Level::Error, false),
        (&trust, Level::Critical, false),
    ] {
        let text = format!("version = 1\nunlisted = \"untrusted\"\n{trust}");
        let view = TrustView::read(&text, "trust.toml", Format::Toml).unwrap();
        let mut context = Context::at(NOW);
        context.trust = Some(&view);
        let issuance = issuances.settle_one_in(&policy, &context, &hash).unwrap();
        assert_eq!(issuance.verdict.level(), Some(level));
        assert_eq!(throttle.take(&issuance, NOW) != Delivery::Silent, is_told, "{level}");
    }
}

/// Above the rate all are counted, the counts come to somebody, and another kind is told at once.
#[test]
fn above_the_rate_is_counted() {
    let policy = policy();
    let theirs = impostor_ca();
    let bad = |n: u8| issuance(&policy, &leaf().serial(&[n]).ip([1, 1, 1, 1]), &theirs);
    let mut throttle = Throttle::new(HOURLY);
    let taken: Vec<Delivery> = (1..=7).map(|n| throttle.take(&bad(n), NOW)).collect();
    let tell = Delivery::Tell { counted: 0 };
    assert_eq!(
        taken,
        [tell, tell, Delivery::Count, Delivery::Count, Delivery::Count, Delivery::Count, Delivery::Count]
    );
    // Another asset, another issuer, another rule.
    let other_asset = issuance(&policy, &leaf().dns("bare.example"), &theirs);
    assert_eq!(throttle.take(&other_asset, NOW), tell);
    let other_issuer = Ca::root(Key::new(8, "third"), &ctlens_testkit::Name::new().common_name("Third"), 0, 1);
    assert_eq!(throttle.take(&issuance(&policy, &leaf().ip([1, 1, 1, 1]), &other_issuer), NOW), tell);
    assert_eq!(
        throttle.take(&issuance(&policy, &leaf().serial(&[9]).ip([1, 1, 1, 1]), &our_ca()), NOW),
        Delivery::Silent
    );

    assert!(throttle.over(UnixSeconds(NOW.0 + 3599)).is_empty());
    // A restart forgets nothing.
    let mut throttle: Throttle = serde_json::from_str(&serde_json::to_string(&throttle).unwrap()).unwrap();
    let mut next = throttle.clone();
    let later = UnixSeconds(NOW.0 + 3600);
    assert_eq!(next.take(&bad(8), later), Delivery::Tell { counted: 5 });
    assert_eq!(next.take(&bad(1), later), Delivery::Silent);
    let over = throttle.over(later);
    let [counted] = &over[..] else { panic!("{over:?}") };
    assert_eq!((counted.told, counted.counted, counted.since), (2, 5, NOW));
    assert_eq!((counted.rule.as_str(), counted.asset.as_deref()), ("ownership.wrong_issuer", Some("resolver")));
    assert_eq!(counted.issuer_sha256, Some(key_of(&theirs)));
    assert!(throttle.over(later).is_empty());
}

/// The nth finding of a kind, as it would come from a certificate of its own.
fn nth(base: &Issuance, n: u64, kind: &str) -> Issuance {
    let mut issuance = base.clone();
    let Verdict::Findings { findings, .. } = &mut issuance.verdict else { panic!() };
    let [finding] = &mut findings[..] else { panic!() };
    finding.id = Sha256Hash::of(format!("{kind} {n}").as_bytes());
    finding.asset = Some(kind.to_owned());
    issuance
}

/// Whatever a snapshot says, it is refused or works.
#[test]
fn snapshots_of_others() {
    let base = issuance(&policy(), &leaf().ip([1, 1, 1, 1]), &impostor_ca());
    let mut throttle = Throttle::new(HOURLY);
    assert_eq!(throttle.take(&base, NOW), Delivery::Tell { counted: 0 });
    let good: Value = serde_json::to_value(&throttle).unwrap();
    assert_eq!(serde_json::from_value::<Throttle>(good.clone()).unwrap(), throttle);
    let changed = |pointer: &str, value: Value| {
        let mut snapshot = good.clone();
        *snapshot.pointer_mut(pointer).unwrap() = value;
        serde_json::from_value::<Throttle>(snapshot)
    };
    let kind = &good["kinds"][0];
    let twice = Value::Array(vec![kind.clone(), kind.clone()]);
    let kinds: Vec<Value> = (0..=Throttle::MOST_KINDS)
        .map(|n| {
            let mut kind = kind.clone();
            kind["asset"] = n.to_string().into();
            kind
        })
        .collect();
    let known = good["known"].as_object().unwrap().values().next().unwrap();
    let many = (0..=Throttle::MOST_KNOWN).map(|n| (Sha256Hash::of(&n.to_be_bytes()).to_string(), known.clone()));
    for (pointer, value, said) in [
        ("/version", 2.into(), "snapshot of version 2: expected 1"),
        ("/kinds", twice, "the same kind twice"),
        ("/kinds", kinds.into(), "expected at most 4096 kinds and 65536 findings"),
        ("/known", Value::Object(many.collect()), "expected at most 4096 kinds and 65536 findings"),
        ("/known", Value::Null, "invalid type: null, expected a map"),
        ("/kinds/0/level", "fatal".into(), "unknown variant `fatal`"),
    ] {
        let error = changed(pointer, value).unwrap_err().to_string();
        assert!(error.starts_with(said), "{error}");
    }
    for (pointer, value) in [
        ("/rate/most", Value::from(u64::MAX)),
        ("/rate/within_s", i64::MIN.into()),
        ("/rate/within_s", i64::MAX.into()),
        ("/kinds/0/told", u64::MAX.into()),
        ("/kinds/0/counted", u64::MAX.into()),
        ("/kinds/0/since", "9999-12-31T23:59:59Z".into()),
    ] {
        let mut throttle = changed(pointer, value).unwrap();
        for now in [UnixSeconds(i64::MIN), NOW, UnixSeconds(i64::MAX)] {
            let _ = throttle.take(&nth(&base, now.0.cast_unsigned(), "resolver"), now);
            let _ = throttle.over(now);
        }
    }
}

/// What is held is bounded, and what is too much is told, not lost.
#[test]
fn memory_is_bounded_and_nothing_is_lost() {
    let base = issuance(&policy(), &leaf().ip([1, 1, 1, 1]), &impostor_ca());
    let rate = ThrottleRate { most: 1, within_s: i64::MAX };
    let size = |throttle: &Throttle| serde_json::to_string(throttle).unwrap().len();
    let mut throttle = Throttle::new(rate);
    for n in 0..6000 {
        assert_eq!(throttle.take(&nth(&base, n, &n.to_string()), NOW), Delivery::Tell { counted: 0 });
    }
    let kinds = size(&throttle);
    assert!(kinds < 400 * Throttle::MOST_KINDS + 128 * 6000, "{kinds}");
    let mut throttle = Throttle::new(rate);
    let most = u64::try_from(Throttle::MOST_KNOWN).unwrap();
    for n in 0..2 * most {
        let now = UnixSeconds(NOW.0 + i64::try_from(n).unwrap());
        let is_first = n == 0;
        assert_eq!(throttle.take(&nth(&base, n, "one"), now) == Delivery::Count, !is_first, "{n}");
    }
    let known = size(&throttle);
    assert!(known < 128 * Throttle::MOST_KNOWN, "{known}");
    // The newest are remembered, and what is forgotten is not silent.
    let now = UnixSeconds(NOW.0 + 1_000_000);
    assert_eq!(throttle.take(&nth(&base, 2 * most - 1, "one"), now), Delivery::Silent);
    assert_eq!(throttle.take(&nth(&base, 0, "one"), now), Delivery::Count);
    // The newer half also where all are of one second.
    let mut throttle = Throttle::new(rate);
    for n in 0..=most {
        let _ = throttle.take(&nth(&base, n, "one"), NOW);
    }
    let is_silent = |n: &u64| throttle.clone().take(&nth(&base, *n, "one"), NOW) == Delivery::Silent;
    let checked = [0, most / 2 - 1, most / 2 + 1, most];
    assert_eq!(checked.map(|n| is_silent(&n)), [false, false, true, true]);
    println!("throttle: {kinds} octets of JSON after 6000 kinds, {known} after {} findings", 2 * most);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// Each is told, counted or was told or counted before; and every one that was counted is in a count that somebody gets.
    #[test]
    fn counts_add_up(
        most in 0_u64..4,
        within_s in 1_i64..50,
        takes in proptest::collection::vec((0_u64..30, 0_u8..3, 0_i64..20), 1..80),
    ) {
        let base = issuance(&policy(), &leaf().ip([1, 1, 1, 1]), &impostor_ca());
        let mut throttle = Throttle::new(ThrottleRate { most, within_s });
        let mut before = BTreeSet::new();
        let (mut counts, mut reported, mut now) = (0, 0, NOW);
        for (n, kind, later) in takes {
            now = UnixSeconds(now.0 + later);
            let is_new = before.insert((n, kind));
            let delivery = throttle.take(&nth(&base, n, &kind.to_string()), now);
            prop_assert_eq!(delivery == Delivery::Silent, !is_new);
            match delivery {
                Delivery::Tell { counted } => reported += counted,
                Delivery::Count => counts += 1,
                Delivery::Silent => {}
            }
            if later > 15 {
                reported += throttle.over(now).iter().map(|kind| kind.counted).sum::<u64>();
            }
        }
        let end = UnixSeconds(now.0 + within_s);
        reported += throttle.over(end).iter().map(|kind| kind.counted).sum::<u64>();
        prop_assert_eq!(reported, counts);
    }
}

/// An asset beside ever new names, an hour long: enough is told, the rest is counted, and other kinds are not drowned.
#[test]
fn alerts_of_one_kind() {
    let event = |number: u64, asset: &str| StreamEvent {
        timestamp_ms: 1_770_000_000_000,
        tbs_sha256: Sha256Hash::of(&number.to_be_bytes()),
        is_folded: true,
        issuer: None,
        serial: format!("{number:016x}"),
        spki_sha256: Sha256Hash([7; 32]),
        key_kind: "P-256".to_owned(),
        assets: vec![EventAsset { asset: asset.to_owned(), owner: "team".to_owned() }],
        foreign_names: vec![format!("shop{number}.example")],
        first_address: None,
        left_out: 0,
    };
    let mut limits = DetectorLimits::with_entries(10_000);
    limits.burst = u16::MAX;
    let mut detectors = Detectors::new(&limits, 1);
    let mut throttle = Throttle::new(HOURLY);
    let mut take = |number, asset, seconds| {
        let alerts = detectors.observe(&event(number, asset));
        assert_eq!(alerts.len(), 1, "{alerts:?}");
        let now = UnixSeconds(NOW.0 + seconds);
        let delivery = throttle.take_alert(&alerts[0], now);
        assert_eq!(throttle.take_alert(&alerts[0], now), Delivery::Silent, "it was told or counted");
        delivery
    };
    let told = Delivery::Tell { counted: 0 };
    let deliveries: Vec<Delivery> = (0..1000).map(|number| take(number, "resolver", 5)).collect();
    assert_eq!(deliveries[..3], [told, told, Delivery::Count]);
    assert!(deliveries[3..].iter().all(|delivery| *delivery == Delivery::Count));
    assert_eq!(take(1000, "names", 6), told, "another asset");
    assert_eq!(take(1001, "resolver", 3604), Delivery::Count);
    assert_eq!(take(1002, "resolver", 3605), Delivery::Tell { counted: 999 });
    assert_eq!(take(1003, "resolver", 3605), told);
    assert_eq!(take(1004, "resolver", 3605), Delivery::Count);
    let over = throttle.over(UnixSeconds(NOW.0 + 7205));
    let over: Vec<(&str, Option<&str>, u64)> =
        over.iter().map(|kind| (kind.rule.as_str(), kind.asset.as_deref(), kind.counted)).collect();
    assert_eq!(over, [("stream.new_co_names", Some("resolver"), 1)]);
}
