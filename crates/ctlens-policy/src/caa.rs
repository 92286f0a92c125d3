//! What CAA records say about an issuance (RFC 8659).

use crate::text::{printable, quoted};
use ctlens_san::DnsName;
use std::fmt;

/// A CAA record (RFC 8659 §4.1).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CaaRecord {
    /// Of the flags, 128 is *critical*: a CA that does not know the tag must not issue.
    pub flags: u8,
    /// The tag, in upper or lower case.
    pub tag: String,
    /// The octets of the value.
    pub value: Vec<u8>,
}

/// What a resolver says about the CAA records of one name, aliases (CNAME, DNAME) followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CaaAnswer<'r> {
    /// The records; an empty list where the name has none, or does not exist.
    Records(&'r [CaaRecord]),
    /// There was no answer, or one that could not be validated.
    Failed,
}

/// Whether the CAA records of a name let a CA issue for it.
///
/// Records are those of the day they were asked for, and a certificate is of another day: "forbidden" is a reason to ask, and
/// no proof that the CA did wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum CaaVerdict {
    /// Neither the name nor anything above it has records: anybody may issue.
    NoRecords,
    /// The CA may issue.
    Permitted {
        /// The name that has the records.
        at: String,
        /// The record that names the CA; `None` where the records restrict nobody.
        record: Option<CaaRecord>,
    },
    /// The CA may not issue.
    Forbidden {
        /// The name that has the records.
        at: String,
        /// The first record that restricts who issues, or the critical one that nobody knows.
        record: CaaRecord,
    },
    /// It hangs on something that is not in a certificate.
    NotCheckable {
        /// The name that has the records.
        at: String,
        /// The record.
        record: CaaRecord,
        /// On what.
        why: NotInCertificate,
    },
    /// The records of a name are not known, and they may have said anything.
    Unanswered {
        /// The name.
        at: String,
    },
}

/// What a certificate does not say, and a CAA record asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotInCertificate {
    /// The record names the CA, with a parameter: `accounturi` and `validationmethods` (RFC 8657 §3, §4), or one whose
    /// meaning the CA alone defines (RFC 8659 §4.2).
    Parameter {
        /// The parameter's tag.
        tag: String,
    },
    /// The record names a CA, and nobody said by which names this one goes.
    IssuerDomains,
}

const CRITICAL: u8 = 0x80;

/// Tags that are known, whether they restrict an issuance for servers or not: RFC 8659 §4.2 to §4.4, Baseline Requirements
/// 2.2.6 appendix A.1, RFC 9495, and the one for logos in mail.
const KNOWN_TAGS: [&str; 7] = ["issue", "issuewild", "iodef", "contactemail", "contactphone", "issuemail", "issuevmc"];

/// Whether the CA with these issuer-domain-names (`letsencrypt.org`) may issue for a name; `is_wildcard` for `*.` and the name.
///
/// `lookup` is asked for the CAA records of the name and then of each name above it, in lower case without the trailing dot,
/// until one has records. It is a function of what the caller's resolver answered: nothing is asked of the network.
///
/// CAA covers no addresses: Baseline Requirements 2.2.6 §3.2.2.8 asks for it for each dNSName, and who owns an address has
/// grants, and nothing else.
pub fn caa_permits<'r>(
    name: &DnsName,
    is_wildcard: bool,
    issuer_domains: &[&str],
    mut lookup: impl FnMut(&str) -> CaaAnswer<'r>,
) -> CaaVerdict {
    // RFC 8659 §3: the relevant set is the first one on the way up from the name; a wildcard begins where the name does.
    let mut rest = Some(name.as_str());
    while let Some(at) = rest {
        match lookup(at) {
            CaaAnswer::Failed => return CaaVerdict::Unanswered { at: at.to_owned() },
            CaaAnswer::Records([]) => {}
            CaaAnswer::Records(records) => return decide(at.to_owned(), records, is_wildcard, issuer_domains),
        }
        rest = at.split_once('.').map(|(_, above)| above);
    }
    CaaVerdict::NoRecords
}

fn decide(at: String, records: &[CaaRecord], is_wildcard: bool, issuer_domains: &[&str]) -> CaaVerdict {
    let is = |record: &CaaRecord, tag: &str| record.tag.eq_ignore_ascii_case(tag);
    let unknown = |record: &&CaaRecord| !KNOWN_TAGS.iter().any(|tag| is(record, tag));
    if let Some(record) = records.iter().filter(|record| record.flags & CRITICAL != 0).find(unknown) {
        return CaaVerdict::Forbidden { at, record: record.clone() };
    }
    // RFC 8659 §4.3: issuewild is for wildcards only, and where it is there, issue is not for them.
    let tag = if is_wildcard && records.iter().any(|record| is(record, "issuewild")) { "issuewild" } else { "issue" };
    let mut open = None;
    let mut first = None;
    for record in records.iter().filter(|record| is(record, tag)) {
        first = first.or(Some(record));
        let Some(value) = IssueValue::read(&record.value) else { continue };
        if value.domain.is_empty() {
            continue;
        }
        if issuer_domains.is_empty() {
            open = open.or(Some((record, NotInCertificate::IssuerDomains)));
        } else if issuer_domains.iter().any(|domain| domain.eq_ignore_ascii_case(value.domain)) {
            let Some(parameter) = value.first_parameter else {
                return CaaVerdict::Permitted { at, record: Some(record.clone()) };
            };
            open = open.or(Some((record, NotInCertificate::Parameter { tag: parameter.to_ascii_lowercase() })));
        }
    }
    match (open, first) {
        (Some((record, why)), _) => CaaVerdict::NotCheckable { at, record: record.clone(), why },
        (None, Some(record)) => CaaVerdict::Forbidden { at, record: record.clone() },
        (None, None) => CaaVerdict::Permitted { at, record: None },
    }
}

/// The value of `issue` and `issuewild`.
struct IssueValue<'v> {
    /// Empty where nobody may issue.
    domain: &'v str,
    first_parameter: Option<&'v str>,
}

impl<'v> IssueValue<'v> {
    /// RFC 8659 §4.2; `None` where the value is not of this form, which means the same as an empty domain.
    ///
    /// ```text
    /// issue-value = *WSP [issuer-domain-name *WSP] [";" *WSP [parameters *WSP]]
    /// issuer-domain-name = label *("." label)
    /// label = (ALPHA / DIGIT) *( *("-") (ALPHA / DIGIT))
    /// parameters = (parameter *WSP ";" *WSP parameters) / parameter
    /// parameter = tag *WSP "=" *WSP value
    /// tag = (ALPHA / DIGIT) *( *("-") (ALPHA / DIGIT))
    /// value = *(%x21-3A / %x3C-7E)
    /// ```
    fn read(value: &'v [u8]) -> Option<Self> {
        let value = std::str::from_utf8(value).ok()?;
        let (domain, parameters) = match value.split_once(';') {
            Some((domain, parameters)) => (trim(domain), trim(parameters)),
            None => (trim(value), ""),
        };
        if !domain.is_empty() && !domain.split('.').all(is_label) {
            return None;
        }
        let mut first_parameter = None;
        if !parameters.is_empty() {
            for parameter in parameters.split(';') {
                let (tag, value) = parameter.split_once('=')?;
                let (tag, value) = (trim(tag), trim(value));
                if !is_label(tag) || !value.bytes().all(|octet| matches!(octet, 0x21..=0x3a | 0x3c..=0x7e)) {
                    return None;
                }
                first_parameter = first_parameter.or(Some(tag));
            }
        }
        Some(Self { domain, first_parameter })
    }
}

fn trim(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}

fn is_label(text: &str) -> bool {
    let ends = |octet: Option<&u8>| octet.is_some_and(u8::is_ascii_alphanumeric);
    ends(text.as_bytes().first())
        && ends(text.as_bytes().last())
        && text.bytes().all(|octet| octet.is_ascii_alphanumeric() || octet == b'-')
}

/// As in a zone file: `0 issue "letsencrypt.org"`.
impl fmt::Display for CaaRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.flags, printable(self.tag.as_bytes()), quoted(&printable(&self.value)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    /// `128 issue letsencrypt.org`
    fn record(text: &str) -> CaaRecord {
        let mut parts = text.splitn(3, ' ');
        let mut next = || parts.next().unwrap_or_default();
        CaaRecord { flags: next().parse().unwrap(), tag: next().to_owned(), value: next().as_bytes().to_vec() }
    }

    type Zone = BTreeMap<String, Vec<CaaRecord>>;

    fn ask(zone: &Zone, name: &str, domains: &[&str]) -> CaaVerdict {
        let (is_wildcard, name) = name.strip_prefix("*.").map_or((false, name), |name| (true, name));
        caa_permits(&name.parse().unwrap(), is_wildcard, domains, |name| match zone.get(name) {
            Some(records) => CaaAnswer::Records(records),
            None => CaaAnswer::Records(&[]),
        })
    }

    fn short(verdict: &CaaVerdict) -> String {
        match verdict {
            CaaVerdict::NoRecords => "none".to_owned(),
            CaaVerdict::Permitted { record: None, .. } => "unrestricted".to_owned(),
            CaaVerdict::Permitted { .. } => "yes".to_owned(),
            CaaVerdict::Forbidden { .. } => "no".to_owned(),
            CaaVerdict::NotCheckable { why: NotInCertificate::Parameter { tag }, .. } => tag.clone(),
            CaaVerdict::NotCheckable { .. } => "which CA?".to_owned(),
            CaaVerdict::Unanswered { .. } => "unanswered".to_owned(),
        }
    }

    /// (what, records, for the name, for its wildcard), asked by the CA that is ca1.example and ca1.test.
    #[test]
    fn record_sets() {
        let table: &[(&str, &[&str], &str, &str)] = &[
            ("the CA's name (RFC 8659 §4.2)", &["0 issue ca1.example"], "yes", "yes"),
            ("another name of the CA", &["0 issue ca1.test"], "yes", "yes"),
            ("upper case, white space", &["0 ISSUE \t CA1.Example \t "], "yes", "yes"),
            ("another CA", &["0 issue ca2.example"], "no", "no"),
            ("one of several", &["0 issue ca2.example", "0 issue ca1.example"], "yes", "yes"),
            ("a name below", &["0 issue www.ca1.example"], "no", "no"),
            ("a trailing dot is no label", &["0 issue ca1.example."], "no", "no"),
            ("nobody", &["0 issue ;"], "no", "no"),
            ("nobody, said with nothing", &["0 issue "], "no", "no"),
            ("nobody, and the CA", &["0 issue ;", "0 issue ca1.example"], "yes", "yes"),
            ("malformed is nobody", &["0 issue %%%%%"], "no", "no"),
            ("wildcards only (§4.3)", &["0 issue ca2.example", "0 issuewild ca1.example"], "no", "yes"),
            ("no wildcards", &["0 issue ca1.example", "0 issuewild ;"], "yes", "no"),
            ("wildcards of others, names of all", &["0 issuewild ca2.example"], "unrestricted", "no"),
            ("nobody is restricted", &["0 iodef mailto:a@b.example"], "unrestricted", "unrestricted"),
            ("contacts (BR A.1)", &["0 contactemail a@b.example", "0 contactphone +1"], "unrestricted", "unrestricted"),
            ("a critical contact", &["128 contactemail a@b.example", "0 issue ca1.example"], "yes", "yes"),
            ("critical iodef", &["128 iodef mailto:a@b.example", "0 issue ca1.example"], "yes", "yes"),
            ("mail (RFC 9495)", &["128 issuemail ;"], "unrestricted", "unrestricted"),
            ("an unknown tag", &["0 tbs Unknown", "0 issue ca1.example"], "yes", "yes"),
            ("a critical unknown tag", &["128 tbs Unknown", "0 issue ca1.example"], "no", "no"),
            ("another flag is not critical", &["1 tbs Unknown", "0 issue ca1.example"], "yes", "yes"),
            ("critical among other flags", &["255 tbs Unknown"], "no", "no"),
            ("critical and known", &["128 issue ca1.example"], "yes", "yes"),
            ("an account (RFC 8657 §3)", &["0 issue ca1.example; accounturi=https://a/1"], "accounturi", "accounturi"),
            (
                "a method (§4)",
                &["0 issue ca1.example;validationmethods=dns-01"],
                "validationmethods",
                "validationmethods",
            ),
            ("a parameter of the CA's", &["0 issue ca1.example; x = y"], "x", "x"),
            ("a parameter of another CA", &["0 issue ca2.example; accounturi=https://a/1"], "no", "no"),
            ("with and without", &["0 issue ca1.example; a=b", "0 issue ca1.example"], "yes", "yes"),
            ("a semicolon at the end", &["0 issue ca1.example ; "], "yes", "yes"),
            ("one too many is malformed", &["0 issue ca1.example; a=b;"], "no", "no"),
            ("a parameter without a value", &["0 issue ca1.example; policy"], "no", "no"),
            ("a space in a value", &["0 issue ca1.example; a=b c"], "no", "no"),
        ];
        for (what, records, for_name, for_wildcard) in table {
            let records = records.iter().map(|text| record(text)).collect();
            let zone = Zone::from([("www.shop.example".to_owned(), records)]);
            let domains = ["ca1.example", "ca1.test"];
            assert_eq!(short(&ask(&zone, "www.shop.example", &domains)), *for_name, "{what}");
            assert_eq!(short(&ask(&zone, "*.www.shop.example", &domains)), *for_wildcard, "{what}, wildcard");
        }
    }

    #[test]
    fn the_way_up() {
        let zone = Zone::from([
            ("example".to_owned(), vec![record("0 issue ;")]),
            ("shop.example".to_owned(), vec![record("0 issue ca1.example")]),
            ("open.shop.example".to_owned(), vec![record("0 iodef mailto:a@b.example")]),
            ("none.shop.example".to_owned(), vec![]),
        ]);
        let domains = ["ca1.example"];
        for (name, verdict, at) in [
            ("shop.example", "yes", "shop.example"),
            ("a.b.shop.example", "yes", "shop.example"),
            ("none.shop.example", "yes", "shop.example"),
            ("x.open.shop.example", "unrestricted", "open.shop.example"),
            ("*.open.shop.example", "unrestricted", "open.shop.example"),
            ("*.shop.example", "yes", "shop.example"),
            ("other.example", "no", "example"),
        ] {
            let found = ask(&zone, name, &domains);
            assert_eq!(short(&found), verdict, "{name}");
            let (CaaVerdict::Permitted { at: found, .. } | CaaVerdict::Forbidden { at: found, .. }) = found else {
                panic!("{name}")
            };
            assert_eq!(found, at, "{name}");
        }
        assert_eq!(ask(&zone, "shop.test", &domains), CaaVerdict::NoRecords);
    }

    #[test]
    fn what_nobody_knows() {
        let name: DnsName = "a.b.example".parse().unwrap();
        let mut asked = Vec::new();
        let verdict = caa_permits(&name, false, &["ca1.example"], |name| {
            asked.push(name.to_owned());
            if name == "b.example" { CaaAnswer::Failed } else { CaaAnswer::Records(&[]) }
        });
        assert_eq!(verdict, CaaVerdict::Unanswered { at: "b.example".to_owned() });
        assert_eq!(asked, ["a.b.example", "b.example"]);
        let zone = Zone::from([("example".to_owned(), vec![record("0 issue ca1.example")])]);
        assert_eq!(short(&ask(&zone, "a.example", &[])), "which CA?");
        let zone = Zone::from([("example".to_owned(), vec![record("0 issue ;")])]);
        assert_eq!(short(&ask(&zone, "a.example", &[])), "no");
        assert_eq!(record("0 issue a\"b").to_string(), r#"0 issue "a\"b""#);
    }

    proptest! {
        /// Another record that names the CA never takes away its permission, unless it is for wildcards; the order of
        /// records never matters to whether it may issue.
        #[test]
        fn order_and_addition(
            picks in proptest::collection::vec(0_usize..8, 1..6), wildcard: bool, swap in 0_usize..6,
        ) {
            const RECORDS: [&str; 8] = [
                "0 issue ca1.example", "0 issue ;", "0 issue ca2.example", "0 issuewild ca1.example", "0 issuewild ;",
                "0 iodef x", "128 issue ca1.example; a=b", "0 issue \u{fc}",
            ];
            let name = if wildcard { "*.a.example" } else { "a.example" };
            let verdict = |records: Vec<CaaRecord>| {
                short(&ask(&Zone::from([("a.example".to_owned(), records)]), name, &["ca1.example"]))
            };
            let mut records: Vec<CaaRecord> = picks.iter().map(|&pick| record(RECORDS[pick])).collect();
            let before = verdict(records.clone());
            let by = swap % records.len();
            records.rotate_left(by);
            prop_assert_eq!(verdict(records.clone()), before.clone());
            if before == "yes" {
                records.push(record("0 issue ca1.example"));
                prop_assert_eq!(verdict(records), before);
            }
        }
    }
}
