//! What looks like names where nothing can be walked.

use ctlens_testkit::{Ca, CertificateBuilder, Key, Name, der};
use ctlens_x509::{Certificate, Salvage, salvage};
use proptest::prelude::*;

const SAN: &str = "2.5.29.17";

fn ca() -> Ca {
    Ca::root(Key::new(4, "ca"), &Name::new().organization("Root"), 0, 4_000_000_000)
}

fn leaf() -> CertificateBuilder {
    CertificateBuilder::leaf(Key::new(4, "leaf").spki_der())
        .dns("one.example")
        .dns("localhost")
        .ip([192, 0, 2, 7])
        .dns("*.two.example")
        .ip([0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1])
}

const NAMES: [&[u8]; 5] = [
    b"one.example",
    b"localhost",
    &[192, 0, 2, 7],
    b"*.two.example",
    &[0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
];

fn found(octets: &[u8]) -> Vec<Vec<u8>> {
    let salvage = salvage(octets);
    for name in &salvage.names {
        assert_eq!(octets[name.offset..].get(..name.octets.len()), Some(name.octets));
    }
    salvage.names.iter().map(|name| name.octets.to_vec()).collect()
}

fn position(octets: &[u8], what: &[u8]) -> usize {
    octets.windows(what.len()).position(|window| window == what).unwrap()
}

#[test]
fn damage_around_the_names() {
    let good = leaf().certificate(&ca());
    let san = position(&good, &[0x55, 0x1d, 0x11]);
    // The octets from the identifier to the first name: critical, OCTET STRING, SEQUENCE.
    assert_eq!(good[san + 3..][..3], [1, 1, 0xff]);
    for (what, at, octet) in [
        ("an indefinite certificate", 1, 0x80),
        ("a reserved length", 1, 0xff),
        ("another tag", 0, 0x31),
        ("the TBS certificate indefinite", 5, 0x80),
        ("the OCTET STRING too long", san + 7, 0x7f),
        ("the SEQUENCE too short", san + 9, 0),
        ("the SEQUENCE indefinite", san + 9, 0x80),
        ("the identifier of the SAN another", san + 2, 0x12),
    ] {
        let mut bad = good.clone();
        bad[at] = octet;
        let names = found(&bad);
        let names: Vec<_> = names.iter().map(Vec::as_slice).collect();
        let expected: Vec<_> = NAMES.into_iter().filter(|name| *name != b"localhost" || bad[san + 2] == 0x11).collect();
        assert_eq!(names, expected, "{what}");
    }
    let in_line = salvage(&good).names.iter().all(|name| name.in_line);
    assert!(in_line && salvage(&good).unsearched.is_empty());
    let mut other = good;
    other[san + 2] = 0x12;
    assert!(salvage(&other).names.iter().all(|name| !name.in_line));
}

#[test]
fn names_that_are_cut_or_too_long() {
    let good = leaf().certificate(&ca());
    let second = position(&good, b"*.two.example");
    // The certificate ends within a name: what is left of it is said.
    assert_eq!(found(&good[..second + 6]).last().unwrap(), b"*.two.");
    // A length that reaches over the names behind it does not hide them.
    let mut long = good.clone();
    let first = position(&good, b"one.example");
    long[first - 1] = 60;
    let names = found(&long);
    assert_eq!(names[0].len(), 60);
    assert!(names[1..].contains(&NAMES[3].to_vec()) && names[1..].contains(&NAMES[2].to_vec()), "{names:?}");
    long[first - 1] = 0x84;
    assert!(found(&long).contains(&NAMES[3].to_vec()), "a length that eats the name");
}

#[test]
fn common_names_and_long_names() {
    let subject = Name::new().common_name("cn.example").attribute("2.5.4.3", 0x1e, b"\0x").organization("no.example");
    let long = vec![[b"a".repeat(63), b".".to_vec()].concat(); 3].concat();
    let der = CertificateBuilder::bare(Key::new(4, "leaf").spki_der()).subject(&subject).dns(&long).certificate(&ca());
    assert_eq!(found(&der), [b"cn.example".to_vec(), b"\0x".to_vec(), long]);
    assert!(salvage(&der).names.iter().all(|name| name.in_line));
    assert_eq!(salvage(&der).names[0].tag, 0x0c);
    let long = der::implicit(2, &found(&der)[2]);
    assert_eq!(salvage(&long).names[0].tag, 0x82);
    assert!(!salvage(&long).names[0].in_line);
}

#[test]
fn nothing_is_found_in_nothing() {
    let der = CertificateBuilder::bare(Key::new(4, "leaf").spki_der()).certificate(&ca());
    assert_eq!(found(&der), Vec::<Vec<u8>>::new());
    assert_eq!(found(&[]), Vec::<Vec<u8>>::new());
    for shape in [
        &[0x82, 3, b'a', b'b', b'c'][..],
        &[0x82, 4, b'a', b'.', b'b'],
        &[0x82, 0],
        &[0x87, 5, 1, 2, 3, 4, 5],
        &[0x87, 4, 1],
    ] {
        assert_eq!(found(shape), Vec::<Vec<u8>>::new(), "{shape:02x?}");
    }
}

#[test]
fn the_cap_is_part_of_the_output() {
    let names = vec![der::implicit(2, b"a.example"); Salvage::MAX_NAMES + 500].concat();
    let certificate = CertificateBuilder::bare(Key::new(4, "leaf").spki_der())
        .extension(SAN, false, &der::tlv(0x30, &names))
        .certificate(&ca());
    for octets in [&names, &certificate] {
        let salvage = salvage(octets);
        assert_eq!(salvage.names.len(), Salvage::MAX_NAMES);
        assert!(octets.ends_with(salvage.unsearched) && salvage.unsearched.len() >= 500 * 11);
        assert!(salvage.unsearched.starts_with(&der::implicit(2, b"a.example")));
    }
    let names = &names[..11 * Salvage::MAX_NAMES];
    assert!(salvage(names).unsearched.is_empty());
}

/// A megabyte of what would be slow or deep for another search.
#[test]
fn a_megabyte_of_anything() {
    let million = |pattern: &[u8]| pattern.repeat((1 << 20) / pattern.len());
    for (what, octets) in [
        ("nesting", million(&[0x30, 0x80])),
        ("identifiers", million(&[0x55, 0x1d, 0x11])),
        ("identifiers and lengths", million(&[0x55, 0x1d, 0x11, 4, 0x84, 0x30, 0x84])),
        ("identifiers before names that reach to the end", million(&[0x55, 0x1d, 0x11, 0x82, 0x83, 0xf, 0xff, 0xff])),
        ("tags of dNSNames", million(&[0x82])),
        ("tags of long dNSNames", million(&[0x82, 0x81, 0xff])),
        ("host octets", million(b"a.")),
        ("tags before host octets", million(&[&[0x82, 0x81, 0xff][..], &[b'a'; 250]].concat())),
        ("common names", million(&[0x55, 0x04, 0x03, 0x0c, 0x7f])),
    ] {
        let found = salvage(&octets);
        assert!(found.names.len() <= Salvage::MAX_NAMES, "{what}");
        assert!(found.unsearched.is_empty() || found.names.len() == Salvage::MAX_NAMES, "{what}");
    }
}

proptest! {
    #[test]
    fn any_octets(octets in prop::collection::vec(prop_oneof![any::<u8>(), Just(0x82), Just(0x55), Just(0x1d), Just(0x11)], 0..300)) {
        found(&octets);
    }

    /// One changed octet costs at most the name that it is in, or a name without a dot.
    #[test]
    fn any_change(at in any::<prop::sample::Index>(), octet in any::<u8>()) {
        let mut der = leaf().certificate(&ca());
        let at = at.index(der.len());
        let touched = NAMES.map(|name| {
            let start = position(&der, name);
            (start - 2..start + name.len()).contains(&at)
        });
        der[at] = octet;
        let names = found(&der);
        for (name, touched) in NAMES.into_iter().zip(touched) {
            prop_assert!(touched || name == b"localhost" || names.contains(&name.to_vec()), "{:?}", name);
        }
        // Where the view works, all that it finds is found.
        if let Ok(certificate) = Certificate::from_der(&der) {
            for name in certificate.tbs().names().flatten().filter(|name| name.tag != 0x30 && name.value.contains(&b'.')) {
                prop_assert!(names.contains(&name.value.to_vec()) || !name.value.is_ascii(), "{:?}", name);
            }
        }
    }
}
