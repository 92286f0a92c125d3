//! What the detectors hold, as an allocator counts it that knows nothing of them.

use ctlens_policy::{DetectorLimits, Detectors, EventAsset, Sha256Hash, StreamEvent};
use ctlens_testkit::Rng;

fn hash(text: &str) -> Sha256Hash {
    Sha256Hash::of(text.as_bytes())
}

/// Certificates that are all different in all that is kept of them.
fn flood(count: u64) -> impl Iterator<Item = StreamEvent> {
    let mut rng = Rng::new(1, "flood");
    (0..count).map(move |number| {
        let asset = EventAsset { asset: format!("asset {number}"), owner: format!("owner {number}") };
        StreamEvent {
            timestamp_ms: 1_770_000_000_000 + number,
            tbs_sha256: hash(&format!("tbs {number}")),
            is_folded: true,
            issuer: Some(hash(&format!("ca {}", rng.below(count / 4)))),
            serial: format!("{:016x}", rng.number()),
            spki_sha256: hash(&format!("key {number}")),
            key_kind: "P-256".to_owned(),
            assets: if number % 2 == 0 { Vec::new() } else { vec![asset] },
            foreign_names: (0..3).map(|n| format!("n{n}.{number}.example")).collect(),
            first_address: (number % 5 == 0).then(|| "192.0.2.1".to_owned()),
            left_out: 0,
        }
    })
}

#[test]
fn memory_is_bounded() {
    /// Of one event and of what is said about it.
    const BESIDE: u64 = 16 << 10;

    for entries in [100, 3_000] {
        let limits = DetectorLimits::with_entries(entries);
        let mut held = None;
        let counted = allocation_counter::measure(|| {
            let mut detectors = Detectors::new(&limits, 1);
            for event in flood(20_000) {
                detectors.observe(&event);
            }
            held = Some(detectors);
        });
        let (said, most) = (held.unwrap().heap_bytes() as u64, limits.most_heap_bytes() as u64);
        let now = u64::try_from(counted.bytes_current).unwrap();
        println!("{entries} entries: {now} octets held, {said} said; {} at most, {most} allowed", counted.bytes_max);
        // What is said is summed over the tables, and may miss a few allocations beside them.
        assert!(now <= said + said / 64 && said <= 2 * now, "{entries}: {now} held, {said} said");
        assert!(counted.bytes_max <= most + BESIDE, "{entries}: {} at most, {most} allowed", counted.bytes_max);
    }
}
