//! The forms that the feature `serde` gives to ids, times and enums.
#![cfg(feature = "serde")]

use ctlens_loglist::{KeyKind, LogId, LogStatus, TemporalInterval, UnixMillis};
use serde_json::{from_value, json, to_value};

#[test]
fn forms() {
    let id = LogId([0xab; 32]);
    assert_eq!(to_value(id).unwrap(), json!("ab".repeat(32)));
    assert_eq!(from_value::<LogId>(json!("ab".repeat(32))).unwrap(), id);
    assert_eq!(from_value::<LogId>(json!(id.to_base64())).unwrap(), id);
    assert!(from_value::<LogId>(json!("ab")).is_err());
    assert_eq!(to_value(UnixMillis(7)).unwrap(), json!(7));
    assert_eq!(to_value(LogStatus::ReadOnly).unwrap(), json!("readonly"));
    assert_eq!(to_value(KeyKind::Rsa { bits: 2048 }).unwrap(), json!({"Rsa": {"bits": 2048}}));
    let interval = TemporalInterval { start: UnixMillis(1), end: UnixMillis(2) };
    assert_eq!(to_value(interval).unwrap(), json!({"start": 1, "end": 2}));
}
