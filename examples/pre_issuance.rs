//! Whether a CA may sign: `pre_issuance POLICY ISSUER_KEY_SHA256 TBS [test]`, where TBS is a to-be-signed certificate in DER,
//! or a certificate. Leaves with 0 where it may, 1 where it may not, 2 where nobody can tell, and 3 where the question is none:
//! other arguments, or a file that cannot be read.
//!
//! Without arguments: two requests to a CA for names below `.hr`, the second like those of the incident.

use ctlens_examples::read_der;
use ctlens_policy::{Context, Environment, Policy, PreIssuance, Sha256Hash};
use ctlens_testkit::{Ca, CertificateBuilder, Key, Name};
use ctlens_x509::{Certificate, Tbs, UnixSeconds};
use std::{env, error::Error, fs, path::Path, process::ExitCode};

const POLICY: &str = include_str!("pre_issuance.toml");
const NOW: UnixSeconds = UnixSeconds(1_770_000_000);

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let asked = match &arguments[..] {
        [] => demonstrate(),
        [policy, key, tbs] => ask(policy, key, Path::new(tbs), Environment::Production),
        [policy, key, tbs, word] if word == "test" => ask(policy, key, Path::new(tbs), Environment::Test),
        _ => Err("expected POLICY ISSUER_KEY_SHA256 TBS [test]".into()),
    };
    asked.unwrap_or_else(|error| {
        eprintln!("error: {error}");
        ExitCode::from(3)
    })
}

fn ask(policy: &str, key: &str, tbs: &Path, environment: Environment) -> Result<ExitCode, Box<dyn Error>> {
    let policy = Policy::compile(&fs::read_to_string(policy)?, policy)?;
    let der = read_der(tbs)?;
    let certificate = Certificate::from_der(&der);
    let tbs = certificate.as_ref().map_or_else(|_| Tbs::from_der(&der), |certificate| Ok(*certificate.tbs()))?;
    let gate = policy.pre_issuance(&tbs, key.parse()?, &Context::default().requested_for(environment));
    show(&gate);
    Ok(ExitCode::from(gate.exit_code()))
}

fn demonstrate() -> Result<ExitCode, Box<dyn Error>> {
    let policy = Policy::compile(POLICY, "pre_issuance.toml")?;
    let ca = Ca::root(Key::new(1, "CA"), &Name::new().country("HR").common_name("Example CA"), 0, 4_000_000_000);
    let leaf = CertificateBuilder::leaf(Key::new(2, "leaf").spki_der()).validity(NOW.0, NOW.0 + 90 * 86_400 - 1);
    let incident = leaf.clone().subject(&Name::new().common_name("test1.hr")).dns("test1.hr").ip([1, 1, 1, 1]);
    for (what, request) in [("www.customer.hr", leaf.dns("www.customer.hr")), ("test1.hr and 1.1.1.1", incident)] {
        println!("a certificate for {what}");
        let tbs = request.precert_tbs(&ca);
        let key = Sha256Hash(ca.key().spki_sha256());
        let context = Context::at(NOW).requested_for(Environment::Production);
        show(&policy.pre_issuance(&Tbs::from_der(&tbs)?, key, &context));
    }
    Ok(ExitCode::SUCCESS)
}

fn show(gate: &PreIssuance) {
    println!("  {}", ["allowed", "refused", "nobody can tell"][usize::from(gate.exit_code())]);
    gate.reasons().iter().for_each(|reason| println!("    {reason}"));
}
