use ctlens_policy::{DetectorLimits, Detectors, EventAsset, Sha256Hash, StreamEvent};

/// Bytes as a snapshot of detectors, as lines of events, or as events of six octets each: a snapshot that is read takes any
/// event, memory stays bounded, and detectors that were written down and read back say what the others do.
pub fn detectors(data: &[u8]) {
    let [few, text @ ..] = data else { return };
    let entries = usize::from(*few);
    if let Ok(mut restored) = serde_json::from_slice::<Detectors>(text) {
        events(&text[..text.len().min(600)]).iter().for_each(|event| drop(restored.observe(event)));
        same_again(&restored);
        return;
    }
    let lines = text.split(|&octet| octet == b'\n');
    let parsed: Vec<StreamEvent> = lines.filter_map(|line| serde_json::from_slice(line).ok()).collect();
    let is_text = !parsed.is_empty();
    let events = if is_text { parsed } else { events(text) };

    let limits = DetectorLimits::with_entries(entries);
    let mut original = Detectors::new(&limits, 1);
    let mut other_seed = Detectors::new(&limits, 2);
    let (before, after) = events.split_at(events.len() / 2);
    for event in before {
        assert_eq!(original.observe(event), other_seed.observe(event));
    }
    let mut restored = same_again(&original);
    for event in after {
        let alerts = original.observe(event);
        assert_eq!(alerts, restored.observe(event));
        for alert in alerts {
            let shown = alert.to_string();
            assert!(!shown.contains('\n') && !shown.contains('\u{1b}'), "{shown}");
        }
    }
    assert_eq!(original, restored);
    // Ids of other lengths than policies have are in text only.
    assert!(is_text || original.heap_bytes() <= limits.most_heap_bytes());
}

fn same_again(detectors: &Detectors) -> Detectors {
    let json = serde_json::to_string(detectors).expect("numbers and texts");
    let restored: Detectors = serde_json::from_str(&json).expect("it was written");
    assert_eq!(serde_json::to_string(&restored).expect("numbers and texts"), json);
    restored
}

fn events(octets: &[u8]) -> Vec<StreamEvent> {
    let hash = |kind: &str, number: u8| Sha256Hash::of(format!("{kind} {number}").as_bytes());
    let event = |&[tbs, issuer, serial, key, names, time]: &[u8; 6]| StreamEvent {
        timestamp_ms: 1_767_225_600_000 + u64::from(time) * 60_000,
        tbs_sha256: hash("tbs", tbs),
        is_folded: names & 0x80 == 0,
        issuer: (issuer & 7 != 0).then(|| hash("issuer", issuer & 7)),
        serial: format!("{serial:02x}"),
        spki_sha256: hash("key", key & 0x0f),
        key_kind: format!("kind {}", key >> 6),
        assets: (0..names & 3)
            .map(|n| EventAsset { asset: format!("asset-{}", n + key % 5), owner: format!("owner-{}", key % 3) })
            .collect(),
        foreign_names: (0..names >> 2 & 3).map(|n| format!("{}.example", n + names % 11)).collect(),
        first_address: (names & 0x40 != 0).then(|| "192.0.2.1".to_owned()),
        left_out: usize::from(names & 0x20),
    };
    octets.as_chunks().0.iter().map(event).collect()
}

/// Streams and snapshots to start from.
pub(crate) fn streams() -> Vec<Vec<u8>> {
    let octets: Vec<u8> = (0..=255_u8).map(|octet| octet.wrapping_mul(77)).collect();
    let of = |entries: u8, text: &[u8]| [&[entries], text].concat();
    let limits = DetectorLimits::with_entries(8);
    let mut detectors = Detectors::new(&limits, 1);
    let mut lines = String::new();
    for event in events(&octets[..60]) {
        detectors.observe(&event);
        lines += &serde_json::to_string(&event).expect("numbers and texts");
        lines.push('\n');
    }
    let snapshot = serde_json::to_string(&detectors).expect("numbers and texts");
    vec![of(3, &octets[..96]), of(100, &octets), of(8, lines.as_bytes()), of(8, snapshot.as_bytes())]
}
