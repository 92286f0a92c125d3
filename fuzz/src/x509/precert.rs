//! The TBSCertificate that a log signed, written anew from the parts that the one at hand was written from.

use crate::input::Input;
use crate::x509::check_tbs;
use ctlens_testkit::{der, tree};
use ctlens_x509::{PrecertTbs, Tbs, corresponds as first_difference};

/// What a cut must leave.
pub(super) struct Rebuilt {
    pub(super) whole: Vec<u8>,
    /// The other reading, where no extension is left.
    pub(super) without_extensions: Option<Vec<u8>>,
}

impl Rebuilt {
    /// From the fields before `[3]`, and from what stays in the list.
    pub(super) fn new(fields: &[u8], extensions: &[u8]) -> Self {
        let list = der::tlv(der::SEQUENCE, extensions);
        Self {
            whole: der::sequence(&[fields, &der::explicit(3, &[list])]),
            without_extensions: extensions.is_empty().then(|| der::tlv(der::SEQUENCE, fields)),
        }
    }

    fn readings(&self) -> impl Iterator<Item = &Vec<u8>> {
        std::iter::once(&self.whole).chain(&self.without_extensions)
    }
}

pub(super) fn compare(ours: Option<PrecertTbs<'_>>, expected: Option<Rebuilt>) {
    assert_eq!(ours.is_some(), expected.is_some());
    let (Some(ours), Some(expected)) = (ours, expected) else { return };
    check_pieces(&ours, &expected.whole);
    let other = ours.without_extensions();
    assert_eq!(other.is_some(), expected.without_extensions.is_some());
    if let (Some(other), Some(expected)) = (other, expected.without_extensions) {
        check_pieces(&other, &expected);
    }
}

fn check_pieces(tbs: &PrecertTbs<'_>, expected: &[u8]) {
    assert_eq!(tbs.to_vec(), expected);
    assert_eq!(tbs.octets(), expected.len());
    assert_eq!(tbs.sha256(), tree::sha256(expected));
    assert!(tbs.pieces().flatten().eq(expected));
}

/// A TBSCertificate of arbitrary fields and extensions; list or poison are cut out of it.
pub fn reconstruct(data: &[u8]) {
    let parts = Parts::read(&mut Input::new(data));
    let whole = parts.encode();
    let tbs = Tbs::from_der(&whole).expect("every field has its tag");
    check_tbs(&tbs, &whole);
    compare(tbs.precert_tbs().ok(), parts.without_list_or_poison());
    compare(tbs.without_poison().ok(), parts.without_poison());
    if let Ok(rebuilt) = tbs.precert_tbs()
        && parts.count(Kind::SctList) + parts.count(Kind::Poison) < 2
    {
        let rebuilt = rebuilt.to_vec();
        let again = Tbs::from_der(&rebuilt).expect("it is a TBSCertificate again").precert_tbs();
        assert_eq!(again.map(|again| again.to_vec()), Ok(rebuilt.clone()), "nothing is left to cut");
    }
}

/// A precertificate by a precertificate signing certificate: issuer and authority key identifier are the signer's.
pub fn precert_signer(data: &[u8]) {
    let mut input = Input::new(data);
    let signer_octets = input.long();
    let signer = Parts::read(&mut Input::new(signer_octets));
    let parts = Parts::read(&mut input);
    let (whole, signer_whole) = (parts.encode(), signer.encode());
    let tbs = Tbs::from_der(&whole).expect("every field has its tag");
    let signer_tbs = Tbs::from_der(&signer_whole).expect("every field has its tag");

    let is_readable = |parts: &Parts, kind| parts.count(kind) < 2 && parts.count(Kind::Unreadable) == 0;
    let possible = is_readable(&signer, Kind::KeyPurposes)
        && is_readable(&signer, Kind::KeyIdentifier)
        && is_readable(&parts, Kind::KeyIdentifier)
        && is_readable(&parts, Kind::Poison)
        && parts.count(Kind::Poison) == 1;
    let names_the_purpose = signer.only(Kind::KeyPurposes).map_or(Ok(false), |purposes| {
        let (tag, mut rest) = der::take(&mut &purposes.value[..]);
        let mut found = false;
        while !rest.is_empty() {
            found |= der::take(&mut rest) == (der::OBJECT_IDENTIFIER, &der::oid("1.3.6.1.4.1.11129.2.4.4")[2..]);
        }
        if tag == der::SEQUENCE { Ok(found) } else { Err(()) }
    });
    let expected = (possible && names_the_purpose == Ok(true)).then(|| {
        let value = signer.only(Kind::KeyIdentifier).map(|identifier| identifier.value.clone());
        let mut extensions: Vec<Vec<u8>> = Vec::new();
        for extension in parts.extensions.iter().filter(|extension| extension.kind != Kind::Poison) {
            match (extension.kind, &value) {
                (Kind::KeyIdentifier, Some(value)) => {
                    extensions
                        .push(der::tlv(der::SEQUENCE, &[&extension.head[..], &der::octet_string(value)].concat()));
                }
                (Kind::KeyIdentifier, None) => {}
                _ => extensions.push(extension.encode()),
            }
        }
        if let (None, Some(value)) = (parts.only(Kind::KeyIdentifier), &value) {
            extensions.push(der::sequence(&[der::oid("2.5.29.35"), der::octet_string(value)]));
        }
        let fields = Parts { issuer: signer.issuer.clone(), ..parts.clone() }.fields();
        Rebuilt::new(&fields, &extensions.concat())
    });
    compare(tbs.precert_tbs_signed_by(&signer_tbs).ok(), expected);
}

/// A precertificate and a certificate of the same parts or of others: whether one is the other's, and where they first differ.
pub fn corresponds(data: &[u8]) {
    let mut input = Input::new(data);
    let change = [input.octet(), input.octet(), input.octet()];
    let promised = Parts::read(&mut input);
    let mut issued = promised.clone();
    issued.change(change);
    let (promised_octets, issued_octets) = (promised.encode(), issued.encode());
    let promised_tbs = Tbs::from_der(&promised_octets).expect("every field has its tag");
    let issued_tbs = Tbs::from_der(&issued_octets).expect("every field has its tag");

    let difference = first_difference(&promised_tbs, &issued_tbs);
    let (promised, issued) = (promised.without_poison(), issued.without_list_or_poison());
    let (Some(promised), Some(issued)) = (promised, issued) else { return assert!(difference.is_err()) };
    let same = promised.readings().any(|promised| issued.readings().any(|issued| issued == promised));
    let difference = difference.expect("both can be cut");
    assert_eq!(difference.is_none(), same, "{difference:?}");
    if let Some(difference) = difference {
        let _ = difference.to_string();
        let at = |octets: &[u8], offset: usize| {
            assert!(offset <= octets.len(), "{difference}");
            octets.get(offset).copied()
        };
        at(&promised_octets, difference.precertificate);
        at(&issued_octets, difference.certificate);
    }
}

/// What a TBSCertificate is written from.
#[derive(Clone, Debug)]
struct Parts {
    /// Version, serial number, algorithm.
    before: Vec<u8>,
    issuer: Vec<u8>,
    /// Validity, subject, key, unique identifiers.
    behind: Vec<u8>,
    extensions: Vec<Extension>,
    /// Which of the three lengths around the extensions take more octets than they need: logs hold certificates with such.
    lengths: u8,
}

impl Parts {
    fn read(input: &mut Input<'_>) -> Self {
        let shape = input.octet();
        let lengths = input.octet();
        let field = |input: &mut Input<'_>| der::tlv(der::SEQUENCE, input.short());
        let version = if shape & 1 != 0 { der::explicit(0, &[der::integer(&[2])]) } else { Vec::new() };
        let before = [version, der::integer(input.short()), field(input)].concat();
        let issuer = field(input);
        let mut behind = [field(input), field(input), field(input)].concat();
        for number in [1, 2] {
            if shape & (1 << number) != 0 {
                behind.extend(der::implicit(number, input.short()));
            }
        }
        let mut extensions = Vec::new();
        while !input.is_empty() {
            extensions.push(Extension::read(input));
        }
        Self { before, issuer, behind, extensions, lengths }
    }

    fn fields(&self) -> Vec<u8> {
        [&self.before[..], &self.issuer, &self.behind].concat()
    }

    fn encode(&self) -> Vec<u8> {
        let around = |bit: u8, tag: u8, contents: &[u8]| {
            if self.lengths & (1 << bit) != 0 {
                der::tlv_with_long_length(tag, 4, contents)
            } else {
                der::tlv(tag, contents)
            }
        };
        let extensions: Vec<u8> = self.extensions.iter().flat_map(Extension::encode).collect();
        let explicit = around(0, 0xa3, &around(1, der::SEQUENCE, &extensions));
        around(2, der::SEQUENCE, &[&self.fields()[..], &explicit].concat())
    }

    fn count(&self, kind: Kind) -> usize {
        self.extensions.iter().filter(|extension| extension.kind == kind).count()
    }

    fn only(&self, kind: Kind) -> Option<&Extension> {
        self.extensions.iter().find(|extension| extension.kind == kind)
    }

    /// What may be a list or a poison, and cannot be read, leaves nothing to say; so do two of a kind.
    fn without_list_or_poison(&self) -> Option<Rebuilt> {
        let (lists, poisons) = (self.count(Kind::SctList), self.count(Kind::Poison));
        let readable = self.count(Kind::Unreadable) == 0 && lists < 2 && poisons < 2;
        let first = if lists > 0 { Kind::SctList } else { Kind::Poison };
        readable.then(|| self.without(first))
    }

    fn without_poison(&self) -> Option<Rebuilt> {
        let readable = self.count(Kind::Unreadable) == 0 && self.count(Kind::Poison) < 2;
        readable.then(|| self.without(Kind::Poison))
    }

    fn without(&self, kind: Kind) -> Rebuilt {
        if self.count(kind) == 0 {
            return Rebuilt { whole: self.encode(), without_extensions: None };
        }
        let left = self.extensions.iter().filter(|extension| extension.kind != kind);
        Rebuilt::new(&self.fields(), &left.flat_map(Extension::encode).collect::<Vec<u8>>())
    }

    /// From a precertificate to a certificate, or to something else.
    fn change(&mut self, [what, place, octet]: [u8; 3]) {
        let place = usize::from(place);
        // The poison becomes a list.
        if what & 0x80 == 0
            && let Some(poison) = self.extensions.iter_mut().find(|extension| extension.kind == Kind::Poison)
        {
            *poison = Extension::new(Kind::SctList, der::oid(SCT_LIST), vec![octet]);
        }
        let count = self.extensions.len();
        match what % 8 {
            0 => self.lengths ^= octet,
            1 => self.before = [der::integer(&[octet]), der::tlv(der::SEQUENCE, &[octet])].concat(),
            2 => self.issuer = der::tlv(der::SEQUENCE, &vec![octet; place % 4]),
            3 if count > 0 => drop(self.extensions.remove(place % count)),
            4 if count > 0 => self.extensions[place % count].value.push(octet),
            5 if count > 0 => self.extensions.swap(place % count, usize::from(octet) % count),
            6 => self.extensions.push(Extension::new(Kind::Other, der::oid("2.5.29.14"), vec![octet])),
            _ => {}
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    SctList,
    Poison,
    KeyIdentifier,
    KeyPurposes,
    Other,
    /// Its type cannot be read.
    Unreadable,
}

#[derive(Clone, Debug)]
struct Extension {
    kind: Kind,
    tag: u8,
    /// Type and criticality.
    head: Vec<u8>,
    value: Vec<u8>,
    long_length: bool,
}

const SCT_LIST: &str = "1.3.6.1.4.1.11129.2.4.2";
const POISON: &str = "1.3.6.1.4.1.11129.2.4.3";

impl Extension {
    fn new(kind: Kind, head: Vec<u8>, value: Vec<u8>) -> Self {
        Self { kind, tag: der::SEQUENCE, head, value, long_length: false }
    }

    fn read(input: &mut Input<'_>) -> Self {
        let (kind, oid) = match input.octet() % 10 {
            0 | 1 => (Kind::SctList, der::oid(SCT_LIST)),
            2 => (Kind::Poison, der::oid(POISON)),
            3 => (Kind::Other, der::oid("2.5.29.17")),
            4 => (Kind::KeyIdentifier, der::oid("2.5.29.35")),
            5 => {
                let precert_signing = der::oid("1.3.6.1.4.1.11129.2.4.4");
                let purposes = [&precert_signing[..], &der::oid("1.3.6.1.5.5.7.3.1")];
                let chosen = &purposes[usize::from(input.octet() % 3)..];
                let value = if input.flag() { der::sequence(chosen) } else { der::set(chosen) };
                return Self::new(Kind::KeyPurposes, der::oid("2.5.29.37"), value);
            }
            6 => {
                let mut unreadable = Self::new(Kind::Unreadable, der::oid(SCT_LIST), input.short().to_vec());
                unreadable.tag = der::SET;
                return unreadable;
            }
            7 => return Self::new(Kind::Unreadable, Vec::new(), input.short().to_vec()),
            _ => {
                let oid = der::tlv(der::OBJECT_IDENTIFIER, input.short());
                let known = [
                    (SCT_LIST, Kind::SctList),
                    (POISON, Kind::Poison),
                    ("2.5.29.35", Kind::KeyIdentifier),
                    // Of that one the contents must be known.
                    ("2.5.29.37", Kind::Unreadable),
                ];
                let kind = known.into_iter().find(|(known, _)| der::oid(known) == oid);
                match kind {
                    Some((_, Kind::Unreadable)) => (Kind::Other, der::oid("2.5.29.14")),
                    Some((_, kind)) => (kind, oid),
                    None => (Kind::Other, oid),
                }
            }
        };
        let critical = match input.octet() % 4 {
            0 => der::boolean(true),
            1 => der::boolean(false),
            2 => der::tlv(der::BOOLEAN, input.short()),
            _ => Vec::new(),
        };
        let value = input.long().to_vec();
        let long_length = input.octet().is_multiple_of(8);
        Self { long_length, ..Self::new(kind, [oid, critical].concat(), value) }
    }

    fn encode(&self) -> Vec<u8> {
        let contents = [&self.head[..], &der::octet_string(&self.value)].concat();
        if self.long_length { der::tlv_with_long_length(self.tag, 5, &contents) } else { der::tlv(self.tag, &contents) }
    }
}
