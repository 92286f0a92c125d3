//! Other people's tables of what is the text of a name or an address, and what is not.

use core::net::{IpAddr, Ipv4Addr};
use core::ops::ControlFlow;

use ctlens_san::{Identification, Item, Mismatch, Reading, Reference, Relation, WatchList, identifies};
use ctlens_testkit::{Ca, CertificateBuilder, Corpus, Key, KnownDifference, Name, Tally};
use ctlens_x509::{Certificate, GeneralNameKind};
use serde_json::Value;

use crate::rfc_9525;

fn rows(corpus: &Corpus, file: &str, field: Option<&str>) -> Vec<Value> {
    let Some(text) = corpus.read_text(file) else { return Vec::new() };
    let whole: Value = serde_json::from_str(&text).unwrap();
    field.map_or(&whole, |field| &whole[field]).as_array().unwrap().clone()
}

fn text<'r>(row: &'r Value, field: &str) -> &'r str {
    row[field].as_str().unwrap()
}

/// inet_aton of POSIX: one to four numbers, of which the last fills what is left. Some take a leading zero for octal,
/// some do not.
fn inet_aton(text: &str, octal: bool) -> Option<Ipv4Addr> {
    let numbers: Vec<u64> = text
        .split('.')
        .map(|part| match part.strip_prefix("0x").or(part.strip_prefix("0X")) {
            Some(digits) => u64::from_str_radix(digits, 16).ok(),
            None if part.starts_with('0') && octal => u64::from_str_radix(part, 8).ok(),
            None => part.parse().ok(),
        })
        .collect::<Option<_>>()?;
    let (last, octets) = numbers.split_last()?;
    let left = 4_usize.checked_sub(octets.len())?;
    if left == 0 || octets.iter().any(|&octet| octet > 255) || *last >= 1 << (8 * left) {
        return None;
    }
    let high = octets.iter().fold(0, |address, octet| address << 8 | octet);
    u32::try_from(high << (8 * left) | last).ok().map(Ipv4Addr::from_bits)
}

/// Whether a watch list takes a dNSName for this address, and whether for any.
fn is_read_as(name: &str, address: Option<IpAddr>) -> (bool, bool) {
    let mut list = WatchList::new(2);
    for item in ["0.0.0.0/0", "::/0"] {
        list.insert(&item.parse().unwrap(), None).unwrap();
    }
    if let Some(address) = address {
        list.insert(&Item::Address(address), Some(address)).unwrap();
    }
    let (mut exactly, mut any) = (false, false);
    let _ = list.look_up(GeneralNameKind::DnsName, name.as_bytes(), |hit| {
        assert_eq!(hit.reading, Reading::TextualAddress);
        exactly |= hit.relation == Relation::Exact;
        any = true;
        ControlFlow::Continue(())
    });
    (exactly, any)
}

const UNSPECIFIED: &[KnownDifference] = &[KnownDifference {
    case: "nss-mozpkix 6 \"::\"",
    cause: "RFC 4291 §2.2, §2.5.2: the address of all zeros, which the suite does not accept",
}];

#[test]
fn texts_of_addresses() {
    let Some(corpus) = Corpus::open() else { return };
    let mut parsed = Tally::new("san/ip_text", UNSPECIFIED);
    let mut watched = Tally::new("san/ip_text: read by the watch list", &[]);
    for row in rows(&corpus, "san/ip_text.json", None) {
        let (text, family) = (text(&row, "text"), row["family"].as_u64().unwrap());
        let id = format!("{} {family} {text:?}", row["source"].as_str().unwrap());
        let item = match text.parse() {
            Ok(Item::Address(address)) => Some(address),
            _ => None,
        };
        assert_eq!(
            item,
            text.parse::<Reference>().ok().and_then(|reference| match reference {
                Reference::Address(address) => Some(address),
                Reference::Name(_) => None,
            })
        );
        let octets = item.filter(|address| address.is_ipv4() == (family == 4)).map(|address| match address {
            IpAddr::V4(address) => format!("{:08x}", address.to_bits()),
            IpAddr::V6(address) => format!("{:032x}", address.to_bits()),
        });
        assert_eq!(row["valid"].as_bool().unwrap(), row["octets"].is_string());
        parsed.compare(&id, row["octets"].as_str(), octets.as_deref());

        // What is an address is one to the watch list; so is what inet_aton takes for one, by either reading of zeros.
        let bare = text.trim_end_matches('.');
        let lenient = [true, false].map(|octal| inet_aton(bare, octal).map(IpAddr::V4));
        for address in [item].into_iter().chain(lenient).flatten() {
            watched.case(&id, is_read_as(text, Some(address)).0, || format!("{address}"));
        }
        // Of what has neither colons nor several words, nothing else is.
        let is_one_number = text.bytes().all(|octet| octet.is_ascii_alphanumeric() || octet == b'.');
        if is_one_number && item.is_none() && lenient == [None; 2] {
            watched.case(&id, !is_read_as(text, None).1, || "read as some address".to_owned());
        }
    }
    parsed.finish();
    watched.finish();
}

/// A rule that a suite has besides the syntax of names: seen in the name and in the suite's own reason, not in our answer.
/// All of them refuse what is a name.
struct OtherRule {
    what: &'static str,
    cause: &'static str,
    /// The name as an issuer's suite sees it, and why it refused it; or why a client's did, which it does not say.
    applies: fn(name: &str, reason: Option<&str>) -> bool,
}

const OTHER_RULES: &[OtherRule] = &[
    OtherRule {
        what: "a hyphen at an end of a label",
        cause: "RFC 5890 §2.3.1 is about LDH labels; the DNS holds others, and one suite has such references",
        applies: |name, _| name.split('.').any(|label| label.starts_with('-') || label.ends_with('-')),
    },
    OtherRule {
        what: "a wildcard above a top-level domain",
        cause: "RFC 9525 §7.1 leaves it to the client",
        applies: |name, reason| reason.is_none() && name.strip_prefix("*.").is_some_and(|rest| !rest.contains('.')),
    },
    OtherRule {
        what: "a number as the last label of a presented name",
        cause: "RFC 3696 §2: no top-level domain is one, so no reference matches it; RFC 9525 §6.3 does not forbid it",
        applies: |name, _| name.rsplit('.').next().is_some_and(|last| last.bytes().all(|octet| octet.is_ascii_digit())),
    },
    OtherRule {
        what: "xn-- and nothing behind it",
        cause: "RFC 9525 §6.3 compares A-labels as octets; that this one decodes to nothing is RFC 5890 §2.3.2.1",
        applies: |name, _| name.split('.').any(|label| label == "xn--"),
    },
    OtherRule {
        what: "an underscore or a capital letter in an order",
        cause: "BR 7.1.2.7.12, and an issuer's own choice; RFC 9525 §6.3 folds case",
        applies: |name, reason| {
            let is_odd = |octet: u8| octet == b'_' || octet.is_ascii_uppercase();
            reason == Some("errInvalidDNSCharacter") && name.bytes().any(is_odd)
        },
    },
    OtherRule {
        what: "too few labels, or more than ten",
        cause: "BR 7.1.2.7.12 wants no internal names; ten is an issuer's own choice",
        applies: |name, reason| {
            let labels = name.split('.').count();
            matches!(reason, Some("errTooFewLabels" | "errTooManyLabels")) && !(2..=10).contains(&labels)
        },
    },
    OtherRule {
        what: "a top-level domain that is none, or a public suffix",
        cause: "BR 7.1.2.7.12 and an issuer's policy: not seen in the name alone",
        applies: |_, reason| matches!(reason, Some("errNonPublic" | "errICANNTLD")),
    },
    OtherRule {
        what: "a reserved LDH label, or an A-label that decodes to what IDNA refuses",
        cause: "RFC 5890 §2.3.1; RFC 9525 §6.3 compares them as octets",
        applies: |name, reason| {
            matches!(reason, Some("errInvalidRLDH" | "errMalformedIDN"))
                && name.split('.').any(|label| label.get(2..4) == Some("--"))
        },
    },
    OtherRule {
        what: "the dot at the end in an order",
        cause: "BR 7.1.2.7.12; RFC 1034 §3.1: it makes the name absolute",
        applies: |name, reason| reason == Some("errNameEndsInDot") && name.ends_with('.'),
    },
    OtherRule {
        what: "an address that is not written as RFC 5952 §4 says",
        cause: "RFC 8738 §3 asks for that in orders; RFC 4291 §2.2 has the other forms",
        applies: |name, reason| {
            reason == Some("errIPInvalid") && name.parse::<IpAddr>().is_ok_and(|address| address.to_string() != name)
        },
    },
    OtherRule {
        what: "a reserved address",
        cause: "BR 7.1.2.7.12: not a question of syntax",
        applies: |_, reason| reason.is_some_and(|reason| reason.contains("reserved address block")),
    },
];

/// Our answer is the definition's; and the suite's, or the suite has another rule.
struct Names {
    definition: Tally,
    suite: Tally,
    other_rules: [usize; OTHER_RULES.len()],
    what: &'static str,
}

impl Names {
    fn new(what: &'static str) -> Self {
        let definition = Tally::new(&format!("{what} = the definition"), &[]);
        Self { definition, suite: Tally::new(what, &[]), other_rules: [0; OTHER_RULES.len()], what }
    }

    fn case(&mut self, id: &str, name: &str, suite: (bool, Option<&str>), definition: bool, computed: bool) {
        let (oracle, reason) = suite;
        self.definition.compare(id, definition, computed);
        let rule = OTHER_RULES.iter().position(|rule| !oracle && computed && (rule.applies)(name, reason));
        match rule {
            Some(rule) => self.other_rules[rule] += 1,
            None => self.suite.compare(id, oracle, computed),
        }
    }

    fn finish(self) {
        self.definition.finish();
        self.suite.finish();
        for (rule, rows) in OTHER_RULES.iter().zip(self.other_rules).filter(|&(_, rows)| rows > 0) {
            println!("{}: {rows} rows by another rule: {} ({})", self.what, rule.what, rule.cause);
        }
    }
}

#[test]
fn texts_of_names() {
    let Some(corpus) = Corpus::open() else { return };
    let ca = Ca::root(Key::new(1, "ca"), &Name::new().common_name("Root"), 0, 4_000_000_000);
    let mut references = Names::new("san/dns_syntax: as reference");
    let mut presented = Names::new("san/dns_syntax: as presented");
    for row in rows(&corpus, "san/dns_syntax.json", None) {
        let name = text(&row, "name");
        let id = format!("{} {name:?}", text(&row, "source"));
        let is_reference = matches!(name.parse(), Ok(Reference::Name(_)));
        let by_definition = matches!(rfc_9525::reference(name), Some(rfc_9525::Reference::Name(_)));
        references.case(&id, name, (row["as_reference"].as_bool().unwrap(), None), by_definition, is_reference);

        let Some(oracle) = row["as_presented"].as_bool() else { continue };
        let der = CertificateBuilder::leaf(Key::new(1, "leaf").spki_der()).dns(name).precertificate(&ca);
        let certificate = Certificate::from_der(&der).unwrap();
        let other: Reference = "another.example".parse().unwrap();
        let Identification::NotIdentified(reasons) = identifies(certificate.tbs(), &other) else { panic!("{name}") };
        let is_valid = matches!(reasons[..], [Mismatch::Other(_)]);
        let by_definition = rfc_9525::presented(name.as_bytes()).is_some();
        presented.case(&id, name, (oracle, None), by_definition, is_valid);
    }
    references.finish();
    presented.finish();
}

#[test]
fn names_that_an_issuer_refuses() {
    let Some(corpus) = Corpus::open() else { return };
    let mut names = Names::new("san/issuer_policy_names: dns");
    let mut addresses = Names::new("san/issuer_policy_names: ip");
    for row in rows(&corpus, "san/issuer_policy_names.json", Some("acme_identifier_wellformed")) {
        let value = text(&row, "value");
        let suite = (row["ok"].as_bool().unwrap(), row["error"].as_str());
        let (definition, computed) = (rfc_9525::reference(value), value.parse::<Reference>());
        let id = format!("{value:?}");
        if row["type"] == "dns" {
            let by_definition = matches!(definition, Some(rfc_9525::Reference::Name(_)));
            names.case(&id, value, suite, by_definition, matches!(computed, Ok(Reference::Name(_))));
        } else {
            let by_definition = matches!(definition, Some(rfc_9525::Reference::Address(_)));
            addresses.case(&id, value, suite, by_definition, matches!(computed, Ok(Reference::Address(_))));
        }
    }
    names.finish();
    addresses.finish();
}
