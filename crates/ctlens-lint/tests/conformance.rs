//! Agreement with two linters and the IANA registries. See CONTRIBUTING.md for `CTLENS_CORPUS`.

use std::collections::BTreeSet;
use std::net::IpAddr;

use base64ct::{Base64, Encoding};
use ctlens_lint::{Rule, RuleSet, Status, TopLevelDomain, special_purpose_blocks, top_level_domain};
use ctlens_testkit::{Corpus, KnownDifference, Tally};
use ctlens_x509::Certificate;
use serde_json::Value;

const RULES: &[Rule] = RuleSet::BASELINE_REQUIREMENTS.rules;

/// zlint is run with each certificate's notBefore as the time, which is what `check` does.
const ZLINT: &[KnownDifference] = &[
    no_end("aiaCrit.pem validity.max_398d"),
    no_end("arpa_sub1_rev40_rev60_effx.pem validity.max_398d"),
    no_end("arpa_sub1_rev40_rev61_eff1.pem validity.max_398d"),
    no_end("arpa_sub1_rev41_rev60_eff1.pem validity.max_398d"),
    no_end("cana_sub1_srv1_cli0_effx.pem validity.max_398d"),
    no_end("cana_sub1_srv1_cli1_eff0.pem validity.max_398d"),
    no_end("cana_sub1_srv1_cli1_eff1.pem validity.max_398d"),
    no_end("eccP256.pem validity.max_398d"),
    no_end("eccP384.pem validity.max_398d"),
    no_end("eccSignedWithP384ButSHA256Signature.pem validity.max_398d"),
    no_end("ecc_key_dv_with_key_agreement.pem validity.max_398d"),
    no_end("ecc_key_dv_with_no_digital_signature.pem validity.max_398d"),
    no_end("ecc_key_dv_with_prohibited_key_usage.pem validity.max_398d"),
    no_end("exactlyOnFirstMilestoneExactly200days.pem validity.max_398d"),
    no_end("exactlyOnFirstMilestoneLongerThan200days.pem validity.max_398d"),
    no_end("exactlyOnSecondMilestoneExactly100days.pem validity.max_398d"),
    no_end("exactlyOnSecondMilestoneExactly99days.pem validity.max_398d"),
    no_end("exactlyOnThirdMilestoneExactly47days.pem validity.max_398d"),
    no_end("exactlyOnThirdMilestoneLongerThan47days.pem validity.max_398d"),
    no_end("generalizedAfter2050.pem validity.max_398d"),
    no_end("generalizedNotZulu.pem validity.max_398d"),
    no_end("generalizedPrior2050.pem validity.max_398d"),
    no_end("ncEmptyValue.pem validity.max_398d"),
    no_end("ncMinPres.pem validity.max_398d"),
    no_end("ncMinZero.pem validity.max_398d"),
    no_end("sub1_val10_iat1_cdp0_ocsp0_eff1.pem validity.max_398d"),
    no_end("uniqueIdVersion1.pem validity.max_398d"),
    no_end("uniqueIdVersion3.pem validity.max_398d"),
    no_end("valid_dv_with_ecc_key.pem validity.max_398d"),
    self_signed("SANCaseNotMatchingCN.pem san.arpa"),
    self_signed("SANDNSDuplicate.pem san.arpa"),
    self_signed("SubjectEmailToolLong.pem san.arpa"),
    self_signed("allUIDv2.pem san.arpa"),
    self_signed("certVersion2NoExtensions.pem san.arpa"),
    self_signed("NCValidIPNet.pem san.arpa"),
    self_signed("ecc256_post_br_1_7_1.pem san.arpa"),
    self_signed("serialNumberZero.pem san.arpa"),
    self_signed("subjectDNNotPrintableCharacters.pem san.arpa"),
    self_signed("crlIssuerMustNotBePresent_error.pem san.arpa"),
    self_signed("crlIssuerMustNotBePresent_pass.pem san.arpa"),
    self_signed("mismatchingSigAlgsBadOID.pem san.arpa"),
    self_signed("orgid_subj_and_ext_ok_06.pem san.arpa"),
    self_signed("rsaKeyWithParameters.pem san.arpa"),
    self_signed("subjectRDNSIPv4BadIP.pem san.arpa"),
    self_signed("subjectRDNSIPv4ReservedIP.pem san.arpa"),
    self_signed("subjectRDNSIPv6ReservedIP.pem san.arpa"),
    self_signed("subjectRDNSIPv6TooFewLabels.pem san.arpa"),
    self_signed("SANCaseNotMatchingCN.pem san.internal_name"),
    self_signed("SANDNSDuplicate.pem san.internal_name"),
    self_signed("SubjectEmailToolLong.pem san.internal_name"),
    self_signed("allUIDv2.pem san.internal_name"),
    self_signed("certVersion2NoExtensions.pem san.internal_name"),
    self_signed("crlIssuerMustNotBePresent_error.pem san.internal_name"),
    self_signed("crlIssuerMustNotBePresent_pass.pem san.internal_name"),
    self_signed("mismatchingSigAlgsBadOID.pem san.internal_name"),
    self_signed("orgid_subj_and_ext_ok_06.pem san.internal_name"),
    self_signed("rsaKeyWithParameters.pem san.internal_name"),
    self_signed("subjectCNWrongEncoding.pem san.internal_name"),
    self_signed("subjectRDNSIPv4BadIP.pem san.internal_name"),
    self_signed("subjectRDNSIPv4ReservedIP.pem san.internal_name"),
    self_signed("subjectRDNSIPv6ReservedIP.pem san.internal_name"),
    self_signed("subjectRDNSIPv6TooFewLabels.pem san.internal_name"),
    KnownDifference {
        case: "SANDNSNameNotFQDN.pem san.type_forbidden",
        cause: "RFC 5280 §4.2.1.6: the tag of its name is that of no type of GeneralName; zlint has a lint for each type",
    },
];

const fn no_end(case: &'static str) -> KnownDifference {
    KnownDifference {
        case, cause: "BR §6.3.2: 398 days are the limit before 2026-03-15; zlint's lint has no end date"
    }
}

const fn self_signed(case: &'static str) -> KnownDifference {
    let cause = "BR §4.2.2 is about all certificates; zlint's lint leaves out those that are signed with their own key";
    KnownDifference { case, cause }
}

#[test]
fn zlint() {
    let name = "policy/zlint_expected.json";
    let Some((corpus, expected)) = corpus_json(name) else { return };
    let mut tally = Tally::new(name, ZLINT);
    let mut of_authorities = 0;
    for (file, verdicts) in expected["files"].as_object().unwrap() {
        let Some(der) = pem(&corpus, &format!("policy/certs/{file}")) else { continue };
        let certificate = Certificate::from_der(&der).unwrap_or_else(|error| panic!("{file}: {error}"));
        for (rule, status) in RuleSet::BASELINE_REQUIREMENTS.check(certificate.tbs()) {
            if rule.zlint.is_empty() {
                continue;
            }
            // BR §7.1.2.7.12 is about subscribers; zlint asks CA certificates for the same types.
            if rule.id.as_str() == "san.type_forbidden" && verdicts["is_ca"] == true {
                of_authorities += 1;
                continue;
            }
            tally.compare(&format!("{file} {}", rule.id), zlint_status(rule, verdicts), word(&status));
        }
    }
    println!("{name}: {of_authorities} verdicts on SAN types of CA certificates left out");
    tally.finish();
}

/// What zlint says by those of its lints that one rule of ours stands for.
fn zlint_status(rule: &Rule, verdicts: &Value) -> &'static str {
    let any = |list: &str| {
        let listed = &verdicts[list];
        rule.zlint.iter().any(|lint| match listed {
            Value::Array(lints) => lints.iter().any(|listed| listed == lint),
            hits => hits.get(lint).is_some(),
        })
    };
    match () {
        () if any("hit") => "finding",
        () if any("pass") => "pass",
        () if any("ne") => "not effective",
        () => "not applicable",
    }
}

/// The certificates after the published facts of the 1.1.1.1 incident, with zlint's findings.
const REPLAY: &[KnownDifference] = &[KnownDifference {
    case: "r9_v4_mapped.pem",
    cause: "BR §1.6.1: ::ffff:0:0/96 is an entry of IANA's registry; zlint passes it",
}];

#[test]
fn replay_of_the_incident() {
    let name = "policy/fina/replay/manifest.json";
    let Some((corpus, manifest)) = corpus_json(name) else { return };
    let mut tally = Tally::new(name, REPLAY);
    for row in manifest["certs"].as_array().unwrap() {
        let file = row["file"].as_str().unwrap();
        let Some(der) = pem(&corpus, &format!("policy/fina/replay/{file}")) else { continue };
        let certificate = Certificate::from_der(&der).unwrap();
        let aliased = |rule: &&Rule| rule.zlint.iter().any(|lint| row["zlint"].get(lint).is_some());
        let mut expected: BTreeSet<&str> = RULES.iter().filter(aliased).map(|rule| rule.id.as_str()).collect();
        // zlint has no lint for it: its parser gives up.
        if !row["raw_ip"].is_null() {
            expected.insert("san.ip_length");
        }
        tally.compare(file, expected, broken(&certificate));
    }
    tally.finish();
}

const PKILINT: &[KnownDifference] = &[KnownDifference {
    case: "root_ca__no_bc_ca_bit validity.max_398d",
    cause: "BR §7.1.2.1: pkilint was told that it is a root; the certificate does not say so",
}];

#[test]
fn pkilint() {
    let name = "policy/pkilint_expected.json";
    let Some((corpus, expected)) = corpus_json(name) else { return };
    let mut tally = Tally::new(name, PKILINT);
    let mut undated = 0;
    for (file, verdict) in expected["certs"].as_object().unwrap() {
        let Some(der) = pem(&corpus, &format!("policy/pkilint/{file}.pem")) else { continue };
        let certificate = Certificate::from_der(&der).unwrap();
        let codes: BTreeSet<&str> =
            verdict["findings"].as_array().unwrap().iter().map(|finding| finding["code"].as_str().unwrap()).collect();
        for (rule, status) in RuleSet::BASELINE_REQUIREMENTS.check(certificate.tbs()) {
            if rule.pkilint.is_empty() {
                continue;
            }
            // Its limit of 398 days has no dates.
            if status == Status::NotEffective {
                undated += 1;
                continue;
            }
            let found = rule.pkilint.iter().any(|code| codes.contains(code));
            tally.compare(&format!("{file} {}", rule.id), found, word(&status) == "finding");
        }
    }
    println!("{name}: {undated} verdicts by rules that did not hold at the time left out");
    tally.finish();
}

#[test]
fn special_purpose_registries() {
    for name in ["san/iana-ipv4-special-registry-1.csv", "san/iana-ipv6-special-registry-1.csv"] {
        let Some(registry) = Corpus::open().and_then(|corpus| corpus.read_text(name)) else { continue };
        let mut tally = Tally::new(name, &[]);
        // Records begin with an address block; what begins with white space goes on with the one before.
        for record in registry.replace("\n ", " ").lines().filter(|line| line.contains('/')) {
            let (blocks, rest) = match record.strip_prefix('"') {
                Some(quoted) => quoted.split_once('"').unwrap(),
                None => record.split_once(',').unwrap(),
            };
            let month = rest.split(',').find(|field| is_month(field)).unwrap();
            for block in blocks.split(',') {
                let block = block.split('[').next().unwrap().trim();
                let (address, length) = block.split_once('/').unwrap();
                let address: IpAddr = address.parse().unwrap();
                let found = special_purpose_blocks(address).find(|found| found.prefix_length.to_string() == length);
                let found = found.map(|found| (found.network, found.allocated.to_string()[..7].to_owned()));
                tally.compare(block, Some((address, month.to_owned())), found);
            }
        }
        tally.finish();
    }
}

/// Days as the list gives them; a country code bears the first day of 1985 there, and none in the registries.
#[test]
fn top_level_domains() {
    const LISTED: &[KnownDifference] = &[KnownDifference {
        case: "onion",
        cause: "RFC 7686 §2: no root zone has it; the list bears it with the day of BR Appendix B",
    }];
    let name = "policy/tlds.json";
    let Some((_, list)) = corpus_json(name) else { return };
    let mut tally = Tally::new(name, LISTED);
    for row in list["tlds"].as_array().unwrap() {
        let label = row["tld"].as_str().unwrap();
        let listed =
            |day: &str| row[day].as_str().filter(|&day| day != "1985-01-01").map(|day| format!("{day}T00:00:00Z"));
        let days = |TopLevelDomain { delegated, removed, .. }: &TopLevelDomain| {
            (delegated.map(|day| day.to_string()), removed.map(|day| day.to_string()))
        };
        let found = top_level_domain(label.as_bytes()).map(days);
        tally.compare(label, Some((listed("delegated"), listed("removed"))), found);
    }
    tally.finish();
}

fn is_month(field: &str) -> bool {
    field.len() == 7 && field.as_bytes()[4] == b'-' && field.bytes().filter(u8::is_ascii_digit).count() == 6
}

fn broken(certificate: &Certificate<'_>) -> BTreeSet<&'static str> {
    let statuses = RuleSet::BASELINE_REQUIREMENTS.check(certificate.tbs());
    statuses.filter(|(_, status)| word(status) == "finding").map(|(rule, _)| rule.id.as_str()).collect()
}

fn word(status: &Status) -> &'static str {
    match status {
        Status::NotApplicable => "not applicable",
        Status::NotEffective => "not effective",
        Status::Pass => "pass",
        Status::Findings(_) => "finding",
        _ => "undecidable",
    }
}

fn corpus_json(name: &str) -> Option<(Corpus, Value)> {
    let corpus = Corpus::open()?;
    let text = corpus.read_text(name)?;
    Some((corpus, serde_json::from_str(&text).unwrap()))
}

fn pem(corpus: &Corpus, name: &str) -> Option<Vec<u8>> {
    let text = corpus.read_text(name)?;
    let body = text.lines().skip_while(|line| !line.starts_with("-----BEGIN")).skip(1);
    let body: String = body.take_while(|line| !line.starts_with("-----")).collect();
    Some(Base64::decode_vec(&body).unwrap())
}
