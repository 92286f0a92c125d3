//! Name constraints: what four suites say about subtrees, names and certification paths.

use core::net::IpAddr;

use ctlens_san::{Constraints, Identification, Reference, RefusalReason, check_chain, identifies};
use ctlens_testkit::{Ca, CertificateBuilder, Corpus, Key, KnownDifference, Name, Tally, der};
use ctlens_x509::{Certificate, Tbs};
use serde_json::Value;

const OTHER_NAME: u8 = 0x80;
const EMAIL: u8 = 0x81;
const DNS: u8 = 0x82;
const URI: u8 = 0x86;
const IP: u8 = 0x87;
const REGISTERED_ID: u8 = 0x88;

/// A general name, encoded.
type General = Vec<u8>;

/// The CA that all certificates of a path are made by: nobody looks at signatures here.
struct Maker {
    ca: Ca,
    spki: Vec<u8>,
}

impl Maker {
    fn new() -> Self {
        let ca = Ca::root(Key::new(1, "ca"), &Name::new().common_name("Root"), 0, 4_000_000_000);
        Self { ca, spki: Key::new(1, "leaf").spki_der().to_vec() }
    }

    fn authority(&self, permitted: &[General], excluded: &[General]) -> Vec<u8> {
        let list = |number, bases: &[General]| {
            let subtrees: Vec<_> = bases.iter().map(|base| der::sequence(&[base])).collect();
            (!bases.is_empty()).then(|| der::explicit(number, &subtrees))
        };
        let lists: Vec<_> = [list(0, permitted), list(1, excluded)].into_iter().flatten().collect();
        let builder = CertificateBuilder::authority(&self.spki, None).subject(&Name::new().common_name("CA"));
        let builder =
            if lists.is_empty() { builder } else { builder.extension("2.5.29.30", true, &der::sequence(&lists)) };
        builder.precert_tbs(&self.ca)
    }

    /// Without names there is no SAN.
    fn leaf(&self, common_names: &[&str], names: &[General]) -> Vec<u8> {
        let subject = common_names.iter().fold(Name::new(), |name, common_name| name.common_name(common_name));
        let builder = CertificateBuilder::bare(&self.spki).subject(&subject);
        names.iter().fold(builder, |builder, name| builder.general_name_der(name)).precert_tbs(&self.ca)
    }

    /// What a path of a leaf and one CA comes to.
    fn verdict(&self, permitted: &[General], excluded: &[General], leaf: &[u8], with_common_name: bool) -> Verdict {
        let (ca, leaf) = (self.authority(permitted, excluded), Tbs::from_der(leaf).unwrap());
        let Ok(constraints) = Constraints::of(&Tbs::from_der(&ca).unwrap()).map(Option::unwrap) else {
            return Verdict::Invalid;
        };
        let constraints = if with_common_name { constraints.with_common_name() } else { constraints };
        match constraints.check(&leaf).unwrap()[..] {
            [] => Verdict::Allowed,
            [refusal, ..] => match refusal.reason {
                RefusalReason::Excluded(_) | RefusalReason::NotPermitted { .. } => Verdict::Refused,
                _ => Verdict::Invalid,
            },
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Allowed,
    Refused,
    Invalid,
}

fn rows(corpus: &Corpus) -> Vec<Value> {
    let Some(rows) = corpus.read_text("san/name_constraints.json") else { return Vec::new() };
    serde_json::from_str(&rows).unwrap()
}

fn of_source<'r>(rows: &'r [Value], source: &str) -> impl Iterator<Item = (usize, &'r Value)> {
    rows.iter().enumerate().filter(move |(_, row)| row["source"] == source)
}

fn text<'r>(row: &'r Value, field: &str) -> &'r str {
    row[field].as_str().unwrap()
}

fn texts<'r>(row: &'r Value, field: &str) -> Vec<&'r str> {
    row[field].as_array().into_iter().flatten().map(|text| text.as_str().unwrap()).collect()
}

fn address(text: &str) -> Vec<u8> {
    match text.parse().unwrap() {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets().to_vec(),
    }
}

/// `192.0.2.0/255.255.255.0` or `192.0.2.0/24`
fn range(text: &str) -> Vec<u8> {
    let (address_text, mask) = text.split_once('/').unwrap();
    let address = address(address_text);
    let mask = match mask.parse::<usize>() {
        Ok(length) => {
            let bits = |octet: usize| length.saturating_sub(8 * octet).min(8);
            (0..address.len()).map(|octet| u8::try_from(0xff00_u32 >> bits(octet) & 0xff).unwrap()).collect()
        }
        Err(_) => self::address(mask),
    };
    [address, mask].concat()
}

fn hex(digits: &str) -> Vec<u8> {
    digits.as_bytes().chunks(2).map(|pair| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

/// rustls-webpki: one name against one subtree.
#[test]
fn webpki() {
    let Some(corpus) = Corpus::open() else { return };
    let rows = rows(&corpus);
    let maker = Maker::new();
    let mut tally = Tally::new("san/name_constraints, rustls-webpki", &[]);
    for (number, row) in of_source(&rows, "rustls-webpki") {
        let (presented, constraint) = (text(row, "presented"), text(row, "constraint"));
        let (name, base) = match text(row, "name_kind") {
            "dns" => (der::tlv(DNS, presented.as_bytes()), der::tlv(DNS, constraint.as_bytes())),
            _ => (der::tlv(IP, &address(presented)), der::tlv(IP, &range(constraint))),
        };
        let leaf = maker.leaf(&[], &[name]);
        let is_excluded = text(row, "polarity") == "excluded";
        let computed = match is_excluded {
            true => maker.verdict(&[], &[base], &leaf, false),
            false => maker.verdict(&[base], &[], &leaf, false),
        };
        let expected = match (text(row, "expect"), is_excluded) {
            ("invalid", _) => Verdict::Invalid,
            ("in-subtree", false) | ("not-in-subtree", true) => Verdict::Allowed,
            _ => Verdict::Refused,
        };
        tally.compare(&format!("row {number}: {presented} under {constraint}"), expected, computed);
    }
    tally.finish();
}

/// Where the suites contradict each other.
const DISPUTED: &[KnownDifference] = &[
    KnownDifference { case: "permitted: [5.6.7.8] under [01020300ff00ff00]", cause: MASK },
    KnownDifference { case: "excluded: [5.6.7.8] under [01020300ff00ff00]", cause: MASK },
    KnownDifference {
        case: "permitted: [ffee:ddcc:bbaa:9988:7766:5544:3322:1100] under [11223344556600000000000000000000ffff0000ffff00000000000000000000]",
        cause: MASK,
    },
    KnownDifference {
        case: "excluded: [ffee:ddcc:bbaa:9988:7766:5544:3322:1100] under [11223344556600000000000000000000ffff0000ffff00000000000000000000]",
        cause: MASK,
    },
    KnownDifference {
        case: "excluded constraint, empty DNS san",
        cause: "RFC 5280 §4.2.1.6: an empty dNSName is no name. Go passes it, rustls-webpki refuses it under constraints",
    },
];
const MASK: &str =
    "RFC 5280 §4.2.1.10, RFC 4632 §3.1: a mask with gaps is no prefix. NSS applies it, rustls-webpki refuses it";

/// A row that lacks the second subtree of its source (example.com beside example.org).
const INCOMPLETE: &str = "[example.com] under [example.org]";

/// mozilla::pkix (NSS): a certificate's names against one subtree, permitted and excluded. It takes the last common name
/// for a host where the SAN has none.
#[test]
fn mozilla_pkix() {
    let Some(corpus) = Corpus::open() else { return };
    let rows = rows(&corpus);
    let maker = Maker::new();
    let mut tally = Tally::new("san/name_constraints, mozilla::pkix", &[]);
    let mut disputed = Tally::new("san/name_constraints, mozilla::pkix against rustls-webpki", DISPUTED);
    let mut incomplete = 0;
    for (_, row) in of_source(&rows, "nss-mozpkix") {
        let others = |field: &str| -> Vec<(String, String)> { serde_json::from_value(row[field].clone()).unwrap() };
        let texts_of = |fields: [&str; 2]| fields.map(|field| texts(row, field)).concat().join(", ");
        let case =
            format!("[{}] under [{}]", texts_of(["san_dns", "san_ip"]), texts_of(["constraint_dns", "constraint_ip"]));
        // The rows hold of the subject its common names alone.
        if others("constraint_other").iter().any(|(kind, _)| kind == "dir") || case == INCOMPLETE {
            incomplete += 1;
            continue;
        }
        let other = |(kind, value): (String, String)| match &*kind {
            "rfc822" => der::tlv(EMAIL, value.as_bytes()),
            "Name" => der::sequence::<&[u8]>(&[]),
            kind => panic!("{kind}"),
        };
        let octets = |text: &str| text.strip_prefix("hex:").map_or_else(|| address(text), hex);
        let dns_names = texts(row, "san_dns").into_iter().map(|name| der::tlv(DNS, name.as_bytes()));
        let addresses = texts(row, "san_ip").into_iter().map(|text| der::tlv(IP, &octets(text)));
        let names: Vec<General> =
            dns_names.chain(addresses).chain(others("san_other").into_iter().map(other)).collect();
        let dns_bases = texts(row, "constraint_dns").into_iter().map(|name| der::tlv(DNS, name.as_bytes()));
        let ranges = texts(row, "constraint_ip").into_iter().map(|digits| der::tlv(IP, &hex(digits)));
        let bases: Vec<General> =
            dns_bases.chain(ranges).chain(others("constraint_other").into_iter().map(other)).collect();
        let leaf = maker.leaf(&texts(row, "cn"), &names);
        for (field, computed) in [
            ("expect_if_permitted", maker.verdict(&bases, &[], &leaf, true)),
            ("expect_if_excluded", maker.verdict(&[], &bases, &leaf, true)),
        ] {
            let expected = match text(row, field) {
                "ok" => Verdict::Allowed,
                "ERROR_CERT_NOT_IN_NAME_SPACE" => Verdict::Refused,
                "ERROR_BAD_DER" => Verdict::Invalid,
                other => panic!("{other}"),
            };
            let case = format!("{}: {case}", field.trim_start_matches("expect_if_"));
            let is_disputed = DISPUTED.iter().any(|disputed| disputed.case == case);
            let tally = if is_disputed { &mut disputed } else { &mut tally };
            tally.compare(&case, expected, computed);
        }
    }
    println!("san/name_constraints, mozilla::pkix: {incomplete} rows lack the subject or a subtree of their source");
    disputed.finish();
    tally.finish();
}

const GO: &[KnownDifference] = &[
    KnownDifference {
        case: "invalid DNS SAN detected with constraints",
        cause: "RFC 5280 §4.2.1.10: Go reads all names once there are constraints; these here are of another form",
    },
    KnownDifference {
        case: "invalid email SAN detected with constraints",
        cause: "RFC 5280 §4.2.1.10: Go reads all names once there are constraints; these here are of another form",
    },
];

/// Go: paths, of several roots and intermediates.
#[test]
fn go() {
    let Some(corpus) = Corpus::open() else { return };
    let rows = rows(&corpus);
    let maker = Maker::new();
    let mut tally = Tally::new("san/name_constraints, Go", GO);
    let mut disputed = Tally::new("san/name_constraints, Go against rustls-webpki", DISPUTED);
    let mut about_key_usage = 0;
    for (_, row) in of_source(&rows, "go-crypto-x509") {
        if text(row, "expected_error") == "incompatible key usage" {
            about_key_usage += 1;
            continue;
        }
        let common_name = Some(text(row, "leaf_cn")).filter(|name| !name.is_empty());
        let names: Vec<_> = texts(row, "leaf_sans").into_iter().map(|name| general(name, address)).collect();
        let leaf = maker.leaf(&common_name.into_iter().collect::<Vec<_>>(), &names);
        let authority = |ca: &Value| {
            let bases = |field| texts(ca, field).into_iter().map(|base| general(base, range)).collect::<Vec<_>>();
            maker.authority(&bases("permitted"), &bases("excluded"))
        };
        let level = |cas: &Value| cas.as_array().unwrap().iter().map(authority).collect::<Vec<_>>();
        let intermediates = row["intermediates"].as_array().into_iter().flatten().map(level);
        let levels: Vec<_> = intermediates.rev().chain([level(&row["roots"])]).collect();
        // One certificate of each level.
        let mut paths = vec![vec![leaf]];
        for level in levels {
            paths = paths
                .iter()
                .flat_map(|path| level.iter().map(|ca| [&path[..], std::slice::from_ref(ca)].concat()))
                .collect();
        }
        let is_accepted = paths.iter().any(|path| is_allowed(path.iter().map(|tbs| Tbs::from_der(tbs).unwrap())));
        let case = text(row, "name");
        let is_disputed = DISPUTED.iter().any(|disputed| disputed.case == case);
        let tally = if is_disputed { &mut disputed } else { &mut tally };
        tally.compare(case, text(row, "expect") == "accept", is_accepted);
    }
    disputed.finish();
    println!("san/name_constraints, Go: {about_key_usage} rows are about extended key usage");
    tally.finish();
}

/// `dns:example.com`
fn general(text: &str, read_address: fn(&str) -> Vec<u8>) -> General {
    let (kind, value) = text.split_once(':').unwrap();
    match kind {
        "dns" => der::tlv(DNS, value.as_bytes()),
        "ip" => der::tlv(IP, &read_address(value)),
        "email" => der::tlv(EMAIL, value.as_bytes()),
        "uri" => der::tlv(URI, value.as_bytes()),
        "unknown" => der::tlv(REGISTERED_ID, &[0x2a, 0x03]),
        kind => panic!("{kind}"),
    }
}

fn is_allowed<'c>(path: impl Iterator<Item = Tbs<'c>>) -> bool {
    check_chain(&path.collect::<Vec<_>>()).is_ok_and(|refusals| refusals.is_empty())
}

/// BetterTLS: a root, an intermediate with constraints, a leaf and a host. Soft verdicts are about common names, and about
/// names beside that of the host.
#[test]
fn bettertls() {
    let Some(corpus) = Corpus::open() else { return };
    let Some(rows) = corpus.read_text("san/bettertls_nc.jsonl") else { return };
    let maker = Maker::new();
    let mut of_host = Tally::new("san/bettertls_nc", &[]);
    let mut of_names = Tally::new("san/bettertls_nc, names alone", &[]);
    for row in rows.lines() {
        let row: Value = serde_json::from_str(row).unwrap();
        let (id, field) = (row["id"].to_string(), |field| text(&row, field));
        let pick = |name, valid: &str, invalid: &str| match field(name) {
            "VALID" => Some(valid.to_owned()),
            "INVALID" => Some(invalid.to_owned()),
            _ => None,
        };
        let dns_names = pick("DnsSan", "test.localhost", "bad.example.com").map(|name| der::tlv(DNS, name.as_bytes()));
        let addresses = pick("IpSan", "127.0.0.1", "1.1.1.1").map(|text| der::tlv(IP, &address(&text)));
        let extra = (!row["ExtraSan"].is_null()).then(|| {
            let tag = u8::try_from(row["ExtraSan"]["tag"].as_u64().unwrap()).unwrap();
            der::tlv(OTHER_NAME | tag, &base64(text(&row["ExtraSan"], "value")))
        });
        let names: Vec<_> = dns_names.into_iter().chain(addresses).chain(extra).collect();
        let common_name = match field("CommonNameType") {
            "DNS" => pick("CommonNameValue", "test.localhost", "bad.example.com"),
            _ => pick("CommonNameValue", "127.0.0.1", "1.1.1.1"),
        };
        let leaf = maker.leaf(&common_name.iter().map(String::as_str).collect::<Vec<_>>(), &names);
        let bases = |dns, dns_invalid, ip| -> Vec<General> {
            let dns = pick(dns, "localhost", dns_invalid).map(|base| der::tlv(DNS, base.as_bytes()));
            let ip = pick(ip, "127.0.0.0/24", "1.1.1.0/24").map(|base| der::tlv(IP, &range(&base)));
            dns.into_iter().chain(ip).collect()
        };
        let permitted = bases("NameConstraintsDnsWhitelist", "example.com", "NameConstraintsIpWhitelist");
        let excluded = bases("NameConstraintsDnsBlacklist", "bad.example.com", "NameConstraintsIpBlacklist");
        let ca = maker.authority(&permitted, &excluded);
        let (leaf, ca) = (Tbs::from_der(&leaf).unwrap(), Tbs::from_der(&ca).unwrap());
        let is_allowed = is_allowed([leaf, ca].into_iter());
        let host: Reference = field("host").parse().unwrap();
        let is_identified = matches!(identifies(&leaf, &host), Identification::Identified(_));
        let expected = field("expected").ends_with("ACCEPT");
        of_host.compare(&id, expected, is_allowed && is_identified);

        // By the suite's own table: a valid name is outside an invalid subtree, and so on.
        let is_outside = |name, permitted, excluded| match field(name) {
            "VALID" => field(permitted) == "INVALID" || field(excluded) == "VALID",
            "INVALID" => field(permitted) == "VALID" || field(excluded) == "INVALID",
            _ => false,
        };
        if row["ExtraSan"].is_null() {
            let violates = is_outside("DnsSan", "NameConstraintsDnsWhitelist", "NameConstraintsDnsBlacklist")
                || is_outside("IpSan", "NameConstraintsIpWhitelist", "NameConstraintsIpBlacklist");
            of_names.compare(&id, !violates, is_allowed);
        }
    }
    of_names.finish();
    of_host.finish();
}

/// Cases of the file that are about other rules.
const OUT_OF_SCOPE: &[(&str, &str)] = &[
    (
        "rfc5280::nc::permitted-dns-match-noncritical",
        "criticality; webpki::nc::permitted-dns-match-noncritical says otherwise",
    ),
    (
        "rfc5280::nc::not-allowed-in-ee-critical",
        "RFC 5280 §4.2.1.10: the extension in a certificate that is none of a CA",
    ),
    ("rfc5280::san::noncritical-with-empty-subject", "RFC 5280 §4.2.1.6: criticality"),
    ("webpki::san::san-critical-with-nonempty-subject", "RFC 5280 §4.2.1.6: criticality"),
    ("webpki::cn::ipv4-hex-mismatch", "BR 7.1.4.3: how the common name is written"),
    ("webpki::cn::ipv6-non-rfc5952-mismatch", "BR 7.1.4.3: how the common name is written"),
    ("webpki::cn::utf8-vs-punycode-mismatch", "BR 7.1.4.3: how the common name is written"),
    ("webpki::san::public-suffix-wildcard-san", "RFC 9525 §7.1: public suffixes are the client's matter"),
    ("webpki::san::public-suffix-multi-label-wildcard-san", "RFC 9525 §7.1: public suffixes are the client's matter"),
];

/// x509-limbo: real certificates, from which the paths are put together by name.
#[test]
fn limbo() {
    let Some(corpus) = Corpus::open() else { return };
    let Some(cases) = corpus.read_text("san/limbo_san_nc.json") else { return };
    let cases: Value = serde_json::from_str(&cases).unwrap();
    let mut tally = Tally::new("san/limbo_san_nc", &[]);
    let mut out_of_scope = 0;
    for case in cases["testcases"].as_array().unwrap() {
        let id = text(case, "id");
        if let Some((_, rule)) = OUT_OF_SCOPE.iter().find(|(other, _)| *other == id) {
            println!("san/limbo_san_nc: {id} is about another rule: {rule}");
            out_of_scope += 1;
            continue;
        }
        let read = |field| texts(case, field).into_iter().map(pem).collect::<Vec<_>>();
        let (roots, intermediates) = (read("trusted_certs"), read("untrusted_intermediates"));
        let leaf = pem(text(case, "peer_certificate"));
        let expected = text(case, "expected_result") == "SUCCESS";
        let Ok(certificate) = Certificate::from_der(&leaf) else {
            tally.compare(id, expected, false);
            continue;
        };
        let is_identified = match case["expected_peer_name"]["value"].as_str() {
            Some(host) => {
                let host: Reference = host.parse().unwrap();
                matches!(identifies(certificate.tbs(), &host), Identification::Identified(_))
            }
            None => true,
        };
        let is_allowed = has_path(&mut vec![*certificate.tbs()], &intermediates, &roots);
        tally.compare(id, expected, is_identified && is_allowed);
    }
    println!("san/limbo_san_nc: {out_of_scope} cases are about other rules");
    tally.finish();
}

/// Whether some path to a root is allowed.
fn has_path<'c>(path: &mut Vec<Tbs<'c>>, intermediates: &'c [Vec<u8>], roots: &'c [Vec<u8>]) -> bool {
    let issuer = path[path.len() - 1].issuer();
    let issuers = |of: &'c [Vec<u8>]| {
        let certificates = of.iter().map(|der| *Certificate::from_der(der).unwrap().tbs());
        certificates.filter(|tbs| tbs.subject().as_bytes() == issuer.as_bytes()).collect::<Vec<_>>()
    };
    for root in issuers(roots) {
        path.push(root);
        let allowed = is_allowed(path.iter().copied());
        path.pop();
        if allowed {
            return true;
        }
    }
    for intermediate in issuers(intermediates) {
        if path.len() < 6 {
            path.push(intermediate);
            let found = has_path(path, intermediates, roots);
            path.pop();
            if found {
                return true;
            }
        }
    }
    false
}

fn pem(text: &str) -> Vec<u8> {
    base64(&text.lines().filter(|line| !line.starts_with("-----")).collect::<String>())
}

fn base64(text: &str) -> Vec<u8> {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bits: Vec<bool> = text
        .bytes()
        .filter_map(|octet| DIGITS.iter().position(|&digit| digit == octet))
        .flat_map(|digit| (0..6).rev().map(move |bit| digit >> bit & 1 == 1))
        .collect();
    bits.chunks_exact(8).map(|bits| bits.iter().fold(0, |octet, &bit| octet << 1 | u8::from(bit))).collect()
}
