//! RFC 3339 in UTC, the form of all times in the output.

use ctlens_x509::UnixSeconds;

/// Seconds since 1970 of a date and time of the Gregorian calendar.
pub(crate) fn unix_seconds(year: i64, month: i64, day: i64, second_of_day: i64) -> Option<i64> {
    // Years that begin in March have their leap day at the end.
    let (year, months_since_march) =
        if month > 2 { (year, month.checked_sub(3)?) } else { (year.checked_sub(1)?, month.checked_add(9)?) };
    let leap_days = (year.div_euclid(4)).checked_sub(year.div_euclid(100))?.checked_add(year.div_euclid(400))?;
    let days_before_month = months_since_march.checked_mul(153)?.checked_add(2)? / 5;
    let days = year.checked_mul(365)?.checked_add(leap_days)?.checked_add(days_before_month)?.checked_add(day)?;
    const DAYS_TO_1970: i64 = 719_469;
    days.checked_sub(DAYS_TO_1970)?.checked_mul(86_400)?.checked_add(second_of_day)
}

/// `2026-03-15T00:00:00Z`, as [`UnixSeconds`] is shown, or with thousandths of a second: (seconds, thousandths).
fn parse(text: &str) -> Option<(i64, u16)> {
    let (sign, digits) = match text.split_at_checked(1)? {
        ("-", rest) => (-1, rest),
        ("+", rest) => (1, rest),
        _ => (1, text),
    };
    let (year, rest) = digits.split_once('-')?;
    let year = number(year, year.len().max(4))?.checked_mul(sign)?;
    let (date, time) = rest.split_once('T')?;
    let (month, day) = date.split_once('-')?;
    let mut parts = time.strip_suffix('Z')?.splitn(3, ':');
    let (hour, minute, second) = (parts.next()?, parts.next()?, parts.next()?);
    let (second, thousandths) = match second.split_once('.') {
        Some((second, thousandths)) => (second, number(thousandths, 3)?),
        None => (second, 0),
    };
    let (month, day) = (number(month, 2)?, number(day, 2)?);
    let (hour, minute, second) = (number(hour, 2)?, number(minute, 2)?, number(second, 2)?);
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let second_of_day = hour.checked_mul(3600)?.checked_add(minute.checked_mul(60)?)?.checked_add(second)?;
    Some((unix_seconds(year, month, day, second_of_day)?, u16::try_from(thousandths).ok()?))
}

fn number(digits: &str, length: usize) -> Option<i64> {
    let all_digits = digits.len() == length && digits.bytes().all(|octet| octet.is_ascii_digit());
    if all_digits { digits.parse().ok() } else { None }
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
