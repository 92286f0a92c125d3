//! A log of what a CA decided, in which every edit is found.

mod support;

use ctlens_policy::{
    Environment, EventChain, EventHead, EventLogError, IssuanceEvent, IssuerAttribution, Policy, Sha256Hash, Verdict,
};
use ctlens_testkit::tree;
use ctlens_x509::{Certificate, UnixSeconds};
use proptest::prelude::*;
use support::*;

const BEGINS: i64 = 1_770_000_000;

fn event(policy: &Policy, n: u8, name: &str) -> IssuanceEvent {
    let ca = our_ca();
    let tbs = leaf().serial(&[n + 1]).dns(name).precert_tbs(&ca);
    let issuer = IssuerAttribution::SignatureChecked { key_sha256: key_of(&ca) };
    IssuanceEvent {
        time: UnixSeconds(BEGINS + i64::from(n)),
        environment: if n.is_multiple_of(2) { Environment::Production } else { Environment::Test },
        requester: format!("account {n}"),
        identifiers: vec![name.to_owned()],
        tbs_sha256: Sha256Hash(tree::sha256(&tbs)),
        policy_sha256: policy.digest(),
        verdict: policy.evaluate(&ctlens_x509::Tbs::from_der(&tbs).unwrap(), &issuer),
    }
}

/// Expected, a finding, and nothing of anybody's.
fn events() -> Vec<IssuanceEvent> {
    let policy = policy();
    let names = ["www.one.example", "www.bare.example", "elsewhere.example"];
    (0..).zip(names).map(|(n, name)| event(&policy, n, name)).collect()
}

fn written(events: &[IssuanceEvent]) -> (EventChain, String) {
    let (mut chain, mut log) = EventChain::begin("issuing-ca-1", UnixSeconds(BEGINS));
    for event in events {
        log += &chain.append(event);
    }
    (chain, log)
}

#[test]
fn the_lines() {
    let (chain, log) = written(&events());
    let lines: Vec<&str> = log.lines().collect();
    let genesis = format!(
        r#"{{"schema":"ctlens.event/1","number":0,"previous":"{}","log":"issuing-ca-1","time":"2026-02-02T02:40:00Z"}}"#,
        "0".repeat(64)
    );
    assert_eq!(lines[0], genesis);
    let event = &events()[0];
    let expected = format!(
        concat!(
            r#"{{"schema":"ctlens.event/1","number":1,"previous":"{previous}","time":"2026-02-02T02:40:00Z","#,
            r#""environment":"production","requester":"account 0","identifiers":["www.one.example"],"tbs_sha256":"{tbs}","#,
            r#""policy_sha256":"{policy}","decision":"expected","grants":["resolver-2026"]}}"#
        ),
        previous = Sha256Hash(tree::sha256(genesis.as_bytes())),
        tbs = event.tbs_sha256,
        policy = event.policy_sha256,
    );
    assert_eq!(lines[1], expected);
    let head = EventHead { number: 3, sha256: Sha256Hash(tree::sha256(lines[3].as_bytes())) };
    assert_eq!((chain.head(), chain.log()), (head, "issuing-ca-1"));
}

#[test]
fn read_back_and_gone_on_with() {
    let events = events();
    let (mut chain, mut log) = written(&events);
    let mut lines = log.as_bytes().split(|&octet| octet == b'\n');
    let mut follower = EventChain::open(lines.next().unwrap()).unwrap();
    for event in &events {
        assert_eq!(&follower.follow(lines.next().unwrap()).unwrap(), event);
    }
    assert_eq!(lines.collect::<Vec<_>>(), [b""]);
    assert_eq!(follower, chain);
    assert!(matches!(&events[1].verdict, Verdict::Findings { findings, .. } if findings.len() == 1));
    // A head of before still vouches for the part that it is about.
    let head = chain.head();
    log += &follower.append(&events[0]);
    let _ = chain.append(&events[0]);
    assert_eq!(EventChain::verify(log.as_bytes(), Some(&head)), Ok(chain));
}

/// Every edit of one octet, by one bit, by removal, and by one more.
#[test]
fn each_octet_counts() {
    let (chain, log) = written(&events());
    let head = chain.head();
    let octets = log.into_bytes();
    let last_line = octets[..octets.len() - 1].iter().rposition(|&octet| octet == b'\n').unwrap() + 1;
    let mut edits = 0;
    for at in 0..octets.len() {
        let changed = (0..8).map(|bit| {
            let mut edited = octets.clone();
            edited[at] ^= 1 << bit;
            edited
        });
        let removed = [octets[..at].to_vec(), octets[at + 1..].to_vec()].concat();
        let added = [b" ", b"\n", b"0"].map(|more| [&octets[..at], more, &octets[at..]].concat());
        for edited in changed.chain([removed]).chain(added) {
            if edited == octets {
                continue; // a `0` before a `0`, removed or added, at another place
            }
            edits += 1;
            assert!(EventChain::verify(&edited, Some(&head)).is_err(), "octet {at}");
            // What is before the last line is found without knowing anything.
            assert!(at >= last_line || EventChain::verify(&edited, None).is_err(), "octet {at}");
        }
    }
    println!("event log: {} octets, {edits} edits of one octet, all found", octets.len());
    assert!(edits > 10 * octets.len());
}

#[test]
fn lines_removed_moved_and_cut_off() {
    let (chain, log) = written(&events());
    let (head, zeros) = (chain.head(), Sha256Hash([0; 32]));
    let lines: Vec<&str> = log.split_inclusive('\n').collect();
    let hash = |n: usize| Sha256Hash::of(lines[n].trim_end().as_bytes());
    let of = |numbers: &[usize]| numbers.iter().map(|&n| lines[n]).collect::<String>();
    let (_, other) = written(&[]);
    let another = other.replace("issuing-ca-1", "issuing-ca-2");
    for (what, log, error) in [
        ("nothing", String::new(), EventLogError::Empty),
        ("a line removed", of(&[0, 1, 3]), EventLogError::Number { number: 2, found: 3 }),
        ("two lines swapped", of(&[0, 2, 1, 3]), EventLogError::Number { number: 1, found: 2 }),
        ("a line twice", of(&[0, 1, 1, 2, 3]), EventLogError::Number { number: 2, found: 1 }),
        ("the first line removed", of(&[1, 2, 3]), EventLogError::Number { number: 0, found: 1 }),
        (
            "the first line of another log",
            another.clone() + &of(&[1, 2, 3]),
            EventLogError::Previous {
                number: 1,
                found: hash(0),
                expected: Sha256Hash::of(another.trim_end().as_bytes()),
            },
        ),
        (
            "a first line with something before it",
            of(&[0]).replace(&zeros.to_string(), &hash(1).to_string()),
            EventLogError::Previous { number: 0, found: hash(1), expected: zeros },
        ),
        ("the last line cut", of(&[0, 1, 2, 3]).trim_end().to_owned(), EventLogError::Unterminated { number: 3 }),
        ("the last line cut off", of(&[0, 1, 2]), EventLogError::Truncated { last: 2, known: 3 }),
        ("all but the first cut off", of(&[0]), EventLogError::Truncated { last: 0, known: 3 }),
        (
            "another format",
            of(&[0]).replace("event/1", "event/2"),
            EventLogError::Schema { number: 0, found: "ctlens.event/2".into() },
        ),
    ] {
        let found = EventChain::verify(log.as_bytes(), Some(&head));
        assert_eq!(found, Err(error), "{what}");
    }
    // As the documentation says: a log without its end is a log, to who does not know the head.
    assert!(EventChain::verify(of(&[0, 1, 2]).as_bytes(), None).is_ok());
    let rewritten = of(&[0, 1, 2, 3]).replace("account 2", "account 9");
    assert!(EventChain::verify(rewritten.as_bytes(), None).is_ok());
    assert!(matches!(
        EventChain::verify(rewritten.as_bytes(), Some(&head)),
        Err(EventLogError::Head { number: 3, expected, .. }) if expected == head.sha256
    ));
}

/// A line that is refused leaves the chain as it was.
#[test]
fn a_refused_line_changes_nothing() {
    let (_, log) = written(&events());
    let lines: Vec<&[u8]> = log.as_bytes().split(|&octet| octet == b'\n').collect();
    let mut chain = EventChain::open(lines[0]).unwrap();
    let before = chain.clone();
    for bad in [lines[2], b"", b"{}", b"\xff"] {
        assert!(chain.follow(bad).is_err());
        assert_eq!(chain, before);
    }
    assert!(chain.follow(lines[1]).is_ok());
}

/// Whoever asks cannot write a line, nor anything that a terminal acts on.
#[test]
fn requests_write_no_lines() {
    let (mut chain, mut log) = EventChain::begin("a\nlog", UnixSeconds(0));
    let mut event = events().remove(0);
    event.requester = "me\n{\"schema\":\"ctlens.event/1\"}\u{9b}2J\u{202e}\u{1b}[2J\r\u{2028}".into();
    event.identifiers = vec!["a\nb".into()];
    log += &chain.append(&event);
    assert_eq!(log.lines().count(), 2);
    assert!(log.bytes().all(|octet| octet == b'\n' || (0x20..0x7f).contains(&octet)), "{log}");
    let mut follower = EventChain::open(log.lines().next().unwrap().as_bytes()).unwrap();
    assert_eq!(follower.follow(log.lines().nth(1).unwrap().as_bytes()).unwrap(), event);
    assert_eq!(follower.log(), "a\nlog");
}

fn any_event() -> impl Strategy<Value = IssuanceEvent> {
    let verdicts = events().into_iter().map(|event| event.verdict).collect::<Vec<_>>();
    let verdict = proptest::sample::select(verdicts);
    let time = -62_167_219_200_i64..=253_402_300_799;
    (time, any::<bool>(), any::<String>(), any::<Vec<String>>(), any::<[u8; 32]>(), verdict).prop_map(
        |(time, production, requester, identifiers, hash, verdict)| IssuanceEvent {
            time: UnixSeconds(time),
            environment: if production { Environment::Production } else { Environment::Test },
            requester,
            identifiers,
            tbs_sha256: Sha256Hash(hash),
            policy_sha256: Sha256Hash(hash),
            verdict,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_edit_of_one_octet_is_found(
        events in proptest::collection::vec(any_event(), 0..5),
        at: proptest::sample::Index,
        octet: u8,
    ) {
        let (chain, log) = written(&events);
        let head = chain.head();
        prop_assert_eq!(EventChain::verify(log.as_bytes(), Some(&head)), Ok(chain));
        let mut lines = log.as_bytes().split(|&octet| octet == b'\n');
        let mut follower = EventChain::open(lines.next().unwrap()).unwrap();
        for event in &events {
            prop_assert_eq!(&follower.follow(lines.next().unwrap()).unwrap(), event);
        }
        let mut edited = log.into_bytes();
        let at = at.index(edited.len());
        prop_assume!(edited[at] != octet);
        edited[at] = octet;
        prop_assert!(EventChain::verify(&edited, Some(&head)).is_err());
    }
}

/// The hash in the log is the one that a monitor's finding carries.
#[test]
fn certificate_and_request_have_one_hash() {
    let ca = our_ca();
    let builder = leaf().serial(&[1]).dns("www.one.example");
    let certificate = builder.certificate_with_scts(&ca, &[4, 2, 0, 0]);
    let facts = ctlens_policy::CertificateFacts::of(Certificate::from_der(&certificate).unwrap().tbs());
    assert_eq!(events()[0].tbs_sha256, facts.tbs_sha256);
}
