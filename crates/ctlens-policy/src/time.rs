//! RFC 3339 in UTC, the form of all times in the output.

use ctlens_x509::UnixSeconds;

/// As [`UnixSeconds`] are shown, or with thousandths of a second: (seconds, thousandths).
fn parse(text: &str) -> Option<(i64, u16)> {
    let Some((seconds, fraction)) = text.split_once('.') else { return Some((seconds_of(text)?, 0)) };
    let thousandths = fraction.strip_suffix('Z')?;
    let are_thousandths = thousandths.len() == 3 && thousandths.bytes().all(|octet| octet.is_ascii_digit());
    let thousandths = are_thousandths.then(|| thousandths.parse().ok()).flatten()?;
    Some((seconds_of(&format!("{seconds}Z"))?, thousandths))
}

fn seconds_of(text: &str) -> Option<i64> {
    text.parse().ok().map(|UnixSeconds(seconds)| seconds)
}

/// Unix milliseconds in RFC 3339.
pub(crate) fn show_millis(millis: u64) -> String {
    let seconds = i64::try_from(millis / 1000).unwrap_or(i64::MAX);
    let shown = UnixSeconds(seconds).to_string();
    format!("{}.{:03}Z", shown.trim_end_matches('Z'), millis % 1000)
}

pub(crate) mod seconds {
    use super::{UnixSeconds, parse};
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(crate) fn serialize<S: Serializer>(time: &UnixSeconds, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(time)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<UnixSeconds, D::Error> {
        let text = String::deserialize(deserializer)?;
        match parse(&text) {
            Some((seconds, 0)) => Ok(UnixSeconds(seconds)),
            _ => Err(D::Error::custom(format_args!("{text:?} is not a time such as 2026-03-15T00:00:00Z"))),
        }
    }
}

pub(crate) mod optional_seconds {
    use super::{UnixSeconds, seconds};
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    struct Shown(#[serde(with = "seconds")] UnixSeconds);

    #[expect(clippy::ref_option, reason = "serde hands references over")]
    pub(crate) fn serialize<S: Serializer>(time: &Option<UnixSeconds>, serializer: S) -> Result<S::Ok, S::Error> {
        time.map(Shown).serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<UnixSeconds>, D::Error> {
        Ok(Option::<Shown>::deserialize(deserializer)?.map(|Shown(time)| time))
    }
}

pub(crate) mod millis {
    use super::{parse, show_millis};
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands references over")]
    pub(crate) fn serialize<S: Serializer>(millis: &u64, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&show_millis(*millis))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
        let text = String::deserialize(deserializer)?;
        parse(&text)
            .and_then(|(seconds, thousandths)| {
                u64::try_from(seconds).ok()?.checked_mul(1000)?.checked_add(u64::from(thousandths))
            })
            .ok_or_else(|| D::Error::custom(format_args!("{text:?} is not a time such as 2026-03-15T00:00:00.000Z")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times() {
        for (text, expected) in [
            ("1970-01-01T00:00:00Z", Some((0, 0))),
            ("2000-02-29T23:59:59Z", Some((951_868_799, 0))),
            ("2026-03-15T00:00:00.007Z", Some((1_773_532_800, 7))),
            ("-0001-12-31T23:59:59Z", Some((-62_167_219_201, 0))),
            ("+10000-01-01T00:00:00Z", Some((253_402_300_800, 0))),
            ("2026-03-15", None),
            ("2026-03-15T00:00:00", None),
            ("2026-03-15T00:00:00+01:00", None),
            ("2026-13-15T00:00:00Z", None),
            ("2026-03-15T24:00:00Z", None),
            ("2026-03-15T00:00:00.7Z", None),
            ("26-03-15T00:00:00Z", None),
            ("", None),
            ("ä", None),
        ] {
            assert_eq!(parse(text), expected, "{text}");
        }
        assert_eq!(show_millis(1_773_532_800_007), "2026-03-15T00:00:00.007Z");
        let _ = show_millis(u64::MAX);
    }

    proptest::proptest! {
        #[test]
        fn shown_times_are_read_back(seconds in -62_167_219_200_i64..=253_402_300_799, millis in 0_u64..=253_402_300_799_999) {
            proptest::prop_assert_eq!(parse(&UnixSeconds(seconds).to_string()), Some((seconds, 0)));
            let (read, thousandths) = parse(&show_millis(millis)).unwrap();
            proptest::prop_assert_eq!(read * 1000 + i64::from(thousandths), i64::try_from(millis).unwrap());
        }
    }
}
