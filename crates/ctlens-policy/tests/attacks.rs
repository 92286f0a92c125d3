//! What somebody tries who wants a mis-issued certificate to be silent or expected, or to hurt whoever reads the output.
//!
//! What is expected comes from the design: nothing is lost silently, nothing unverified decides, every verdict says why.

mod support;

use ctlens_policy::{
    CaaFacts, CaaRecord, CertificateFacts, Context, CrlReason, CtFact, EntryKind, Environment, EventChain, Format,
    IncidentReport, Issuance, IssuanceEvent, Issuances, IssuerAttribution, Observation, Policy, PreIssuance,
    RevocationFact, RevocationStatus, Sha256Hash, SignedCertificate, TrustView, Verdict, to_sarif,
};
use ctlens_testkit::{Ca, CertificateBuilder, Key, Name, der};
use ctlens_x509::{Tbs, UnixSeconds};
use std::time::{Duration, Instant};
use support::*;

const SAN: &str = "2.5.29.17";
const BASIC_CONSTRAINTS: &str = "2.5.29.19";
/// In the validity of every grant, and of [`leaf`].
const BEGINS: i64 = 1_770_000_000;
const NOW: UnixSeconds = UnixSeconds(1_772_000_000);

fn by(ca: &Ca) -> IssuerAttribution {
    IssuerAttribution::LeafBound { key_sha256: key_of(ca) }
}

fn ours() -> IssuerAttribution {
    by(&our_ca())
}

fn theirs() -> IssuerAttribution {
    by(&impostor_ca())
}

fn claimed(ca: &Ca) -> IssuerAttribution {
    IssuerAttribution::Claimed { key_sha256: key_of(ca) }
}

fn checked(ca: &Ca) -> IssuerAttribution {
    IssuerAttribution::SignatureChecked { key_sha256: key_of(ca) }
}

/// The policy of all tests, and more.
fn policy_with(more: &str) -> Policy {
    compile(&(policy_text() + more))
}

fn cn(text: &str) -> Name {
    Name::new().common_name(text)
}

fn dns(name: &str) -> Vec<u8> {
    der::implicit(2, name.as_bytes())
}

fn utf8(text: &str) -> Vec<u8> {
    der::tlv(der::UTF8_STRING, text.as_bytes())
}

fn other_name(oid: &str, value: &[u8]) -> Vec<u8> {
    der::explicit(0, &[der::oid(oid), der::explicit(0, &[value])])
}

/// A common name whose attribute is cut off.
fn torn_subject() -> Vec<u8> {
    der::sequence(&[der::set(&[der::sequence(&[der::oid("2.5.4.3"), vec![der::UTF8_STRING, 0x40, b'a']])])])
}

fn mapped(address: [u8; 4]) -> Vec<u8> {
    [&[0; 10], &[0xff; 2][..], &address].concat()
}

fn names(count: usize, name: impl Fn(usize) -> String) -> CertificateBuilder {
    (0..count).fold(leaf(), |builder, n| builder.dns(name(n)))
}

/// Wherever and however an owned name or address stands, the owner hears of it.
#[test]
fn names_that_hide() {
    let policy = policy();
    let owned = || dns("www.one.example");
    let list = |names: &[Vec<u8>]| der::sequence(names);
    let elsewhere = || leaf().dns("www.elsewhere.example");
    let extension = |value: &[u8]| leaf().extension(SAN, false, value);
    let element = |parts: &[Vec<u8>]| leaf().extension_der(der::sequence(parts));
    let attribute = |oid: Vec<u8>| {
        elsewhere().subject_der(der::sequence(&[der::set(&[der::sequence(&[oid, utf8("www.one.example")])])]))
    };
    let wide: Vec<u8> = "www.one.example".encode_utf16().flat_map(u16::to_be_bytes).collect();
    for (what, builder) in [
        // Common names.
        ("beside a SAN", elsewhere().subject(&cn("www.one.example"))),
        ("alone", leaf().subject(&cn("www.one.example"))),
        ("under an empty SAN", extension(&list(&[])).subject(&cn("www.one.example"))),
        ("as an address", elsewhere().subject(&cn("1.1.1.1"))),
        ("among words", elsewhere().subject(&cn("server www.one.example of ours"))),
        ("in two octets a letter", elsewhere().subject(&Name::new().attribute("2.5.4.3", der::BMP_STRING, &wide))),
        ("behind 300 others", {
            let many = (0..300).fold(Name::new(), |name, n| name.common_name(&format!("x{n}")));
            elsewhere().subject(&many.common_name("www.one.example"))
        }),
        ("second in its RDN", {
            let attributes =
                ["2.5.4.10", "2.5.4.3"].map(|oid| der::sequence(&[der::oid(oid), utf8("www.one.example")]));
            elsewhere().subject(&Name::new().rdn_der(der::set(&attributes)))
        }),
        ("torn", elsewhere().subject_der(torn_subject())),
        ("in version 1", leaf().version(None).subject(&cn("www.one.example"))),
        // Attributes that clients took for a common name: arcs with zeros in front, and beyond 32 and 64 bits.
        ("under 2.5.4.03", attribute(vec![6, 4, 0x55, 4, 0x80, 3])),
        ("under 2.5.4.(2^32+3)", attribute(vec![6, 7, 0x55, 4, 0x90, 0x80, 0x80, 0x80, 3])),
        ("under 2.5.4.(2^64+3)", attribute([&[6, 12, 0x55, 4, 0x82][..], &[0x80; 8], &[3]].concat())),
        // Other kinds of names.
        ("directoryName", leaf().general_name_der(&der::explicit(4, &[cn("www.one.example").to_der()]))),
        ("directoryName with an address", leaf().general_name_der(&der::explicit(4, &[cn("1.1.1.1").to_der()]))),
        ("URI", leaf().general_name(0x86, b"https://www.one.example/")),
        ("URI with an address", leaf().general_name(0x86, b"https://1.1.1.1/")),
        ("URI with IPv6", leaf().general_name(0x86, b"https://[2606:4700::1]:443/")),
        ("URI with a user", leaf().general_name(0x86, b"https://elsewhere.example@www.one.example/")),
        ("rfc822Name", leaf().general_name(0x81, b"admin@www.one.example")),
        ("rfc822Name with an address", leaf().general_name(0x81, b"admin@[1.1.1.1]")),
        ("UPN", leaf().general_name_der(&other_name("1.3.6.1.4.1.311.20.2.3", &utf8("a@www.one.example")))),
        ("SRVName", {
            let name = der::tlv(der::IA5_STRING, b"_https.www.one.example");
            leaf().general_name_der(&other_name("1.3.6.1.5.5.7.8.7", &name))
        }),
        ("XMPP", leaf().general_name_der(&other_name("1.3.6.1.5.5.7.8.5", &utf8("www.one.example")))),
        ("otherName", leaf().general_name_der(&other_name("1.2.3", &utf8("www.one.example")))),
        ("x400Address", leaf().general_name(0xa3, &utf8("www.one.example"))),
        ("ediPartyName", leaf().general_name(0xa5, &der::explicit(1, &[utf8("www.one.example")]))),
        ("registeredID", leaf().general_name(0x88, b"www.one.example")),
        ("a kind that there is not", leaf().general_name(0x89, b"www.one.example")),
        ("dNSName in pieces", leaf().general_name(0xa2, &der::octet_string(b"www.one.example"))),
        // Addresses.
        ("IPv4-mapped", leaf().ip(mapped([1, 1, 1, 1]))),
        ("with a mask", leaf().ip([1, 1, 1, 1, 255, 255, 255, 255])),
        ("five octets", leaf().ip([1, 1, 1, 1, 0])),
        ("text", leaf().dns("1.1.1.1")),
        ("text, mapped", leaf().dns("::ffff:1.1.1.1")),
        ("text in brackets", leaf().dns("[::ffff:101:101]")),
        ("hexadecimal", leaf().dns("0x01010101")),
        ("one number", leaf().dns("16843009")),
        ("octal", leaf().dns("01.01.01.01")),
        ("three numbers", leaf().dns("1.1.257")),
        ("with a port", leaf().dns("1.1.1.1:443")),
        ("other digits", leaf().dns("１.１.１.１")),
        ("with an asterisk", leaf().dns("1.1.1.*")),
        ("reverse", leaf().dns("1.1.1.1.in-addr.arpa")),
        ("reverse, above", leaf().dns("0.1.in-addr.arpa")),
        ("reverse, IPv6", leaf().dns("0.0.7.4.6.0.6.2.ip6.arpa")),
        // Spellings.
        ("NUL behind", leaf().dns("www.one.example\0.elsewhere.example")),
        ("NUL before", leaf().dns("elsewhere\0www.one.example")),
        ("NUL at the end", leaf().dns("www.one.example\0")),
        ("dot", leaf().dns("www.one.example.")),
        ("dots", leaf().dns("www.one.example..")),
        ("dot before", leaf().dns(".one.example")),
        ("empty label", leaf().dns("www..one.example")),
        ("capitals", leaf().dns("WWW.ONE.EXAMPLE")),
        ("full width", leaf().dns("ｗｗｗ.ｏｎｅ.ｅｘａｍｐｌｅ")),
        ("other dots", leaf().dns("www。one。example")),
        ("percent", leaf().dns("www%2eone%2eexample")),
        ("backslashes", leaf().dns(r"www\.one\.example")),
        ("space before", leaf().dns(" www.one.example")),
        ("space within", leaf().dns("www.one .example")),
        ("line break", leaf().dns("www.one.example\n")),
        ("nothing that is seen", leaf().dns("www.o\u{200b}ne.example")),
        ("list", leaf().dns("elsewhere.example,www.one.example")),
        ("as in a file", leaf().dns("DNS:www.one.example")),
        ("URL", leaf().dns("https://www.one.example/")),
        ("two octets a letter", leaf().dns(&wide)),
        // Patterns.
        ("wildcard below", leaf().dns("*.a.one.example")),
        ("wildcard above", leaf().dns("*.example")),
        ("wildcards", leaf().dns("*.*")),
        ("wildcard within", leaf().dns("www.*.example")),
        ("wildcard at the end", leaf().dns("www.single.*")),
        ("part of a label", leaf().dns("w*w.single.example")),
        ("full-width asterisk", leaf().dns("＊.single.example")),
        ("question mark", leaf().dns("ww?.single.example")),
        // The extension.
        ("257th", names(256, |n| format!("h{n}.elsewhere.example")).dns("www.one.example")),
        ("4097th", names(4096, |n| format!("h{n}.elsewhere.example")).dns("www.one.example")),
        ("second SAN", elsewhere().extension(SAN, false, &list(&[owned()]))),
        ("first of two SANs", extension(&list(&[owned()])).dns("www.elsewhere.example")),
        ("critical", leaf().extension(SAN, true, &list(&[owned()]))),
        ("no sequence", extension(b"www.one.example")),
        ("set", extension(&der::set(&[owned()]))),
        ("bare", extension(&owned())),
        ("behind the list", extension(&[list(&[dns("www.elsewhere.example")]), list(&[owned()])].concat())),
        ("cut off", extension(&list(&[dns("www.elsewhere.example"), vec![0x82, 0x40]]))),
        ("long lengths", {
            let name = der::tlv_with_long_length(0x82, 3, b"www.one.example");
            extension(&der::tlv_with_long_length(der::SEQUENCE, 4, &name))
        }),
        ("indefinite length", extension(&der::tlv_with_indefinite_length(der::SEQUENCE, &owned()))),
        ("no value", extension(b"")),
        ("critical twice", {
            let [critical, value] = [der::boolean(true), der::octet_string(&list(&[owned()]))];
            element(&[der::oid(SAN), critical.clone(), critical, value])
        }),
        ("bit string", element(&[der::oid(SAN), der::bit_string(&list(&[owned()]))])),
        ("no octet string", element(&[der::oid(SAN)])),
        ("no extension", leaf().extension_der(der::octet_string(&list(&[owned()])))),
        ("OID in the long form", element(&[vec![6, 0x81, 3, 0x55, 0x1d, 0x11], der::octet_string(&list(&[owned()]))])),
        ("OID with a zero", element(&[vec![6, 4, 0x80, 0x55, 0x1d, 0x11], der::octet_string(&list(&[owned()]))])),
    ] {
        let verdict = evaluate(&policy, &builder, &impostor_ca(), &theirs());
        assert!(!verdict.is_quiet(), "{what}: {verdict:?}");
        assert!(with_tbs(&builder.certificate(&impostor_ca()), |tbs| policy.concerns(tbs)), "{what}");
    }
    // Nobody takes these for an owned name.
    for (what, builder) in [
        ("another extension", elsewhere().extension("1.2.3.4", true, &list(&[owned()]))),
        ("issuerAltName", elsewhere().extension("2.5.29.18", false, &list(&[owned()]))),
        ("another attribute", elsewhere().subject(&Name::new().organization("www.one.example"))),
    ] {
        assert_eq!(evaluate(&policy, &builder, &impostor_ca(), &theirs()), Verdict::Unowned, "{what}");
    }
}

/// Octets that are no certificate, or more than one, are never quiet.
#[test]
fn certificates_that_are_cut_off_or_go_on() {
    let (policy, ca) = (policy(), our_ca());
    let granted = leaf().dns("www.one.example").precert_tbs(&ca);
    let foreign = leaf().dns("www.elsewhere.net").precert_tbs(&ca);
    for end in 0..granted.len() {
        assert!(Tbs::from_der(&granted[..end]).is_err(), "{end}");
    }
    let entry = || seen("a", 1, EntryKind::Precertificate, ours());
    let (key, context) = (key_of(&ca), Context::default().requested_for(Environment::Production));
    for (what, first) in [("granted", &granted), ("of nobody", &foreign)] {
        assert!(policy.pre_issuance(&Tbs::from_der(first).unwrap(), key, &context).is_allowed(), "{what}");
        for more in [&[0][..], b"www.one.example", &granted] {
            let octets = [first, more].concat();
            let tbs = Tbs::from_der(&octets).unwrap();
            assert!(policy.concerns(&tbs), "{what}");
            assert!(matches!(policy.evaluate(&tbs, &ours()), Verdict::Undecidable { .. }), "{what}");
            let gate = policy.pre_issuance(&tbs, key, &context);
            assert!(matches!(gate, PreIssuance::Undecidable { .. }), "{what}: {gate:?}");
            let mut issuances = Issuances::new();
            assert!(issuances.observe(&policy, &tbs, entry).is_some(), "{what}");
            let settled: Vec<Issuance> = issuances.settle(&policy).collect();
            assert!(matches!(settled[0].verdict, Verdict::Undecidable { .. }), "{what}");
        }
    }
    // Lengths in more octets than needed change nothing.
    let (_, content) = der::take(&mut &granted[..]);
    let spelt = der::tlv_with_long_length(der::SEQUENCE, 4, content);
    assert!(matches!(policy.evaluate(&Tbs::from_der(&spelt).unwrap(), &ours()), Verdict::Expected { .. }));
    assert!(!policy.evaluate(&Tbs::from_der(&spelt).unwrap(), &theirs()).is_quiet());
}

/// A grant is consent for servers' certificates that begin in its window, and not for all that its issuer signs.
#[test]
fn granted_and_yet_not_expected() {
    let granted = || leaf().dns("www.one.example");
    let text = |tag: u8, text: &str| der::tlv(tag, text.as_bytes());
    let times = |begins: Vec<u8>| granted().validity_der(der::sequence(&[begins, der::time(BEGINS + 80 * DAY)]));
    let (begins, ends) = (der::unix_seconds(2026, 1, 1, 0, 0, 0), der::unix_seconds(2027, 1, 1, 0, 0, 0));
    let of_ca = |ca: bool| der::sequence(&[der::boolean(ca)]);
    let bare = || CertificateBuilder::bare(Key::new(7, "leaf").spki_der()).validity(BEGINS, BEGINS + 80 * DAY);
    let authority =
        || CertificateBuilder::authority(Key::new(7, "leaf").spki_der(), None).validity(BEGINS, BEGINS + DAY);
    for (what, is_expected, builder) in [
        ("a server's", true, granted()),
        ("the first second", true, granted().validity(begins, begins + DAY)),
        ("the last second", true, granted().validity(ends, ends + DAY)),
        ("a second too early", false, granted().validity(begins - 1, begins + DAY)),
        ("a second too late", false, granted().validity(ends + 1, ends + DAY)),
        ("before 1970", false, granted().validity(-1, BEGINS)),
        ("in 9999", false, granted().validity(der::unix_seconds(9999, 1, 1, 0, 0, 0), 253_402_300_799)),
        ("until 9999", false, granted().validity(BEGINS, 253_402_300_799)),
        ("UTCTime of 1999", false, times(text(der::UTC_TIME, "990201000000Z"))),
        ("fractions of a second", false, times(text(der::GENERALIZED_TIME, "20260201000000.5Z"))),
        ("a 61st second", false, times(text(der::UTC_TIME, "260630235960Z"))),
        ("30 February", false, times(text(der::UTC_TIME, "260230000000Z"))),
        ("no time", false, granted().validity_der(der::sequence::<&[u8]>(&[]))),
        // Whoever has its key can issue for anything.
        ("a CA's", false, authority().dns("www.one.example")),
        ("a CA's by a second extension", false, granted().extension(BASIC_CONSTRAINTS, true, &of_ca(true))),
        ("two constraints", false, granted().extension(BASIC_CONSTRAINTS, true, &of_ca(false))),
        (
            "constraints that are damaged",
            false,
            bare().extension(BASIC_CONSTRAINTS, true, &[0x30, 9, 1]).dns("www.one.example"),
        ),
        ("a CA's under an OID with a zero", false, {
            let oid = vec![6, 4, 0x55, 0x1d, 0x80, 0x13];
            bare().extension_der(der::sequence(&[oid, der::octet_string(&of_ca(true))])).dns("www.one.example")
        }),
        // Some part of it may be something else.
        ("behind the list", false, {
            let list = [der::sequence(&[dns("www.one.example")]), der::null()].concat();
            leaf().extension(SAN, false, &list)
        }),
        ("an address of three octets", false, granted().ip([1, 1, 1])),
        ("wildcard above", false, granted().dns("*.single.example")),
        ("another asset's", false, granted().dns("www.bare.example")),
        ("another asset's as common name", false, granted().subject(&cn("www.bare.example"))),
        ("a URI", false, leaf().general_name(0x86, b"https://www.one.example/")),
    ] {
        let verdict = evaluate_ours(&policy(), &builder);
        assert_eq!(matches!(verdict, Verdict::Expected { .. }), is_expected, "{what}: {verdict:?}");
        assert_eq!(verdict.is_quiet(), is_expected, "{what}");
    }
    // No text is offered that would make a CA's certificate expected, but consent to this very one can be given.
    let of_ca = authority().dns("www.one.example");
    let verdict = evaluate_ours(&policy(), &of_ca);
    let finding = verdict.findings().next().unwrap();
    assert_eq!((finding.rule.as_str(), &finding.missing_grant), ("ownership.beyond_grant", &None));
    let tbs = with_tbs(&of_ca.certificate(&our_ca()), |tbs| CertificateFacts::of(tbs).tbs_sha256);
    let pinned = |hash: Sha256Hash| {
        compile(&policy_text().replace("[[grant]]\n", &format!("[[grant]]\ntbs_sha256 = [\"{hash}\"]\n")))
    };
    assert!(matches!(evaluate_ours(&pinned(tbs), &of_ca), Verdict::Expected { .. }));
    assert!(!evaluate_ours(&pinned(Sha256Hash([1; 32])), &of_ca).is_quiet());
}

/// A name that two assets have needs the consent of both.
#[test]
fn assets_that_overlap() {
    let policy = policy_with(
        "[[owner]]\nid = \"shop\"\n[[asset]]\nid = \"shop\"\nowner = \"shop\"\ndns = [\".shop.one.example\"]\nip = [\"1.0.0.7\"]\n",
    );
    let expected = |builder| matches!(evaluate_ours(&policy, &builder), Verdict::Expected { .. });
    assert!(expected(leaf().dns("www.one.example").ip([1, 0, 0, 8])));
    for builder in [
        leaf().dns("a.shop.one.example"),
        leaf().dns("*.one.example"),
        leaf().ip([1, 0, 0, 7]),
        leaf().dns("www.one.example").subject(&cn("1.0.0.7")),
    ] {
        let verdict = evaluate_ours(&policy, &builder);
        let assets: Vec<_> = concerns(&verdict).into_iter().map(|(asset, _)| asset).collect();
        assert_eq!(assets, ["shop"], "{verdict:?}");
    }
}

fn settle(policy: &Policy, entries: &[(Vec<u8>, Observation)]) -> Vec<Issuance> {
    let mut issuances = Issuances::new();
    for (der, seen) in entries {
        with_tbs(der, |tbs| issuances.observe(policy, tbs, || seen.clone()));
    }
    issuances.settle(policy).collect()
}

fn orders<T: Clone>(items: &[T]) -> Vec<Vec<T>> {
    if items.len() < 2 {
        return vec![items.to_vec()];
    }
    let beginning_with = |first: usize| {
        let mut rest = items.to_vec();
        let first = rest.remove(first);
        orders(&rest).into_iter().map(move |rest| [vec![first.clone()], rest].concat())
    };
    (0..items.len()).flat_map(beginning_with).collect()
}

/// Only what is proven satisfies a grant, and nothing that is added, in whatever order, makes a contradiction quiet.
#[test]
fn who_issued() {
    use EntryKind::{Certificate, Precertificate};
    let (policy, builder, ca, other) = (policy(), leaf().dns("www.one.example"), our_ca(), impostor_ca());
    let (precertificate, certificate) =
        (builder.precertificate(&ca), builder.certificate_with_scts(&ca, &[4, 2, 0, 0]));
    let entry = |log: &str, index, kind, issuer| {
        let der = if kind == Precertificate { &precertificate } else { &certificate };
        (der.clone(), seen(log, index, kind, issuer))
    };
    let unverified = |(der, mut seen): (Vec<u8>, Observation)| {
        seen.verified = false;
        (der, seen)
    };
    let at = |(der, mut seen): (Vec<u8>, Observation), timestamp_ms| {
        seen.timestamp_ms = timestamp_ms;
        (der, seen)
    };
    let bound = || entry("a", 1, Precertificate, ours());
    let folded = IssuerAttribution::Folded { key_sha256: key_of(&ca) };
    for (what, is_expected, entries) in [
        ("granted", true, vec![bound()]),
        ("an impostor of the same name", false, vec![entry("a", 1, Precertificate, theirs())]),
        ("claimed", false, vec![entry("a", 1, Certificate, claimed(&ca))]),
        ("unknown", false, vec![entry("a", 1, Certificate, IssuerAttribution::Unknown)]),
        ("under no tree head", false, vec![unverified(bound())]),
        ("folded under no tree head", false, vec![unverified(entry("a", 1, Certificate, folded))]),
        ("a signature under no tree head", true, vec![unverified(entry("a", 1, Certificate, checked(&ca)))]),
        ("a log that lies, and an honest one", false, vec![bound(), entry("b", 2, Certificate, claimed(&ca))]),
        ("another issuer_key_hash in another log", false, vec![bound(), entry("b", 1, Precertificate, theirs())]),
        ("another issuer_key_hash in the same log", false, vec![bound(), entry("a", 2, Precertificate, theirs())]),
        ("another issuer_key_hash at the same index", false, vec![bound(), entry("a", 1, Precertificate, theirs())]),
        ("signed by another than was announced", false, vec![bound(), entry("a", 2, Certificate, checked(&other))]),
        ("another under no tree head", false, vec![bound(), unverified(entry("a", 3, Precertificate, theirs()))]),
        (
            "a proof under no tree head, and a contradiction",
            false,
            vec![
                unverified(bound()),
                entry("a", 1, Precertificate, theirs()),
                entry("b", 2, Certificate, claimed(&ca)),
                unverified(entry("c", 3, Certificate, checked(&ca))),
            ],
        ),
        (
            "the same with and without a tree head",
            true,
            vec![
                unverified(bound()),
                bound(),
                entry("a", 2, Certificate, claimed(&ca)),
                unverified(entry("c", 3, Certificate, checked(&ca))),
            ],
        ),
        (
            "two stories about one index",
            true,
            vec![bound(), at(entry("a", 1, Certificate, ours()), 7), at(entry("a", 1, Certificate, claimed(&ca)), 3)],
        ),
    ] {
        let settled = settle(&policy, &entries);
        let [issuance] = &settled[..] else { panic!("{what}: {}", settled.len()) };
        assert_eq!(matches!(issuance.verdict, Verdict::Expected { .. }), is_expected, "{what}: {issuance}");
        assert_eq!(issuance.verdict.is_quiet(), is_expected, "{what}: {issuance}");
        assert_eq!(issuance.is_verified(), entries.iter().any(|(_, seen)| seen.verified), "{what}");
        for order in orders(&entries) {
            assert_eq!(settle(&policy, &order), settled, "{what}");
        }
    }
}

#[test]
fn around_denials() {
    let deny = |what: &str| policy_with(&format!("[[deny]]\nid = \"no\"\nreason = \"INC-7\"\n{what}\n"));
    let (name, tree) = (deny("dns = [\"secret.one.example\"]"), deny("dns = [\".secret.one.example\"]"));
    let net = deny("ip = [\"1.0.0.128/25\"]");
    let of_them = policy_with(&format!(
        "[[issuer]]\nid = \"theirs\"\nspki_sha256 = [\"{}\"]\n\
         [[deny]]\nid = \"no\"\nreason = \"INC-7\"\nassets = [\"resolver\"]\nissuers = [\"theirs\"]\n",
        key_of(&impostor_ca())
    ));
    let www = || leaf().dns("www.one.example");
    for (what, policy, builder, issuer, is_denied) in [
        ("as it stands", &name, leaf().dns("secret.one.example"), ours(), true),
        ("capitals", &name, leaf().dns("SeCrEt.oNe.eXaMpLe"), ours(), true),
        ("dot", &name, leaf().dns("secret.one.example."), ours(), true),
        ("common name", &name, www().subject(&cn("secret.one.example")), ours(), true),
        ("wildcard over the name", &name, leaf().dns("*.one.example"), ours(), true),
        ("below the name", &name, leaf().dns("a.secret.one.example"), ours(), false),
        ("below the tree", &tree, leaf().dns("a.b.secret.one.example"), ours(), true),
        ("top of the tree", &tree, leaf().dns("secret.one.example"), ours(), true),
        ("wildcard in the tree", &tree, leaf().dns("*.secret.one.example"), ours(), true),
        ("wildcard over the tree", &tree, leaf().dns("*.one.example"), ours(), true),
        ("part of a label", &tree, leaf().dns("se*.one.example"), ours(), true),
        ("beside the tree", &tree, leaf().dns("xsecret.one.example"), ours(), false),
        ("address", &net, leaf().ip([1, 0, 0, 200]), ours(), true),
        ("address as text", &net, leaf().dns("1.0.0.200"), ours(), true),
        ("mapped address", &net, leaf().ip(mapped([1, 0, 0, 200])), ours(), true),
        ("reverse name", &net, leaf().dns("200.0.0.1.in-addr.arpa"), ours(), true),
        ("beside the prefix", &net, leaf().ip([1, 0, 0, 100]), ours(), false),
        ("by whom it is denied to", &of_them, www(), theirs(), true),
        ("by another", &of_them, www(), ours(), false),
        ("by another, as is claimed", &of_them, www(), claimed(&our_ca()), true),
        ("by nobody who is known", &of_them, www(), IssuerAttribution::Unknown, true),
    ] {
        let verdict = evaluate(policy, &builder, &our_ca(), &issuer);
        assert_eq!(rules(&verdict).iter().any(|rule| rule == "ownership.denied"), is_denied, "{what}: {verdict:?}");
        assert_eq!(verdict.is_quiet(), !is_denied, "{what}: {verdict:?}");
    }
}

/// What does not clearly lie within a limit is beyond it, in the SAN and in common names.
#[test]
fn around_limits() {
    let limit = |what: &str| {
        policy_with(&format!("[[limit]]\nid = \"l\"\nissuers = [\"our-ca\"]\nreason = \"contract\"\n{what}\n"))
    };
    let (hr, no_address, net) = (limit("dns = [\".hr\"]"), limit("addresses = false"), limit("ip = [\"9.0.0.0/8\"]"));
    let of_second_table = policy_with(&format!(
        "[[issuer]]\nid = \"again\"\nspki_sha256 = [\"{}\"]\n\
         [[limit]]\nid = \"l\"\nissuers = [\"again\"]\nreason = \"contract\"\ndns = [\".hr\"]\n",
        key_of(&our_ca())
    ));
    let folded = IssuerAttribution::Folded { key_sha256: key_of(&our_ca()) };
    let within = || leaf().dns("a.hr");
    let many = (0..300).fold(Name::new(), |name, _| name.common_name("a.hr"));
    for (what, policy, builder, issuer, is_beyond) in [
        ("within", &hr, within(), ours(), false),
        ("wildcard within", &hr, leaf().dns("*.hr"), ours(), false),
        ("beyond", &hr, leaf().dns("a.example"), ours(), true),
        ("by the key's second table", &of_second_table, leaf().dns("a.example"), ours(), true),
        ("folded", &hr, leaf().dns("a.example"), folded, true),
        ("by another", &hr, leaf().dns("a.example"), theirs(), false),
        ("the same letters at the end", &hr, leaf().dns("a.xhr"), ours(), true),
        ("asterisk", &hr, leaf().dns("*"), ours(), true),
        ("asterisk within", &hr, leaf().dns("a.*.hr"), ours(), true),
        ("NUL", &hr, leaf().dns("a.example\0.hr"), ours(), true),
        ("space", &hr, leaf().dns("a.example .hr"), ours(), true),
        ("URL", &hr, leaf().dns("https://a.example/.hr"), ours(), true),
        ("address", &hr, within().ip([9, 9, 9, 9]), ours(), true),
        ("torn SAN", &hr, leaf().extension(SAN, false, &[0x30, 9, 0x82, 0x20, b'a']), ours(), true),
        ("common name", &hr, within().subject(&cn("a.example")), ours(), true),
        ("common name that is an address", &hr, within().subject(&cn("9.9.9.9")), ours(), true),
        ("common name of a person", &hr, within().subject(&cn("Ana Horvat")), ours(), false),
        ("common name behind 300", &hr, within().subject(&many.common_name("a.example")), ours(), true),
        ("torn common name", &hr, within().subject_der(torn_subject()), ours(), true),
        // Names that are not limited.
        (
            "e-mail of the same text",
            &hr,
            within().subject(&cn("a.example")).general_name(0x81, b"a.example"),
            ours(),
            true,
        ),
        ("URI of the same text", &hr, within().subject(&cn("9.9.9.9")).general_name(0x86, b"9.9.9.9"), ours(), true),
        ("any name", &no_address, leaf().dns("a.example"), ours(), false),
        ("no address", &no_address, leaf().ip([9, 9, 9, 9]), ours(), true),
        ("of five octets", &no_address, leaf().ip([9, 9, 9, 9, 9]), ours(), true),
        ("as text", &no_address, leaf().dns("9.9.9.9"), ours(), true),
        ("with a dot", &no_address, leaf().dns("9.9.9.9."), ours(), true),
        ("with spaces", &no_address, leaf().dns(" 9.9.9.9 "), ours(), true),
        ("with a port", &no_address, leaf().dns("9.9.9.9:443"), ours(), true),
        ("IPv6", &no_address, leaf().dns("2001:db8::1"), ours(), true),
        ("in brackets", &no_address, leaf().dns("[2001:db8::1]"), ours(), true),
        ("hexadecimal", &no_address, leaf().dns("0x09090909"), ours(), true),
        ("one number", &no_address, leaf().dns("151587081"), ours(), true),
        ("octal", &no_address, leaf().dns("011.9.9.9"), ours(), true),
        ("three numbers", &no_address, leaf().dns("9.9.2313"), ours(), true),
        ("hexadecimal common name", &no_address, within().subject(&cn("0x09090909")), ours(), true),
        ("common name in brackets", &no_address, within().subject(&cn("[2001:db8::1]")), ours(), true),
        ("in the prefix", &net, leaf().ip([9, 1, 2, 3]), ours(), false),
        ("mapped in the prefix", &net, leaf().ip(mapped([9, 1, 2, 3])), ours(), false),
        ("beyond the prefix", &net, leaf().ip([8, 1, 2, 3]), ours(), true),
        ("a name", &net, leaf().dns("a.example"), ours(), true),
    ] {
        let verdict = evaluate(policy, &builder, &our_ca(), &issuer);
        assert_eq!(!verdict.is_quiet(), is_beyond, "{what}: {verdict:?}");
        let concerns = with_tbs(&builder.certificate(&our_ca()), |tbs| policy.concerns_issued(tbs, &issuer));
        assert_eq!(concerns, is_beyond, "{what}");
    }
}

/// A suppression is for what it says, until its last second.
#[test]
fn around_suppressions() {
    let end = der::unix_seconds(2026, 12, 31, 0, 0, 0);
    let suppress = |what: &str| {
        policy_with(&format!(
            "[[asset]]\nid = \"bar\"\nowner = \"resolver-team\"\ndns = [\"bar.example\"]\n\
             [[suppress]]\nid = \"s\"\nuntil = 2026-12-31T00:00:00Z\nby = \"bob\"\nreason = \"why\"\n{what}\n"
        ))
    };
    let bare = || leaf().dns("bare.example");
    let tbs = with_tbs(&bare().certificate(&our_ca()), |tbs| CertificateFacts::of(tbs).tbs_sha256);
    let asset = suppress("rule = \"ownership.no_grant\"\nasset = \"bare\"");
    let shorter_id = suppress("rule = \"ownership.no_grant\"\nasset = \"bar\"");
    let this = suppress(&format!("rule = \"ownership.no_grant\"\ntbs_sha256 = \"{tbs}\""));
    let undecidable = suppress("rule = \"ownership.undecidable\"\nasset = \"bare\"");
    for (what, policy, builder, now, is_quiet) in [
        ("the last second", &asset, bare(), end, true),
        ("one second more", &asset, bare(), end + 1, false),
        ("an asset whose id begins like it", &shorter_id, bare(), end, false),
        ("this certificate", &this, bare(), end, true),
        ("another certificate", &this, bare().serial(&[9]), end, false),
        ("another asset's name", &asset, bare().dns("bar.example"), end, false),
        ("a label that cannot be read", &undecidable, leaf().dns("\u{1}.example"), end, false),
        ("an address that is none", &undecidable, bare().ip([1, 2, 3]), end, false),
        ("undecidable beside what is suppressed", &asset, bare().ip([1, 2, 3]), end, false),
        ("more than is looked at", &asset, names(5000, |n| format!("h{n}.bare.example")), end, false),
    ] {
        let context = Context::at(UnixSeconds(now));
        let verdict = with_tbs(&builder.certificate(&our_ca()), |tbs| policy.evaluate_in(tbs, &ours(), &context));
        assert_eq!(verdict.is_quiet(), is_quiet, "{what}: {verdict:?}");
    }
    // One that is known for this certificate is not known for what it is folded with.
    let entries = [
        (bare().precertificate(&our_ca()), seen("a", 1, EntryKind::Precertificate, ours())),
        (bare().serial(&[9]).precertificate(&our_ca()), seen("a", 2, EntryKind::Precertificate, ours())),
    ];
    let mut issuances = Issuances::new();
    for (der, seen) in &entries {
        with_tbs(der, |tbs| issuances.observe(&this, tbs, || seen.clone()));
    }
    let context = Context::at(UnixSeconds(end));
    let settled = issuances.settle_in(&this, |_| context);
    assert_eq!(settled.map(|issuance| issuance.verdict.is_quiet()).collect::<Vec<_>>(), [true, false]);
}

/// Facts lower a level at most.
#[test]
fn facts_that_play_down() {
    let (our_key, their_key) = (key_of(&our_ca()), key_of(&impostor_ca()));
    let read = |text: &str| TrustView::read(&format!("version = 1\n{text}"), "trust.toml", Format::Toml);
    let views = [
        read(&format!("[[trust]]\nissuer_spki_sha256 = [\"{their_key}\"]\nprogrammes = []\n")).unwrap(),
        read("unlisted = \"untrusted\"\n").unwrap(),
    ];
    let mut caa = CaaFacts::new(["ca.example"]);
    let issue = CaaRecord { flags: 0, tag: "issue".to_owned(), value: b"ca.example".to_vec() };
    caa.add(&"www.one.example".parse().unwrap(), vec![issue]);
    let ct = [CtFact { policy: "Chrome".to_owned(), is_compliant: true, reasons: vec![] }];
    let status = RevocationStatus::Revoked { at: UnixSeconds(BEGINS), reason: CrlReason::KEY_COMPROMISE };
    let warn = "version = 1\n[defaults]\nowned_without_grant = \"warn\"\nmalformed_near_asset = \"warn\"\n";
    let warn = compile(&policy_text().replace("version = 1\n", warn));
    for trust in &views {
        let mut context = Context::at(NOW);
        context.trust = Some(trust);
        context.caa = Some(&caa);
        context.ct = &ct;
        context.revocation = Some(RevocationFact { status, notice: Some(UnixSeconds(BEGINS)) });
        for policy in [&policy(), &warn] {
            for issuer in [theirs(), claimed(&impostor_ca()), claimed(&our_ca()), IssuerAttribution::Unknown] {
                for builder in [leaf().dns("www.one.example"), leaf().ip([1, 1, 1])] {
                    let der = builder.certificate(&impostor_ca());
                    let verdict = with_tbs(&der, |tbs| policy.evaluate_in(tbs, &issuer, &context));
                    assert!(!verdict.is_quiet(), "{issuer}: {verdict:?}");
                }
            }
        }
    }
    // A validity that ends before it begins evades no list.
    let since = format!(
        "[[disallow]]\nid = \"d\"\nreason = \"r\"\nspki_sha256 = [\"{our_key}\"]\nfrom = 2026-03-01T00:00:00Z\n"
    );
    let since = read(&since).unwrap();
    let mut context = Context::default();
    context.trust = Some(&since);
    for (not_after, is_listed) in [(BEGINS, false), (BEGINS + 80 * DAY, true), (BEGINS - 1, true)] {
        let der = leaf().dns("www.one.example").validity(BEGINS, not_after).certificate(&our_ca());
        let verdict = with_tbs(&der, |tbs| policy().evaluate_in(tbs, &ours(), &context));
        assert_eq!(rules(&verdict).iter().any(|rule| rule == "issuer.disallowed"), is_listed, "{not_after}");
    }
    // What would turn a list off is a mistake.
    for text in [
        format!(
            "[[disallow]]\nid = \"a\"\nreason = \"b\"\nspki_sha256 = [\"{our_key}\"]\nfrom = 2026-02-01T00:00:00Z\nuntil = 2026-01-01T00:00:00Z"
        ),
        format!(
            "[[trust]]\nissuer_spki_sha256 = [\"{our_key}\"]\nprogrammes = [\"eu\"]\nfrom = 2026-02-01T00:00:00Z\nuntil = 2026-01-01T00:00:00Z"
        ),
        "[[disallow]]\nid = \"a\"\nreason = \"b\"\nspki_sha256 = []".to_owned(),
        format!("[[disallow]]\nid = \"a\"\nreason = \"b\"\nissuer_spki_sha256 = \"{our_key}\"\nserials = [\"\"]"),
        format!("[[disalow]]\nid = \"a\"\nreason = \"b\"\nspki_sha256 = [\"{our_key}\"]"),
        format!(
            "[[compromised]]\nid = \"a\"\nreason = \"b\"\nspki_sha256 = [\"{our_key}\"]\nuntil = 2026-02-01T00:00:00Z"
        ),
        "unlisted = \"Untrusted\"".to_owned(),
    ] {
        assert!(read(&text).is_err(), "{text}");
    }
}

#[test]
fn edits_of_an_event_log() {
    let event = |n: i64| IssuanceEvent {
        time: UnixSeconds(BEGINS + n),
        environment: Environment::Production,
        requester: format!("account {n}"),
        identifiers: vec!["www.one.example".to_owned()],
        tbs_sha256: Sha256Hash([1; 32]),
        policy_sha256: Sha256Hash([2; 32]),
        verdict: Verdict::Expected { grants: vec!["resolver-2026".to_owned()] },
    };
    let written = |name: &str| {
        let (mut chain, mut log) = EventChain::begin(name, UnixSeconds(BEGINS));
        log.extend((0..4).map(|n| chain.append(&event(n))));
        (chain, log)
    };
    let ((chain, log), (_, other)) = (written("a"), written("b"));
    let (lines, others): (Vec<&str>, Vec<&str>) =
        (log.split_inclusive('\n').collect(), other.split_inclusive('\n').collect());
    let last = |from: &str, to: &str| [&lines[..4].concat(), &lines[4].replacen(from, to, 1)[..]].concat();
    // Without a known head, who has the file can rewrite its end; nobody can write anything before.
    for (what, without_head, edited) in [
        ("edit", false, log.replace("account 1", "account 7")),
        ("edit at the end", true, last("account 3", "account 7")),
        ("delete", false, [lines[0], lines[1], lines[3], lines[4]].concat()),
        ("insert", false, [lines[0], lines[1], lines[1], lines[2], lines[3], lines[4]].concat()),
        ("swap", false, [lines[0], lines[2], lines[1], lines[3], lines[4]].concat()),
        ("truncate", true, lines[..3].concat()),
        ("truncate within a line", false, log[..log.len() - 5].to_owned()),
        ("empty line", false, format!("{log}\n")),
        ("carriage returns", false, log.replace('\n', "\r\n")),
        ("carriage return at the end", true, format!("{}\r\n", log.trim_end())),
        ("byte order mark", false, format!("\u{feff}{log}")),
        ("other spelling", false, log.replacen("\"number\":2", "\"number\": 2", 1)),
        ("other spelling at the end", true, last("account 3", "\\u0061ccount 3")),
        ("field twice", false, last("\"requester\":", "\"requester\":\"x\",\"requester\":")),
        ("decision twice", false, last("\"decision\":", "\"decision\":\"unowned\",\"decision\":")),
        ("previous twice", false, last("\"previous\":", &format!("\"previous\":\"{}\",\"previous\":", "0".repeat(64)))),
        ("two logs spliced", false, [lines[0], lines[1], others[2], others[3], others[4]].concat()),
        ("two logs in a row", false, format!("{log}{other}")),
        ("the beginning of another", false, [others[0], lines[1], lines[2], lines[3], lines[4]].concat()),
        ("another log", true, other.clone()),
    ] {
        assert_ne!(edited, log, "{what}");
        assert!(EventChain::verify(edited.as_bytes(), Some(&chain.head())).is_err(), "{what}");
        assert_eq!(EventChain::verify(edited.as_bytes(), None).is_ok(), without_head, "{what}");
    }
    let forged = last("account 3", "account 7") + &chain.clone().append(&event(4));
    assert!(EventChain::verify(forged.as_bytes(), None).is_err());
    assert_eq!(EventChain::verify(log.as_bytes(), Some(&chain.head())), Ok(chain));
}

/// Controls, separators, and what Unicode calls Default_Ignorable_Code_Point (its property file is the source of this list).
fn is_unseen(character: char) -> bool {
    const UNSEEN: [std::ops::RangeInclusive<u32>; 19] = [
        0xad..=0xad,
        0x34f..=0x34f,
        0x61c..=0x61c,
        0x115f..=0x1160,
        0x17b4..=0x17b5,
        0x180b..=0x180f,
        0x200b..=0x200f,
        0x2028..=0x202e,
        0x2060..=0x206f,
        0x2800..=0x2800,
        0x3164..=0x3164,
        0xfe00..=0xfe0f,
        0xfeff..=0xfeff,
        0xffa0..=0xffa0,
        0xfff0..=0xfff8,
        0xfff9..=0xfffb,
        0x1bca0..=0x1bca3,
        0x1d173..=0x1d17a,
        0xe0000..=0xe0fff,
    ];
    character.is_control() || UNSEEN.iter().any(|range| range.contains(&u32::from(character)))
}

/// Text as it stands between quotes in TOML and in JSON of the same characters.
fn toml_string(text: &str) -> String {
    let escaped = text.chars().map(|character| match character {
        '"' | '\\' => format!("\\{character}"),
        _ if is_unseen(character) => format!("\\U{:08X}", u32::from(character)),
        _ => character.to_string(),
    });
    format!("\"{}\"", escaped.collect::<String>())
}

/// Whoever writes names, reasons, contacts or the names of logs can write neither on a terminal nor in a report.
#[test]
fn text_that_acts() {
    for text in [
        "`` `x` ```",
        "`",
        "tail\\",
        "a|b|c",
        "<script>x</script>",
        "[evil](https://evil.example)",
        "# evil\n## evil",
        "- evil\r\n> evil",
        "\u{1b}[2J\u{1b}]8;;https://evil.example\u{7}\u{9b}2J",
        "\u{202e}evil\u{2066}",
        "zero\u{200b}width\u{feff}",
        "\u{2028}evil\u{2029}\u{85}",
        "@evil {0} [evil](0)",
        "\u{34f}\u{3164}\u{ffa0}\u{115f}\u{e0100}\u{fe0f}\u{2800}\u{fff9}x",
        "\u{e0041}\u{1d173}x",
    ] {
        let string = toml_string(text);
        let policy = compile(&format!(
            "version = 1\n[[owner]]\nid = \"me\"\ncontact = {string}\n\
             [[asset]]\nid = \"a\"\nowner = \"me\"\ndns = [\".one.example\"]\n\
             [[deny]]\nid = \"no\"\nassets = [\"a\"]\nreason = {string}\n\
             [[suppress]]\nid = \"s\"\nrule = \"ownership.denied\"\nasset = \"a\"\nuntil = 2026-12-31T00:00:00Z\n\
             by = {string}\nreason = {string}\n"
        ));
        let name = Name::new().common_name(text).organization(text);
        let ca = Ca::root(Key::new(9, "ca"), &name, 0, 4_102_444_800);
        let builder = leaf().subject(&name).dns("www.one.example").dns(format!("{text}.one.example")).dns(text);
        let builder = builder.general_name(0x86, text.as_bytes());
        let mut issuances = Issuances::new();
        let entry =
            Observation { log: text.to_owned(), log_id: None, ..seen("", 1, EntryKind::Precertificate, by(&ca)) };
        let hash = with_tbs(&builder.precertificate(&ca), |tbs| issuances.observe(&policy, tbs, || entry));
        let signed = SignedCertificate { sha256: Sha256Hash([1; 32]), entry: EntryKind::Precertificate, scts: vec![] };
        assert!(issuances.attach(&hash.unwrap(), signed));
        // Suppressed, and not.
        for now in [NOW, UnixSeconds(1_900_000_000)] {
            let settled: Vec<Issuance> = issuances.settle_in(&policy, |_| Context::at(now)).collect();
            let report = IncidentReport::new(&settled, now).to_string();
            let sarif = to_sarif(&settled);
            let findings: Vec<String> = settled[0].verdict.findings().map(ToString::to_string).collect();
            for (form, output) in [
                ("JSON Lines", round_trip(&settled[0])),
                ("line", settled[0].to_string()),
                ("SARIF", sarif.clone()),
                ("findings", findings.concat()),
                ("report", report.replace('\n', "")),
            ] {
                assert!(!output.contains(is_unseen), "{form}: {text:?}");
            }
            let outside = without_code(&report);
            for word in ["evil", "<", "](", "@", "|b|"] {
                assert!(!outside.contains(word), "{word} of {text:?} in {outside}");
            }
            let sarif: serde_json::Value = serde_json::from_str(&sarif).unwrap();
            for result in sarif["runs"][0]["results"].as_array().unwrap() {
                let message = result["message"]["text"].as_str().unwrap();
                let rest =
                    ["{{", "}}", "\\[", "\\]"].iter().fold(message.to_owned(), |rest, escape| rest.replace(escape, ""));
                assert!(!rest.contains(['{', '}', '[', ']']), "{message}");
            }
        }
        // Mistakes in files are read on terminals too.
        for file in [
            format!("version = 1\n{string} = 1\n"),
            format!("version = 1\n[[asset]]\nid = {string}\nowner = {string}\ndns = [{string}]\n"),
            format!("version = 1\n[levels]\n{string} = {string}\n"),
        ] {
            let errors = Policy::compile(&file, "policy.toml").unwrap_err().to_string();
            assert!(!errors.replace('\n', "").contains(is_unseen), "{errors:?}");
        }
    }
}

#[test]
fn lines_that_say_two_things() {
    let entry = (leaf().dns("bare.example").precertificate(&our_ca()), seen("a", 1, EntryKind::Precertificate, ours()));
    let line = round_trip(&settle(&policy(), &[entry])[0]);
    for (what, text) in [
        ("half of a surrogate pair", line.replace("\"bare.example\"", "\"\\ud800\"")),
        ("verified twice", line.replacen("\"verified\":true", "\"verified\":false,\"verified\":true", 1)),
        ("decision twice", line.replacen("\"decision\":", "\"decision\":\"unowned\",\"decision\":", 1)),
        ("findings twice", line.replacen("\"left_out\":", "\"findings\":[],\"left_out\":", 1)),
        ("two lines", format!("{line}{line}")),
        ("byte order mark", format!("\u{feff}{line}")),
        ("lists in lists", "[".repeat(100_000)),
        ("objects in objects", "{\"schema\":".repeat(100_000)),
    ] {
        assert_ne!(text, line, "{what}");
        assert!(Issuance::from_json_line(&text).is_err(), "{what}");
    }
}

/// A typing error does not become a policy that says less.
#[test]
fn mistakes_in_a_policy() {
    let good = policy_text();
    let in_place_of = |from: &str, to: &str| {
        assert!(good.contains(from), "{from}");
        good.replacen(from, to, 1)
    };
    let (names, prefix, ends) = ("\".bare.example\"", "1.0.0.0/24", "2027-01-01T00:00:00Z");
    let approver = "alice@resolver.example";
    for (what, text) in [
        ("field twice", in_place_of("id = \"bare\"", "id = \"bare\"\nid = \"b\"")),
        ("table in capitals", in_place_of("[[grant]]", "[[Grant]]")),
        ("second asset", good.clone() + "[[asset]]\nid = \"bare\"\nowner = \"resolver-team\"\ndns = [\"x.example\"]\n"),
        ("asterisk", in_place_of(names, "\"*.bare.example\"")),
        ("space", in_place_of(names, "\".bare.example \"")),
        ("URL", in_place_of(names, "\"https://bare.example\"")),
        ("two dots", in_place_of(names, "\"..bare.example\"")),
        ("dot", in_place_of(names, "\".\"")),
        ("no name", in_place_of(names, "\"\"")),
        ("bits behind the prefix", in_place_of(prefix, "1.0.0.1/24")),
        ("prefix too long", in_place_of(prefix, "1.0.0.0/33")),
        ("octal", in_place_of(prefix, "01.0.0.0/24")),
        ("three numbers", in_place_of(prefix, "1.0.0/24")),
        ("range", in_place_of(prefix, "1.0.0.0-1.0.0.255")),
        ("no zone", in_place_of(ends, "2027-01-01T00:00:00")),
        ("day", in_place_of(ends, "2027-01-01")),
        ("window", in_place_of(ends, "2025-01-01T00:00:00Z")),
        ("no asset", in_place_of("assets = [\"resolver\"]", "assets = []")),
        ("letter of another alphabet", in_place_of("assets = [\"resolver\"]", "assets = [\"resоlver\"]")),
        ("nobody approved", in_place_of(approver, " ")),
        ("nobody who is seen", in_place_of(approver, " \\u200b\\u3164 ")),
        ("rule without quotes", good.clone() + "[levels]\nownership.no_grant = \"allow\"\n"),
        ("rule that there is not", good.clone() + "[levels]\n\"ownership.no_grnt\" = \"critical\"\n"),
        ("rule that stays on", good.clone() + "[levels]\n\"ownership.undecidable\" = \"allow\"\n"),
        ("denial that stays on", good.clone() + "[levels]\n\"ownership.denied\" = \"allow\"\n"),
        ("level in capitals", good.clone() + "[levels]\n\"ownership.no_grant\" = \"Error\"\n"),
        ("version", in_place_of("version = 1", "version = 2")),
        ("NUL", good.clone() + "\0"),
    ] {
        assert!(Policy::compile(&text, "policy.toml").is_err(), "{what}");
    }
    let json = |asset: &str| {
        format!(
            "{{\"version\": 1, \"owner\": [{{\"id\": \"me\"}}], \"asset\": [{{\"id\": \"a\", \"owner\": \"me\", {asset}}}]}}"
        )
    };
    assert!(Policy::compile_json(&json("\"dns\": [\"one.example\"]"), "policy.json").is_ok());
    for text in [
        json("\"dns\": [\"one.example\"], \"dns\": [\"two.example\"]"),
        json("\"dns\": [\"one.example\"], \"d\\u006es\": [\"two.example\"]"),
        json("\"dns\": [\"one.example\"], \"tags\": [\"\\ud800\"]"),
        format!("\u{feff}{}", json("\"dns\": [\"one.example\"]")),
    ] {
        assert!(Policy::compile_json(&text, "policy.json").is_err(), "{text}");
    }
}

/// No file takes long to refuse, or is answered with more than somebody reads.
#[test]
fn files_that_are_too_much() {
    let good = policy_text();
    let (deep, long) = (100_000, "x".repeat(1_000_000));
    let references = vec!["\"nope\""; 100_000].join(",");
    let json_assets = |owner: &str| {
        let asset = |n| format!("{{\"id\": \"a{n}\", \"owner\": \"{owner}\", \"dns\": [\".h{n}.example\"]}}");
        let assets: Vec<String> = (0..50_000).map(asset).collect();
        format!("{{\"version\": 1, \"owner\": [{{\"id\": \"me\"}}], \"asset\": [{}]}}", assets.join(","))
    };
    for (what, format, text, is_good) in [
        ("lists", Format::Toml, format!("{good}x = {}", "[".repeat(deep)), false),
        ("closed lists", Format::Toml, format!("{good}x = {}{}\n", "[".repeat(deep), "]".repeat(deep)), false),
        ("tables", Format::Toml, format!("{good}x = {}1{}\n", "{a=".repeat(deep), "}".repeat(deep)), false),
        ("dots", Format::Toml, format!("{good}{} = 1\n", vec!["a"; deep].join(".")), false),
        ("dots in a heading", Format::Toml, format!("{good}[{}]\n", vec!["a"; deep].join(".")), false),
        ("lists in JSON", Format::Json, "[".repeat(deep), false),
        ("objects in JSON", Format::Json, "{\"a\":".repeat(deep), false),
        ("id", Format::Toml, good.replacen("id = \"bare\"", &format!("id = \"{long}\""), 1), false),
        ("field", Format::Toml, format!("{good}{long} = 1\n"), false),
        ("references", Format::Toml, good.replacen("[\"resolver\"]", &format!("[{references}]"), 1), false),
        ("JSON on one line", Format::Json, json_assets("me"), true),
        ("mistakes on one line", Format::Json, json_assets("you"), false),
    ] {
        let began = Instant::now();
        let options = ctlens_policy::CompileOptions { format, ..Default::default() };
        let compiled = Policy::compile_with(&text, "policy", options);
        let time = began.elapsed();
        assert_eq!(compiled.is_ok(), is_good, "{what}");
        // A hundred times what it takes, so that a busy machine is no failure, and a quadratic loop is one.
        assert!(time < Duration::from_secs(20), "{what}: {time:?}");
        if let Err(errors) = compiled {
            let shown = errors.to_string();
            assert!(shown.len() < 2_000_000, "{what}: {}", shown.len());
            assert_eq!(shown.ends_with("more mistakes"), errors.errors.len() > 1000, "{what}");
        }
    }
}

/// No certificate makes the work or the output as long as it likes.
#[test]
fn certificates_that_are_too_much() {
    let policy =
        policy_with("[[limit]]\nid = \"hr\"\nissuers = [\"our-ca\"]\nreason = \"contract\"\ndns = [\".hr\"]\n");
    let many = 100_000;
    let common_names = (0..20_000).fold(Name::new(), |name, n| name.common_name(&format!("h{n}.one.example")));
    for (what, builder) in [
        ("names", names(many, |n| format!("h{n}.one.example"))),
        ("the same name", names(many, |_| "www.one.example".to_owned())),
        ("wildcards", names(many, |_| "*.example".to_owned())),
        ("labels that nobody can read", names(many, |n| format!("{n}\u{1}.example"))),
        ("patterns", names(1000, |n| format!("*{n}*.*.*.example"))),
        ("addresses that are none", (0..100_000_u32).fold(leaf(), |builder, n| builder.ip(&n.to_be_bytes()[1..]))),
        ("words", leaf().dns("www.one.example ".repeat(60_000))),
        ("common names", leaf().subject(&common_names)),
    ] {
        for issuer in [ours(), theirs()] {
            let began = Instant::now();
            let entry = (builder.precertificate(&our_ca()), seen("a", 1, EntryKind::Precertificate, issuer));
            let settled = settle(&policy, &[entry]);
            let outputs = [
                settled[0].to_json_line(),
                settled[0].to_string(),
                to_sarif(&settled),
                IncidentReport::new(&settled, NOW).to_string(),
            ];
            assert!(began.elapsed() < Duration::from_secs(20), "{what}: {:?}", began.elapsed());
            assert!(outputs.iter().all(|output| output.len() < 4_000_000), "{what}");
            let (Verdict::Findings { left_out, .. } | Verdict::Undecidable { left_out, .. }) = settled[0].verdict
            else {
                panic!("{what}: {}", settled[0].verdict.as_str())
            };
            assert!(left_out > 0, "{what}");
            assert!(outputs[1].contains(&format!("{left_out} more matches")), "{what}");
        }
    }
}

/// Nor does a policy of many grants, assets or suppressions.
#[test]
fn policies_that_are_much() {
    let timed = |what: &str, work: &mut dyn FnMut() -> Verdict| {
        let began = Instant::now();
        let verdict = work();
        assert!(began.elapsed() < Duration::from_secs(20), "{what}: {:?}", began.elapsed());
        verdict
    };
    let grant = |n| {
        format!(
            "[[grant]]\nid = \"g{n}\"\nassets = [\"resolver\"]\nissuers = [\"our-ca\"]\nnot_before = 2026-01-01T00:00:00Z\n\
             not_after = 2027-01-01T00:00:00Z\napproved_by = \"a\"\nreason = \"b\"\n"
        )
    };
    let grants = policy_with(&(0..10_000).map(grant).collect::<String>());
    let wide = names(256, |n| format!("h{n}.one.example"));
    assert!(timed("granted", &mut || evaluate(&grants, &wide, &our_ca(), &ours())).is_quiet());
    for issuer in [theirs(), IssuerAttribution::Unknown] {
        let verdict = timed("not granted", &mut || evaluate(&grants, &wide, &our_ca(), &issuer));
        assert_eq!(verdict.findings().count(), 256);
    }
    let asset = |n| format!("[[asset]]\nid = \"a{n}\"\nowner = \"me\"\ndns = [\".h{n}.example\"]\n");
    let assets: String = (0..100_000).map(asset).collect();
    let assets = compile(&format!("version = 1\n[[owner]]\nid = \"me\"\n{assets}"));
    for name in ["*.example", "\u{1}.example", "*1*.example"] {
        let builder = names(1000, |_| name.to_owned());
        let verdict = timed(name, &mut || evaluate(&assets, &builder, &our_ca(), &ours()));
        assert!(!verdict.is_quiet());
    }
    let suppression = |n| {
        format!(
            "[[suppress]]\nid = \"s{n}\"\nrule = \"ownership.wrong_issuer\"\nasset = \"resolver\"\nuntil = 2026-12-31T00:00:00Z\n\
             by = \"a\"\nreason = \"b\"\n"
        )
    };
    let suppressions = policy_with(&(0..10_000).map(suppression).collect::<String>());
    let der = names(100_000, |n| format!("h{n}.one.example")).certificate(&our_ca());
    let evaluate_in = || with_tbs(&der, |tbs| suppressions.evaluate_in(tbs, &theirs(), &Context::at(NOW)));
    assert!(!timed("suppressed, and more", &mut || evaluate_in()).is_quiet());
}
