//! Name constraints: tables of what lies where, and properties against definitions that are spelt out.

use std::sync::LazyLock;

use ctlens_san::{
    ChainRefusal, ConstraintErrorKind as E, Constraints, RefusalReason, Source, SubtreeList, check_chain,
};
use ctlens_testkit::{Ca, CertificateBuilder, Key, Name, der};
use ctlens_x509::{ErrorKind, GeneralNameKind, Tbs};
use proptest::prelude::*;

const OTHER: u8 = 0xa0;
const EMAIL: u8 = 0x81;
const DNS: u8 = 0x82;
const X400: u8 = 0xa3;
const DIRECTORY: u8 = 0xa4;
const URI: u8 = 0x86;
const IP: u8 = 0x87;
const REGISTERED_ID: u8 = 0x88;

const EMAIL_ADDRESS: &str = "1.2.840.113549.1.9.1";

static MAKER: LazyLock<Maker> = LazyLock::new(Maker::new);

/// Makes certificates: all of one key, of one CA.
struct Maker {
    ca: Ca,
    spki: Vec<u8>,
}

impl Maker {
    fn new() -> Self {
        let ca = Ca::root(Key::new(1, "ca"), &Name::new().common_name("Root"), 0, 4_000_000_000);
        Self { ca, spki: Key::new(1, "leaf").spki_der().to_vec() }
    }

    fn with_value(&self, value: &[u8]) -> Vec<u8> {
        CertificateBuilder::authority(&self.spki, None).extension("2.5.29.30", true, value).precert_tbs(&self.ca)
    }

    fn authority<T: AsRef<[u8]>>(&self, permitted: &[T], excluded: &[T]) -> Vec<u8> {
        self.with_value(&value(permitted, excluded))
    }

    fn leaf<T: AsRef<[u8]>>(&self, subject: &Name, names: &[T]) -> Vec<u8> {
        let builder = CertificateBuilder::bare(&self.spki).subject(subject);
        names.iter().fold(builder, |builder, name| builder.general_name_der(name.as_ref())).precert_tbs(&self.ca)
    }

    /// Why names are refused, each by its place.
    fn check<T: AsRef<[u8]>>(&self, permitted: &[T], excluded: &[T], names: &[T]) -> Vec<(usize, Why)> {
        let (ca, leaf) = (self.authority(permitted, excluded), self.leaf(&Name::new(), names));
        let (ca, certificate) = (Tbs::from_der(&ca).unwrap(), Tbs::from_der(&leaf).unwrap());
        let constraints = Constraints::of(&ca).unwrap().unwrap();
        let refusals = constraints.check(&certificate).unwrap().into_iter().map(|refusal| {
            assert_eq!(&leaf[refusal.offset..refusal.offset + refusal.octets.len()], refusal.octets);
            let Source::SubjectAltName { index } = refusal.source else { panic!("{refusal:?}") };
            (index, Why::of(&refusal.reason))
        });
        refusals.collect()
    }
}

/// `NameConstraints` of general names.
fn value<T: AsRef<[u8]>>(permitted: &[T], excluded: &[T]) -> Vec<u8> {
    let list = |number, bases: &[T]| {
        let subtrees: Vec<_> = bases.iter().map(|base| der::sequence(&[base])).collect();
        (!bases.is_empty()).then(|| der::explicit(number, &subtrees))
    };
    let lists: Vec<_> = [list(0, permitted), list(1, excluded)].into_iter().flatten().collect();
    der::sequence(&lists)
}

/// A reason without what it points at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Why {
    Excluded(usize),
    NotPermitted(usize),
    InvalidName,
    Unusable(SubtreeList, usize, E),
    Undecodable,
}

impl Why {
    fn of(reason: &RefusalReason<'_>) -> Self {
        match *reason {
            RefusalReason::Excluded(subtree) => {
                assert_eq!(subtree.list, SubtreeList::Excluded);
                Self::Excluded(subtree.base.index)
            }
            RefusalReason::NotPermitted { subtrees } => Self::NotPermitted(subtrees),
            RefusalReason::InvalidName => Self::InvalidName,
            RefusalReason::Unusable { subtree, error } => Self::Unusable(subtree.list, subtree.base.index, error.kind),
            RefusalReason::Undecodable(_) => Self::Undecodable,
            ref other => panic!("{other:?}"),
        }
    }
}

fn dn(name: &Name) -> Vec<u8> {
    der::tlv(DIRECTORY, &name.to_der())
}

/// How a name stands to a subtree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Inside,
    /// Neither in it nor outside for certain.
    Across,
    Outside,
    Invalid,
}
use Place::{Across, Inside, Invalid, Outside};

#[test]
fn names_and_subtrees() {
    let maker = &MAKER;
    let long = format!("{}.example.com", "a".repeat(64));
    let longest = [&"a.".repeat(121), "example.com"].concat();
    for (tag, base, name, place) in [
        // RFC 5280 §4.2.1.10: "zero or more labels to the left-hand side"
        (DNS, "host.example.com", "host.example.com", Inside),
        (DNS, "host.example.com", "my.host.example.com", Inside),
        (DNS, "host.example.com", "host1.example.com", Outside),
        (DNS, "example.com", "badexample.com", Outside),
        (DNS, "example.com", "com", Outside),
        (DNS, "EXAMPLE.com", "www.Example.COM", Inside),
        (DNS, "", "example.com", Inside),
        (DNS, "com", "example.com", Inside),
        (DNS, "example.com", "a_b.example.com", Inside),
        (DNS, "xn--bcher-kva.example", "www.xn--bcher-kva.example", Inside),
        // A dot in front: what is below.
        (DNS, ".example.com", "example.com", Outside),
        (DNS, ".example.com", "www.example.com", Inside),
        (DNS, ".example.com", "wwwexample.com", Outside),
        // CVE-2025-61727
        (DNS, "www.example.com", "*.example.com", Across),
        (DNS, "WWW.example.com", "*.EXAMPLE.com", Across),
        (DNS, "example.com", "*.example.com", Inside),
        (DNS, ".example.com", "*.example.com", Inside),
        (DNS, "a.b.example.com", "*.example.com", Outside),
        (DNS, "www.other.com", "*.example.com", Outside),
        (DNS, "example.com", "*.com", Across),
        (DNS, ".example.com", "*.com", Outside),
        (DNS, "com", "*.com", Inside),
        (DNS, "", "*.com", Inside),
        // What is no name is nowhere.
        (DNS, "example.com", "", Invalid),
        (DNS, "", "", Invalid),
        (DNS, "example.com", "www.example.com.", Invalid),
        (DNS, "example.com", ".www.example.com", Invalid),
        (DNS, "example.com", "w*.example.com", Invalid),
        (DNS, "example.com", "*.*.example.com", Invalid),
        (DNS, "example.com", "www.*.example.com", Invalid),
        (DNS, "example.com", "*", Invalid),
        (DNS, "example.com", "evil.com\0.example.com", Invalid),
        (DNS, "example.com", "evil.com .example.com", Invalid),
        (DNS, "example.com", "b\u{fc}cher.example.com", Invalid),
        (DNS, "example.com", &long, Invalid),
        (DNS, "example.com", &longest, Inside),
        (DNS, "example.com", &["a.", &longest].concat(), Invalid),
        // E-mail: a mailbox, a host, a domain.
        (EMAIL, "a@example.com", "a@EXAMPLE.com", Inside),
        (EMAIL, "a@example.com", "A@example.com", Outside),
        (EMAIL, "a@example.com", "a@www.example.com", Outside),
        (EMAIL, "a@example.com", "\"\\a\"@example.com", Inside),
        (EMAIL, "\"a@b\"@example.com", "\"a@b\"@example.com", Inside),
        (EMAIL, "*@example.com", "*@example.com", Inside),
        (EMAIL, "*@example.com", "a@example.com", Outside),
        (EMAIL, "example.com", "a@example.com", Inside),
        (EMAIL, "example.com", "a@www.example.com", Outside),
        (EMAIL, ".example.com", "a@example.com", Outside),
        (EMAIL, ".example.com", "a@b.c.example.com", Inside),
        (EMAIL, "", "a@example.com", Inside),
        (EMAIL, "example.com", "\"x@evil.com\"@example.com", Inside),
        (EMAIL, "example.com", "example.com", Invalid),
        (EMAIL, "example.com", "@example.com", Invalid),
        (EMAIL, "example.com", "a@b@example.com", Invalid),
        (EMAIL, "example.com", "a b@example.com", Invalid),
        (EMAIL, "example.com", ".a@example.com", Invalid),
        (EMAIL, "example.com", "a..b@example.com", Invalid),
        (EMAIL, "example.com", "\"a@example.com", Invalid),
        (EMAIL, "example.com", "\"a\"b@example.com", Invalid),
        (EMAIL, "example.com", "a@example.com.", Invalid),
        (EMAIL, "example.com", "a@*.example.com", Invalid),
        (EMAIL, "example.com", "a@[192.0.2.1]", Invalid),
        (EMAIL, "example.com", "\u{e9}@example.com", Invalid),
        (EMAIL, "", &[&"a".repeat(65), "@example.com"].concat(), Invalid),
        // URI: "the constraint applies to the host part of the name"
        (URI, "host.example.com", "https://host.example.com/x", Inside),
        (URI, "host.example.com", "https://HOST.example.com", Inside),
        (URI, "host.example.com", "https://my.host.example.com", Outside),
        (URI, ".example.com", "https://host.example.com?x", Inside),
        (URI, ".example.com", "https://my.host.example.com#x", Inside),
        (URI, ".example.com", "https://example.com", Outside),
        (URI, "", "https://example.com", Inside),
        (URI, "example.com", "spiffe://example.com/ns", Inside),
        (URI, "example.com", "https://user:pw@example.com:8443/", Inside),
        (URI, "example.com", "https://example.com@evil.com/", Outside),
        (URI, "example.com", "https://evil.com/@example.com", Outside),
        (URI, "example.com", "https://evil.com?@example.com", Outside),
        (URI, "example.com", "https://evil.com#@example.com", Outside),
        (URI, "example.com", "https://evil.com\\@example.com", Invalid),
        (URI, "example.com", "https://a@evil.com@example.com", Invalid),
        (URI, "example.com", "https://evil.com:80:example.com", Invalid),
        (URI, "example.com", "https://example.com:x/", Invalid),
        (URI, "example.com", "https://exa%6dple.com/", Invalid),
        (URI, "example.com", "https://example.com./", Invalid),
        (URI, "", "https://192.0.2.1/", Invalid),
        (URI, "", "https://192.0.2.1:80/", Invalid),
        (URI, "", "https://0x7f.0x1/", Invalid),
        (URI, "", "https://1/", Invalid),
        (URI, "", "https://[2001:db8::1]/", Invalid),
        (URI, "", "https://[2001:db8::1%25.example.com]:16/", Invalid),
        (URI, "", "https:///x", Invalid),
        (URI, "", "urn:isbn:1", Invalid),
        (URI, "", "mailto:a@example.com", Invalid),
        (URI, "", "example.com", Invalid),
        (URI, "", "//example.com", Invalid),
        (URI, "", "1a://example.com", Invalid),
        (URI, "", "https://*.example.com/", Invalid),
        (URI, "", "", Invalid),
    ] {
        check_place(maker, &der::tlv(tag, base.as_bytes()), &der::tlv(tag, name.as_bytes()), place, name, base);
    }
}

#[test]
fn addresses_and_subtrees() {
    let maker = &MAKER;
    let v6 = |address: u128, mask: u128| [address.to_be_bytes(), mask.to_be_bytes()].concat();
    let doc = 0x2001_0db8_u128 << 96;
    for (base, address, place) in [
        (vec![192, 0, 2, 0, 255, 255, 255, 0], vec![192, 0, 2, 7], Inside),
        (vec![192, 0, 2, 0, 255, 255, 255, 0], vec![192, 0, 3, 7], Outside),
        // Host bits do not count.
        (vec![192, 0, 2, 99, 255, 255, 255, 0], vec![192, 0, 2, 7], Inside),
        (vec![0; 8], vec![8, 8, 8, 8], Inside),
        (vec![192, 0, 2, 7, 255, 255, 255, 255], vec![192, 0, 2, 7], Inside),
        (vec![192, 0, 2, 7, 255, 255, 255, 255], vec![192, 0, 2, 6], Outside),
        (v6(doc, u128::MAX << 96), (doc | 7).to_be_bytes().to_vec(), Inside),
        (v6(doc, u128::MAX << 96), 1_u128.to_be_bytes().to_vec(), Outside),
        (v6(0, 0), 1_u128.to_be_bytes().to_vec(), Inside),
        // The families are apart, mapped or not.
        (vec![0; 32], vec![0; 4], Outside),
        (vec![0; 8], vec![0; 16], Outside),
        (vec![192, 0, 2, 0, 255, 255, 255, 0], (0xffff_c000_0207_u128).to_be_bytes().to_vec(), Outside),
        (vec![0; 8], vec![], Invalid),
        (vec![0; 8], vec![1, 2, 3], Invalid),
        (vec![0; 8], vec![1, 2, 3, 4, 255, 255, 255, 255], Invalid),
        (vec![0; 32], b"192.0.2.1".to_vec(), Invalid),
    ] {
        check_place(maker, &der::tlv(IP, &base), &der::tlv(IP, &address), place, &address, &base);
    }
}

#[test]
fn directory_names_and_subtrees() {
    let maker = &MAKER;
    let organization = |tag, octets: &[u8]| Name::new().attribute("2.5.4.10", tag, octets);
    let utf8 = |text: &str| organization(der::UTF8_STRING, text.as_bytes());
    let (teletex, bmp, printable) = (0x14, 0x1e, der::PRINTABLE_STRING);
    let pair = |oids: [&str; 2]| {
        let attributes = oids.map(|oid| der::sequence(&[der::oid(oid), der::tlv(der::UTF8_STRING, b"A")]));
        Name::new().rdn_der(der::set(&attributes))
    };
    let (o_and_ou, ou_and_o) = (pair(["2.5.4.10", "2.5.4.11"]), pair(["2.5.4.11", "2.5.4.10"]));
    for (base, name, place) in [
        (Name::new(), utf8("A"), Inside),
        (utf8("A"), utf8("A"), Inside),
        (utf8("A"), utf8("A").common_name("x"), Inside),
        (utf8("A").common_name("x"), utf8("A"), Outside),
        (utf8("A"), Name::new().country("DE").organization("A"), Outside),
        (utf8("A"), Name::new().common_name("A"), Outside),
        (utf8("A"), utf8("B"), Outside),
        // RFC 5280 §7.1: case and white space do not count, nor which string it is.
        (utf8("Example Ltd"), utf8(" eXample  LTD "), Inside),
        (utf8("Example Ltd"), utf8("ExampleLtd"), Outside),
        (utf8("Example Ltd"), organization(printable, b"example ltd"), Inside),
        (utf8("AB"), organization(bmp, b"\0a\0b"), Inside),
        (utf8("AB"), organization(bmp, b"\0a\0c"), Outside),
        (utf8("Z\u{fc}rich"), utf8("Z\u{dc}RICH"), Inside),
        // What would have to be normalised, or is in T.61, or damaged.
        (utf8("Zu\u{308}rich"), utf8("Z\u{fc}rich"), Across),
        (utf8("A"), organization(teletex, b"A"), Across),
        (utf8("A"), organization(teletex, b"B"), Outside),
        (utf8("A"), organization(teletex, b"Z\xfcrich"), Across),
        (utf8("A"), organization(der::UTF8_STRING, b"\xff"), Across),
        (utf8("A"), utf8("A\u{ad}"), Across),
        (organization(teletex, b"Z\xfcrich"), organization(teletex, b"Z\xfcrich"), Inside),
        (organization(0x03, b"\0\x01"), organization(0x03, b"\0\x01"), Inside),
        (organization(0x03, b"\0\x01"), organization(0x03, b"\0\x02"), Outside),
        // "the same number of naming attributes"
        (o_and_ou.clone(), ou_and_o.clone(), Inside),
        (utf8("A"), o_and_ou.clone(), Outside),
        (o_and_ou.clone(), utf8("A"), Outside),
        (utf8("A").attribute("2.5.4.11", der::UTF8_STRING, b"A"), o_and_ou, Outside),
        // Not to be walked to its end.
        (utf8("A"), utf8("A").rdn_der(vec![0x30, 0]), Invalid),
        (utf8("A"), utf8("A").rdn_der(der::set(&[&[0x30, 0]])), Invalid),
        (Name::new(), Name::new().rdn_der(vec![0x31, 5]), Invalid),
    ] {
        check_place(maker, &dn(&base), &dn(&name), place, &name, &base);
    }
}

fn check_place(
    maker: &Maker,
    base: &[u8],
    name: &[u8],
    place: Place,
    what: impl core::fmt::Debug,
    under: impl core::fmt::Debug,
) {
    let (permitted, excluded) = match place {
        Inside => (None, Some(Why::Excluded(0))),
        Across => (Some(Why::NotPermitted(1)), Some(Why::Excluded(0))),
        Outside => (Some(Why::NotPermitted(1)), None),
        Invalid => (Some(Why::InvalidName), Some(Why::InvalidName)),
    };
    let expected = |why: Option<Why>| Vec::from_iter(why.map(|why| (0, why)));
    assert_eq!(maker.check(&[base], &[], &[name]), expected(permitted), "{what:?} under permitted {under:?}");
    assert_eq!(maker.check(&[], &[base], &[name]), expected(excluded), "{what:?} under excluded {under:?}");
}

/// Subtrees that make no sense refuse every name of their form, and no other.
#[test]
fn unusable_subtrees() {
    let maker = &MAKER;
    let mask = |mask: [u8; 4]| [&[192, 0, 2, 0][..], &mask].concat();
    let v6_mask = [vec![0; 16], vec![0xff; 7], vec![0, 1], vec![0; 7]].concat();
    for (base, error, ahead) in [
        (der::tlv(DNS, b"*.example.com"), E::DomainName, 0),
        (der::tlv(DNS, b"example.com."), E::DomainName, 0),
        (der::tlv(DNS, b"."), E::DomainName, 0),
        (der::tlv(DNS, b"..example.com"), E::DomainName, 0),
        (der::tlv(DNS, b"exa mple.com"), E::DomainName, 0),
        (der::tlv(DNS, b"example.com\0"), E::DomainName, 0),
        (der::tlv(DNS, &[b'a'; 64]), E::DomainName, 0),
        (der::tlv(URI, b"https://example.com"), E::DomainName, 0),
        (der::tlv(URI, b"*.example.com"), E::DomainName, 0),
        (der::tlv(URI, b"example.com/"), E::DomainName, 0),
        (der::tlv(EMAIL, b"@example.com"), E::Mailbox, 0),
        (der::tlv(EMAIL, b"a@.example.com"), E::Mailbox, 0),
        (der::tlv(EMAIL, b"a@*.example.com"), E::Mailbox, 0),
        (der::tlv(EMAIL, b"invalid@invalid@example.com"), E::Mailbox, 0),
        (der::tlv(EMAIL, b"."), E::Mailbox, 0),
        (der::tlv(EMAIL, b"\0"), E::Mailbox, 0),
        (der::tlv(IP, &[]), E::AddressLength { octets: 0 }, 0),
        (der::tlv(IP, &[192, 0, 2, 1]), E::AddressLength { octets: 4 }, 0),
        (der::tlv(IP, &[0; 7]), E::AddressLength { octets: 7 }, 0),
        (der::tlv(IP, &[0; 16]), E::AddressLength { octets: 16 }, 0),
        (der::tlv(IP, &[0; 33]), E::AddressLength { octets: 33 }, 0),
        (der::tlv(IP, &mask([255, 0, 255, 0])), E::Mask, 4),
        (der::tlv(IP, &mask([255, 255, 255, 1])), E::Mask, 4),
        (der::tlv(IP, &mask([127, 255, 255, 255])), E::Mask, 4),
        (der::tlv(IP, &v6_mask), E::Mask, 16),
        (der::tlv(DIRECTORY, &[]), E::DirectoryName, 0),
        (der::tlv(DIRECTORY, &[0x30, 2, 0x30, 0]), E::DirectoryName, 0),
        (der::tlv(OTHER, &[&der::oid("1.2.3")[..], &der::explicit(0, &[der::null()])].concat()), E::UnsupportedForm, 0),
        (der::tlv(X400, &[0x30, 0]), E::UnsupportedForm, 0),
        (der::tlv(REGISTERED_ID, &[0x2a]), E::UnsupportedForm, 0),
    ] {
        let good = der::tlv(DNS, b"good.example");
        for list in [SubtreeList::Permitted, SubtreeList::Excluded] {
            let (permitted, excluded) = match list {
                SubtreeList::Permitted => (vec![good.clone(), base.clone()], vec![]),
                SubtreeList::Excluded => (vec![], vec![good.clone(), base.clone()]),
            };
            let ca = maker.authority(&permitted, &excluded);
            let tbs = Tbs::from_der(&ca).unwrap();
            let faults: Vec<_> = Constraints::of(&tbs).unwrap().unwrap().faults().collect();
            let [(subtree, fault)] = faults[..] else { panic!("{base:02x?}: {faults:?}") };
            assert_eq!((subtree.list, subtree.base.index, fault.kind), (list, 1, error), "{base:02x?}");
            assert_eq!(fault.offset, subtree.base.offset + ahead, "{base:02x?}");
            assert!(ca[subtree.base.offset..].starts_with(subtree.base.value));

            let uri = b"https://www.good.example".to_vec();
            for (tag, content) in [
                (OTHER, [&der::oid("1.2.3")[..], &der::explicit(0, &[der::tlv(0x0c, b"x")])].concat()),
                (EMAIL, b"a@www.good.example".to_vec()),
                (X400, vec![0x30, 0]),
                (DIRECTORY, Name::new().common_name("x").to_der()),
                (URI, uri),
                (IP, vec![192, 0, 2, 0]),
                (IP, vec![1]),
                (REGISTERED_ID, vec![0x2b]),
            ] {
                let refused = maker.check(&permitted, &excluded, &[der::tlv(tag, &content)]);
                let expected = if tag == base[0] { vec![(0, Why::Unusable(list, 1, error))] } else { vec![] };
                assert_eq!(refused, expected, "{base:02x?} {tag:02x}");
            }
        }
    }
    // What is excluded is refused for that, whatever else there is.
    let (bad, good) = (der::tlv(DNS, b"*"), der::tlv(DNS, b"good.example"));
    assert_eq!(maker.check(&[], &[bad.clone(), good.clone()], std::slice::from_ref(&good)), [(0, Why::Excluded(1))]);
    // A permitted subtree that holds the name does not make up for one that nobody can read.
    let unusable = Why::Unusable(SubtreeList::Permitted, 0, E::DomainName);
    assert_eq!(maker.check(&[bad, good.clone()], &[], &[good]), [(0, unusable)]);
}

/// Where the subtrees cannot be told from each other, there are no constraints to hold a name against.
#[test]
fn damaged_extensions() {
    let maker = &MAKER;
    let dns = der::tlv(DNS, b"example.com");
    let list = |subtree: &[u8]| der::sequence(&[der::explicit(0, &[subtree])]);
    let undecodable = E::Undecodable;
    let subtree = |more: &[u8]| der::sequence(&[&dns[..], more]);
    for (what, value, error, at) in [
        ("nothing", vec![], undecodable(ErrorKind::TruncatedHeader), 0),
        ("no lists", der::sequence::<&[u8]>(&[]), E::Empty, 0),
        ("NULL", der::null(), undecodable(ErrorKind::UnexpectedTag { expected: 0x30, found: 5 }), 0),
        ("a list without a subtree", der::sequence(&[der::explicit::<&[u8]>(0, &[])]), E::Empty, 0),
        (
            "a list without a subtree beside one with",
            der::sequence(&[der::explicit(0, &[subtree(&[])]), der::explicit::<&[u8]>(1, &[])]),
            E::Empty,
            0,
        ),
        ("minimum 1", list(&subtree(&[0x80, 1, 1])), undecodable(ErrorKind::InvalidValue), 21),
        ("maximum 0", list(&subtree(&[0x81, 1, 0])), undecodable(ErrorKind::TrailingData), 19),
        ("minimum 0, maximum 1", list(&subtree(&[0x80, 1, 0, 0x81, 1, 1])), undecodable(ErrorKind::TrailingData), 22),
        (
            "a base that is a SEQUENCE",
            list(&der::sequence(&[der::sequence::<&[u8]>(&[])])),
            E::UnknownTag { found: 0x30 },
            8,
        ),
        ("a base [9]", list(&der::sequence(&[der::tlv(0x89, &[])])), E::UnknownTag { found: 0x89 }, 8),
        ("no base", list(&der::sequence::<&[u8]>(&[])), undecodable(ErrorKind::TruncatedHeader), 6),
        (
            "a list twice",
            der::sequence(&[der::explicit(0, &[subtree(&[])]), der::explicit(0, &[subtree(&[])])]),
            undecodable(ErrorKind::TrailingData),
            19,
        ),
        ("something behind", [list(&subtree(&[])), vec![5, 0]].concat(), undecodable(ErrorKind::TrailingData), 19),
    ] {
        let ca = maker.with_value(&value);
        let tbs = Tbs::from_der(&ca).unwrap();
        let offset = tbs.extension(ctlens_x509::Oid::NAME_CONSTRAINTS).unwrap().unwrap().offset;
        let failed = Constraints::of(&tbs).unwrap_err();
        assert_eq!((failed.kind, failed.offset - offset), (error, at), "{what}: {failed}");
    }
    // "minimum 0" is what it is without.
    let ca = maker.with_value(&list(&subtree(&[0x80, 1, 0])));
    assert_eq!(Constraints::of(&Tbs::from_der(&ca).unwrap()).unwrap().unwrap().subtrees().count(), 1);

    let twice = CertificateBuilder::authority(&maker.spki, None)
        .extension("2.5.29.30", true, &list(&subtree(&[])))
        .extension("2.5.29.30", true, &list(&subtree(&[])))
        .precert_tbs(&maker.ca);
    let failed = Constraints::of(&Tbs::from_der(&twice).unwrap()).unwrap_err();
    assert_eq!(failed.kind, E::Undecodable(ErrorKind::DuplicateExtension));
}

/// Forms without subtrees are free; one reason for each name.
#[test]
fn one_reason_a_name() {
    let maker = &MAKER;
    let names = [
        der::tlv(DNS, b"www.example.com"),
        der::tlv(IP, &[192, 0, 2, 1]),
        der::tlv(DNS, b"other.example"),
        der::tlv(URI, b"urn:x"),
        der::tlv(DNS, b"*.example.com"),
        der::tlv(0x8f, b"x"),
    ];
    let permitted = [der::tlv(DNS, b"example.com"), der::tlv(DNS, b"example.org")];
    let excluded = [der::tlv(IP, &[10, 0, 0, 0, 255, 0, 0, 0]), der::tlv(DNS, b"api.example.com")];
    assert_eq!(maker.check(&permitted, &excluded, &names), [(2, Why::NotPermitted(2)), (4, Why::Excluded(1))]);

    let (ca, leaf) = (maker.authority(&permitted, &excluded), maker.leaf(&Name::new(), &names));
    let (ca, leaf) = (Tbs::from_der(&ca).unwrap(), Tbs::from_der(&leaf).unwrap());
    let constraints = Constraints::of(&ca).unwrap().unwrap();
    assert!(constraints.is_critical());
    let texts: Vec<_> = constraints.check(&leaf).unwrap().iter().map(ToString::to_string).collect();
    assert_eq!(
        texts,
        [
            "`other.example` in subjectAltName[2] is outside all 2 permitted subtrees",
            "`*.example.com` in subjectAltName[4] meets excludedSubtrees[1] `api.example.com`",
        ]
    );
    assert!(Constraints::of(&leaf).unwrap().is_none());
}

#[test]
fn names_of_the_subject() {
    let maker = &MAKER;
    let email = |address: &str| Name::new().attribute(EMAIL_ADDRESS, der::IA5_STRING, address.as_bytes());
    let (dns, mail) = (der::tlv(DNS, b"www.example.com"), der::tlv(EMAIL, b"a@example.com"));
    let example = Name::new().organization("Example");
    let of_subject = |form, reason| vec![(Source::Subject, form, reason)];
    let (directory, rfc822) = (GeneralNameKind::DirectoryName, GeneralNameKind::Rfc822Name);
    let cn = |name: &str| Name::new().common_name(name);
    let broken = Name::new().rdn_der(der::set(&[der::sequence(&[der::oid(EMAIL_ADDRESS)])]));
    for (what, base, subject, names, with_common_name, expected) in [
        ("a subject inside", dn(&example), example.clone().common_name("x"), vec![], false, vec![]),
        ("an empty subject", dn(&example), Name::new(), vec![&dns], false, vec![]),
        ("a subject outside", dn(&example), cn("x"), vec![&dns], false, of_subject(directory, Why::NotPermitted(1))),
        ("e-mail inside", der::tlv(EMAIL, b"example.com"), email("a@example.com"), vec![], false, vec![]),
        (
            "e-mail outside",
            der::tlv(EMAIL, b"example.com"),
            email("a@example.org"),
            vec![],
            false,
            of_subject(rfc822, Why::NotPermitted(1)),
        ),
        (
            "e-mail outside, beside a SAN without e-mail",
            der::tlv(EMAIL, b"example.com"),
            email("a@example.org"),
            vec![&dns],
            false,
            of_subject(rfc822, Why::NotPermitted(1)),
        ),
        (
            "beside a SAN with e-mail",
            der::tlv(EMAIL, b"example.com"),
            email("a@example.org"),
            vec![&mail],
            false,
            vec![],
        ),
        (
            "the second e-mail",
            der::tlv(EMAIL, b"example.com"),
            email("a@example.com").attribute(EMAIL_ADDRESS, 0x1e, b"\0b\0@\0x"),
            vec![],
            false,
            of_subject(rfc822, Why::NotPermitted(1)),
        ),
        (
            "e-mail that is none",
            der::tlv(EMAIL, b"example.com"),
            email("example.com"),
            vec![],
            false,
            of_subject(rfc822, Why::InvalidName),
        ),
        (
            "an attribute without a value",
            der::tlv(EMAIL, b"example.com"),
            broken,
            vec![],
            false,
            of_subject(rfc822, Why::Undecodable),
        ),
        ("a common name is no host", der::tlv(DNS, b"example.com"), cn("example.org"), vec![], false, vec![]),
        (
            "unless it is asked for",
            der::tlv(DNS, b"example.com"),
            cn("example.org"),
            vec![],
            true,
            vec![(Source::CommonName { index: 0 }, GeneralNameKind::DnsName, Why::NotPermitted(1))],
        ),
        (
            "the last one",
            der::tlv(DNS, b"example.com"),
            cn("example.com").common_name("example.org"),
            vec![&mail],
            true,
            vec![(Source::CommonName { index: 1 }, GeneralNameKind::DnsName, Why::NotPermitted(1))],
        ),
        ("beside a dNSName", der::tlv(DNS, b"example.com"), cn("example.org"), vec![&dns], true, vec![]),
        ("which is no host", der::tlv(DNS, b"example.com"), cn("Not a host"), vec![], true, vec![]),
        (
            "an address",
            der::tlv(IP, &[192, 0, 2, 0, 255, 255, 255, 0]),
            cn("192.0.3.1"),
            vec![],
            true,
            vec![(Source::CommonName { index: 0 }, GeneralNameKind::IpAddress, Why::NotPermitted(1))],
        ),
    ] {
        let (ca, leaf) = (maker.authority(&[base], &[]), maker.leaf(&subject, &names));
        let (ca, certificate) = (Tbs::from_der(&ca).unwrap(), Tbs::from_der(&leaf).unwrap());
        let mut constraints = Constraints::of(&ca).unwrap().unwrap();
        if with_common_name {
            constraints = constraints.with_common_name();
        }
        let refusals = constraints.check(&certificate).unwrap();
        for refusal in &refusals {
            assert_eq!(&leaf[refusal.offset..refusal.offset + refusal.octets.len()], refusal.octets);
        }
        let found: Vec<_> = refusals.iter().map(|it| (it.source, it.form.unwrap(), Why::of(&it.reason))).collect();
        assert_eq!(found, expected, "{what}");
    }
}

/// RFC 9598 §6: rfc822Name constraints hold for an SmtpUTF8Mailbox too.
#[test]
fn internationalized_mailboxes() {
    let maker = &MAKER;
    let other = |oid: &str, tag, text: &str| {
        der::explicit(0, &[der::oid(oid), der::explicit(0, &[der::tlv(tag, text.as_bytes())])])
    };
    let mailbox = "1.3.6.1.5.5.7.8.9";
    let base = der::tlv(EMAIL, b"example.com");
    for (name, expected) in [
        (other(mailbox, 0x0c, "\u{e9}@example.com"), None),
        (other(mailbox, 0x0c, "\u{e9}@example.org"), Some(Why::NotPermitted(1))),
        (other(mailbox, 0x0c, "\u{e9}@b\u{fc}cher.example"), Some(Why::InvalidName)),
        (other(mailbox, 0x16, "a@example.com"), Some(Why::InvalidName)),
        (other("1.3.6.1.5.5.7.8.7", 0x16, "_smtp.example.org"), None),
    ] {
        let expected = Vec::from_iter(expected.map(|why| (0, why)));
        assert_eq!(maker.check(&[&base], &[], &[&name]), expected, "{name:02x?}");
    }
    // A form of otherName is its type; what has none may be any.
    let srv = other("1.3.6.1.5.5.7.8.7", 0x16, "example.com");
    let unusable = (0, Why::Unusable(SubtreeList::Permitted, 0, E::UnsupportedForm));
    assert_eq!(maker.check(&[&srv], &[], &[&other("1.3.6.1.5.5.7.8.7", 0x16, "_x.example.com")]), [unusable]);
    assert_eq!(maker.check(&[&srv], &[], &[&other("1.2.3", 0x16, "x")]), []);
    assert_eq!(maker.check(&[&srv], &[], &[&der::tlv(OTHER, b"\x04\x01x")]), [unusable]);
}

#[test]
fn names_that_cannot_be_walked() {
    let maker = &MAKER;
    let ca = maker.authority(&[der::tlv(DNS, b"example.com")], &[]);
    let leaf = CertificateBuilder::bare(&maker.spki)
        .extension("2.5.29.17", false, &der::tlv(0x30, &[0x82, 200, b'x']))
        .precert_tbs(&maker.ca);
    let (ca, leaf) = (Tbs::from_der(&ca).unwrap(), Tbs::from_der(&leaf).unwrap());
    let refusals = Constraints::of(&ca).unwrap().unwrap().check(&leaf).unwrap();
    let [refusal] = refusals[..] else { panic!("{refusals:?}") };
    assert_eq!((refusal.source, refusal.form, refusal.octets), (Source::Extensions, None, &[0x82, 200, b'x'][..]));
    assert_eq!(Why::of(&refusal.reason), Why::Undecodable);
}

/// Names times subtrees of the same form are counted before anything is compared.
#[test]
fn work_is_bounded() {
    let maker = &MAKER;
    let names = |count: usize| (0..count).map(|number| der::tlv(DNS, format!("n{number}.example").as_bytes()));
    let subtrees: Vec<_> = names(513).collect();
    let ca = maker.authority(&subtrees, &[]);
    let leaf = maker.leaf(&Name::new(), &names(511).collect::<Vec<_>>());
    let (ca, leaf) = (Tbs::from_der(&ca).unwrap(), Tbs::from_der(&leaf).unwrap());
    let check = |limit: Option<u64>| {
        let constraints = Constraints::of(&ca).unwrap().unwrap();
        let constraints = limit.into_iter().fold(constraints, Constraints::with_work_limit);
        constraints.check(&leaf).map(|refusals| refusals.len())
    };
    assert_eq!(511 * 513, Constraints::WORK_LIMIT - 1);
    assert_eq!(check(None), Ok(0));
    assert_eq!(check(Some(511 * 513)), Ok(0));
    let error = check(Some(511 * 513 - 1)).unwrap_err();
    assert_eq!(error.kind, E::WorkLimit { names: 511, subtrees: 513, comparisons: 511 * 513, limit: 511 * 513 - 1 });
    assert_eq!(
        error.to_string().split(" (at").next().unwrap(),
        "511 names under 513 subtrees: 262143 comparisons, 262142 allowed"
    );
    // Names of other forms cost nothing, long directoryNames more.
    let ca = maker.authority(&[dn(&Name::new().common_name(&"x".repeat(1000)))], &[]);
    let ca = Tbs::from_der(&ca).unwrap();
    let constraints = |limit| Constraints::of(&ca).unwrap().unwrap().with_work_limit(limit);
    assert_eq!(constraints(100).check(&leaf).map(|refusals| refusals.len()), Ok(0));
    let subject = maker.leaf(&Name::new().common_name("x"), &[dn(&Name::new().common_name("x"))]);
    let error = constraints(31).check(&Tbs::from_der(&subject).unwrap()).unwrap_err();
    assert_eq!(error.kind, E::WorkLimit { names: 2, subtrees: 1, comparisons: 32, limit: 31 });
}

/// No certificate makes the reader hold more than so many subtrees or reasons.
#[test]
fn memory_is_bounded() {
    let limit = usize::try_from(Constraints::WORK_LIMIT).unwrap();
    let subtree = |count: usize| {
        let list = der::tlv(0xa1, &der::sequence(&[der::tlv(IP, &[])]).repeat(count));
        MAKER.with_value(&der::sequence(&[list]))
    };
    let ca = subtree(limit);
    assert_eq!(Constraints::of(&Tbs::from_der(&ca).unwrap()).unwrap().unwrap().faults().count(), limit);
    let ca = subtree(limit + 1);
    let error = Constraints::of(&Tbs::from_der(&ca).unwrap()).unwrap_err();
    let comparisons = Constraints::WORK_LIMIT + 1;
    let expected = E::WorkLimit { names: 1, subtrees: limit + 1, comparisons, limit: Constraints::WORK_LIMIT };
    assert_eq!(error.kind, expected);

    let san = der::sequence(&[der::oid("2.5.29.17"), der::octet_string(&[])]);
    let leaf = (0..10).fold(CertificateBuilder::bare(&MAKER.spki), |leaf, _| leaf.extension_der(san.clone()));
    let (leaf, ca) = (leaf.precert_tbs(&MAKER.ca), MAKER.authority(&[der::tlv(DNS, b"example.com")], &[]));
    let (leaf, ca) = (Tbs::from_der(&leaf).unwrap(), Tbs::from_der(&ca).unwrap());
    let check = |limit| Constraints::of(&ca).unwrap().unwrap().with_work_limit(limit).check(&leaf).map(|it| it.len());
    assert_eq!(check(10), Ok(10));
    assert!(matches!(check(9).unwrap_err().kind, E::WorkLimit { comparisons: 10, limit: 9, .. }));
}

#[test]
fn chains() {
    let maker = &MAKER;
    let ca = |subject: &str, issuer: &str, names: &[Vec<u8>], permitted: &[&str]| {
        let builder = CertificateBuilder::authority(&maker.spki, None)
            .subject(&Name::new().common_name(subject))
            .issuer_der(Name::new().common_name(issuer).to_der());
        let builder = names.iter().fold(builder, |builder, name| builder.general_name_der(name));
        let bases: Vec<_> = permitted.iter().map(|name| der::tlv(DNS, name.as_bytes())).collect();
        let builder = match bases[..] {
            [] => builder,
            _ => builder.extension("2.5.29.30", true, &value(&bases, &[])),
        };
        builder.precert_tbs(&maker.ca)
    };
    let dns = |name: &str| vec![der::tlv(DNS, name.as_bytes())];
    let leaf = maker.leaf(&Name::new(), &dns("www.example.com"));
    let root = ca("Root", "Root", &dns("root.example"), &["example.com", "example.org"]);
    let narrow = ca("Sub", "Root", &dns("ca.example.org"), &["example.org"]);
    let free = ca("Sub", "Root", &[], &[]);
    let rolled_over = ca("ROOT", " root ", &dns("elsewhere.example"), &[]);
    let elsewhere = ca("Sub", "Root", &dns("elsewhere.example"), &[]);
    let broken =
        CertificateBuilder::authority(&maker.spki, None).extension("2.5.29.30", true, &[]).precert_tbs(&maker.ca);
    let check = |path: &[&Vec<u8>]| {
        let path: Vec<_> = path.iter().map(|der| Tbs::from_der(der).unwrap()).collect();
        let places = |refusals: Vec<ChainRefusal<'_>>| {
            refusals.iter().map(|it| (it.ca, it.certificate, Why::of(&it.refusal.reason))).collect::<Vec<_>>()
        };
        check_chain(&path).map(places).map_err(|error| error.ca)
    };
    assert_eq!(check(&[]), Ok(vec![]));
    assert_eq!(check(&[&leaf]), Ok(vec![]));
    assert_eq!(check(&[&leaf, &root]), Ok(vec![]));
    assert_eq!(check(&[&leaf, &free, &root]), Ok(vec![]));
    assert_eq!(check(&[&leaf, &narrow, &root]), Ok(vec![(1, 0, Why::NotPermitted(1))]));
    // A CA is held against those above it, unless it is the same CA with another key.
    assert_eq!(check(&[&leaf, &elsewhere, &root]), Ok(vec![(2, 1, Why::NotPermitted(2))]));
    assert_eq!(check(&[&leaf, &rolled_over, &root]), Ok(vec![]));
    // "unless the certificate is the final certificate in the path"
    assert_eq!(check(&[&rolled_over, &root]), Ok(vec![(1, 0, Why::NotPermitted(2))]));
    assert_eq!(check(&[&leaf, &free, &broken, &root]), Err(2));
    // Constraints of the end-entity certificate constrain nothing.
    assert_eq!(check(&[&broken, &root]), Ok(vec![]));
}

/// Names of the labels a and b; `c` is a label that no subtree has.
fn labels() -> impl Strategy<Value = Vec<&'static str>> {
    prop::collection::vec(prop::sample::select(vec!["a", "b"]), 1..5)
}

/// A subtree as labels, and whether only what is below counts.
type Domain = (Vec<&'static str>, bool);

fn domains() -> impl Strategy<Value = Vec<Domain>> {
    prop::collection::vec((labels(), any::<bool>()), 0..4)
}

fn domain_base(tag: u8, (labels, below): &Domain) -> Vec<u8> {
    der::tlv(tag, [if *below { "." } else { "" }, &labels.join(".")].concat().as_bytes())
}

/// Everything that a name stands for, as far as subtrees can tell.
fn meanings(labels: &[&'static str], is_wildcard: bool) -> Vec<Vec<&'static str>> {
    match is_wildcard {
        false => vec![labels.to_vec()],
        true => ["a", "b", "c"].iter().map(|first| [&[*first], labels].concat()).collect(),
    }
}

fn lies_in(name: &[&str], (labels, below): &Domain) -> bool {
    name.ends_with(labels) && (!below || name.len() > labels.len())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, ..ProptestConfig::default() })]

    #[test]
    fn dns_names_by_what_they_stand_for(
        permitted in domains(), excluded in domains(), name in labels(), is_wildcard in any::<bool>(),
    ) {
        prop_assume!(!permitted.is_empty() || !excluded.is_empty());
        let meanings = meanings(&name, is_wildcard);
        let is_excluded = excluded.iter().any(|domain| meanings.iter().any(|name| lies_in(name, domain)));
        let is_permitted = permitted.is_empty()
            || permitted.iter().any(|domain| meanings.iter().all(|name| lies_in(name, domain)));

        let bases = |domains: &[Domain]| domains.iter().map(|domain| domain_base(DNS, domain)).collect::<Vec<_>>();
        let text = [if is_wildcard { "*." } else { "" }, &name.join(".")].concat();
        let (permitted, excluded) = (bases(&permitted), bases(&excluded));
        let refused = MAKER.check(&permitted, &excluded, &[der::tlv(DNS, text.as_bytes())]);
        match refused[..] {
            [] => prop_assert!(is_permitted && !is_excluded),
            [(0, Why::Excluded(_))] => prop_assert!(is_excluded),
            [(0, Why::NotPermitted(count))] => {
                prop_assert!(!is_permitted && !is_excluded);
                prop_assert_eq!(count, permitted.len());
            }
            _ => prop_assert!(false, "{:?}", refused),
        }
    }

    #[test]
    fn mail_and_uri_hosts_by_their_labels(
        permitted in domains(), excluded in domains(), name in labels(), is_mail in any::<bool>(),
    ) {
        prop_assume!(!permitted.is_empty() || !excluded.is_empty());
        let lies_in = |(labels, below): &Domain| if *below { lies_in(&name, &(labels.clone(), true)) } else { name == *labels };
        let is_excluded = excluded.iter().any(lies_in);
        let is_permitted = permitted.is_empty() || permitted.iter().any(lies_in);

        let (tag, text) = match is_mail {
            true => (EMAIL, format!("x@{}", name.join("."))),
            false => (URI, format!("x://{}", name.join("."))),
        };
        let bases = |domains: &[Domain]| domains.iter().map(|domain| domain_base(tag, domain)).collect::<Vec<_>>();
        let refused = MAKER.check(&bases(&permitted), &bases(&excluded), &[der::tlv(tag, text.as_bytes())]);
        prop_assert_eq!(refused.is_empty(), is_permitted && !is_excluded);
    }

    #[test]
    fn prefixes_bit_by_bit(
        octets in prop::array::uniform16(0..4_u8), address in prop::array::uniform16(0..4_u8),
        is_v4 in any::<bool>(), length in 0..=128_usize, flipped in prop::option::of(0..128_usize),
    ) {
        let width = if is_v4 { 32 } else { 128 };
        let bits = |octets: &[u8]| (0..width).map(|bit| octets[bit / 8] >> (7 - bit % 8) & 1).collect::<Vec<_>>();
        let length = length.min(width);
        // Near the network: one bit away from it, or anywhere.
        let mut address = flipped.map_or(address, |_| octets);
        if let Some(bit) = flipped {
            address[bit / 8] ^= 1 << (7 - bit % 8);
        }
        let mut mask = [0; 16];
        (0..length).for_each(|bit| mask[bit / 8] |= 1 << (7 - bit % 8));
        let base = der::tlv(IP, &[&octets[..width / 8], &mask[..width / 8]].concat());
        let name = der::tlv(IP, &address[..width / 8]);

        let lies_in = bits(&octets)[..length] == bits(&address)[..length];
        prop_assert_eq!(MAKER.check(&[&base], &[], &[&name]).is_empty(), lies_in);
        prop_assert_eq!(MAKER.check(&[], &[&base], &[&name]).is_empty(), !lies_in);
    }

    #[test]
    fn directory_names_rdn_by_rdn(
        base in prop::collection::vec((0..3_usize, 0..3_usize), 0..4),
        name in prop::collection::vec((0..3_usize, 0..3_usize, any::<bool>()), 1..5),
        copied in any::<bool>(),
    ) {
        const TYPES: [&str; 3] = ["2.5.4.10", "2.5.4.11", "2.5.4.3"];
        const VALUES: [&str; 3] = ["a b", "ab", "c"];
        let mut name = name;
        if copied {
            let start = base.iter().map(|&(oid, value)| (oid, value, true));
            name.splice(..base.len().min(name.len()), start);
        }
        let lies_in = name.len() >= base.len()
            && base.iter().zip(&name).all(|(&(oid, value), &(other, text, _))| (oid, value) == (other, text));
        let base = base.iter().fold(Name::new(), |name, &(oid, value)| {
            name.attribute(TYPES[oid], der::UTF8_STRING, VALUES[value].as_bytes())
        });
        let name = name.iter().fold(Name::new(), |name, &(oid, value, is_plain)| match is_plain {
            true => name.attribute(TYPES[oid], der::UTF8_STRING, VALUES[value].as_bytes()),
            false => {
                let text = format!(" {} ", VALUES[value].to_uppercase().replace(' ', "   "));
                name.attribute(TYPES[oid], der::PRINTABLE_STRING, text.as_bytes())
            }
        });
        prop_assert_eq!(MAKER.check(&[dn(&base)], &[], &[dn(&name)]).is_empty(), lies_in);
        prop_assert_eq!(MAKER.check(&[], &[dn(&base)], &[dn(&name)]).is_empty(), !lies_in);
    }

    /// More excluded subtrees allow no more names, more permitted ones of a form that has some allow no fewer, whatever the
    /// subtrees and names are; the order of the subtrees does not matter.
    #[test]
    fn more_subtrees(
        permitted in prop::collection::vec(generals(), 1..5), excluded in prop::collection::vec(generals(), 0..4),
        names in prop::collection::vec(generals(), 1..6), more in generals(), sense in any::<bool>(),
    ) {
        let maker = &MAKER;
        let refused = |permitted: &[Vec<u8>], excluded: &[Vec<u8>]| {
            maker.check(permitted, excluded, &names).iter().map(|(index, _)| *index).collect::<Vec<_>>()
        };
        let before = refused(&permitted, &excluded);
        let (backwards, backwards_excluded): (Vec<_>, Vec<_>) =
            (permitted.iter().rev().cloned().collect(), excluded.iter().rev().cloned().collect());
        prop_assert_eq!(&refused(&backwards, &backwards_excluded), &before);
        if sense {
            let after = refused(&permitted, &[&excluded[..], &[more]].concat());
            prop_assert!(before.iter().all(|index| after.contains(index)));
        } else {
            let ca = maker.authority(&[&more], &[]);
            let is_usable = Constraints::of(&Tbs::from_der(&ca).unwrap()).unwrap().unwrap().faults().next().is_none();
            let has_form = permitted.iter().any(|base| base[0] == more[0]);
            prop_assume!(is_usable && has_form);
            let after = refused(&[&permitted[..], &[more]].concat(), &excluded);
            prop_assert!(after.iter().all(|index| before.contains(index)));
        }
    }
}

/// General names that are near each other, as names and as subtrees, good ones and bad ones.
fn generals() -> impl Strategy<Value = Vec<u8>> {
    let host = "(\\*\\.|\\.)?(a\\.|b\\.){0,2}[ab]?\\.?";
    prop_oneof![
        host.prop_map(|name| der::tlv(DNS, name.as_bytes())),
        host.prop_map(|name| der::tlv(EMAIL, name.as_bytes())),
        ("[xy]?@", host).prop_map(|(local, name)| der::tlv(EMAIL, [local, name].concat().as_bytes())),
        ("(x:|x://)?", host).prop_map(|(scheme, name)| der::tlv(URI, [scheme, name].concat().as_bytes())),
        prop::collection::vec(0..3_u8, 4).prop_map(|octets| der::tlv(IP, &octets)),
        (prop::collection::vec(0..3_u8, 4), prop::sample::select(vec![0, 8, 24, 31]))
            .prop_map(|(octets, length)| der::tlv(IP, &[&octets[..], &(!(u32::MAX >> length)).to_be_bytes()].concat())),
        ("[ab\u{e9}]{1,2}", "[ab]?").prop_map(|(organization, unit)| {
            let name = Name::new().organization(&organization);
            dn(&if unit.is_empty() { name } else { name.common_name(&unit) })
        }),
        Just(der::tlv(REGISTERED_ID, &[0x2a])),
    ]
}
