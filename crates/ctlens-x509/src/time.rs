use crate::error::{Error, ErrorKind};
use crate::tlv::{GENERALIZED_TIME, Reader, Tlv, UTC_TIME};
use core::fmt;
use core::str::FromStr;

/// Seconds since 1970-01-01T00:00:00Z, leap seconds not counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(transparent))]
pub struct UnixSeconds(pub i64);

/// RFC 3339 in UTC, with years of four digits or a sign.
impl fmt::Display for UnixSeconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = civil_from_days(self.0.div_euclid(86_400));
        let second = self.0.rem_euclid(86_400);
        if !(0..=9999).contains(&year) {
            f.write_str(if year < 0 { "-" } else { "+" })?;
        }
        write!(
            f,
            "{:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z",
            year.unsigned_abs(),
            second / 3600,
            second / 60 % 60,
            second % 60
        )
    }
}

impl UnixSeconds {
    /// 00:00:00 UTC of a day of the Gregorian calendar, also of days before there was one; month and day from 1. `None` where
    /// there is no such day, or its midnight is out of range.
    #[must_use]
    pub const fn from_civil(year: i64, month: u8, day: u8) -> Option<Self> {
        /// The seconds of an `i64` end in this year, and begin in the one with the opposite sign or the one after.
        const LAST_YEAR: i64 = 292_277_026_596;
        let (month, day) = (month as i64, day as i64);
        let exists = -LAST_YEAR <= year
            && year <= LAST_YEAR
            && 1 <= month
            && month <= 12
            && 1 <= day
            && day <= days_in_month(year, month);
        if !exists {
            return None;
        }
        match days_from_civil(year, month, day).checked_mul(86_400) {
            Some(seconds) => Some(Self(seconds)),
            None => None,
        }
    }
}

/// RFC 3339 in UTC, as [`UnixSeconds`] are displayed: `2026-03-15T00:00:00Z`; years of four digits, or of more behind a sign.
/// Neither fractions of a second nor leap seconds.
impl FromStr for UnixSeconds {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        read_rfc3339(text).ok_or(Error::new(ErrorKind::InvalidTime, 0))
    }
}

fn read_rfc3339(text: &str) -> Option<UnixSeconds> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let is_signed = digits.len() != text.len();
    let (year, rest) = digits.split_once('-')?;
    if year.len() < 4 || year.len() > 4 && !is_signed || !year.bytes().all(|octet| octet.is_ascii_digit()) {
        return None;
    }
    let year: i64 = year.parse().ok()?;
    let year = if text.starts_with('-') { year.checked_neg()? } else { year };
    let [m, mm, b'-', d, dd, b'T', h, hh, b':', n, nn, b':', s, ss, b'Z'] = *rest.as_bytes() else { return None };
    let pair = |tens, ones| two_digits(&[tens, ones]).map(|(value, _)| value);
    let (month, day) = (pair(m, mm)?, pair(d, dd)?);
    let (hour, minute, second) = (pair(h, hh)?, pair(n, nn)?, pair(s, ss)?);
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let midnight = UnixSeconds::from_civil(year, u8::try_from(month).ok()?, u8::try_from(day).ok()?)?;
    let second_of_day = hour.checked_mul(3600)?.checked_add(minute.checked_mul(60)?)?.checked_add(second)?;
    midnight.0.checked_add(second_of_day).map(UnixSeconds)
}

/// The validity period (RFC 5280 §4.1.2.5): from `not_before` through `not_after`, both inclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Validity {
    /// The first second.
    pub not_before: UnixSeconds,
    /// The last second.
    pub not_after: UnixSeconds,
}

impl Validity {
    /// Seconds from the first through the last, the last included; negative where the two are the wrong way round.
    #[must_use]
    pub fn seconds_inclusive(&self) -> i64 {
        self.not_after.0.saturating_sub(self.not_before.0).saturating_add(1)
    }

    /// Whether `at` lies within the period.
    #[must_use]
    pub fn contains(&self, at: UnixSeconds) -> bool {
        self.not_before <= at && at <= self.not_after
    }

    /// `Validity ::= SEQUENCE { notBefore Time, notAfter Time }`
    #[inline]
    pub(crate) fn read(validity: Tlv<'_>) -> Result<Self, Error> {
        // Nearly always two times of the usual form.
        if let [UTC_TIME, 13, not_before @ .., UTC_TIME, 13, _, _, _, _, _, _, _, _, _, _, _, _, _] = validity.value()
            && let Ok(not_before) = not_before.try_into()
            && let Some(not_after) = validity.value().last_chunk()
            && let (Some(not_before), Some(not_after)) = (usual_time(not_before), usual_time(not_after))
        {
            return Ok(Self { not_before: UnixSeconds(not_before), not_after: UnixSeconds(not_after) });
        }
        Self::read_any(validity.reader())
    }

    #[cold]
    fn read_any(mut fields: Reader<'_>) -> Result<Self, Error> {
        let not_before = read_time(fields.read()?)?;
        let not_after = read_time(fields.read()?)?;
        Ok(Self { not_before, not_after })
    }
}

/// `Time ::= CHOICE { utcTime UTCTime, generalTime GeneralizedTime }`
///
/// RFC 5280 wants seconds and `Z`. X.680 also has times without seconds and with an offset, and certificates that use
/// them are in logs; those are understood too.
pub(crate) fn read_time(time: Tlv<'_>) -> Result<UnixSeconds, Error> {
    let invalid = || Error::new(ErrorKind::InvalidTime, time.value_offset());
    let (year, rest) = match time.tag() {
        UTC_TIME => {
            let (year, rest) = two_digits(time.value()).ok_or_else(invalid)?;
            (in_century(year), rest)
        }
        GENERALIZED_TIME => {
            let (century, rest) = two_digits(time.value()).ok_or_else(invalid)?;
            let (year, rest) = two_digits(rest).ok_or_else(invalid)?;
            (century.saturating_mul(100).saturating_add(year), rest)
        }
        found => return Err(Error::new(ErrorKind::UnexpectedTag { expected: UTC_TIME, found }, time.offset())),
    };
    within_year(year, rest).map(UnixSeconds).ok_or_else(invalid)
}

/// `YYMMDDhhmmssZ`
#[inline]
fn usual_time(value: &[u8; 13]) -> Option<i64> {
    let [digits @ .., b'Z'] = value else { return None };
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let pair = |tens: u8, ones: u8| i64::from((tens & 0x0f).wrapping_mul(10).wrapping_add(ones & 0x0f));
    let [y, yy, m, mm, d, dd, h, hh, n, nn, s, ss] = *digits;
    let (year, month, day) = (in_century(pair(y, yy)), pair(m, mm), pair(d, dd));
    since_epoch([year, month, day, pair(h, hh), pair(n, nn), pair(s, ss)])
}

/// RFC 5280 §4.1.2.5.1: 50 and later belong to the twentieth century.
#[inline]
fn in_century(year: i64) -> i64 {
    year.saturating_add(if year >= 50 { 1900 } else { 2000 })
}

/// `MMDDhhmm[ss](Z|±hhmm)` of a year.
fn within_year(year: i64, rest: &[u8]) -> Option<i64> {
    let (month, rest) = two_digits(rest)?;
    let (day, rest) = two_digits(rest)?;
    let (hour, rest) = two_digits(rest)?;
    let (minute, rest) = two_digits(rest)?;
    let (second, rest) = two_digits(rest).unwrap_or((0, rest));
    let offset = match *rest {
        [b'Z'] => 0,
        [sign @ (b'+' | b'-'), ref offset @ ..] => {
            let (hours, offset) = two_digits(offset)?;
            let (minutes, end) = two_digits(offset)?;
            if !end.is_empty() || hours > 23 || minutes > 59 {
                return None;
            }
            let seconds = hours.checked_mul(3600)?.checked_add(minutes.checked_mul(60)?)?;
            if sign == b'-' { seconds.checked_neg()? } else { seconds }
        }
        _ => return None,
    };
    since_epoch([year, month, day, hour, minute, second])?.checked_sub(offset)
}

/// Seconds of a date and time of day, if they exist.
#[inline]
#[expect(clippy::arithmetic_side_effects, reason = "a year of four digits is far from any limit")]
fn since_epoch([year, month, day, hour, minute, second]: [i64; 6]) -> Option<i64> {
    let exists = (1..=12).contains(&month)
        && (1..=days_in_month(year, month)).contains(&day)
        && hour <= 23
        && minute <= 59
        && second <= 59;
    exists.then(|| days_from_civil(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second)
}

fn two_digits(octets: &[u8]) -> Option<(i64, &[u8])> {
    match octets {
        [tens @ b'0'..=b'9', ones @ b'0'..=b'9', rest @ ..] => {
            let value = (tens & 0x0f).wrapping_mul(10).wrapping_add(ones & 0x0f);
            Some((i64::from(value), rest))
        }
        _ => None,
    }
}

#[inline]
const fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

const DAYS_PER_ERA: i64 = 146_097; // of 400 years
const DAYS_TO_EPOCH: i64 = 719_468; // from 0000-03-01 to 1970-01-01

/// Days since 1970-01-01 in the proleptic Gregorian calendar, with years that begin in March so that the leap day is the
/// last (H. Hinnant, "chrono-Compatible Low-Level Date Algorithms").
#[inline]
#[expect(clippy::arithmetic_side_effects, reason = "the caller's year is one of those of an i64 of seconds")]
const fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * DAYS_PER_ERA + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - DAYS_TO_EPOCH
}

/// The inverse: (year, month, day).
#[expect(clippy::arithmetic_side_effects, reason = "days come from i64 seconds divided by 86,400")]
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + DAYS_TO_EPOCH;
    let era = days.div_euclid(DAYS_PER_ERA);
    let day_of_era = days.rem_euclid(DAYS_PER_ERA);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (era * 400 + year_of_era + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use alloc::string::ToString;
    use alloc::vec::Vec;

    fn time(tag: u8, text: &str) -> Result<i64, ErrorKind> {
        let mut bytes = Vec::from([tag, u8::try_from(text.len()).unwrap()]);
        bytes.extend_from_slice(text.as_bytes());
        read_time(Reader::new(&bytes).read().unwrap()).map(|time| time.0).map_err(|error| error.kind)
    }

    #[test]
    fn known_times() {
        for (tag, text, seconds) in [
            (UTC_TIME, "700101000000Z", 0),
            (UTC_TIME, "491231235959Z", 2_524_607_999), // the last of RFC 5280's UTCTime
            (UTC_TIME, "500101000000Z", -631_152_000),
            (UTC_TIME, "0002290000Z", 951_782_400), // X.680: without seconds
            (UTC_TIME, "240201010000+0100", 1_706_745_600),
            (UTC_TIME, "240131190000-0500", 1_706_745_600),
            (GENERALIZED_TIME, "20380119031408Z", 2_147_483_648),
            (GENERALIZED_TIME, "99991231235959Z", 253_402_300_799),
            (GENERALIZED_TIME, "00000101000000Z", -62_167_219_200),
        ] {
            assert_eq!(time(tag, text), Ok(seconds), "{text}");
        }
        for text in [
            "",
            "Z",
            "000230000000Z",
            "001301000000Z",
            "000100000000Z",
            "000101240000Z",
            "000101000060Z",
            "000101000000",
        ] {
            assert_eq!(time(UTC_TIME, text), Err(ErrorKind::InvalidTime), "{text}");
        }
        assert_eq!(time(GENERALIZED_TIME, "19000229000000Z"), Err(ErrorKind::InvalidTime));
        assert_eq!(time(0x13, "x"), Err(ErrorKind::UnexpectedTag { expected: UTC_TIME, found: 0x13 }));
    }

    #[test]
    fn shown_as_rfc3339() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_868_799, "2000-02-29T23:59:59Z"),
            (253_402_300_800, "+10000-01-01T00:00:00Z"),
            (-62_167_219_201, "-0001-12-31T23:59:59Z"),
        ] {
            assert_eq!(UnixSeconds(seconds).to_string(), text);
        }
        let _ = (UnixSeconds(i64::MIN).to_string(), UnixSeconds(i64::MAX).to_string());
    }

    #[test]
    fn read_as_rfc3339() {
        for (text, expected) in [
            ("1970-01-01T00:00:00Z", Some(0)),
            ("2000-02-29T23:59:59Z", Some(951_868_799)),
            ("2026-03-15T00:00:07Z", Some(1_773_532_807)),
            ("-0001-12-31T23:59:59Z", Some(-62_167_219_201)),
            ("+10000-01-01T00:00:00Z", Some(253_402_300_800)),
            ("+292277026596-12-04T15:30:07Z", Some(i64::MAX)),
            ("+292277026596-12-04T15:30:08Z", None),
            ("+292277026597-01-01T00:00:00Z", None),
            ("10000-01-01T00:00:00Z", None),
            ("2026-03-15", None),
            ("2026-03-15T00:00:00", None),
            ("2026-03-15T00:00:00+01:00", None),
            ("2026-03-15t00:00:00z", None),
            ("2026-13-15T00:00:00Z", None),
            ("2026-00-15T00:00:00Z", None),
            ("2026-02-29T00:00:00Z", None),
            ("2026-03-00T00:00:00Z", None),
            ("2026-03-15T24:00:00Z", None),
            ("2026-03-15T23:60:00Z", None),
            ("2026-03-15T23:59:60Z", None),
            ("2026-03-15T00:00:00.7Z", None),
            ("26-03-15T00:00:00Z", None),
            ("+99999999999999999999-03-15T00:00:00Z", None),
            ("", None),
            ("-", None),
            ("ä", None),
        ] {
            assert_eq!(text.parse::<UnixSeconds>().ok(), expected.map(UnixSeconds), "{text}");
        }
        assert_eq!(UnixSeconds::from_civil(2026, 3, 15), Some(UnixSeconds(1_773_532_800)));
        assert_eq!(UnixSeconds::from_civil(2100, 2, 29), None);
        assert_eq!(UnixSeconds::from_civil(i64::MIN, 1, 1), None);
    }

    proptest::proptest! {
        /// All but the first day of the range, whose midnight lies before it.
        #[test]
        fn all_shown_times_are_read_back(seconds in i64::MIN + 86_400..=i64::MAX) {
            proptest::prop_assert_eq!(UnixSeconds(seconds).to_string().parse(), Ok(UnixSeconds(seconds)));
        }

        #[test]
        fn shown_times_are_read_back(seconds in -62_167_219_200_i64..=253_402_300_799) {
            let text = UnixSeconds(seconds).to_string();
            let digits: alloc::string::String = text.chars().filter(char::is_ascii_digit).collect();
            proptest::prop_assert_eq!(time(GENERALIZED_TIME, &format!("{digits}Z")), Ok(seconds));
        }
    }

    #[test]
    fn periods_include_their_last_second() {
        let validity = Validity { not_before: UnixSeconds(0), not_after: UnixSeconds(86_399) };
        assert_eq!(validity.seconds_inclusive(), 86_400);
        assert!(validity.contains(UnixSeconds(86_399)) && !validity.contains(UnixSeconds(86_400)));
        let extreme = Validity { not_before: UnixSeconds(i64::MIN), not_after: UnixSeconds(i64::MAX) };
        assert_eq!(extreme.seconds_inclusive(), i64::MAX);
    }
}
