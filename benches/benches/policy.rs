//! What a policy costs beside the view of a certificate and the watch list, and what a stream of issuances costs.
//!
//! `cargo bench -p ctlens-benches --bench policy -- ten-million` shows the detectors ten million issuances.

use ctlens_benches::{Comparison, figure, real_certificates, timed, watched_names};
use ctlens_policy::{
    DetectorLimits, Detectors, EntryKind, EventAsset, Issuances, IssuerAttribution, Observation, Policy, Sha256Hash,
    StreamEvent, Verdict,
};
use ctlens_san::{Item, Outcome, WatchList};
use ctlens_testkit::{Ca, CertificateBuilder, Key, Name, Rng};
use ctlens_x509::{Certificate, Tbs};
use std::fmt::Write;
use std::hint::black_box;
use std::ops::ControlFlow;

/// Names in the policy, a hundred to an asset.
const NAMES: usize = 100_000;

fn main() {
    let names = watched_names(NAMES);
    let (policy, compiling) = timed(|| Policy::compile(&text(&names), "bench.toml").expect("a policy"));
    println!("a policy of {NAMES} names in {} assets, a grant for every second one", NAMES / 100);
    figure("compiled", compiling, "s", None);
    of_nobody(&policy, &names);
    with_findings(&policy, &names);
    detectors();
}

fn key() -> Sha256Hash {
    Sha256Hash([0x22; 32])
}

fn text(names: &[String]) -> String {
    let mut text =
        format!("version = 1\n[[owner]]\nid = \"me\"\n[[issuer]]\nid = \"ca\"\nspki_sha256 = [\"{}\"]\n", key());
    for (number, names) in names.chunks(100).enumerate() {
        let dns: Vec<String> = names.iter().map(|name| format!("\".{name}\"")).collect();
        writeln!(text, "[[asset]]\nid = \"asset-{number}\"\nowner = \"me\"\ndns = [{}]", dns.join(", "))
            .expect("memory");
        if number % 2 == 0 {
            text.push_str(&format!(
                "[[grant]]\nid = \"grant-{number}\"\nassets = [\"asset-{number}\"]\nissuers = [\"ca\"]\n\
                 not_before = 2026-01-01T00:00:00Z\nnot_after = 2027-01-01T00:00:00Z\n\
                 approved_by = \"a\"\nreason = \"r\"\n"
            ));
        }
    }
    text
}

/// Most certificates of a log concern nobody: what the policy adds to what has to be done anyway.
fn of_nobody(policy: &Policy, names: &[String]) {
    let mut list = WatchList::new(1);
    for (number, name) in (0_u32..).zip(names) {
        list.insert(&format!(".{name}").parse::<Item>().expect("a name"), number / 100).expect("room");
    }
    list.shrink_to_fit();
    let mut certificates = real_certificates();
    certificates.retain(|der| Certificate::from_der(der).is_ok_and(|certificate| !policy.concerns(certificate.tbs())));
    println!("{} of them concern nobody", certificates.len());
    let issuer = IssuerAttribution::LeafBound { key_sha256: key() };
    let each = |use_it: &mut dyn FnMut(&Tbs<'_>)| {
        for der in &certificates {
            use_it(Certificate::from_der(der).expect("a certificate").tbs());
        }
    };
    let mut issuances = Issuances::new();
    Comparison::new("a certificate that concerns nobody", "certificate")
        .case("view and watch list", certificates.len(), || {
            each(&mut |tbs| {
                let outcome = list.watch(tbs, |_| ControlFlow::Break(()));
                black_box(outcome == Outcome::NoMatch);
            });
        })
        .case("view and verdict", certificates.len(), || {
            each(&mut |tbs| {
                black_box(policy.evaluate(tbs, &issuer) == Verdict::Unowned);
            });
        })
        .case("view and Issuances", certificates.len(), || {
            each(&mut |tbs| {
                black_box(issuances.observe(policy, tbs, observation));
            });
        })
        .bar("view and verdict", 1.5, "view and watch list")
        .bar("view and Issuances", 1.5, "view and watch list")
        .without_allocations("view and verdict")
        .without_allocations("view and Issuances")
        .run();
}

fn observation() -> Observation {
    Observation {
        log: "bench.example/log".to_owned(),
        log_id: None,
        index: 0,
        timestamp_ms: 1_770_000_000_000,
        entry: EntryKind::Precertificate,
        issuer: IssuerAttribution::LeafBound { key_sha256: key() },
        verified: true,
    }
}

fn with_findings(policy: &Policy, names: &[String]) {
    let ca = Ca::root(Key::new(1, "ca"), &Name::new().common_name("CA"), 0, 4_000_000_000);
    let leaf = Key::new(2, "leaf");
    // In assets without a grant, and with one: two names of an asset, one of nobody, one address.
    let certificate = |number: usize, asset: usize| {
        let name = |n: usize| format!("www.{}", names[asset * 100 + n]);
        let builder = CertificateBuilder::leaf(leaf.spki_der()).serial(&number.to_be_bytes());
        let builder = builder.validity(1_770_000_000, 1_777_776_000 - 1).subject(&Name::new().common_name(&name(0)));
        let builder = builder.dns(name(0)).dns(name(number % 99 + 1)).dns("www.elsewhere.net").ip([9, 9, 9, 9]);
        builder.certificate(&ca)
    };
    let without: Vec<Vec<u8>> = (0..500).map(|number| certificate(number, 2 * number + 1)).collect();
    let granted: Vec<Vec<u8>> = (0..500).map(|number| certificate(number, 2 * number)).collect();
    let issuer = IssuerAttribution::LeafBound { key_sha256: key() };
    println!("\na certificate with two names of an asset");
    for (what, certificates) in [("granted", &granted), ("two findings", &without)] {
        let mut turns: Vec<f64> = (0..11)
            .map(|_| {
                let ((), seconds) = timed(|| {
                    for der in certificates {
                        let _ = black_box(
                            policy.evaluate(Certificate::from_der(der).expect("a certificate").tbs(), &issuer),
                        );
                    }
                });
                seconds * 1e6 / 500.0
            })
            .collect();
        turns.sort_by(f64::total_cmp);
        figure(what, turns[5], "us/certificate", Some(20.0));
    }
}

/// Issuances of which every one is another in all that the detectors keep: one in eight concerns an asset.
fn events(count: u64) -> impl Iterator<Item = StreamEvent> {
    let mut rng = Rng::new(1, "stream");
    (0..count).map(move |number| {
        let random: [u8; 32] = rng.octets();
        let mut spki = random;
        spki[0] ^= 1;
        let issuer = u64::from_be_bytes(*random.first_chunk().expect("32 octets")) % 5_000;
        let is_owned = number % 8 == 0;
        let assets = is_owned.then(|| EventAsset {
            asset: format!("asset-{}", number % 100_000),
            owner: format!("owner-{}", number % 1_000),
        });
        StreamEvent {
            timestamp_ms: 1_770_000_000_000 + number * 100,
            tbs_sha256: Sha256Hash(random),
            is_folded: true,
            issuer: Some(Sha256Hash::of(&issuer.to_be_bytes())),
            serial: Sha256Hash(spki).to_string()[..32].to_owned(),
            spki_sha256: Sha256Hash(spki),
            key_kind: "P-256".to_owned(),
            assets: assets.into_iter().collect(),
            foreign_names: vec![format!("{number}.example")],
            first_address: None,
            left_out: 0,
        }
    })
}

#[expect(clippy::cast_precision_loss, reason = "less than 2^53")]
fn detectors() {
    let count = if std::env::args().any(|argument| argument == "ten-million") { 10_000_000 } else { 200_000 };
    let limits = DetectorLimits::default();
    println!("\n{count} issuances before detectors with room for {} entries in each table", limits.entries);
    let mut detectors = Detectors::new(&limits, 1);
    let (mut alerts, mut seconds, mut most) = (0, 0.0, 0);
    let mut events = events(count);
    loop {
        let batch: Vec<StreamEvent> = events.by_ref().take(10_000).collect();
        if batch.is_empty() {
            break;
        }
        let (said, taken) = timed(|| batch.iter().map(|event| detectors.observe(event).len()).sum::<usize>());
        alerts += said;
        seconds += taken;
        most = most.max(detectors.heap_bytes());
    }
    println!("  {alerts} alerts; {} entries forgotten", detectors.history().forgotten);
    figure("an issuance", seconds * 1e6 / count as f64, "us", None);
    figure(
        "memory of the tables",
        most as f64 / f64::from(1 << 20),
        "MiB",
        Some(limits.most_heap_bytes() as f64 / f64::from(1 << 20)),
    );
    if let Some(peak) = peak_kib() {
        figure("peak of the process, of which the tables are a part", peak as f64 / 1024.0, "MiB", None);
    }
}

/// `VmHWM` of Linux.
fn peak_kib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}
