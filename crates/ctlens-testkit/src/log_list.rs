//! Log lists in the format of Chrome's version 3 list.

use base64ct::{Base64, Encoding};

use crate::der::rfc3339;
use crate::sct::TestLog;
use crate::tree::Hash;

/// A log as a log list states it. Times are Unix seconds.
#[derive(Clone, Copy, Debug)]
pub struct ListedLog<'a> {
    /// The log.
    pub log: &'a TestLog,
    /// Who runs it; logs of one operator are grouped in the order in which operators come up.
    pub operator: &'a str,
    /// `pending`, `qualified`, `usable`, `readonly`, `retired` or `rejected`.
    pub state: &'a str,
    /// Since when it has been in this state.
    pub state_since: i64,
    /// The tree head (size, root) at which a read-only log ends.
    pub final_tree_head: Option<(u64, Hash)>,
    /// The certificates' ends of validity that it takes: from, and before.
    pub temporal_interval: Option<(i64, i64)>,
    /// Operators before the present one, each with the end of its time.
    pub previous_operators: &'a [(&'a str, i64)],
    /// Whether it is a static-ct log (`tiled_logs`) rather than an RFC 6962 log (`logs`).
    pub tiled: bool,
}

impl<'a> ListedLog<'a> {
    /// A usable static-ct log without further particulars.
    #[must_use]
    pub fn usable(log: &'a TestLog, operator: &'a str, since: i64) -> Self {
        Self {
            log,
            operator,
            state: "usable",
            state_since: since,
            final_tree_head: None,
            temporal_interval: None,
            previous_operators: &[],
            tiled: true,
        }
    }
}

/// A log list in the format of Chrome's version 3, JSON text; `timestamp` is in Unix seconds.
#[must_use]
pub fn chrome_log_list(version: &str, timestamp: i64, logs: &[ListedLog<'_>]) -> String {
    let mut operators: Vec<&str> = Vec::new();
    for listed in logs {
        if !operators.contains(&listed.operator) {
            operators.push(listed.operator);
        }
    }
    let operators: Vec<String> = operators.into_iter().map(|operator| operator_json(operator, logs)).collect();
    let (version, timestamp) = (string(version), string(&rfc3339(timestamp)));
    object(&[("version", version), ("log_list_timestamp", timestamp), ("operators", array(&operators))])
}

fn operator_json(operator: &str, logs: &[ListedLog<'_>]) -> String {
    let of_kind = |tiled| -> String {
        let kind = logs.iter().filter(|listed| listed.operator == operator && listed.tiled == tiled);
        array(&kind.map(log_json).collect::<Vec<_>>())
    };
    object(&[
        ("name", string(operator)),
        ("email", array(&[string("ct@operator.example")])),
        ("logs", of_kind(false)),
        ("tiled_logs", of_kind(true)),
    ])
}

/// One log's object, which static-ct logs also serve as `log.v3.json`.
pub(crate) fn log_json(listed: &ListedLog<'_>) -> String {
    let log = listed.log;
    let url = string(&format!("https://{}/", log.origin()));
    let mut members = vec![
        ("description", string(&format!("test log {}", log.origin()))),
        ("log_id", string(&Base64::encode_string(&log.id()))),
        ("key", string(&Base64::encode_string(log.key().spki_der()))),
        ("mmd", if listed.tiled { "60" } else { "86400" }.to_owned()),
    ];
    if listed.tiled {
        members.extend([("submission_url", url.clone()), ("monitoring_url", url)]);
    } else {
        members.push(("url", url));
    }
    let mut state = vec![("timestamp", string(&rfc3339(listed.state_since)))];
    if let Some((size, root)) = listed.final_tree_head {
        let head = [("sha256_root_hash", string(&Base64::encode_string(&root))), ("tree_size", size.to_string())];
        state.push(("final_tree_head", object(&head)));
    }
    members.push(("state", object(&[(listed.state, object(&state))])));
    if let Some((start, end)) = listed.temporal_interval {
        let interval = [("start_inclusive", string(&rfc3339(start))), ("end_exclusive", string(&rfc3339(end)))];
        members.push(("temporal_interval", object(&interval)));
    }
    if !listed.previous_operators.is_empty() {
        let previous: Vec<String> = listed
            .previous_operators
            .iter()
            .map(|&(name, end)| object(&[("name", string(name)), ("end_time", string(&rfc3339(end)))]))
            .collect();
        members.push(("previous_operators", array(&previous)));
    }
    object(&members)
}

fn object(members: &[(&str, String)]) -> String {
    let members: Vec<String> = members.iter().map(|(name, value)| format!("{}:{value}", string(name))).collect();
    format!("{{{}}}", members.join(","))
}

fn array(items: &[String]) -> String {
    format!("[{}]", items.join(","))
}

fn string(text: &str) -> String {
    let mut escaped = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => escaped.extend(['\\', character]),
            control if control < ' ' => escaped.push_str(&format!("\\u{:04x}", u32::from(control))),
            other => escaped.push(other),
        }
    }
    escaped.push('"');
    escaped
}
