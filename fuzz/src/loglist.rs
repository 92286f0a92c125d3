//! ctlens-loglist: lists in JSON, keys, and the texts of ids and times.

mod prepared;

pub use prepared::prepared_keys;

use crate::input::Input;
use ctlens_loglist::{KeyKind, ListKey, LogId, LogKey, LogList, MIMIC_LOG_IDS, RejectReason, UnixMillis};
use ctlens_testkit::{der, tree};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::fmt;
use x509_cert::der::{Decode, Encode};
use x509_cert::spki::SubjectPublicKeyInfoOwned;

/// Bytes as a Chrome v3 list: every entry is a log or a rejection, and no log is one that must not be.
pub fn log_list(data: &[u8]) {
    let Ok(list) = LogList::from_chrome_v3(data) else { return };
    let entries = entries(data);
    assert_eq!(list.logs().len() + list.rejected().len(), entries, "{:?}", list.rejected());
    for (number, log) in list.logs().iter().enumerate() {
        let id = LogId(tree::sha256(log.key.as_spki_der()));
        assert_eq!(log.id(), id);
        assert!(!MIMIC_LOG_IDS.contains(&id));
        assert!(list.logs()[..number].iter().all(|other| other.id() != id));
        assert_eq!(list.get(&id), Some(log));
        assert!(log.temporal_interval.is_none_or(|interval| interval.start < interval.end));
        let _ = log.operator_at(UnixMillis(0)).or(log.operator_at(UnixMillis(u64::MAX)));
        assert_eq!(log.status_at(UnixMillis(u64::MAX)), log.state.map(|state| state.status));
    }
    for rejected in list.rejected() {
        let _ = rejected.reason.to_string();
        let offset = rejected.offset.expect("a list in JSON has places");
        assert!(offset < data.len());
        if let RejectReason::Structure { offset: inner } = rejected.reason {
            assert!((offset..=data.len()).contains(&inner), "{rejected:?}");
        }
        if let Some(id) = &rejected.id {
            assert_eq!(list.get_rejected(id).map(|first| first.id), Some(Some(*id)));
        }
    }
}

/// How many elements a list has that must come out: each log, and what stands in the place of an array of logs or of an
/// operator and is none. An operator without `logs` is one as well, and so is one with two.
fn entries(data: &[u8]) -> usize {
    let list: Members = serde_json::from_slice(data).expect("the list was read");
    let operators = list.0.iter().find(|(name, _)| name == "operators").map(|(_, operators)| operators.get());
    let operators: Vec<&RawValue> = serde_json::from_str(operators.expect("it has them")).expect("the list was read");
    operators.iter().map(|operator| operator_entries(operator.get())).sum()
}

fn operator_entries(operator: &str) -> usize {
    let Ok(Members(members)) = serde_json::from_str(operator) else { return 1 };
    let all = |name: &'static str| members.iter().filter(move |(found, _)| found == name).map(|(_, value)| value.get());
    if ["name", "logs", "tiled_logs"].iter().any(|name| all(name).count() > 1) {
        return 1;
    }
    if all("name").any(|name| serde_json::from_str::<Option<String>>(name).is_err()) {
        return 1;
    }
    let array = |name: &'static str, absent: usize| match all(name).next() {
        None | Some("null") => absent,
        Some(array) => serde_json::from_str::<Vec<&RawValue>>(array).map_or(1, |logs| logs.len()),
    };
    array("logs", 1) + array("tiled_logs", 0)
}

/// The members of an object in their order, those of the same name too.
struct Members(Vec<(String, Box<RawValue>)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;

        impl<'de> Visitor<'de> for Object {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = object.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(Object)
    }
}

/// Bytes as a log's key: strict DER, which x509-cert reads as well, and a signature of arbitrary octets.
pub fn log_key(data: &[u8]) {
    let mut input = Input::new(data);
    let signature = input.short();
    let spki = input.rest();
    if let Ok(pem) = std::str::from_utf8(spki) {
        assert!(ListKey::from_pem(pem).is_err() || pem.contains("PUBLIC KEY"));
    }
    let Ok(key) = LogKey::from_spki_der(spki) else { return };
    assert_eq!(key.as_spki_der(), spki);
    assert_eq!(key.log_id(), LogId(tree::sha256(spki)));
    let theirs = SubjectPublicKeyInfoOwned::from_der(spki).expect("strict DER");
    assert_eq!(theirs.to_der().expect("what was decoded can be encoded"), spki);
    let octets = theirs.subject_public_key.as_bytes().expect("no unused bits");
    assert_eq!(ListKey::from_spki_der(spki).is_ok(), key.kind() != KeyKind::EcdsaP256);
    match key.kind() {
        KeyKind::EcdsaP256 => {
            assert_eq!(theirs.algorithm.oid.to_string(), "1.2.840.10045.2.1");
            assert!(matches!((octets[0], octets.len()), (4, 65) | (2 | 3, 33)));
        }
        KeyKind::Rsa { bits } => {
            assert_eq!(theirs.algorithm.oid.to_string(), "1.2.840.113549.1.1.1");
            let mut rest = der::take(&mut &octets[..]).1;
            let (_, modulus) = der::take(&mut rest);
            let modulus: Vec<u8> = modulus.iter().copied().skip_while(|octet| *octet == 0).collect();
            assert_eq!(bits as usize, modulus.len() * 8 - modulus[0].leading_zeros() as usize);
            assert!(bits >= 2048);
        }
        other => panic!("{other}"),
    }
    assert!(key.verify(data, signature).is_err(), "nobody signs by chance");
    let list = LogList::from_keys([spki, spki]);
    assert_eq!((list.logs().len(), list.rejected().len()), (1, 1));
}

/// Bytes as the text of a log id or of a time.
pub fn log_list_text(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(id) = text.parse::<LogId>() {
        assert!(id.to_base64() == text || id.to_string() == text.to_lowercase());
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!(id.to_base64().parse(), Ok(id));
    }
    let parsed = text.parse::<UnixMillis>();
    assert_eq!(parsed.ok().map(|time| i128::from(time.0)), naive_time(text).filter(|time| *time >= 0), "{text:?}");
    if let Ok(time) = parsed
        && time.0 < 253_402_300_800_000
    {
        assert_eq!(time.to_string().parse(), Ok(time));
    }
}

/// `YYYY-MM-DDThh:mm:ss[.d+](Z|±hh:mm)`, RFC 3339 §5.6, in milliseconds.
fn naive_time(text: &str) -> Option<i128> {
    let number = |digits: &[u8]| -> Option<i64> {
        digits.iter().try_fold(0, |number, digit| digit.is_ascii_digit().then(|| number * 10 + i64::from(digit - b'0')))
    };
    let (&[ref year @ .., b'-', m, mm, b'-', d, dd, b'T', h, hh, b':', n, nn, b':', s, ss], rest) =
        text.as_bytes().split_first_chunk::<19>()?
    else {
        return None;
    };
    let (year, month, day) = (number(year)?, number(&[m, mm])?, number(&[d, dd])?);
    let (hour, minute, second) = (number(&[h, hh])?, number(&[n, nn])?, number(&[s, ss])?);
    if !(1..=12).contains(&month) || hour > 23 || minute > 59 || second > 59 || day == 0 {
        return None;
    }
    let next_month = der::unix_seconds(year + month / 12, month % 12 + 1, 1, 0, 0, 0);
    if der::unix_seconds(year, month, day, 0, 0, 0) >= next_month {
        return None;
    }
    let (millis, zone) = match rest {
        [b'.', decimals @ ..] => {
            let count = decimals.iter().take_while(|octet| octet.is_ascii_digit()).count();
            let (digits, zone) = decimals.split_at(count);
            let millis = [digits, b"00"].concat();
            (number(millis.get(..3).filter(|_| count > 0)?)?, zone)
        }
        zone => (0, zone),
    };
    let east = match *zone {
        [b'Z'] => 0,
        [sign @ (b'+' | b'-'), h, hh, b':', n, nn] => {
            let (hours, minutes) = (number(&[h, hh])?, number(&[n, nn])?);
            let minutes = (hours < 24 && minutes < 60).then_some(hours * 60 + minutes)?;
            if sign == b'-' { -minutes } else { minutes }
        }
        _ => return None,
    };
    let seconds = der::unix_seconds(year, month, day, hour, minute, second) - east * 60;
    Some(i128::from(seconds) * 1000 + i128::from(millis))
}
