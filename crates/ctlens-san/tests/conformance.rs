//! Other people's certificates and the verdicts of ten programs on them.

use core::net::IpAddr;
use core::ops::ControlFlow;

use ctlens_san::{Grade, Identification, Item, Outcome, Reference, WatchList, identifies};
use ctlens_testkit::{Corpus, KnownDifference, Tally};
use ctlens_x509::{Certificate, GeneralNameKind};
use serde_json::Value;

struct Case {
    id: String,
    dns_names: Vec<Vec<u8>>,
    addresses: Vec<Vec<u8>>,
    common_names: Vec<Vec<u8>>,
    reference: String,
    is_address: bool,
    expect: String,
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
        expect: row["expect"].as_str().unwrap().to_owned(),
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

const PUBLIC_SUFFIX: &str =
    "RFC 9525 §7.1 leaves wildcards at public suffixes and top-level domains to the client; the suite refuses them";
const TRAILING_DOT: &str =
    "RFC 9525 §6.3: a dNSName that ends in a dot is no valid presented identifier; the suite ignores the dot";
const ABSOLUTE_REFERENCE: &str =
    "RFC 1034 §3.1: the dot at the end of a reference only makes it absolute; the suite compares octets";
const PARTIAL_WILDCARD: &str =
    "RFC 9525 §6.3: the asterisk must be the whole left-most label; the suite expands it inside a label";
const TEXTUAL_ADDRESS: &str =
    "RFC 9525 §6.2, §6.4: an address is compared with iPAddress only; the suite calls the name matcher alone";
const COMMON_NAME: &str = "RFC 9525 §2, §6.2: common names identify nothing; the suite still looks at them";
const FLAGS: &str = "the suite forbids such a match by a flag";
const MAPPED: &str = "RFC 9525 §6.4: octet for octet; the suite takes an IPv4-mapped reference for the IPv4 address";
const HYPHEN: &str = "RFC 9525 §6.3 compares labels; the suite asks for LDH labels (RFC 5890 §2.3.1) besides";
const IGNORED: &str =
    "RFC 9525 §6.3: an invalid presented identifier is ignored; the suite refuses the certificate for it";
const OTHER_RULE: &str =
    "no question of matching: the suite refuses the certificate for a rule of the CA/Browser Forum";

/// Rows where a suite states something else than RFC 9525.
const NOT_RFC_9525: &[KnownDifference] = &[
    KnownDifference { case: "rustls-webpki-79d7d58b70", cause: PUBLIC_SUFFIX },
    KnownDifference { case: "rustls-webpki-7161631c5a", cause: PUBLIC_SUFFIX },
    KnownDifference { case: "chromium-0e6d625cff", cause: PUBLIC_SUFFIX },
    KnownDifference { case: "chromium-491627ff8f", cause: PUBLIC_SUFFIX },
    KnownDifference { case: "curl-hostcheck-6136d02164", cause: PUBLIC_SUFFIX },
    KnownDifference { case: "gnutls-hostname-check-fd12270fd9", cause: PUBLIC_SUFFIX },
    KnownDifference { case: "nss-mozpkix-636c59c92a", cause: PUBLIC_SUFFIX },
    KnownDifference { case: "nss-mozpkix-11f49af4ea", cause: PUBLIC_SUFFIX },
    KnownDifference { case: "apple-SSLTrustPolicyTest-e1cc2f73b7", cause: PUBLIC_SUFFIX },
    KnownDifference { case: "apple-SSLTrustPolicyTest-a0f857a460", cause: PUBLIC_SUFFIX },
    KnownDifference { case: "x509-limbo-59c6561227", cause: PUBLIC_SUFFIX },
    KnownDifference { case: "x509-limbo-933740a950", cause: PUBLIC_SUFFIX },
    KnownDifference { case: "go-crypto-x509-300215690b", cause: TRAILING_DOT },
    KnownDifference { case: "chromium-e84b356c02", cause: TRAILING_DOT },
    KnownDifference { case: "chromium-4ed4e30fd6", cause: TRAILING_DOT },
    KnownDifference { case: "chromium-18e46d588f", cause: TRAILING_DOT },
    KnownDifference { case: "chromium-13a989ddcc", cause: TRAILING_DOT },
    KnownDifference { case: "chromium-c70c4b7f0d", cause: TRAILING_DOT },
    KnownDifference { case: "openssl-v3nametest-6f3d825c73", cause: TRAILING_DOT },
    KnownDifference { case: "openssl-v3nametest-5e80252d60", cause: TRAILING_DOT },
    KnownDifference { case: "curl-hostcheck-6b1283c3f3", cause: TRAILING_DOT },
    KnownDifference { case: "openssl-v3nametest-2e06a4fcab", cause: ABSOLUTE_REFERENCE },
    KnownDifference { case: "openssl-v3nametest-13b31cbe1c", cause: PARTIAL_WILDCARD },
    KnownDifference { case: "node-tls-95eeddb6b5", cause: PARTIAL_WILDCARD },
    KnownDifference { case: "gnutls-hostname-check-4d294fcbd1", cause: PARTIAL_WILDCARD },
    KnownDifference { case: "gnutls-hostname-check-fd35ecc1fb", cause: PARTIAL_WILDCARD },
    KnownDifference { case: "curl-hostcheck-733cc7f990", cause: TEXTUAL_ADDRESS },
    KnownDifference { case: "curl-hostcheck-cc49cafe36", cause: TEXTUAL_ADDRESS },
    KnownDifference { case: "node-tls-0915475474", cause: COMMON_NAME },
    KnownDifference { case: "node-tls-afb4f22e21", cause: COMMON_NAME },
    KnownDifference { case: "node-tls-26f6b71148", cause: COMMON_NAME },
    KnownDifference { case: "node-tls-2941ef65a5", cause: COMMON_NAME },
    KnownDifference { case: "gnutls-hostname-check-a2f59a73ee", cause: COMMON_NAME },
    KnownDifference { case: "conscrypt-OkHostnameVerifier-4f456483b6", cause: COMMON_NAME },
    KnownDifference { case: "conscrypt-OkHostnameVerifier-718f9e1058", cause: COMMON_NAME },
    KnownDifference { case: "nss-mozpkix-94816e48d7", cause: COMMON_NAME },
    KnownDifference { case: "nss-mozpkix-9e96033731", cause: COMMON_NAME },
    KnownDifference { case: "nss-mozpkix-3e23748c80", cause: COMMON_NAME },
    KnownDifference { case: "nss-mozpkix-bd0331434c", cause: COMMON_NAME },
    KnownDifference { case: "nss-mozpkix-68387861a3", cause: COMMON_NAME },
    KnownDifference { case: "nss-mozpkix-ccc4d73614", cause: COMMON_NAME },
    KnownDifference { case: "nss-mozpkix-b8f3c6b5e5", cause: COMMON_NAME },
    KnownDifference { case: "boringssl-b98e3e0d4c", cause: COMMON_NAME },
    KnownDifference { case: "boringssl-a2eb349453", cause: COMMON_NAME },
    KnownDifference { case: "boringssl-4442edfaa6", cause: COMMON_NAME },
    KnownDifference { case: "boringssl-cef843af68", cause: COMMON_NAME },
    KnownDifference { case: "python-3.11-ssl-c067a38ba1", cause: COMMON_NAME },
    KnownDifference { case: "python-3.11-ssl-2f172f0592", cause: COMMON_NAME },
    KnownDifference { case: "python-3.11-ssl-fe81b66d2e", cause: COMMON_NAME },
    KnownDifference { case: "gnutls-hostname-check-26e817e753", cause: FLAGS },
    KnownDifference { case: "gnutls-hostname-check-095624418b", cause: FLAGS },
    KnownDifference { case: "okhttp-OkHostnameVerifier-69261a4471", cause: MAPPED },
    KnownDifference { case: "nss-mozpkix-d2c52b6249", cause: HYPHEN },
    KnownDifference { case: "nss-mozpkix-5a628dfe81", cause: HYPHEN },
    KnownDifference { case: "nss-mozpkix-6bf99e3f85", cause: HYPHEN },
    KnownDifference { case: "nss-mozpkix-0ff1ea2743", cause: IGNORED },
    KnownDifference { case: "x509-limbo-955ff3adec", cause: OTHER_RULE },
    KnownDifference { case: "x509-limbo-e3df6ba0e7", cause: OTHER_RULE },
    KnownDifference { case: "x509-limbo-cf2bf7cf75", cause: OTHER_RULE },
    KnownDifference { case: "x509-limbo-06b37ddbe4", cause: OTHER_RULE },
    KnownDifference { case: "x509-limbo-4f510fe2fa", cause: OTHER_RULE },
    KnownDifference { case: "x509-limbo-5253e17ec4", cause: OTHER_RULE },
    KnownDifference { case: "x509-limbo-0bccc2a604", cause: OTHER_RULE },
    KnownDifference { case: "x509-limbo-36feddca39", cause: OTHER_RULE },
];

#[test]
fn identification_is_what_the_sources_say() {
    let Some(corpus) = Corpus::open() else { return };
    let mut tally = Tally::new("san/cases: identifies", NOT_RFC_9525);
    for case in cases(&corpus) {
        let Ok(reference) = case.reference.parse::<Reference>() else { continue };
        let certificate = Certificate::from_der(&case.certificate).unwrap();
        let identified = matches!(identifies(certificate.tbs(), &reference), Identification::Identified(_));
        tally.case(&case.id, identified == (case.expect == "match"), || {
            let (dns, cn) = (&case.dns_names, &case.common_names);
            let texts = |texts: &[Vec<u8>]| {
                texts.iter().map(|text| text.escape_ascii().to_string()).collect::<Vec<_>>().join(" ")
            };
            format!("{}: {identified}, expect {}; dns {} cn {}", case.reference, case.expect, texts(dns), texts(cn))
        });
    }
    tally.finish();
}
