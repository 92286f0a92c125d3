//! The gate of a CA.

mod support;

use ctlens_policy::{Environment, IssuanceRequest, Policy, PreIssuance};
use ctlens_testkit::CertificateBuilder;
use ctlens_testkit::Name;
use ctlens_x509::Tbs;
use support::*;

/// A CA that issues below `.hr` and in its own network, with a branch for tests.
fn policy_of_ca(more: &str) -> Policy {
    compile(&format!(
        r#"version = 1
[[owner]]
id = "fina"
[[asset]]
id = "own"
owner = "fina"
dns = [".fina.hr"]
[[issuer]]
id = "production"
env = "production"
spki_sha256 = ["{}"]
[[issuer]]
id = "testing"
env = "test"
spki_sha256 = ["{}"]
[[grant]]
id = "own-names"
assets = ["own"]
issuers = ["production"]
not_before = 2026-01-01T00:00:00Z
not_after = 2027-01-01T00:00:00Z
approved_by = "board"
reason = "own servers"
[[limit]]
id = "only-hr"
issuers = ["production"]
dns = [".hr"]
reason = "contract"
{more}"#,
        key_of(&our_ca()),
        key_of(&impostor_ca())
    ))
}

fn ask(policy: &Policy, builder: &CertificateBuilder, is_test_ca: bool, environment: Environment) -> PreIssuance {
    let ca = if is_test_ca { impostor_ca() } else { our_ca() };
    // Nothing is signed yet.
    let tbs = builder.precert_tbs(&ca);
    let request = IssuanceRequest::new(key_of(&ca), environment);
    let gate = policy.pre_issuance(&Tbs::from_der(&tbs).unwrap(), &request);
    assert_eq!(gate.is_allowed(), gate.exit_code() == 0);
    assert_eq!(gate.is_allowed(), gate.reasons().is_empty());
    gate
}

fn reasons(gate: &PreIssuance) -> Vec<String> {
    let mut reasons: Vec<String> = gate.reasons().iter().map(|finding| finding.rule.to_string()).collect();
    reasons.sort();
    reasons.dedup();
    reasons
}

#[test]
fn what_a_ca_may_sign() {
    let policy = policy_of_ca("");
    let (production, test) = (Environment::Production, Environment::Test);
    let for_names = |names: &[&str]| names.iter().fold(leaf(), |builder, name| builder.dns(*name));
    for (builder, is_test_ca, environment, refused) in [
        (for_names(&["www.customer.hr"]), false, production, &[][..]),
        (for_names(&["www.fina.hr"]), false, production, &[]),
        // The incident.
        (
            for_names(&["test1.hr", "test12.hr"]).subject(&Name::new().common_name("test1.hr")).ip([1, 1, 1, 1]),
            false,
            production,
            &["issuance.beyond_limit", "issuance.test_in_production"],
        ),
        (for_names(&["test1.hr"]), false, production, &["issuance.test_in_production"]),
        // Somebody signed for that name.
        (for_names(&["test1.fina.hr"]), false, production, &[]),
        (for_names(&["test1.hr"]), true, test, &[]),
        (for_names(&["www.customer.hr"]), false, test, &["issuance.test_in_production"]),
        (for_names(&["www.customer.hr"]), true, production, &["issuance.test_in_production"]),
        (for_names(&["www.fina.hr"]), true, test, &["ownership.wrong_issuer"]),
        (for_names(&["www.customer.com"]), false, production, &["issuance.beyond_limit"]),
        (for_names(&["www.customer.hr"]).serial(&[0]), false, production, &["serial.positive"]),
    ] {
        let gate = ask(&policy, &builder, is_test_ca, environment);
        assert_eq!(reasons(&gate), refused, "{gate:#?}");
        assert_eq!(gate.exit_code(), u8::from(!refused.is_empty()));
    }
    let PreIssuance::Allowed { grants, .. } = ask(&policy, &for_names(&["www.fina.hr"]), false, production) else {
        panic!()
    };
    assert_eq!(grants, ["own-names"]);
}

/// Only who granted a name meant that name: what is let pass by default, or because a rule is off, is granted by nobody.
#[test]
fn what_is_allowed_is_not_granted() {
    let production = Environment::Production;
    let test = leaf().dns("test1.other.hr");
    let of = |more: &str| {
        policy_of_ca(&format!("[[asset]]\nid = \"other\"\nowner = \"fina\"\ndns = [\".other.hr\"]\n{more}"))
    };
    for (more, by) in [
        ("owned_without_grant = \"allow\"", "default-allow"),
        ("[levels]\n\"ownership.no_grant\" = \"allow\"", "allowed-level:ownership.no_grant"),
    ] {
        assert_eq!(reasons(&ask(&of(more), &test, false, production)), ["issuance.test_in_production"], "{more}");
        let gate = ask(&of(more), &leaf().dns("www.other.hr").dns("www.fina.hr"), false, production);
        let PreIssuance::Allowed { grants, .. } = gate else { panic!("{gate:#?}") };
        assert_eq!(grants, [by, "own-names"]);
    }
}

/// Levels below an error are notes; what nobody can read is no yes.
#[test]
fn notes_and_doubts() {
    let production = Environment::Production;
    let warned = policy_of_ca("[levels]\n\"issuance.test_in_production\" = \"warning\"");
    let gate = ask(&warned, &leaf().dns("test1.hr"), false, production);
    let PreIssuance::Allowed { notes, .. } = &gate else { panic!("{gate:#?}") };
    assert_eq!(notes.len(), 1);
    let suppressed = policy_of_ca(
        "[[suppress]]\nid = \"s\"\nrule = \"ownership.grant_expired\"\nasset = \"own\"\nuntil = 2027-01-01T00:00:00Z\n\
         by = \"b\"\nreason = \"r\"",
    );
    let late = leaf().dns("www.fina.hr").validity(1_830_000_000, 1_830_000_000 + 30 * DAY - 1);
    for policy in [policy_of_ca(""), suppressed] {
        // Who is not to be woken up has not agreed.
        assert_eq!(reasons(&ask(&policy, &late, false, production)), ["ownership.grant_expired"]);
    }
    let denied = policy_of_ca(
        "[[deny]]\nid = \"d\"\nassets = [\"own\"]\nreason = \"r\"\n[[suppress]]\nid = \"s\"\nrule = \"ownership.denied\"\n\
         asset = \"own\"\nuntil = 2027-01-01T00:00:00Z\nby = \"b\"\nreason = \"r\"",
    );
    assert_eq!(reasons(&ask(&denied, &leaf().dns("www.fina.hr"), false, production)), ["ownership.denied"]);
    let unread = ask(&policy_of_ca(""), &leaf().dns("?.hr"), true, Environment::Test);
    // A label that nobody can read may be the CA's own.
    assert_eq!((unread.exit_code(), reasons(&unread)), (2, vec!["ownership.undecidable".to_owned()]));
    // Nobody says what another issuer is for.
    let tbs = leaf().dns("www.customer.hr").precert_tbs(&our_ca());
    let other = ctlens_policy::Sha256Hash([9; 32]);
    let ask = |environment| {
        let request = IssuanceRequest::new(other, environment);
        policy_of_ca("").pre_issuance(&Tbs::from_der(&tbs).unwrap(), &request).exit_code()
    };
    assert_eq!((ask(Environment::Production), ask(Environment::Test)), (0, 2));
}
