//! The algebra of decisions, on random policies and certificates.

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use ctlens_lint::Level;
use ctlens_policy::{Context, EntryKind, Finding, Issuance, Issuances, IssuerAttribution, Policy, Sha256Hash, Verdict};
use ctlens_testkit::{Ca, CertificateBuilder, Key, Name};
use ctlens_x509::{Certificate, UnixSeconds};
use proptest::prelude::*;
use support::*;

const ASSETS: [&str; 4] = [
    "dns = [\".one.example\"]",
    "dns = [\"www.one.example\", \"two.example\"]",
    "ip = [\"1.1.1.1/32\", \"1.0.0.0/8\"]",
    "ip = [\"2606:4700::/32\"]\ndns = [\".example\"]",
];

const DNS: [&str; 9] = [
    "one.example",
    "www.one.example",
    "*.one.example",
    "two.example",
    "*.example",
    "1.1.1.1",
    "elsewhere.test",
    "*",
    "a..b",
];

const ADDRESSES: [&[u8]; 5] = [
    &[1, 1, 1, 1],
    &[1, 2, 3, 4],
    &[9, 9, 9, 9],
    &[1, 1, 1, 1, 1],
    &[0x26, 6, 0x47, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
];

#[derive(Debug, Clone)]
struct Grant {
    assets: BTreeSet<usize>,
    issuer: usize,
    years: (u16, u16),
    wildcards_above: bool,
}

fn grant() -> impl Strategy<Value = Grant> {
    let assets = proptest::collection::btree_set(0..ASSETS.len(), 1..4);
    (assets, 0_usize..3, 2024_u16..2030, 0_u16..4, any::<bool>()).prop_map(
        |(assets, issuer, from, length, wildcards_above)| Grant {
            assets,
            issuer,
            years: (from, from + length),
            wildcards_above,
        },
    )
}

fn authority(index: usize) -> Ca {
    Ca::root(Key::new(index as u64, "authority"), &Name::new().common_name("CA"), 0, 4_102_444_800)
}

fn compile_grants(grants: &[Grant]) -> Policy {
    let mut text = "version = 1\n[[owner]]\nid = \"me\"\n".to_owned();
    for (index, asset) in ASSETS.iter().enumerate() {
        let _ = writeln!(text, "[[asset]]\nid = \"a{index}\"\nowner = \"me\"\n{asset}");
    }
    for index in 0..3 {
        let key = key_of(&authority(index));
        let _ = writeln!(text, "[[issuer]]\nid = \"i{index}\"\nspki_sha256 = [\"{key}\"]");
    }
    for (index, grant) in grants.iter().enumerate() {
        let assets: Vec<String> = grant.assets.iter().map(|asset| format!("\"a{asset}\"")).collect();
        let _ = writeln!(
            text,
            "[[grant]]\nid = \"g{index}\"\nassets = [{}]\nissuers = [\"i{}\"]\nnot_before = {}-01-01T00:00:00Z\n\
             not_after = {}-12-31T23:59:59Z\napproved_by = \"me\"\nreason = \"test\"\nwildcards_above = {}",
            assets.join(", "),
            grant.issuer,
            grant.years.0,
            grant.years.1,
            grant.wildcards_above
        );
    }
    compile(&text)
}

fn certificate() -> impl Strategy<Value = CertificateBuilder> {
    let dns = proptest::collection::vec(proptest::sample::select(&DNS[..]), 0..4);
    let addresses = proptest::collection::vec(proptest::sample::select(&ADDRESSES[..]), 0..3);
    (dns, addresses, 2023_i64..2031).prop_map(|(dns, addresses, year)| {
        let from = ctlens_testkit::der::unix_seconds(year, 6, 1, 0, 0, 0);
        let builder = leaf().validity(from, from + 40 * DAY - 1);
        let builder = dns.into_iter().fold(builder, CertificateBuilder::dns);
        addresses.into_iter().fold(builder, CertificateBuilder::ip)
    })
}

fn issuer() -> impl Strategy<Value = IssuerAttribution> {
    (0_usize..4, 0..5).prop_map(|(authority_index, kind)| {
        let key_sha256 = key_of(&authority(authority_index));
        match kind {
            0 => IssuerAttribution::LeafBound { key_sha256 },
            1 => IssuerAttribution::Folded { key_sha256 },
            2 => IssuerAttribution::SignatureChecked { key_sha256 },
            3 => IssuerAttribution::Claimed { key_sha256 },
            _ => IssuerAttribution::Unknown,
        }
    })
}

fn level_of(verdict: &Verdict, pair: &(String, String)) -> Option<Level> {
    let finding = verdict.findings().find(|finding| {
        finding.asset.as_ref() == Some(&pair.0)
            && finding.identifier.as_ref().is_some_and(|identifier| identifier.text == pair.1)
    });
    finding.map(|finding| finding.level)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn another_grant_never_adds_a_finding(
        grants in proptest::collection::vec(grant(), 0..5),
        another in grant(),
        builder in certificate(),
        issuer in issuer(),
    ) {
        let before = evaluate(&compile_grants(&grants), &builder, &our_ca(), &issuer);
        let more = [grants, vec![another]].concat();
        let after = evaluate(&compile_grants(&more), &builder, &our_ca(), &issuer);
        let known = concerns(&before);
        for pair in concerns(&after) {
            prop_assert!(known.contains(&pair), "{pair:?}");
            prop_assert!(level_of(&after, &pair) <= level_of(&before, &pair));
        }
        prop_assert!(!before.is_quiet() || after.is_quiet());
        prop_assert_eq!(before == Verdict::Unowned, after == Verdict::Unowned);
        prop_assert_eq!(matches!(before, Verdict::Undecidable { .. }), matches!(after, Verdict::Undecidable { .. }));
    }

    #[test]
    fn the_order_of_grants_is_irrelevant(
        (grants, shuffled) in proptest::collection::vec(grant(), 0..6)
            .prop_flat_map(|grants| (Just(grants.clone()), Just(grants).prop_shuffle())),
        builder in certificate(),
        issuer in issuer(),
    ) {
        let one = evaluate(&compile_grants(&grants), &builder, &our_ca(), &issuer);
        let other = evaluate(&compile_grants(&shuffled), &builder, &our_ca(), &issuer);
        let outline = |verdict: &Verdict| {
            let findings: Vec<_> = verdict.findings().map(|finding| (finding.id, finding.level, finding.cause)).collect();
            (verdict.as_str(), findings)
        };
        prop_assert_eq!(outline(&one), outline(&other));
    }

    /// Consent is only ever read off a proven key, and only for that key.
    #[test]
    fn expected_means_granted(
        grants in proptest::collection::vec(grant(), 0..5),
        builder in certificate(),
        issuer in issuer(),
    ) {
        let verdict = evaluate(&compile_grants(&grants), &builder, &our_ca(), &issuer);
        if let Verdict::Expected { grants: by } = verdict {
            let key = issuer.proven_key();
            prop_assert!(key.is_some() && !by.is_empty());
            for id in by {
                let grant = &grants[id[1..].parse::<usize>().unwrap()];
                prop_assert_eq!(key, Some(key_of(&authority(grant.issuer))));
            }
        }
    }

    /// What comes of a set of entries does not depend on their order.
    #[test]
    fn the_order_of_entries_is_irrelevant(
        entries in proptest::collection::vec((0_usize..2, 0_u64..4, any::<bool>(), any::<bool>(), issuer()), 1..8)
            .prop_flat_map(|entries| (Just(entries.clone()), Just(entries).prop_shuffle())),
    ) {
        let policy = policy();
        let certificates: Vec<_> =
            [1, 2].map(|serial| leaf().dns("one.example").serial(&[serial]).certificate(&our_ca())).into();
        let (one, other) = entries;
        let settled = |entries: &[(usize, u64, bool, bool, IssuerAttribution)]| {
            let mut issuances = Issuances::new();
            for &(which, index, is_precert, verified, issuer) in entries {
                let kind = if is_precert { EntryKind::Precertificate } else { EntryKind::Certificate };
                // An index has one kind of entry, and one timestamp.
                let seen = ctlens_policy::Observation { verified, ..seen("log", index * 2 + u64::from(is_precert), kind, issuer) };
                with_tbs(&certificates[which], |tbs| issuances.observe(&policy, tbs, || seen));
            }
            issuances.settle(&policy).collect::<Vec<_>>()
        };
        let (one, other) = (settled(&one), settled(&other));
        for issuance in &one {
            round_trip(issuance);
        }
        prop_assert_eq!(one, other);
    }
}

/// A table of any kind, by number; each decides something about what certificates hold here.
fn table() -> impl Strategy<Value = String> {
    let asset = 0..ASSETS.len();
    let grant = (asset.clone(), 0_usize..3, 2024_u16..2030, any::<bool>(), proptest::option::of(any::<bool>()));
    let grant = grant.prop_map(|(asset, issuer, year, wildcards, pin)| {
        let leaf = Sha256Hash(Key::new(7, "leaf").spki_sha256());
        let pin = match pin {
            None => String::new(),
            Some(true) => format!("key_sha256 = [\"{leaf}\"]\n"),
            Some(false) => format!("tbs_sha256 = [\"{leaf}\"]\n"),
        };
        format!(
            "[[grant]]\nid = \"ID\"\nassets = [\"a{asset}\"]\nissuers = [\"i{issuer}\"]\nnot_before = {year}-01-01T00:00:00Z\n\
             not_after = {year}-12-31T23:59:59Z\napproved_by = \"me\"\nreason = \"test\"\nwildcards_above = {wildcards}\n{pin}"
        )
    });
    let limit = (0_usize..3, any::<bool>()).prop_map(|(issuer, addresses)| {
        let what = if addresses { "addresses = false" } else { "dns = [\".one.example\"]" };
        format!("[[limit]]\nid = \"ID\"\nissuers = [\"i{issuer}\"]\n{what}\nreason = \"r\"\n")
    });
    let suppress = (asset, 0_usize..3).prop_map(|(asset, rule)| {
        let rule = ["ownership.no_grant", "ownership.wrong_issuer", "ownership.denied"][rule];
        format!(
            "[[suppress]]\nid = \"ID\"\nrule = \"{rule}\"\nasset = \"a{asset}\"\nuntil = 2030-01-01T00:00:00Z\nby = \"b\"\n\
             reason = \"r\"\n"
        )
    });
    prop_oneof![3 => grant, 2 => denial(), 1 => limit, 1 => suppress]
}

fn denial() -> impl Strategy<Value = String> {
    let what = prop_oneof![
        (0..ASSETS.len()).prop_map(|asset| format!("assets = [\"a{asset}\"]")),
        proptest::sample::select(&["www.one.example", ".two.example", "elsewhere.test", ".example"][..])
            .prop_map(|name| format!("dns = [\"{name}\"]")),
        Just("ip = [\"9.9.9.9\", \"1.0.0.0/8\"]".to_owned()),
    ];
    (what, proptest::option::of(0_usize..3)).prop_map(|(what, issuer)| {
        let issuers = issuer.map_or_else(String::new, |issuer| format!("issuers = [\"i{issuer}\"]\n"));
        format!("[[deny]]\nid = \"ID\"\n{what}\n{issuers}reason = \"r\"\n")
    })
}

fn tables() -> impl Strategy<Value = Vec<String>> {
    let numbered = |tables: Vec<String>| {
        tables.iter().enumerate().map(|(n, table)| table.replace("\"ID\"", &format!("\"t{n}\""))).collect()
    };
    proptest::collection::vec(table(), 0..7).prop_map(numbered)
}

/// Assets and issuers too.
fn all_tables(tables: &[String]) -> Vec<String> {
    let assets = ASSETS.iter().enumerate();
    let assets = assets.map(|(n, items)| format!("[[asset]]\nid = \"a{n}\"\nowner = \"me\"\n{items}\n"));
    let issuers = (0..3).map(|n| {
        let key = key_of(&authority(n));
        let env = ["", "env = \"production\"\n", "env = \"test\"\n"][n];
        format!("[[issuer]]\nid = \"i{n}\"\n{env}spki_sha256 = [\"{key}\"]\n")
    });
    assets.chain(issuers).chain(tables.iter().cloned()).collect()
}

fn compile_tables(tables: &[String]) -> Policy {
    compile(&format!("version = 1\n[[owner]]\nid = \"me\"\n{}", tables.concat()))
}

fn evaluate_at(policy: &Policy, builder: &CertificateBuilder, issuer: &IssuerAttribution) -> Verdict {
    let der = builder.certificate(&our_ca());
    let context = Context::at(UnixSeconds(1_770_000_000));
    policy.evaluate_in(Certificate::from_der(&der).unwrap().tbs(), issuer, &context)
}

/// Asset, identifier, and the rule where it is not one of ownership.
type Subject = (Option<String>, Option<String>, String);

/// What it is about, and how bad it is.
fn subjects(verdict: &Verdict) -> Vec<(Subject, Level)> {
    let subject = |finding: &Finding| {
        let is_ownership = finding.rule.area() == "ownership";
        let identifier = finding.identifier.as_ref().map(|identifier| identifier.text.clone());
        let rule = if is_ownership { "ownership".to_owned() } else { finding.rule.to_string() };
        ((finding.asset.clone(), identifier, rule), finding.level)
    };
    verdict.findings().map(subject).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, failure_persistence: None, ..ProptestConfig::default() })]

    /// A denial takes away no finding, makes none milder, and makes nothing quiet.
    #[test]
    fn forbid_is_monotone(tables in tables(), extra in denial(), builder in certificate(), issuer in issuer()) {
        let without: Vec<String> =
            tables.into_iter().filter(|table| !table.contains("[[suppress]]")).collect();
        let mut with = without.clone();
        with.push(extra.replace("\"ID\"", "\"extra\""));
        let before = evaluate_at(&compile_tables(&all_tables(&without)), &builder, &issuer);
        let after = evaluate_at(&compile_tables(&all_tables(&with)), &builder, &issuer);
        let found = subjects(&after);
        for (subject, level) in subjects(&before) {
            let still = found.iter().filter(|(other, _)| *other == subject).map(|(_, level)| *level).max();
            prop_assert!(still >= Some(level), "{subject:?} {level}\n{before:#?}\n{after:#?}");
        }
        prop_assert!(before.is_quiet() || !after.is_quiet());
        let is_undecidable = |verdict: &Verdict| matches!(verdict, Verdict::Undecidable { .. });
        prop_assert!(!is_undecidable(&before) || is_undecidable(&after));
    }

    /// A grant adds no finding and makes none worse, whatever else there is.
    #[test]
    fn permit_is_monotone(tables in tables(), extra in table(), builder in certificate(), issuer in issuer()) {
        prop_assume!(extra.contains("[[grant]]"));
        let mut with = tables.clone();
        with.push(extra.replace("\"ID\"", "\"extra\""));
        let before = evaluate_at(&compile_tables(&all_tables(&tables)), &builder, &issuer);
        let after = evaluate_at(&compile_tables(&all_tables(&with)), &builder, &issuer);
        let found = subjects(&before);
        for (subject, level) in subjects(&after) {
            let was = found.iter().filter(|(other, _)| *other == subject).map(|(_, level)| *level).max();
            prop_assert!(was >= Some(level), "{subject:?} {level}\n{before:#?}\n{after:#?}");
        }
    }

    /// Of several issuers, what is found about one is found, as bad as it is, whatever is said about the others.
    #[test]
    fn no_issuer_hides_another(
        tables in tables(),
        builder in certificate(),
        issuers in proptest::collection::vec(issuer(), 1..6),
    ) {
        let policy = compile_tables(&all_tables(&tables));
        let context = Context::at(UnixSeconds(1_770_000_000));
        let der = builder.certificate(&our_ca());
        let certificate = Certificate::from_der(&der).unwrap();
        let settled = |issuers: &mut dyn Iterator<Item = &IssuerAttribution>| {
            let mut issuances = Issuances::new();
            for issuer in issuers {
                let index = issuer.key().map_or(0, |key| u64::from(key.0[0])) + 1000 * u64::from(issuer.proven_key().is_some());
                let seen = seen("log", index, EntryKind::Certificate, *issuer);
                issuances.observe(&policy, certificate.tbs(), || seen);
            }
            issuances.settle_in(&policy, |_| context).collect::<Vec<_>>().pop()
        };
        let Some(issuance) = settled(&mut issuers.iter()) else { return Ok(()) };
        let reversed = settled(&mut issuers.iter().rev());
        if policy.concerns(certificate.tbs()) {
            prop_assert_eq!(Some(&issuance), reversed.as_ref());
        }
        // What only a limit makes a matter of ours is not held before it is one, and no less is found.
        let found = |issuance: &Issuance| -> Vec<_> {
            issuance.verdict.findings().map(|finding| (finding.id, finding.level)).collect()
        };
        prop_assert_eq!(Some(found(&issuance)), reversed.as_ref().map(found));
        let judged: Vec<(IssuerAttribution, Verdict)> = issuance
            .issuers
            .iter()
            .map(|issuer| (*issuer, policy.evaluate_in(certificate.tbs(), issuer, &context)))
            .collect();
        let mut levels: BTreeMap<Sha256Hash, Level> = BTreeMap::new();
        for finding in judged.iter().flat_map(|(_, verdict)| verdict.findings()) {
            let level = levels.entry(finding.id).or_insert(finding.level);
            *level = finding.level.max(*level);
        }
        let merged: Vec<&Finding> = issuance.verdict.findings().collect();
        prop_assert_eq!(merged.len(), levels.len(), "each once");
        for finding in merged {
            prop_assert_eq!(Some(&finding.level), levels.get(&finding.id));
        }
        let is_any = |kind: &str| judged.iter().any(|(_, verdict)| verdict.as_str() == kind);
        let kind = ["undecidable", "findings", "expected", "unowned"].into_iter().find(|kind| is_any(kind));
        prop_assert_eq!(Some(issuance.verdict.as_str()), kind);
        prop_assert_eq!(issuance.verdict.is_quiet(), judged.iter().all(|(_, verdict)| verdict.is_quiet()));
        prop_assert_eq!(issuance.verdict.level(), judged.iter().filter_map(|(_, verdict)| verdict.level()).max());
        round_trip(&issuance);
    }

    /// The order of the tables changes nothing in a verdict.
    #[test]
    fn the_order_of_tables_is_irrelevant(
        (one, other) in tables().prop_flat_map(|tables| {
            let all = all_tables(&tables);
            (Just(all.clone()), Just(all).prop_shuffle())
        }),
        builder in certificate(),
        issuer in issuer(),
    ) {
        let (one, other) = (compile_tables(&one), compile_tables(&other));
        prop_assert_eq!(evaluate_at(&one, &builder, &issuer), evaluate_at(&other, &builder, &issuer));
    }
}
