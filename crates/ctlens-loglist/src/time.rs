use core::fmt;
use core::str::FromStr;

/// Milliseconds since 1970-01-01T00:00:00Z, leap seconds not counted: the unit of SCTs, log entries and tree heads
/// (RFC 6962 §3.2, §3.4, §3.5).
///
/// `FromStr` and `Display` are RFC 3339. What stands behind the third decimal of a second is cut off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(transparent))]
pub struct UnixMillis(pub u64);

impl UnixMillis {
    /// The first millisecond of a second; `None` before 1970 or beyond the range.
    #[must_use]
    pub fn from_seconds(seconds: i64) -> Option<Self> {
        u64::try_from(seconds).ok()?.checked_mul(1000).map(Self)
    }
}

/// A text that is not a time of RFC 3339 from 1970 on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseTimeError {
    /// Not `YYYY-MM-DDThh:mm:ss`, perhaps decimals, then `Z` or `±hh:mm`.
    #[error("not a time of RFC 3339 at offset {offset}")]
    Syntax {
        /// Where, in octets.
        offset: usize,
    },
    /// A month, day, hour, minute, second or zone that does not exist. Leap seconds have no number in Unix time and
    /// count as such.
    #[error("no such date or time")]
    OutOfRange,
    /// Before 1970.
    #[error("before 1970")]
    Before1970,
}

impl FromStr for UnixMillis {
    type Err = ParseTimeError;

    // RFC 3339 §5.6: date-time = full-date "T" full-time. Only the upper-case letters are taken.
    fn from_str(text: &str) -> Result<Self, ParseTimeError> {
        let mut cursor = Cursor { text: text.as_bytes(), offset: 0 };
        let year = cursor.digits(4)?;
        cursor.literal(b'-')?;
        let month = cursor.digits(2)?;
        cursor.literal(b'-')?;
        let day = cursor.digits(2)?;
        cursor.literal(b'T')?;
        let (hour, minute) = cursor.hour_and_minute()?;
        cursor.literal(b':')?;
        let second = cursor.digits(2)?;
        let millis = cursor.decimals()?;
        let zone = cursor.zone()?;
        if cursor.offset != text.len() {
            return Err(cursor.syntax());
        }
        if !(1..=12).contains(&month) || !(1..=days_in_month(year, month)).contains(&day) || second > 59 {
            return Err(ParseTimeError::OutOfRange);
        }
        join(days_from_civil(year, month, day), hour, minute, second, millis, zone)
            .map(Self)
            .ok_or(ParseTimeError::Before1970)
    }
}

/// `None` before 1970. `zone` is in minutes.
fn join(days: i64, hour: i64, minute: i64, second: i64, millis: i64, zone: i64) -> Option<u64> {
    let minutes = days.checked_mul(1440)?.checked_add(hour.checked_mul(60)?)?.checked_add(minute)?.checked_sub(zone)?;
    let seconds = minutes.checked_mul(60)?.checked_add(second)?;
    u64::try_from(seconds.checked_mul(1000)?.checked_add(millis)?).ok()
}

struct Cursor<'a> {
    text: &'a [u8],
    offset: usize,
}

impl Cursor<'_> {
    fn syntax(&self) -> ParseTimeError {
        ParseTimeError::Syntax { offset: self.offset }
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.offset).copied()
    }

    fn advance(&mut self) {
        self.offset = self.offset.saturating_add(1);
    }

    fn literal(&mut self, expected: u8) -> Result<(), ParseTimeError> {
        if self.peek() != Some(expected) {
            return Err(self.syntax());
        }
        self.advance();
        Ok(())
    }

    fn digit(&mut self) -> Result<i64, ParseTimeError> {
        let digit = self.peek().and_then(|octet| char::from(octet).to_digit(10)).ok_or(self.syntax())?;
        self.advance();
        Ok(i64::from(digit))
    }

    fn digits(&mut self, count: u8) -> Result<i64, ParseTimeError> {
        let mut value = 0_i64;
        for _ in 0..count {
            value = value.saturating_mul(10).saturating_add(self.digit()?);
        }
        Ok(value)
    }

    fn hour_and_minute(&mut self) -> Result<(i64, i64), ParseTimeError> {
        let hour = self.digits(2)?;
        self.literal(b':')?;
        let minute = self.digits(2)?;
        if hour > 23 || minute > 59 {
            return Err(ParseTimeError::OutOfRange);
        }
        Ok((hour, minute))
    }

    /// time-secfrac = "." 1*DIGIT, in whole milliseconds.
    fn decimals(&mut self) -> Result<i64, ParseTimeError> {
        if self.peek() != Some(b'.') {
            return Ok(0);
        }
        self.advance();
        let mut millis = self.digit()?.saturating_mul(100);
        for weight in [10, 1].into_iter().chain(core::iter::repeat(0)) {
            if !self.peek().is_some_and(|octet| octet.is_ascii_digit()) {
                break;
            }
            millis = millis.saturating_add(self.digit()?.saturating_mul(weight));
        }
        Ok(millis)
    }

    /// Minutes east of Greenwich.
    fn zone(&mut self) -> Result<i64, ParseTimeError> {
        let east: i64 = match self.peek() {
            Some(b'Z') => {
                self.advance();
                return Ok(0);
            }
            Some(b'+') => 1,
            Some(b'-') => -1,
            _ => return Err(self.syntax()),
        };
        self.advance();
        let (hour, minute) = self.hour_and_minute()?;
        Ok(hour.saturating_mul(60).saturating_add(minute).saturating_mul(east))
    }
}

fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

/// Days since 1970-01-01, for years 0 to 9999. Years that begin in March put the leap day at the end, and
/// (153 m + 2) / 5 is the number of days before month m counted from March: H. Hinnant, "chrono-Compatible Low-Level
/// Date Algorithms", `days_from_civil`.
#[expect(clippy::arithmetic_side_effects, reason = "the caller has checked that each field is in its small range")]
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// The reverse, for days from 1970 on: the same source, `civil_from_days`.
#[expect(clippy::arithmetic_side_effects, reason = "2^64 ms are 2.1e11 days: far from the ends of u64")]
fn civil_from_days(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let era = days / 146_097;
    let day_of_era = days % 146_097;
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (year_of_era + era * 400 + u64::from(month <= 2), month, day)
}

/// RFC 3339 in UTC with three decimals, and a `+` before years of more than four digits.
impl fmt::Display for UnixMillis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = civil_from_days(self.0 / 86_400_000);
        let millis = self.0 % 86_400_000;
        let (hour, minute) = (millis / 3_600_000, millis / 60_000 % 60);
        let (second, milli) = (millis / 1000 % 60, millis % 1000);
        if year > 9999 {
            f.write_str("+")?;
        }
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;
    use proptest::prelude::*;

    #[test]
    fn known_times() {
        // Computed with Python's datetime.
        let known = [
            ("1970-01-01T00:00:00Z", 0),
            ("1970-01-01T01:30:00.001+01:30", 1),
            ("1999-12-31T23:59:59Z", 946_684_799_000),
            ("2000-02-29T00:00:00Z", 951_782_400_000),
            ("2024-02-29T12:34:56.7Z", 1_709_210_096_700),
            ("2025-08-11T12:33:27+01:00", 1_754_912_007_000),
            ("2026-08-20T13:34:57Z", 1_787_232_897_000),
            ("2026-08-20T13:34:57.123999999Z", 1_787_232_897_123),
            ("2026-08-20T00:34:57-13:00", 1_787_232_897_000),
            ("9999-12-31T23:59:59.999Z", 253_402_300_799_999),
        ];
        for (text, millis) in known {
            assert_eq!(text.parse(), Ok(UnixMillis(millis)), "{text}");
        }
        assert_eq!(UnixMillis(1_787_232_897_004).to_string(), "2026-08-20T13:34:57.004Z");
        assert_eq!(UnixMillis(253_402_300_800_000).to_string(), "+10000-01-01T00:00:00.000Z");
        assert_eq!(UnixMillis(u64::MAX).to_string(), "+584556019-04-03T14:25:51.615Z");
        assert_eq!(UnixMillis::from_seconds(2), Some(UnixMillis(2000)));
        assert_eq!(UnixMillis::from_seconds(-1), None);
        assert_eq!(UnixMillis::from_seconds(i64::MAX), None);
    }

    #[test]
    fn rejected_times() {
        use ParseTimeError::{Before1970, OutOfRange, Syntax};
        let rejected: &[(&str, ParseTimeError)] = &[
            ("", Syntax { offset: 0 }),
            ("2026-08-20", Syntax { offset: 10 }),
            ("2026-08-20 13:34:57Z", Syntax { offset: 10 }),
            ("2026-08-20t13:34:57Z", Syntax { offset: 10 }),
            ("2026-08-20T13:34:57", Syntax { offset: 19 }),
            ("2026-08-20T13:34:57z", Syntax { offset: 19 }),
            ("2026-08-20T13:34:57.Z", Syntax { offset: 20 }),
            ("2026-08-20T13:34:57Z ", Syntax { offset: 20 }),
            ("2026-08-20T13:34:57+0100", Syntax { offset: 22 }),
            ("+2026-08-20T13:34:57Z", Syntax { offset: 0 }),
            ("2026-8-20T13:34:57Z", Syntax { offset: 6 }),
            ("2026-00-20T13:34:57Z", OutOfRange),
            ("2026-13-20T13:34:57Z", OutOfRange),
            ("2026-02-29T13:34:57Z", OutOfRange),
            ("2100-02-29T13:34:57Z", OutOfRange),
            ("2026-08-00T13:34:57Z", OutOfRange),
            ("2026-08-20T24:00:00Z", OutOfRange),
            ("2026-08-20T13:60:00Z", OutOfRange),
            ("2016-12-31T23:59:60Z", OutOfRange),
            ("2026-08-20T13:34:57+24:00", OutOfRange),
            ("1969-12-31T23:59:59Z", Before1970),
            ("1970-01-01T00:00:00+00:01", Before1970),
            ("0000-01-01T00:00:00Z", Before1970),
        ];
        for (text, error) in rejected {
            assert_eq!(text.parse::<UnixMillis>(), Err(*error), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn display_parses_back(millis in 0..253_402_300_800_000_u64) {
            prop_assert_eq!(UnixMillis(millis).to_string().parse(), Ok(UnixMillis(millis)));
        }

        #[test]
        fn a_day_later_is_the_next_date(day in 0..2_932_896_u64) {
            let (before, after) = (civil_from_days(day), civil_from_days(day + 1));
            let next_in_month = (before.0, before.1, before.2 + 1);
            let next = if before.2 < u64::try_from(days_in_month(before.0 as i64, before.1 as i64)).unwrap() {
                next_in_month
            } else if before.1 < 12 {
                (before.0, before.1 + 1, 1)
            } else {
                (before.0 + 1, 1, 1)
            };
            prop_assert_eq!(after, next);
        }

        #[test]
        fn any_text_is_handled(text in ".*") {
            let _ = text.parse::<UnixMillis>();
        }
    }
}
