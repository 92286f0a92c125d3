//! Which rules of the Baseline Requirements a certificate breaks, and where: `lint CERTIFICATE` (PEM or DER).
//!
//! Without arguments: a certificate after one of the incident's, made by the testkit.

use ctlens_examples::read_der;
use ctlens_lint::{RuleSet, Status};
use ctlens_testkit::{Ca, CertificateBuilder, Key, Name};
use ctlens_x509::Certificate;
use std::{env, error::Error, path::Path};

fn main() -> Result<(), Box<dyn Error>> {
    let der = env::args().nth(1).map_or_else(|| Ok(demonstration()), |file| read_der(Path::new(&file)))?;
    let certificate = Certificate::from_der(&der)?;
    let rules = RuleSet::BASELINE_REQUIREMENTS;
    println!("{} {}, {} rules", rules.name, rules.revision, rules.rules.len());
    let (mut kept, mut others) = (0, 0);
    for (rule, status) in rules.check(certificate.tbs()) {
        match status {
            Status::Pass => kept += 1,
            Status::NotApplicable | Status::NotEffective => others += 1,
            Status::Undecidable(error) => println!("\n{} {}: cannot be decided: {error}", rule.level, rule.id),
            Status::Findings(findings) => {
                println!("\n{} {}: {}", rule.level, rule.id, rule.title);
                println!("    by {} §{}", rule.source.document, rule.source.section);
                for finding in &findings.shown {
                    println!("    at {}: {}", finding.location, finding.explanation);
                }
                if findings.more > 0 {
                    println!("    and at {} more places", findings.more);
                }
            }
            other => println!("\n{} {}: {other:?}", rule.level, rule.id),
        }
    }
    println!("\n{kept} rules kept, {others} about other certificates or other times");
    Ok(())
}

fn demonstration() -> Vec<u8> {
    let ca = Ca::root(Key::new(1, "CA"), &Name::new().country("HR").common_name("Example CA"), 0, 4_000_000_000);
    let leaf = CertificateBuilder::leaf(Key::new(2, "leaf").spki_der()).subject(&Name::new().common_name("ssltest5"));
    // 399 days, and an address that is nobody's.
    let leaf = leaf.validity(1_735_689_600, 1_735_689_600 + 399 * 86_400 - 1);
    leaf.dns("ssltest5").ip([10, 0, 0, 1]).ip([1, 1, 1, 1]).certificate(&ca)
}
