//! The gate of a CA.

mod support;

use ctlens_policy::{CaaFacts, CaaRecord, Context, Environment, Format, Ownership, Policy, PreIssuance, TrustView};
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
    let context = Context::default().requested_for(environment);
    let gate = policy.pre_issuance(&Tbs::from_der(&tbs).unwrap(), key_of(&ca), &context);
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
        let context = Context::default().requested_for(environment);
        policy_of_ca("").pre_issuance(&Tbs::from_der(&tbs).unwrap(), other, &context).exit_code()
    };
    assert_eq!((ask(Environment::Production), ask(Environment::Test)), (0, 2));
}

/// What else is known counts at the gate, as it does before issuance.
#[test]
fn what_else_is_known() {
    let policy = policy_of_ca("[[asset]]\nid = \"net\"\nowner = \"fina\"\nip = [\"192.0.2.0/24\"]\n");
    let (ours, testing) = (key_of(&our_ca()), key_of(&impostor_ca()));
    let gate = |tbs: &[u8], key, context: &Context<'_>| {
        let gate = policy.pre_issuance(&Tbs::from_der(tbs).unwrap(), key, context);
        (gate.exit_code(), reasons(&gate))
    };
    let customer = leaf().dns("www.customer.hr").precert_tbs(&our_ca());
    let production = Context::default().requested_for(Environment::Production);
    assert_eq!(gate(&customer, ours, &production), (0, vec![]));
    // What is not said to be a test is for production.
    assert_eq!(gate(&leaf().dns("test1.hr").precert_tbs(&our_ca()), ours, &Context::default()).0, 1);

    let leaf_key = ctlens_policy::Sha256Hash(ctlens_testkit::Key::new(7, "leaf").spki_sha256());
    let view = |text: String| TrustView::read(&format!("version = 1\n{text}"), "trust.toml", Format::Toml).unwrap();
    for (text, rule) in [
        (format!("[[disallow]]\nid = \"l\"\nreason = \"r\"\nspki_sha256 = [\"{ours}\"]"), "issuer.disallowed"),
        (format!("[[compromised]]\nid = \"l\"\nreason = \"r\"\nspki_sha256 = [\"{leaf_key}\"]"), "key.compromised"),
    ] {
        let trust = view(text);
        let mut context = production;
        context.trust = Some(&trust);
        assert_eq!(gate(&customer, ours, &context), (1, vec![rule.to_owned()]));
    }
    // That nobody trusts the issuer makes nothing less wrong.
    let untrusted = view("unlisted = \"untrusted\"".to_owned());
    let mut context = production;
    context.trust = Some(&untrusted);
    let beyond = leaf().dns("www.customer.com").precert_tbs(&our_ca());
    assert_eq!(gate(&beyond, ours, &context), (1, vec!["issuance.beyond_limit".to_owned()]));
    // No issuer that a root programme trusts makes tests, whatever it is said to be for.
    let trusted = view(format!("[[trust]]\nissuer_spki_sha256 = [\"{testing}\"]\nprogrammes = [\"microsoft\"]"));
    let mut context = Context::default().requested_for(Environment::Test);
    let test = leaf().dns("test1.hr").precert_tbs(&impostor_ca());
    assert_eq!(gate(&test, testing, &context), (0, vec![]));
    context.trust = Some(&trusted);
    assert_eq!(gate(&test, testing, &context), (1, vec!["issuance.test_in_production".to_owned()]));

    let name = |name: &str| name.parse().unwrap();
    let record = |value: &str| CaaRecord { flags: 0, tag: "issue".to_owned(), value: value.as_bytes().to_vec() };
    for (records, code, rule) in [
        (Some(vec![record("ca.example")]), 0, None),
        (Some(vec![record("other.example")]), 1, Some("caa.mismatch")),
        (None, 2, Some("ownership.undecidable")),
    ] {
        let mut caa = CaaFacts::new(["ca.example"]);
        match records {
            Some(records) => caa.add(&name("www.customer.hr"), records),
            None => caa.add_failure(&name("www.customer.hr")),
        }
        let mut context = production;
        context.caa = Some(&caa);
        assert_eq!(gate(&customer, ours, &context), (code, rule.into_iter().map(str::to_owned).collect()));
    }

    let text = "version = 1\n[[holder]]\nowner = \"others\"\nip = [\"192.0.2.0/24\"]\n";
    let ownership = Ownership::read(text, "owners.toml", Format::Toml).unwrap();
    let mut context = production;
    context.ownership = Some(&ownership);
    let asked =
        policy.pre_issuance(&Tbs::from_der(&leaf().ip([192, 0, 2, 1]).precert_tbs(&our_ca())).unwrap(), ours, &context);
    let PreIssuance::Refused { notes, .. } = asked else { panic!("{asked:#?}") };
    assert!(notes.iter().any(|finding| finding.rule.as_str() == "ownership.conflict"), "{notes:#?}");
}
