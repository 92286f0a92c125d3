//! What the caller of a policy hands in: CRLs, ownership sources, CAA records.

use crate::input::Input;
use ctlens_policy::{
    CaaAnswer, CaaRecord, CaaVerdict, ConfigErrors, Crl, Format, Ownership, OwnershipSource, RevocationStatus,
    Sha256Hash, SourceError, Standing, TrustView, caa_permits,
};
use ctlens_san::{DnsName, Prefix};
use ctlens_testkit::der;
use ctlens_x509::{Tbs, UnixSeconds, Validity};
use x509_cert::certificate::Rfc5280;
use x509_cert::crl::CertificateList;
use x509_cert::der::{Decode, Encode};

/// Bytes as a CRL: where x509-cert reads one too, it has the same entries, and whatever is listed is not "not revoked".
pub fn crl(data: &[u8]) {
    let crl = match Crl::from_der(data) {
        Ok(crl) => crl,
        Err(error) => return drop(error.to_string()),
    };
    assert!(crl.len() <= data.len() / 2, "an entry has octets");
    assert!(crl.signed_octets().len() < data.len());
    let Ok(theirs) = CertificateList::<Rfc5280>::from_der(data) else { return };
    let entries = theirs.tbs_cert_list.revoked_certificates.unwrap_or_default();
    assert_eq!(crl.len(), entries.len());
    let seconds = theirs.tbs_cert_list.this_update.to_unix_duration().as_secs();
    assert_eq!(crl.this_update().0, i64::try_from(seconds).expect("before the year 10000"));
    let Ok(issuer) = theirs.tbs_cert_list.issuer.to_der() else { return };
    for entry in entries.iter().take(4) {
        let tbs = tbs(&issuer, entry.serial_number.as_bytes());
        let status = Tbs::from_der(&tbs).map(|tbs| crl.status_of(&tbs)).expect("every field has its tag");
        assert!(!matches!(status, RevocationStatus::NotRevoked { .. }), "{status:?}");
    }
}

fn tbs(issuer: &[u8], serial: &[u8]) -> Vec<u8> {
    let empty = der::tlv(der::SEQUENCE, &[]);
    let validity = der::sequence(&[der::time(0), der::time(4_000_000_000)]);
    der::sequence(&[&der::integer(serial)[..], &empty, issuer, &validity, &empty, &empty])
}

/// The first octet says which file the text is: every claim that was read lies where it was asked for, and a mistake has a place
/// in the text.
pub fn policy_source(data: &[u8]) {
    let Some((selector, text)) = data.split_first() else { return };
    let Ok(text) = std::str::from_utf8(text) else { return };
    let source = match selector % 6 {
        0 => OwnershipSource::from_delegated_statistics("s", text),
        1 => OwnershipSource::from_vrps("s", text),
        2 => return check_view(TrustView::read(text, "s", Format::Toml), text),
        3 => return check_view(TrustView::read(text, "s", Format::Json), text),
        4 => return check_ownership(Ownership::read(text, "s", Format::Toml), text),
        _ => return check_ownership(Ownership::read(text, "s", Format::Json), text),
    };
    match source {
        Ok(source) => check_source(&source),
        Err(error) => check_place(&error, text),
    }
}

fn check_view(view: Result<TrustView, ConfigErrors>, text: &str) {
    match view {
        // Who is trusted in a year is trusted at some time.
        Ok(view) => {
            let key = Sha256Hash([0x11; 32]);
            let year = Validity { not_before: UnixSeconds(1_767_225_600), not_after: UnixSeconds(1_798_761_599) };
            if let Standing::Trusted { by } = view.standing(&key, Some(&year)) {
                let Standing::Trusted { by: ever } = view.standing(&key, None) else { unreachable!("it is trusted") };
                assert!(by.iter().all(|programme| ever.contains(programme)));
            }
        }
        Err(errors) => super::check_errors(&errors, text),
    }
}

fn check_ownership(ownership: Result<Ownership, ConfigErrors>, text: &str) {
    match ownership {
        Ok(ownership) => ownership.sources().iter().for_each(check_source),
        Err(errors) => super::check_errors(&errors, text),
    }
}

fn check_source(source: &OwnershipSource) {
    let everything: [Prefix; 2] = ["0.0.0.0/0", "::/0"].map(|prefix| prefix.parse().expect("a prefix"));
    let claims: Vec<(Prefix, &str)> = everything.iter().flat_map(|prefix| source.holders_of(*prefix)).collect();
    assert_eq!(claims.len(), source.len(), "everything is within everything");
    for (prefix, holder) in claims.iter().take(16) {
        assert!(!holder.is_empty());
        assert!(source.holders_of(*prefix).any(|claim| claim == (*prefix, *holder)));
    }
}

fn check_place(error: &SourceError, text: &str) {
    let lines = text.split('\n').count();
    assert!((1..=lines).contains(&error.line), "{error}");
    let line = text.split('\n').nth(error.line - 1).expect("a line of the text");
    assert!((1..=line.len() + 1).contains(&error.column), "{error}");
}

const DOMAINS: [&str; 2] = ["ca1.example", "ca2.example"];
const TAGS: [&str; 8] = ["issue", "issuewild", "ISSUE", "iodef", "contactemail", "issuemail", "tbs", ""];

/// Records for three names, and a question about the lowest: what is permitted is so by a record that names the CA, or because
/// no record restricts anybody, and the first name with records is the one that decides.
pub fn caa(data: &[u8]) {
    let mut input = Input::new(data);
    let is_wildcard = input.flag();
    let domains = &DOMAINS[..input.below(3)];
    let sets: [Vec<CaaRecord>; 3] = std::array::from_fn(|_| (0..input.below(4)).map(|_| record(&mut input)).collect());
    let fails_at = input.below(6);
    let names = ["www.shop.example", "shop.example", "example"];
    let name: DnsName = names[0].parse().expect("a name");
    let verdict = caa_permits(&name, is_wildcard, domains, |asked| {
        let number = names.iter().position(|name| *name == asked).expect("only the names on the way up");
        if number == fails_at { CaaAnswer::Failed } else { CaaAnswer::Records(&sets[number]) }
    });
    let first = (0..3).find(|&number| number == fails_at || !sets[number].is_empty());
    let decided_at = first.map(|number| names[number]);
    let is_restricting = |record: &CaaRecord| {
        record.tag.eq_ignore_ascii_case("issue") || (is_wildcard && record.tag.eq_ignore_ascii_case("issuewild"))
    };
    match verdict {
        CaaVerdict::NoRecords => assert_eq!(first, None),
        CaaVerdict::Unanswered { at } => assert_eq!((Some(at.as_str()), first), (decided_at, Some(fails_at))),
        CaaVerdict::Permitted { at, record } => {
            assert_eq!(Some(at.as_str()), decided_at);
            let records = &sets[first.expect("there is one")];
            match record {
                Some(record) => {
                    assert!(records.contains(&record) && is_restricting(&record));
                    let value = String::from_utf8(record.value).expect("a domain").to_ascii_lowercase();
                    assert!(domains.iter().any(|domain| value.contains(domain)), "{value}");
                }
                None => assert!(!records.iter().any(is_restricting)),
            }
        }
        CaaVerdict::Forbidden { at, record } => {
            assert_eq!(Some(at.as_str()), decided_at);
            assert!(sets[first.expect("there is one")].contains(&record));
            assert!(is_restricting(&record) || record.flags & 128 != 0);
            let _ = record.to_string();
        }
        CaaVerdict::NotCheckable { at, record, .. } => {
            assert_eq!(Some(at.as_str()), decided_at);
            assert!(is_restricting(&record));
        }
        _ => unreachable!("no other verdict"),
    }
}

/// Flags, tag, then the value: one of the domains, nobody, or any octets, and what follows.
fn record(input: &mut Input<'_>) -> CaaRecord {
    let flags = if input.octet() > 200 { 128 } else { 0 };
    let tag = TAGS[input.below(TAGS.len())].to_owned();
    let mut value = match input.below(5) {
        0 | 1 => DOMAINS[input.below(2)].as_bytes().to_vec(),
        2 => b";".to_vec(),
        3 => b"CA1.example ; accounturi=x".to_vec(),
        _ => Vec::new(),
    };
    value.extend_from_slice(input.short());
    CaaRecord { flags, tag, value }
}
