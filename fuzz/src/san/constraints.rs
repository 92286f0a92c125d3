//! Name constraints of a CA against a certificate, and against a watch list.

use super::{ITEMS, check_hit, check_outcome, list, naive, tbs};
use crate::input::Input;
use ctlens_san::{
    ConstraintErrorKind, Constraints, Item, Outcome, Prefix, Refusal, RefusalReason, Source, Subtree, SubtreeList,
    check_chain,
};
use ctlens_testkit::der;
use ctlens_x509::{GeneralName, GeneralNameKind, Tbs};
use std::collections::BTreeSet;
use std::net::IpAddr;
use std::ops::ControlFlow;

/// Every name has at most one reason, which points at what it says; what is allowed and refused is what the definition says
/// where that is simple; more excluded subtrees never allow more; the list's items are met by the subtrees that hold them.
pub fn name_constraints(data: &[u8]) {
    let mut input = Input::new(data);
    let (permitted, excluded) = (bases(&mut input), bases(&mut input));
    let behind = input.short();
    let ca = authority(&permitted, &excluded, behind);
    let leaf = tbs(input);
    let (ca_tbs, leaf_tbs) = (read(&ca), read(&leaf));
    check_watched(&ca, &ca_tbs);
    let constraints = match Constraints::of(&ca_tbs) {
        Ok(Some(constraints)) => constraints,
        Ok(None) => panic!("the extension is there"),
        Err(error) => {
            assert!(error.offset <= ca.len(), "{error}");
            assert_eq!(check_chain(&[leaf_tbs, ca_tbs]).map_err(|error| error.ca), Err(1));
            return;
        }
    };
    for (subtree, fault) in constraints.faults() {
        assert!(subtree.base.offset <= fault.offset && fault.offset <= ca.len(), "{fault}");
    }
    let refusals = constraints.check(&leaf_tbs).expect("short lists");
    check_refusals(&leaf, &leaf_tbs, &constraints, &refusals);
    let chain = check_chain(&[leaf_tbs, ca_tbs]).expect("it is the same");
    assert_eq!(chain.iter().map(|it| it.refusal).collect::<Vec<_>>(), refusals);

    // A limit that is not reached changes nothing, one that is says so.
    let limited = Constraints::of(&ca_tbs).expect("as before").expect("as before").with_work_limit(8);
    match limited.check(&leaf_tbs) {
        Ok(same) => assert_eq!(same, refusals),
        Err(error) => assert!(
            matches!(error.kind, ConstraintErrorKind::WorkLimit { comparisons, limit: 8, .. } if comparisons > 8),
            "{error}"
        ),
    }

    // Nothing is lost by another exclusion, and with all names excluded every dNSName is refused.
    let all = [&excluded[..], &[der::implicit(2, b"")]].concat();
    let stricter = authority(&permitted, &all, behind);
    if let Ok(Some(stricter)) = Constraints::of(&read(&stricter)) {
        let places = |refusals: &[Refusal<'_, '_>]| {
            refusals.iter().map(|it| (it.offset, it.octets.len())).collect::<BTreeSet<_>>()
        };
        let refused = places(&stricter.check(&leaf_tbs).expect("short lists"));
        assert!(places(&refusals).is_subset(&refused));
        let dns_names = leaf_tbs.names().flatten().filter(|name| name.kind() == GeneralNameKind::DnsName);
        dns_names.for_each(|name| assert!(refused.contains(&(name.offset, name.value.len())), "{name:?}"));
    }
}

fn read(bytes: &[u8]) -> Tbs<'_> {
    Tbs::from_der(bytes).expect("every field has its tag")
}

/// Up to seven general names.
fn bases(input: &mut Input<'_>) -> Vec<Vec<u8>> {
    let base = |input: &mut Input<'_>| match input.octet() % 8 {
        0..=2 => der::implicit(2, input.short()),
        3 => {
            let (address, length) = (input.array::<4>(), u32::from(input.octet()) % 33);
            let mask = u32::MAX.checked_shl(32 - length).unwrap_or(0);
            der::implicit(7, &[address, mask.to_be_bytes()].concat())
        }
        4 => der::implicit(1, input.short()),
        5 => der::implicit(6, input.short()),
        6 => {
            let attribute = der::sequence(&[der::oid("2.5.4.3"), der::tlv(input.octet(), input.short())]);
            der::explicit(4, &[der::sequence(&[der::set(&[attribute])])])
        }
        _ => der::tlv(input.octet(), input.short()),
    };
    (0..input.below(8)).map(|_| base(input)).collect()
}

fn authority(permitted: &[Vec<u8>], excluded: &[Vec<u8>], behind: &[u8]) -> Vec<u8> {
    let list = |number, bases: &[Vec<u8>]| {
        let subtrees: Vec<_> = bases.iter().map(|base| der::sequence(&[base])).collect();
        if bases.is_empty() { Vec::new() } else { der::explicit(number, &subtrees) }
    };
    let value = der::sequence(&[&list(0, permitted)[..], &list(1, excluded), behind]);
    let extension = der::sequence(&[der::oid("2.5.29.30"), der::octet_string(&value)]);
    let empty = der::tlv(der::SEQUENCE, &[]);
    let fields: [&[u8]; 6] = [&der::integer(&[1]), &empty, &empty, &empty, &empty, &empty];
    der::sequence(&[&fields.concat()[..], &der::explicit(3, &[der::sequence(&[extension])])])
}

fn check_refusals(leaf: &[u8], tbs: &Tbs<'_>, constraints: &Constraints<'_>, refusals: &[Refusal<'_, '_>]) {
    let mut seen = BTreeSet::new();
    for refusal in refusals {
        assert_eq!(&leaf[refusal.offset..refusal.offset + refusal.octets.len()], refusal.octets);
        assert!(refusal.to_string().len() < 2000);
        if let Source::SubjectAltName { index } = refusal.source {
            assert!(seen.insert(index), "two reasons for {index}");
        }
        match refusal.reason {
            RefusalReason::Excluded(subtree) => assert_eq!(subtree.list, SubtreeList::Excluded),
            RefusalReason::NotPermitted { subtrees } => assert!(subtrees > 0),
            _ => {}
        }
    }
    let with_faults: BTreeSet<_> = constraints.faults().map(|(subtree, _)| subtree.base.tag).collect();
    for name in tbs.names() {
        let Ok(name) = name else {
            assert!(refusals.iter().any(|it| matches!(it.reason, RefusalReason::Undecodable(_))));
            continue;
        };
        let bases = |list| {
            let of_form = move |it: &Subtree<'_>| it.list == list && it.base.kind() == name.kind();
            constraints.subtrees().filter(of_form).map(|it| it.base).collect::<Vec<_>>()
        };
        let (permitted, excluded) = (bases(SubtreeList::Permitted), bases(SubtreeList::Excluded));
        let is_refused = seen.contains(&name.index);
        if permitted.is_empty() && excluded.is_empty() && name.kind() != GeneralNameKind::OtherName {
            assert!(!is_refused, "{name:?} is of a form without subtrees");
        }
        let is_usable = |base: &GeneralName<'_>| !with_faults.contains(&base.tag);
        if !permitted.iter().chain(&excluded).all(is_usable) {
            continue;
        }
        let places =
            |bases: &[GeneralName<'_>]| bases.iter().map(|base| place(&name, base)).collect::<Option<Vec<_>>>();
        if let (Some(permitted), Some(excluded)) = (places(&permitted), places(&excluded)) {
            let is_permitted = permitted.is_empty() || permitted.iter().any(|place| place.is_inside);
            let is_excluded = excluded.iter().any(|place| place.touches);
            assert_eq!(is_refused, is_excluded || !is_permitted, "{name:?}");
        }
    }
}

struct Place {
    is_inside: bool,
    touches: bool,
}

/// Where a dNSName or an iPAddress lies, if both are what they should be.
fn place(name: &GeneralName<'_>, base: &GeneralName<'_>) -> Option<Place> {
    match name.kind() {
        GeneralNameKind::DnsName => {
            let (name, base) = (str::from_utf8(name.value).ok()?, str::from_utf8(base.value).ok()?);
            let is_plain =
                |text: &str| text.bytes().all(|octet| octet.is_ascii_alphanumeric() || b"-_.*".contains(&octet));
            if !is_plain(name) || !naive::is_valid(name) {
                return None;
            }
            let (name, base) = (name.to_ascii_lowercase(), base.to_ascii_lowercase());
            let holds = |name: &str| match base.strip_prefix('.') {
                Some(domain) => name.ends_with(&base) && name.len() > domain.len() + 1,
                None => base.is_empty() || name == base || name.ends_with(&format!(".{base}")),
            };
            // An asterisk is a label that the base does not have, and the first that it has.
            let meanings = match name.strip_prefix("*.") {
                Some(rest) => {
                    let first = base.split('.').next().filter(|label| !label.is_empty()).unwrap_or("x");
                    vec![format!("{first}.{rest}"), format!("{}.{rest}", "fresh".repeat(14))]
                }
                None => vec![name.clone()],
            };
            Some(Place {
                is_inside: meanings.iter().all(|name| holds(name)),
                touches: meanings.iter().any(|name| holds(name)),
            })
        }
        GeneralNameKind::IpAddress => {
            let address: [u8; 4] = name.value.try_into().ok()?;
            let (network, mask) = base.value.split_at_checked(4)?;
            let (network, mask): ([u8; 4], [u8; 4]) = (network.try_into().ok()?, mask.try_into().ok()?);
            let length = u8::try_from(u32::from_be_bytes(mask).count_ones()).expect("at most 32");
            let network = u32::from_be_bytes(network) & u32::from_be_bytes(mask);
            let prefix = Prefix::new(IpAddr::from(network.to_be_bytes()), length).ok()?;
            let holds = naive::holds(&prefix, IpAddr::from(address));
            Some(Place { is_inside: holds, touches: holds })
        }
        _ => None,
    }
}

/// The list against what the CA may issue for.
fn check_watched(ca: &[u8], tbs: &Tbs<'_>) {
    let items: Vec<Item> = ITEMS.iter().map(|item| item.parse().expect("an item")).collect();
    let list = list(&items, 1);
    let mut hits = Vec::new();
    let outcome = list.watch_constraints(tbs, |hit| {
        hits.push(hit);
        ControlFlow::Continue(())
    });
    check_outcome(&outcome, &hits, 0);
    for hit in &hits {
        check_hit(hit, &items);
        assert_eq!(ca[hit.offset..hit.offset + hit.octets.len()], *hit.octets);
    }
    let Ok(Some(constraints)) = Constraints::of(tbs) else {
        assert!(matches!(outcome, Outcome::Undecidable { .. }) || tbs.name_constraints().is_ok());
        return;
    };
    // What holds the very name of an item is a hit for it.
    let faults: BTreeSet<usize> = constraints.faults().map(|(subtree, _)| subtree.base.offset).collect();
    let permitted = constraints.subtrees().filter(|it| it.list == SubtreeList::Permitted).map(|it| it.base);
    for base in permitted.filter(|base| base.kind() == GeneralNameKind::DnsName && !faults.contains(&base.offset)) {
        let base_text = String::from_utf8_lossy(base.value).to_ascii_lowercase();
        for (number, item) in items.iter().enumerate() {
            let (Item::Name(own) | Item::Subtree(own)) = item else { continue };
            let own = own.as_str();
            let holds = match base_text.strip_prefix('.') {
                Some(_) => own.ends_with(&base_text),
                None => base_text.is_empty() || own == base_text || own.ends_with(&format!(".{base_text}")),
            };
            let domain = base_text.strip_prefix('.').unwrap_or(&base_text);
            let lies_in = matches!(item, Item::Subtree(_)) && (domain == own || domain.ends_with(&format!(".{own}")));
            let source = Source::PermittedSubtree { index: base.index };
            let is_hit = hits.iter().any(|hit| hit.source == source && hit.items().any(|it| it.id().index() == number));
            assert_eq!(is_hit, holds || lies_in, "{base_text} and {item}");
        }
    }
}
