use ctlens_policy::{Environment, EventChain, IssuanceEvent, Sha256Hash, Verdict};
use ctlens_x509::UnixSeconds;

/// Bytes as an event log: what is verified is read line by line to the same end, is written again as the same events, and is
/// verified no more when any octet of it is another.
pub fn event_log(data: &[u8]) {
    let chain = match EventChain::verify(data, None) {
        Ok(chain) => chain,
        Err(error) => return drop(error.to_string()),
    };
    let head = chain.head();
    assert_eq!(EventChain::verify(data, Some(&head)).as_ref(), Ok(&chain));

    let mut lines = data.split_inclusive(|&octet| octet == b'\n').map(|line| &line[..line.len() - 1]);
    let first = lines.next().expect("a log has a first line");
    let mut follower = EventChain::open(first).expect("it was verified");
    let events: Vec<IssuanceEvent> = lines.map(|line| follower.follow(line).expect("it was verified")).collect();
    assert_eq!(follower, chain);
    assert_eq!(u64::try_from(events.len()), Ok(head.number));

    let (mut again, mut log) = EventChain::begin(chain.log(), UnixSeconds(0));
    for event in &events {
        log += &again.append(event);
    }
    let mut reader = EventChain::open(log.lines().next().expect("a line").as_bytes()).expect("as it was written");
    let read: Vec<IssuanceEvent> =
        log.split_terminator('\n').skip(1).map(|line| reader.follow(line.as_bytes()).expect("as written")).collect();
    assert_eq!((read, reader.head()), (events, again.head()));

    // At a place that the content chooses.
    let at = usize::from(head.sha256.0[0]) * data.len() / 256;
    let mut edited = data.to_vec();
    edited[at] ^= 1 << (head.sha256.0[1] % 8);
    assert!(EventChain::verify(&edited, Some(&head)).is_err());
    edited.truncate(at);
    assert!(EventChain::verify(&edited, Some(&head)).is_err());
}

/// Logs to start from.
pub(crate) fn event_logs() -> Vec<String> {
    let event = |time, verdict| IssuanceEvent {
        time: UnixSeconds(time),
        environment: Environment::Test,
        requester: "account \"7\"".to_owned(),
        identifiers: vec!["1.1.1.1".to_owned(), "bücher.example".to_owned()],
        tbs_sha256: Sha256Hash([1; 32]),
        policy_sha256: Sha256Hash([2; 32]),
        verdict,
    };
    let expected = Verdict::Expected { grants: vec!["grant".to_owned()] };
    let findings = Verdict::Findings { findings: Vec::new(), left_out: 3 };
    let (mut chain, first) = EventChain::begin("a CA", UnixSeconds(1_767_225_600));
    let mut logs = vec![first];
    for (time, verdict) in (1_767_225_660..).zip([expected, findings, Verdict::Unowned]) {
        let longer = format!("{}{}", logs[logs.len() - 1], chain.append(&event(time, verdict)));
        logs.push(longer);
    }
    logs
}
