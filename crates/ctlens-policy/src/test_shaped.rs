//! What makes the content of a certificate look like a test.

use crate::certificate::shown_name;
use crate::text::printable;
use ctlens_lint::{Location, Part, special_purpose_blocks};
use ctlens_x509::{Attribute, GeneralNameKind, Oid, Tbs};
use std::borrow::Cow;
use std::fmt;
use std::net::IpAddr;
use std::ops::Range;

/// Something in a certificate that looks like a test.
///
/// Displayed as the reason, to go behind "it looks like a test: ".
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TestSign {
    pub(crate) rule: TestRule,
    /// The octets that the rule is about: a label, a word, a name or an address.
    pub(crate) location: Location,
    /// Those octets as text.
    pub(crate) text: String,
}

/// Why something looks like a test.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum TestRule {
    /// A name that is kept for tests and documentation, or one below it.
    SpecialUseName,
    /// An address for documentation.
    DocumentationAddress {
        /// The RFC that says so.
        rfc: u16,
    },
    /// A label with the word in it: `test1`, `ssltest5`, `my-test`.
    Label,
    /// The word in an organization's name, or in a common name that is no host.
    Word,
}

impl fmt::Display for TestSign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rule, location, text } = self;
        match rule {
            TestRule::SpecialUseName => {
                write!(f, "\"{text}\" is kept for tests and documentation (RFC 2606, RFC 6761)")
            }
            TestRule::DocumentationAddress { rfc } => write!(f, "{text} is an address for documentation (RFC {rfc})"),
            TestRule::Label => write!(f, "the label \"{text}\" in {}", location.part),
            TestRule::Word => write!(f, "the word \"{text}\" in {}", location.part),
        }
    }
}

/// All that looks like a test in one certificate.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct TestSigns {
    /// One for a name at most, and at most [`TestSigns::MOST`].
    pub(crate) shown: Vec<TestSign>,
    /// How many more there are.
    pub(crate) more: usize,
}

impl TestSigns {
    pub(crate) const MOST: usize = 16;

    /// Of the dNSNames and iPAddresses, and of the common and organization names of the subject. Allocates nothing where
    /// there is none.
    pub(crate) fn of(tbs: &Tbs<'_>) -> Self {
        const ORGANIZATION_NAME: Oid<'_> = Oid::from_contents(&[0x55, 0x04, 0x0a]);
        let mut signs = Self::default();
        for name in tbs.names().filter_map(Result::ok) {
            let sign = match name.kind() {
                GeneralNameKind::DnsName => in_host(name.value),
                GeneralNameKind::IpAddress => in_address(name.value),
                _ => None,
            };
            let part = || Part::SubjectAltName { index: name.index, kind: name.kind() };
            signs.take(sign, name.value, name.offset, part);
        }
        let mut common_names = 0_usize;
        for attribute in tbs.subject().attributes() {
            // What cannot be read may be one, and is numbered as the watch list does.
            let Ok(attribute) = attribute else {
                common_names = common_names.saturating_add(1);
                continue;
            };
            match attribute.oid {
                Oid::COMMON_NAME => {
                    let index = common_names;
                    common_names = common_names.saturating_add(1);
                    signs.take_attribute(&attribute, in_common_name, || Part::CommonName { index });
                }
                ORGANIZATION_NAME => signs.take_attribute(&attribute, in_text, || Part::Subject),
                _ => {}
            }
        }
        signs
    }

    fn take_attribute(
        &mut self,
        attribute: &Attribute<'_>,
        look: fn(&[u8]) -> Option<Sign>,
        part: impl FnOnce() -> Part,
    ) {
        match attribute.text() {
            // Of wide characters: which octets were which is not asked again.
            Ok(Cow::Owned(text)) => {
                if let Some((rule, range)) = look(text.as_bytes()) {
                    let text = text.get(range).unwrap_or_default();
                    let location = Location::at(part(), attribute.offset, attribute.value.len());
                    self.push(|| TestSign { rule, location, text: printable(text.as_bytes()) });
                }
            }
            _ => self.take(look(attribute.value), attribute.value, attribute.offset, part),
        }
    }

    fn take(&mut self, sign: Option<Sign>, octets: &[u8], offset: usize, part: impl FnOnce() -> Part) {
        let Some((rule, range)) = sign else { return };
        let found = octets.get(range.clone()).unwrap_or_default();
        let location = Location::at(part(), offset.saturating_add(range.start), found.len());
        self.push(|| {
            let text = match location.part {
                Part::SubjectAltName { kind, .. } => shown_name(kind, found),
                _ => printable(found),
            };
            TestSign { rule, location, text }
        });
    }

    fn push(&mut self, sign: impl FnOnce() -> TestSign) {
        if self.shown.len() < Self::MOST {
            self.shown.push(sign());
        } else {
            self.more = self.more.saturating_add(1);
        }
    }
}

/// A rule, and the octets that it is about.
type Sign = (TestRule, Range<usize>);

fn in_address(octets: &[u8]) -> Option<Sign> {
    Some((documentation(GeneralNameKind::IpAddress.address(octets)?)?, 0..octets.len()))
}

/// IANA's special-purpose registries: 192.0.2.0/24, 198.51.100.0/24 and 203.0.113.0/24 (RFC 5737), 2001:db8::/32 (RFC
/// 3849), 3fff::/20 (RFC 9637).
fn documentation(address: IpAddr) -> Option<TestRule> {
    let mut blocks = special_purpose_blocks(address.to_canonical());
    let block = blocks.find(|block| block.name.starts_with("Documentation"))?;
    Some(TestRule::DocumentationAddress { rfc: block.rfc })
}

fn in_common_name(octets: &[u8]) -> Option<Sign> {
    let is_host =
        octets.iter().all(|octet| octet.is_ascii_alphanumeric() || matches!(octet, b'.' | b'-' | b'_' | b'*' | b':'));
    if is_host { in_host(octets) } else { in_text(octets) }
}

fn in_host(octets: &[u8]) -> Option<Sign> {
    const LONGEST_ADDRESS: usize = 45;
    let whole = 0..octets.len();
    if octets.len() <= LONGEST_ADDRESS
        && let Some(address) = str::from_utf8(octets).ok().and_then(|text| text.parse().ok())
    {
        return Some((documentation(address)?, whole));
    }
    if is_special_use(octets) {
        return Some((TestRule::SpecialUseName, whole));
    }
    let labels = runs(octets, |octet| octet != b'.');
    let mut test_labels = labels.filter(|label| octets.get(label.clone()).is_some_and(is_test_label));
    Some((TestRule::Label, test_labels.next()?))
}

/// RFC 6761 §6.2 to §6.5, RFC 2606 §2 and §3: test, localhost, invalid, example, and example.com, .net and .org, each with
/// all below it.
fn is_special_use(name: &[u8]) -> bool {
    let name = name.strip_suffix(b".").unwrap_or(name);
    let mut labels = name.rsplit(|&octet| octet == b'.');
    let is_one_of = |label: Option<&[u8]>, texts: &[&str]| {
        label.is_some_and(|label| texts.iter().any(|text| label.eq_ignore_ascii_case(text.as_bytes())))
    };
    let top = labels.next();
    is_one_of(top, &["test", "localhost", "invalid", "example"])
        || is_one_of(top, &["com", "net", "org"]) && is_one_of(labels.next(), &["example"])
}

fn in_text(octets: &[u8]) -> Option<Sign> {
    let mut words = runs(octets, is_letter);
    let word = words.find(|word| {
        let word = octets.get(word.clone()).unwrap_or_default();
        word.eq_ignore_ascii_case(b"test") || word.eq_ignore_ascii_case(b"tests")
    })?;
    Some((TestRule::Word, word))
}

/// Everything beyond ASCII counts as a letter, lest `Testé` be a test.
fn is_letter(octet: u8) -> bool {
    octet.is_ascii_alphabetic() || octet >= 0x80
}

/// The longest runs of octets that all are of a kind.
fn runs(octets: &[u8], belongs: impl Fn(u8) -> bool) -> impl Iterator<Item = Range<usize>> {
    let mut at = 0_usize;
    std::iter::from_fn(move || {
        let skipped = octets.get(at..)?.iter().position(|&octet| belongs(octet))?;
        let start = at.saturating_add(skipped);
        let rest = octets.get(start..)?;
        at = start.saturating_add(rest.iter().take_while(|&&octet| belongs(octet)).count());
        Some(start..at)
    })
}

fn is_test_label(label: &[u8]) -> bool {
    // What stands behind the prefix is no text that people read.
    let is_encoded = label.get(..4).is_some_and(|prefix| prefix.eq_ignore_ascii_case(b"xn--"));
    !is_encoded && runs(label, is_letter).any(|word| label.get(word).is_some_and(is_test_word))
}

/// Letters between digits and hyphens.
fn is_test_word(word: &[u8]) -> bool {
    const LONGEST: usize = 63;
    let mut folded = [0; LONGEST];
    let Some(folded) = folded.get_mut(..word.len()) else { return false };
    folded.copy_from_slice(word);
    folded.make_ascii_lowercase();
    let is_one_of = |part: &[u8], words: &[&str]| words.iter().any(|word| word.as_bytes() == part);
    if let Some(behind) = folded.strip_prefix(b"test") {
        return match behind.first() {
            None => true,
            // Other languages, and nearly all English words that have nothing to do with tests, go on with a vowel.
            Some(b'a' | b'e' | b'i' | b'o' | b'u' | b'y') => is_one_of(behind, BEHIND_TEST),
            Some(_) => !is_one_of(behind, NOT_BEHIND_TEST),
        };
    }
    folded.strip_suffix(b"test").is_some_and(|before| is_one_of(before, BEFORE_TEST))
}

const BEHIND_TEST: &[&str] = &[
    "account",
    "admin",
    "api",
    "app",
    "apps",
    "area",
    "auth",
    "ed",
    "email",
    "en",
    "endpoint",
    "env",
    "environment",
    "er",
    "ers",
    "id",
    "ing",
    "instance",
    "int",
    "io",
    "ip",
    "oauth",
    "org",
    "ov",
    "ssl",
    "umgebung",
    "url",
    "us",
    "user",
    "users",
];

/// Tests that are for sale or published: drives and reviews.
const NOT_BEHIND_TEST: &[&str] =
    &["bericht", "berichte", "drive", "drives", "fahrt", "fahrten", "kit", "kits", "prep", "sieger", "strip", "strips"];

/// What comes before it is a closed list: `latest`, `contest`, `protest`, and every `-est` of an adjective in `t` are no
/// tests.
const BEFORE_TEST: &[&str] = &[
    "acceptance",
    "access",
    "admin",
    "alpha",
    "api",
    "app",
    "apps",
    "auth",
    "beta",
    "ca",
    "cert",
    "certs",
    "client",
    "cloud",
    "cms",
    "crm",
    "db",
    "demo",
    "dev",
    "devel",
    "dns",
    "domain",
    "ecc",
    "end",
    "env",
    "erp",
    "ev",
    "ftp",
    "functional",
    "gw",
    "host",
    "http",
    "https",
    "int",
    "integration",
    "intern",
    "internal",
    "ip",
    "ipv",
    "issue",
    "ldap",
    "load",
    "login",
    "mail",
    "mobile",
    "my",
    "net",
    "ov",
    "perf",
    "performance",
    "pki",
    "portal",
    "pre",
    "preprod",
    "prod",
    "proxy",
    "public",
    "qa",
    "regression",
    "rsa",
    "server",
    "shop",
    "site",
    "smoke",
    "smtp",
    "soap",
    "sso",
    "ssl",
    "staging",
    "stage",
    "stress",
    "sys",
    "system",
    "tls",
    "token",
    "uat",
    "unit",
    "url",
    "user",
    "vpn",
    "web",
    "website",
    "wildcard",
    "wp",
    "www",
];

#[cfg(test)]
mod tests {
    use super::*;
    use ctlens_testkit::{Ca, CertificateBuilder, Key, Name};
    use ctlens_x509::Certificate;

    fn found(sign: Option<Sign>, octets: &[u8]) -> Option<(TestRule, String)> {
        sign.map(|(rule, range)| (rule, String::from_utf8(octets[range].to_vec()).unwrap()))
    }

    #[test]
    fn hosts() {
        use TestRule::{Label, SpecialUseName};
        for (host, expected) in [
            // The incident's.
            ("test1.hr", Some((Label, "test1"))),
            ("test11.hr", Some((Label, "test11"))),
            ("test12.hr", Some((Label, "test12"))),
            ("ssltest5", Some((Label, "ssltest5"))),
            ("test.hr", Some((Label, "test"))),
            ("TEST.fina.hr", Some((Label, "TEST"))),
            ("www.my-test.hr", Some((Label, "my-test"))),
            ("test-www.hr", Some((Label, "test-www"))),
            ("*.test2.hr", Some((Label, "test2"))),
            ("a.testserver.hr", Some((Label, "testserver"))),
            ("testing.hr", Some((Label, "testing"))),
            ("webtest.hr", Some((Label, "webtest"))),
            ("api2test.hr", Some((Label, "api2test"))),
            ("ipv4test.hr", Some((Label, "ipv4test"))),
            ("_test.hr", Some((Label, "_test"))),
            ("tests.hr", Some((Label, "tests"))),
            ("test", Some((SpecialUseName, "test"))),
            ("a.test", Some((SpecialUseName, "a.test"))),
            ("test1.example", Some((SpecialUseName, "test1.example"))),
            ("www.EXAMPLE.com", Some((SpecialUseName, "www.EXAMPLE.com"))),
            ("example.org.", Some((SpecialUseName, "example.org."))),
            ("example.net", Some((SpecialUseName, "example.net"))),
            ("localhost", Some((SpecialUseName, "localhost"))),
            ("x.invalid", Some((SpecialUseName, "x.invalid"))),
            ("192.0.2.1", Some((TestRule::DocumentationAddress { rfc: 5737 }, "192.0.2.1"))),
            ("2001:db8::1", Some((TestRule::DocumentationAddress { rfc: 3849 }, "2001:db8::1"))),
            // No tests.
            ("latest.hr", None),
            ("contest.hr", None),
            ("protest.hr", None),
            ("attest.hr", None),
            ("attestation.hr", None),
            ("fastest.hr", None),
            ("greatest-hits.hr", None),
            ("www.testament.hr", None),
            ("testimonials.hr", None),
            ("testo.com", None),
            ("testarossa.it", None),
            ("testosterone.hr", None),
            ("testify.hr", None),
            ("testdrive.hr", None),
            ("pilatest.hr", None),
            ("detest.hr", None),
            ("intestine.hr", None),
            ("example.hr", None),
            ("example.com.hr", None),
            ("myexample.com", None),
            ("examples.com", None),
            ("localhost.hr", None),
            ("xn--test-boa.hr", None),
            ("t-est.hr", None),
            ("te.st", None),
            ("1.1.1.1", None),
            ("", None),
            (".", None),
        ] {
            let expected = expected.map(|(rule, text)| (rule, text.to_owned()));
            assert_eq!(found(in_host(host.as_bytes()), host.as_bytes()), expected, "{host}");
        }
        assert_eq!(in_host(format!("test{}.hr", "b".repeat(60)).as_bytes()), None, "longer than a label can be");
    }

    #[test]
    fn texts() {
        for (text, word) in [
            ("Test", Some("Test")),
            ("Fina TEST CA", Some("TEST")),
            ("Acme (test)", Some("test")),
            ("Test1 d.o.o.", Some("Test")),
            ("unit tests", Some("tests")),
            // It is a word of the name, whatever it means there.
            ("Test Valley Borough Council", Some("Test")),
            ("Stiftung Warentest", None),
            ("Testo SE & Co. KGaA", None),
            ("Testbirds GmbH", None),
            ("Educational Testing Service", None),
            ("Contest Latest Protest", None),
            ("Testé SA", None),
            ("", None),
        ] {
            let expected = word.map(|word| (TestRule::Word, word.to_owned()));
            assert_eq!(found(in_text(text.as_bytes()), text.as_bytes()), expected, "{text}");
        }
        assert_eq!(in_common_name(b"ssltest5"), Some((TestRule::Label, 0..8)));
        assert_eq!(in_common_name(b"My ssltest5"), None);
        assert_eq!(in_common_name(b"My test"), Some((TestRule::Word, 3..7)));
    }

    #[test]
    fn addresses() {
        for (text, rfc) in [
            ("192.0.2.0", Some(5737)),
            ("192.0.2.255", Some(5737)),
            ("192.0.3.0", None),
            ("198.51.100.7", Some(5737)),
            ("203.0.113.7", Some(5737)),
            ("198.18.0.1", None),
            ("2001:db8:ffff::", Some(3849)),
            ("2001:db9::", None),
            ("3fff:fff::1", Some(9637)),
            ("3fff:1000::1", None),
            ("::ffff:192.0.2.1", Some(5737)),
            ("1.1.1.1", None),
            ("10.1.1.1", None),
        ] {
            let octets = match text.parse().unwrap() {
                IpAddr::V4(address) => address.octets().to_vec(),
                IpAddr::V6(address) => address.octets().to_vec(),
            };
            let expected = rfc.map(|rfc| (TestRule::DocumentationAddress { rfc }, 0..octets.len()));
            assert_eq!(in_address(&octets), expected, "{text}");
        }
        assert_eq!(in_address(&[192, 0, 2]), None);
    }

    /// Common names have the numbers that the watch list gives them, whatever cannot be read before them.
    #[test]
    fn numbers_of_common_names() {
        let ca = Ca::root(Key::new(1, "ca"), &Name::new().common_name("CA"), 0, 1);
        let subject = Name::new().common_name("www.unread.hr").common_name("www.test1.hr");
        let mut der = CertificateBuilder::leaf(Key::new(2, "leaf").spki_der()).subject(&subject).certificate(&ca);
        // The type of the first is no OBJECT IDENTIFIER any more.
        let first = der.windows(13).position(|octets| octets == b"www.unread.hr").unwrap();
        let oid = der[..first].windows(5).rposition(|octets| octets == [6, 3, 0x55, 4, 3]).unwrap();
        der[oid] = 4;
        let certificate = Certificate::from_der(&der).unwrap();
        let signs = TestSigns::of(certificate.tbs());
        let mut list = ctlens_san::WatchList::new(1);
        list.insert(&"www.test1.hr".parse().unwrap(), ()).unwrap();
        let mut sources = Vec::new();
        let _ = list.watch(certificate.tbs(), |hit| {
            sources.extend(hit.item().map(|_| hit.source));
            std::ops::ControlFlow::Continue(())
        });
        let [ctlens_san::Source::CommonName { index }] = sources[..] else { panic!("{sources:?}") };
        assert_eq!((index, &signs.shown[0].location.part), (1, &Part::CommonName { index: 1 }));
    }

    #[test]
    fn of_a_certificate() {
        let ca = Ca::root(Key::new(1, "ca"), &Name::new().common_name("CA"), 0, 1);
        let subject = Name::new().organization("Acme Test d.o.o.").common_name("www.ssltest5.hr");
        let leaf = CertificateBuilder::leaf(Key::new(2, "leaf").spki_der()).subject(&subject);
        let der = leaf.dns("www.latest.hr").dns("www.test1.hr").ip([192, 0, 2, 7]).certificate(&ca);
        let certificate = Certificate::from_der(&der).unwrap();
        let signs = TestSigns::of(certificate.tbs());
        let told: Vec<String> = signs.shown.iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            [
                "the label \"test1\" in subjectAltName[1].dNSName",
                "192.0.2.7 is an address for documentation (RFC 5737)",
                "the word \"Test\" in subject",
                "the label \"ssltest5\" in subject.commonName[0]",
            ]
        );
        assert_eq!(signs.more, 0);
        // The octets are those that the text shows.
        for sign in signs.shown.iter().filter(|sign| !sign.text.starts_with("192")) {
            let range = sign.location.octets.unwrap();
            let octets = &certificate.tbs().as_bytes()[range.offset..range.offset + range.length];
            assert_eq!(str::from_utf8(octets), Ok(&*sign.text));
        }

        let leaf = CertificateBuilder::leaf(Key::new(2, "leaf").spki_der());
        let der = (0..20).fold(leaf, |leaf, n| leaf.dns(format!("test{n}.hr"))).certificate(&ca);
        let signs = TestSigns::of(Certificate::from_der(&der).unwrap().tbs());
        assert_eq!((signs.shown.len(), signs.more), (16, 4));
    }
}
