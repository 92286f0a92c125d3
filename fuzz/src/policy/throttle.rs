use super::{KEY, OTHER_KEY, lines};
use crate::input::Input;
use ctlens_lint::{Level, RuleId};
use ctlens_policy::{
    Alert, Counted, Delivery, DetectorLimits, Detectors, EventAsset, Finding, Issuance, IssuerAttribution, Sha256Hash,
    StreamEvent, Throttle, ThrottleRate, Verdict,
};
use ctlens_x509::UnixSeconds;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Bytes as a snapshot, or as a rate and what is found when: each is told, counted or passed over as by [`Model`], and a
/// throttle that was written down and read back goes on where it was. What is read back is bounded.
pub fn throttle(data: &[u8]) {
    if let Ok(throttle) = serde_json::from_slice::<Throttle>(data) {
        play(throttle, None, Input::new(data));
        return;
    }
    let mut input = Input::new(data);
    let rate = ThrottleRate { most: u64::from(input.octet() % 4), within_s: i64::from(input.octet() % 64) };
    play(Throttle::new(rate), Some(Model { rate, worst: BTreeMap::new(), windows: Vec::new() }), input);
}

/// An issuance with one finding, and an alert, to be changed into others.
static BASE: LazyLock<(Issuance, Finding, Alert)> = LazyLock::new(|| {
    let issuances = lines().into_iter().map(|line| Issuance::from_json_line(&line).expect("it was written"));
    let issuance = issuances.into_iter().find(|issuance| !issuance.verdict.is_quiet()).expect("some are loud");
    let finding = issuance.verdict.findings().next().expect("what is loud has one").clone();
    let event = StreamEvent {
        timestamp_ms: 1_767_225_600_000,
        tbs_sha256: KEY,
        is_folded: true,
        issuer: Some(KEY),
        serial: "01".to_owned(),
        spki_sha256: OTHER_KEY,
        key_kind: "P-256".to_owned(),
        assets: vec![EventAsset { asset: "asset-0".to_owned(), owner: "owner".to_owned() }],
        foreign_names: Vec::new(),
        first_address: None,
        left_out: 0,
    };
    let alert = Detectors::new(&DetectorLimits::with_entries(8), 1).observe(&event).into_iter().next();
    (issuance, finding, alert.expect("the first is new"))
});

const LEVELS: [Level; 4] = [Level::Notice, Level::Warning, Level::Error, Level::Critical];
const MOST_STEPS: usize = 256;

fn play(mut throttle: Throttle, mut model: Option<Model>, mut input: Input<'_>) {
    let (issuance, _, alert) = &*BASE;
    let mut now = UnixSeconds(1_767_225_600);
    for _ in 0..MOST_STEPS {
        if input.is_empty() {
            break;
        }
        let [what, later] = input.array();
        // Clocks go back now and then.
        now.0 += i64::from(later % 32) - 2;
        match what % 8 {
            0 => {
                let over = throttle.over(now);
                if let Some(model) = &mut model {
                    let mut over: Vec<Window> = over.into_iter().map(Window::from).collect();
                    over.sort();
                    assert_eq!(over, model.over(now.0));
                }
            }
            1 => throttle = same_again(&throttle),
            2 => {
                let [id, kind] = input.array();
                let mut alert = alert.clone();
                alert.id = Sha256Hash::of(&[2, id % 8]);
                alert.level = LEVELS[usize::from(kind & 3)];
                alert.asset = Some((kind >> 2 & 3).to_string());
                alert.issuer = (kind & 0x80 != 0).then_some(KEY);
                let delivery = throttle.take_alert(&alert, now);
                if let Some(model) = &mut model {
                    let kind = (alert.rule, alert.level, alert.asset.clone(), alert.issuer);
                    assert_eq!(delivery, model.take(&[(alert.id, kind)], now.0));
                }
            }
            // More than is held.
            3 if what == 0xfb => {
                let kinds = 0..Throttle::MOST_KINDS + 64;
                let findings = kinds.map(|n| finding(&n.to_be_bytes(), Level::Error, n.to_string())).collect();
                let mut issuance = issuance.clone();
                issuance.verdict = Verdict::Findings { findings, left_out: 0 };
                let _ = throttle.take(&issuance, now);
                model = None;
            }
            _ => {
                let mut issuance = issuance.clone();
                let key = [Some(KEY), Some(OTHER_KEY), None][usize::from(what >> 3) % 3];
                issuance.issuers = vec![match key {
                    Some(key_sha256) => IssuerAttribution::LeafBound { key_sha256 },
                    None => IssuerAttribution::Unknown,
                }];
                let findings = read_findings(&mut input);
                let is_undecidable = what & 0x80 != 0 && !findings.is_empty();
                let things = loud(&findings, is_undecidable, key);
                issuance.verdict = match is_undecidable {
                    true => Verdict::Undecidable { why: findings, findings: Vec::new(), left_out: 0 },
                    false => Verdict::Findings { findings, left_out: 0 },
                };
                let delivery = throttle.take(&issuance, now);
                if let Some(model) = &mut model {
                    assert_eq!(delivery, model.take(&things, now.0));
                }
            }
        }
    }
    drop(same_again(&throttle));
}

fn read_findings(input: &mut Input<'_>) -> Vec<Finding> {
    let suppressed = || {
        let json = r#"{"id":"s","by":"b","reason":"r","until":"2030-01-01T00:00:00Z"}"#;
        serde_json::from_str(json).expect("a suppression")
    };
    let read = |input: &mut Input<'_>| {
        let [id, kind] = input.array();
        let mut finding = finding(&[1, id % 8], LEVELS[usize::from(kind & 3)], (kind >> 2 & 3).to_string());
        finding.suppressed = (kind & 0x40 != 0).then(suppressed);
        if kind & 0x80 != 0 {
            finding.issuers.push(IssuerAttribution::SignatureChecked { key_sha256: OTHER_KEY });
        }
        finding
    };
    (0..input.below(4)).map(|_| read(input)).collect()
}

fn finding(id: &[u8], level: Level, asset: String) -> Finding {
    let (_, finding, _) = &*BASE;
    let mut finding = finding.clone();
    finding.id = Sha256Hash::of(id);
    finding.level = level;
    finding.asset = Some(asset);
    finding.missing_grant = None;
    finding.suppressed = None;
    finding
}

/// What somebody may be told of: not what is suppressed, unless that is all that cannot be decided.
fn loud(findings: &[Finding], is_undecidable: bool, issuer: Option<Sha256Hash>) -> Vec<(Sha256Hash, Kind)> {
    let is_all = is_undecidable && findings.iter().all(|finding| finding.suppressed.is_some());
    let findings = findings.iter().filter(|finding| is_all || finding.suppressed.is_none());
    let thing = |finding: &Finding| {
        let issuer = if finding.issuers.is_empty() { issuer } else { Some(OTHER_KEY) };
        (finding.id, (finding.rule, finding.level, finding.asset.clone(), issuer))
    };
    findings.map(thing).collect()
}

fn same_again(throttle: &Throttle) -> Throttle {
    let json = serde_json::to_string(throttle).expect("numbers and texts");
    let restored: Throttle = serde_json::from_str(&json).expect("it was written, and holds no more than it may");
    assert_eq!(restored, *throttle);
    restored
}

type Kind = (RuleId, Level, Option<String>, Option<Sha256Hash>);

/// A throttle without bounds.
struct Model {
    rate: ThrottleRate,
    /// Of each thing.
    worst: BTreeMap<Sha256Hash, Level>,
    windows: Vec<Window>,
}

/// What was told and counted of a kind since the first of it was told.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Window {
    kind: Kind,
    since: i64,
    told: u64,
    counted: u64,
}

impl Model {
    fn take(&mut self, things: &[(Sha256Hash, Kind)], now: i64) -> Delivery {
        let mut kinds: Vec<&Kind> = Vec::new();
        for (id, kind) in things {
            if self.worst.get(id).is_none_or(|worst| kind.1 > *worst) {
                self.worst.insert(*id, kind.1);
                if !kinds.contains(&kind) {
                    kinds.push(kind);
                }
            }
        }
        if kinds.is_empty() {
            return Delivery::Silent;
        }
        let within = self.rate.within_s;
        let is_over = |window: &mut Window| now >= window.since + within && kinds.contains(&&window.kind);
        let counted = self.windows.extract_if(.., is_over).map(|window| window.counted).sum();
        let most = self.rate.most.max(1);
        let may_be_told = |kind: &&Kind| {
            let window = self.windows.iter().find(|window| window.kind == **kind);
            window.is_none_or(|window| window.told < most)
        };
        let is_told = kinds.iter().any(may_be_told);
        for kind in kinds {
            let known = self.windows.iter().position(|window| window.kind == *kind);
            let place = known.unwrap_or_else(|| {
                self.windows.push(Window { kind: kind.clone(), since: now, told: 0, counted: 0 });
                self.windows.len() - 1
            });
            let window = &mut self.windows[place];
            window.told += u64::from(is_told);
            window.counted += u64::from(!is_told);
        }
        if is_told { Delivery::Tell { counted } } else { Delivery::Count }
    }

    /// Those that are over, and of which any was only counted.
    fn over(&mut self, now: i64) -> Vec<Window> {
        let within = self.rate.within_s;
        let mut over: Vec<Window> = self.windows.extract_if(.., |window| now >= window.since + within).collect();
        over.retain(|window| window.counted > 0);
        over.sort();
        over
    }
}

impl From<Counted> for Window {
    fn from(counted: Counted) -> Self {
        let Counted { rule, level, asset, issuer_sha256, since, told, counted, .. } = counted;
        Self { kind: (rule, level, asset, issuer_sha256), since: since.0, told, counted }
    }
}

/// Scripts and snapshots to start from.
pub(crate) fn throttles() -> Vec<Vec<u8>> {
    let octets: Vec<u8> = (0..=255_u8).map(|octet| octet.wrapping_mul(77)).collect();
    let (issuance, ..) = &*BASE;
    let mut throttle = Throttle::new(ThrottleRate { most: 1, within_s: 60 });
    let _ = throttle.take(issuance, UnixSeconds(1_767_225_600));
    let snapshot = serde_json::to_string(&throttle).expect("numbers and texts");
    let changed = [
        ("\"version\":1", "\"version\":2"),
        ("\"told\":1", "\"told\":18446744073709551615"),
        ("60", "-9223372036854775808"),
    ];
    let mut seeds = vec![
        octets.clone(),
        [&[1, 60], &octets[..]].concat(),
        // One finding, that rises, sinks and rises to where it was; and the same over.
        [
            &[1, 60][..],
            &[4, 3, 1, 0, 1],
            &[4, 3, 1, 0, 2],
            &[4, 3, 1, 0, 0],
            &[4, 3, 1, 0, 2],
            &[1, 2],
            &[0, 31],
            &[0, 31],
            &[0, 31],
        ]
        .concat(),
        // Above the rate.
        [
            &[2, 60][..],
            &[4, 2, 1, 0, 2],
            &[4, 2, 1, 1, 2],
            &[4, 2, 1, 2, 2],
            &[4, 2, 1, 3, 2],
            &[0, 31],
            &[4, 31, 1, 4, 2],
        ]
        .concat(),
        [&[1, 60], &[0xfb, 2, 1, 2, 4, 2, 1, 0, 2][..]].concat(),
        snapshot.clone().into_bytes(),
    ];
    seeds.extend(changed.map(|(from, to)| snapshot.replacen(from, to, 1).into_bytes()));
    seeds
}
