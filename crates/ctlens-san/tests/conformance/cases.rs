//! Other people's certificates and the verdicts of ten programs on them.

use core::net::IpAddr;
use core::ops::ControlFlow;

use ctlens_san::{Grade, Identification, Item, Outcome, Reference, WatchList, identifies};
use ctlens_testkit::{Corpus, Tally};
use ctlens_x509::{Certificate, GeneralNameKind};
use serde_json::Value;

use crate::rfc_9525;

struct Case {
    id: String,
    dns_names: Vec<Vec<u8>>,
    addresses: Vec<Vec<u8>>,
    common_names: Vec<Vec<u8>>,
    reference: String,
    is_address: bool,
    /// Whether the suite that the row comes from takes the certificate for one of the reference.
    suite_says_match: bool,
    /// Parameters of the suite's call, and what kind of verdict it is.
    note: String,
    any_client_match: bool,
    certificate: Vec<u8>,
}

/// The rows of `san/cases.json` that have a certificate.
fn cases(corpus: &Corpus) -> Vec<Case> {
    let (Some(cases), Some(certificates)) =
        (corpus.read_text("san/cases.json"), corpus.read_text("san/synthetic_certs.json"))
    else {
        return Vec::new();
    };
    let cases: Value = serde_json::from_str(&cases).unwrap();
    let certificates: Value = serde_json::from_str(&certificates).unwrap();
    let rows = cases["cases"].as_array().unwrap();
    let cases: Vec<_> = rows.iter().filter_map(|row| case(row, &certificates)).collect();
    println!("san/cases: {} of {} rows have a certificate", cases.len(), rows.len());
    cases
}

fn case(row: &Value, certificates: &Value) -> Option<Case> {
    let id = row["id"].as_str().unwrap().to_owned();
    let certificate = hex(certificates[&id].as_str()?);
    let texts = |field: &str| row[field].as_array().unwrap().iter().map(|text| text.as_str().unwrap());
    Some(Case {
        dns_names: texts("san_dns").map(octets).collect(),
        addresses: texts("san_ip").map(address_octets).collect(),
        common_names: texts("cn").map(octets).collect(),
        reference: row["reference"].as_str().unwrap().to_owned(),
        is_address: row["kind"] == "ip",
        suite_says_match: row["expect"] == "match",
        note: row["note"].as_str().unwrap_or_default().to_owned(),
        any_client_match: row["any_client_match"].as_bool().unwrap(),
        certificate,
        id,
    })
}

/// "each char U+0000..U+00FF is one octet"
fn octets(text: &str) -> Vec<u8> {
    text.chars().map(|char| u8::try_from(u32::from(char)).unwrap()).collect()
}

/// "canonical text, or hex:<octets> when not 4/16 octets"
fn address_octets(text: &str) -> Vec<u8> {
    if let Some(digits) = text.strip_prefix("hex:") {
        return hex(digits);
    }
    match text.parse().unwrap() {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets().to_vec(),
    }
}

fn hex(digits: &str) -> Vec<u8> {
    digits.as_bytes().chunks(2).map(|pair| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

#[test]
fn every_certificate_yields_all_its_identifiers() {
    let Some(corpus) = Corpus::open() else { return };
    let mut tally = Tally::new("san/synthetic_certs: identifiers", &[]);
    for case in cases(&corpus) {
        let certificate = Certificate::from_der(&case.certificate).unwrap();
        let names: Vec<_> = certificate.tbs().names().map(Result::unwrap).collect();
        let of_kind = |kind| -> Vec<_> {
            names.iter().filter(|name| name.kind() == kind).map(|name| name.value.to_vec()).collect()
        };
        let common_names: Vec<_> = certificate.tbs().common_names().map(|name| name.unwrap().value.to_vec()).collect();
        let found = (of_kind(GeneralNameKind::DnsName), of_kind(GeneralNameKind::IpAddress), common_names);
        let expected = (case.dns_names, case.addresses, case.common_names);
        tally.case(&case.id, found == expected, || format!("{expected:?}, found {found:?}"));
    }
    tally.finish();
}

/// The reference as an item of a watch list: an address without brackets and zone.
fn item(case: &Case) -> Option<Item> {
    if !case.is_address {
        return case.reference.parse().ok().filter(|item| matches!(item, Item::Name(_)));
    }
    let address = case.reference.trim_matches(['[', ']']).split('%').next().unwrap();
    address.parse().ok().map(Item::Address)
}

/// References of rows with `any_client_match` that no watch list can hold.
const NO_ITEM: &[&str] = &[
    "go-crypto-x509-fac412e200",
    "go-crypto-x509-f47b4d5893",
    "go-crypto-x509-19a99872af",
    "go-crypto-x509-408280e27d",
    "chromium-883f897d22",
    "chromium-8040e7e342",
    "chromium-ad86a90156",
    "chromium-d7d24ad0cb",
    "chromium-b313592fe1",
    "chromium-0428d6879f",
    "chromium-28f7a6dca5",
    "chromium-54fe4d1b4b",
    "openssl-v3nametest-f3a545384a",
    "openssl-v3nametest-7fb3366657",
    "openssl-v3nametest-95bece867d",
    "openssl-v3nametest-9808e29271",
    "openssl-v3nametest-4af7904d0a",
    "openssl-v3nametest-429833794a",
    "openssl-v3nametest-6b6152b7a4",
    "openssl-v3nametest-3ae8781a56",
    "openssl-v3nametest-e5d7631fa1",
    "openssl-v3nametest-9626a001cc",
    "openssl-v3nametest-11a634e71b",
    "openssl-v3nametest-016523b565",
    "openssl-v3nametest-96db98f980",
    "openssl-v3nametest-aec46e3af1",
    "openssl-v3nametest-5b4490f9ca",
    "openssl-v3nametest-eaa21dc6cf",
    "openssl-v3nametest-ad3463a89a",
    "openssl-v3nametest-e8a1e1787d",
    "openssl-v3nametest-adde23825e",
    "openssl-v3nametest-fe85556729",
    "openssl-v3nametest-e307e73d63",
    "openssl-v3nametest-0ab1e5030c",
    "openssl-v3nametest-240fdba17c",
    "openssl-v3nametest-3a4a61412c",
    "curl-hostcheck-6d8ae03aa3",
    "curl-hostcheck-b233d0d01f",
    "curl-hostcheck-89df1a87e9",
    "curl-hostcheck-e571e3b612",
    "curl-hostcheck-aa91bd52d5",
    "okhttp-OkHostnameVerifier-0ba3c62d20",
    "okhttp-OkHostnameVerifier-cadfb02b31",
    "okhttp-OkHostnameVerifier-2fd37d1503",
    "okhttp-OkHostnameVerifier-3ee1471cfa",
    "conscrypt-OkHostnameVerifier-6d60eb591e",
    "conscrypt-OkHostnameVerifier-e359dc0cf8",
    "boringssl-5b42973afb",
    "boringssl-c99bbc5b3e",
    "boringssl-f75966db9b",
    "python-3.11-ssl-c68a43a107",
    "python-3.11-ssl-efa3eb36ef",
    "python-3.11-ssl-c601380048",
    "python-3.11-ssl-ed68b2482b",
    "python-3.11-ssl-cfc5b618be",
];

#[test]
fn the_watch_list_has_what_any_client_accepts() {
    let Some(corpus) = Corpus::open() else { return };
    let mut accepted = Tally::new("san/cases: any_client_match ⊆ watch list", &[]);
    let mut no_item = Tally::new("san/cases: references that are no item", &[]);
    let mut over_matches = [0_usize; 3];
    for case in cases(&corpus) {
        let Some(item) = item(&case) else {
            if case.any_client_match {
                no_item.case(&case.id, NO_ITEM.contains(&&*case.id), || format!("{:?} is not listed", case.reference));
            }
            continue;
        };
        assert!(!NO_ITEM.contains(&&*case.id), "{}: {item} is listed as no item", case.id);
        let mut list = WatchList::new(1);
        list.insert(&item, ()).unwrap();
        let certificate = Certificate::from_der(&case.certificate).unwrap();
        let mut grade = None;
        let outcome = list.watch(certificate.tbs(), |hit| {
            grade = grade.max(Some(hit.grade));
            ControlFlow::Continue(())
        });
        assert_eq!(grade.is_none(), outcome == Outcome::NoMatch, "{}", case.id);
        if case.any_client_match {
            accepted.case(&case.id, grade >= Some(Grade::SomeClient), || format!("{item}: {grade:?}"));
        } else if let Some(grade) = grade {
            over_matches[grade as usize] += 1;
        }
    }
    accepted.finish();
    no_item.finish();
    let [nobody, some_client, rfc_9525] = over_matches;
    println!("san/cases: over-matches: {nobody} nobody, {some_client} some client, {rfc_9525} RFC 9525");
}

/// What the suites test besides RFC 9525, or instead of it: whose rows these are is seen in what they ask, never in what
/// is answered.
struct OtherRule {
    what: &'static str,
    cause: &'static str,
    /// What the suite says where it follows this rule.
    suite_says_match: bool,
    applies: fn(&Case) -> bool,
}

const OTHER_RULES: &[OtherRule] = &[
    OtherRule {
        what: "the reference is no DNS name and no address",
        cause: "RFC 9525 §6.1: nothing to look for; the suite compares octets",
        suite_says_match: true,
        applies: |case| rfc_9525::reference(&case.reference).is_none(),
    },
    OtherRule {
        what: "common names without a SAN of host names or addresses",
        cause: "RFC 9525 §2, §6.2: common names identify nothing; the suite still looks at them",
        suite_says_match: true,
        applies: |case| case.dns_names.is_empty() && case.addresses.is_empty() && !case.common_names.is_empty(),
    },
    OtherRule {
        what: "a dNSName that is no ASCII, beside a common name",
        cause: "RFC 9525 §6.3: it is ignored, and no common name is looked at; the suite passes over the whole SAN",
        suite_says_match: true,
        applies: |case| case.dns_names.iter().any(|dns| !dns.is_ascii()) && !case.common_names.is_empty(),
    },
    OtherRule {
        what: "a dNSName that ends in a dot",
        cause: "RFC 9525 §6.3: no valid presented identifier; the suite ignores the dot",
        suite_says_match: true,
        applies: |case| case.dns_names.iter().any(|dns| dns.ends_with(b".")),
    },
    OtherRule {
        what: "an asterisk that is not the whole left-most label",
        cause: "RFC 9525 §6.3: no valid presented identifier; the suite expands it",
        suite_says_match: true,
        applies: |case| {
            case.dns_names
                .iter()
                .any(|dns| dns.contains(&b'*') && dns.strip_prefix(b"*.").is_none_or(|rest| rest.contains(&b'*')))
        },
    },
    OtherRule {
        what: "the text of an address in a dNSName",
        cause: "RFC 9525 §6.2, §6.4: an address is compared with iPAddress only; the suite calls the name matcher alone",
        suite_says_match: true,
        applies: |case| {
            let is_address = matches!(rfc_9525::reference(&case.reference), Some(rfc_9525::Reference::Address(_)));
            is_address && case.dns_names.iter().any(|dns| *dns == case.reference.as_bytes())
        },
    },
    OtherRule {
        what: "an IPv4-mapped reference",
        cause: "RFC 9525 §6.4: octet for octet; the suite takes it for the IPv4 address",
        suite_says_match: true,
        applies: |case| {
            matches!(rfc_9525::reference(&case.reference), Some(rfc_9525::Reference::Address(IpAddr::V6(address)))
                if address.to_ipv4_mapped().is_some())
        },
    },
    OtherRule {
        what: "a wildcard at a public suffix",
        cause: "RFC 9525 §7.1 leaves these to the client; the suite refuses them",
        suite_says_match: false,
        applies: |case| {
            let is_suffix = |name: &[u8]| !name.contains(&b'.') || [&b"co.uk"[..], b"com.br"].contains(&name);
            case.dns_names.iter().any(|dns| dns.strip_prefix(b"*.").is_some_and(is_suffix))
        },
    },
    OtherRule {
        what: "a reference that ends in a dot",
        cause: "RFC 1034 §3.1: the dot only makes it absolute; the suite compares octets",
        suite_says_match: false,
        applies: |case| case.reference.ends_with('.'),
    },
    OtherRule {
        what: "a flag of the call",
        cause: "RFC 9525 has no such flags; the suite forbids wildcards or addresses by one",
        suite_says_match: false,
        applies: |case| case.note.contains("flags GNUTLS_VERIFY_DO_NOT_ALLOW"),
    },
    OtherRule {
        what: "a hyphen at an end of a label",
        cause: "RFC 9525 §6.3 compares labels; the suite asks for LDH labels (RFC 5890 §2.3.1) besides",
        suite_says_match: false,
        applies: |case| {
            let labels = || case.dns_names.iter().flat_map(|dns| dns.split(|&octet| octet == b'.'));
            labels().any(|label| label.starts_with(b"-") || label.ends_with(b"-"))
        },
    },
    OtherRule {
        what: "another dNSName of the certificate is no name",
        cause: "RFC 9525 §6.3: it is ignored; the suite refuses the certificate for it",
        suite_says_match: false,
        applies: |case| case.dns_names.iter().any(|dns| rfc_9525::presented(dns).is_none()),
    },
    OtherRule {
        what: "a verdict on the chain",
        cause: "RFC 9525 is about names; the suite refuses the certificate for a rule of the CA/Browser Forum",
        suite_says_match: false,
        applies: |case| case.note.ends_with("(chain-level verdict)"),
    },
];

/// Every answer is RFC 9525's, as a few lines give it that say it once more; and the suites say the same, or follow another rule, in the
/// direction in which that rule differs.
#[test]
fn identification_is_what_the_sources_say() {
    let Some(corpus) = Corpus::open() else { return };
    let mut definition = Tally::new("san/cases: identifies = RFC 9525", &[]);
    let mut suites = Tally::new("san/cases: identifies = the suite", &[]);
    let mut other_rules = [0_usize; OTHER_RULES.len()];
    for case in cases(&corpus) {
        let certificate = Certificate::from_der(&case.certificate).unwrap();
        let identified = case
            .reference
            .parse::<Reference>()
            .is_ok_and(|reference| matches!(identifies(certificate.tbs(), &reference), Identification::Identified(_)));
        let by_definition = rfc_9525::reference(&case.reference)
            .is_some_and(|reference| rfc_9525::identifies(&reference, &case.dns_names, &case.addresses));
        definition.compare(&case.id, by_definition, identified);
        let other_rule = OTHER_RULES.iter().position(|rule| {
            case.suite_says_match == rule.suite_says_match
                && identified != rule.suite_says_match
                && (rule.applies)(&case)
        });
        match other_rule {
            Some(rule) => other_rules[rule] += 1,
            None => suites.case(&case.id, identified == case.suite_says_match, || {
                let texts = |texts: &[Vec<u8>]| {
                    texts.iter().map(|text| text.escape_ascii().to_string()).collect::<Vec<_>>().join(" ")
                };
                let (dns, cn) = (texts(&case.dns_names), texts(&case.common_names));
                format!("{}: {identified}; dns {dns} cn {cn}", case.reference)
            }),
        }
    }
    definition.finish();
    suites.finish();
    for (rule, rows) in OTHER_RULES.iter().zip(other_rules) {
        println!("san/cases: {rows} rows by another rule: {} ({})", rule.what, rule.cause);
    }
}
