//! A naive DER writer (X.690): every value is a fresh `Vec`, every length is counted anew.
//!
//! It shares no code with the parsers under test, and it writes whatever it is told, right or wrong.

/// BOOLEAN.
pub const BOOLEAN: u8 = 0x01;
/// INTEGER.
pub const INTEGER: u8 = 0x02;
/// BIT STRING.
pub const BIT_STRING: u8 = 0x03;
/// OCTET STRING.
pub const OCTET_STRING: u8 = 0x04;
/// NULL.
pub const NULL: u8 = 0x05;
/// OBJECT IDENTIFIER.
pub const OBJECT_IDENTIFIER: u8 = 0x06;
/// UTF8String.
pub const UTF8_STRING: u8 = 0x0c;
/// NumericString.
pub const NUMERIC_STRING: u8 = 0x12;
/// PrintableString.
pub const PRINTABLE_STRING: u8 = 0x13;
/// TeletexString (T61String).
pub const TELETEX_STRING: u8 = 0x14;
/// IA5String.
pub const IA5_STRING: u8 = 0x16;
/// UTCTime.
pub const UTC_TIME: u8 = 0x17;
/// GeneralizedTime.
pub const GENERALIZED_TIME: u8 = 0x18;
/// UniversalString.
pub const UNIVERSAL_STRING: u8 = 0x1c;
/// BMPString.
pub const BMP_STRING: u8 = 0x1e;
/// SEQUENCE, constructed.
pub const SEQUENCE: u8 = 0x30;
/// SET, constructed.
pub const SET: u8 = 0x31;

/// One element: the tag, the shortest length, the content (X.690 §10.1).
#[must_use]
pub fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = minimal_length(content.len());
    tlv_with_length(tag, &length, content)
}

/// One element whose length octets are given as they are, true or not.
#[must_use]
pub fn tlv_with_length(tag: u8, length: &[u8], content: &[u8]) -> Vec<u8> {
    [&[tag], length, content].concat()
}

/// One element whose true length is in the long form with `octets` octets, however few would do (BER, not DER).
///
/// # Panics
///
/// If `octets` is over 126 or too few for the length.
#[must_use]
pub fn tlv_with_long_length(tag: u8, octets: usize, content: &[u8]) -> Vec<u8> {
    let digits = content.len().to_be_bytes();
    let needed = digits.iter().skip_while(|&&digit| digit == 0).count();
    assert!((needed..=126).contains(&octets), "a length of {} in {octets} octets", content.len());
    let mut length = vec![0x80 | u8::try_from(octets).expect("at most 126")];
    length.resize(1 + octets - needed, 0);
    length.extend_from_slice(&digits[digits.len() - needed..]);
    tlv_with_length(tag, &length, content)
}

/// One element of indefinite length, ended by two zero octets (BER, not DER).
#[must_use]
pub fn tlv_with_indefinite_length(tag: u8, content: &[u8]) -> Vec<u8> {
    [&[tag, 0x80], content, &[0, 0]].concat()
}

/// X.690 §8.1.3: below 128 one octet, otherwise the number of octets and the octets.
fn minimal_length(length: usize) -> Vec<u8> {
    if length < 0x80 {
        return vec![u8::try_from(length).expect("below 128")];
    }
    let digits = length.to_be_bytes();
    let digits: Vec<u8> = digits.into_iter().skip_while(|&digit| digit == 0).collect();
    let mut octets = vec![0x80 | u8::try_from(digits.len()).expect("at most 8")];
    octets.extend(digits);
    octets
}

/// SEQUENCE of the parts in the order given.
#[must_use]
pub fn sequence<T: AsRef<[u8]>>(parts: &[T]) -> Vec<u8> {
    tlv(SEQUENCE, &concatenate(parts))
}

/// SET of the parts in the order given; DER's sorting (X.690 §11.6) is the caller's.
#[must_use]
pub fn set<T: AsRef<[u8]>>(parts: &[T]) -> Vec<u8> {
    tlv(SET, &concatenate(parts))
}

/// A constructed context-specific element `[number]`.
#[must_use]
pub fn explicit<T: AsRef<[u8]>>(number: u8, parts: &[T]) -> Vec<u8> {
    tlv(0xa0 | number, &concatenate(parts))
}

/// A primitive context-specific element `[number] IMPLICIT`.
#[must_use]
pub fn implicit(number: u8, content: &[u8]) -> Vec<u8> {
    tlv(0x80 | number, content)
}

fn concatenate<T: AsRef<[u8]>>(parts: &[T]) -> Vec<u8> {
    parts.iter().flat_map(|part| part.as_ref().iter().copied()).collect()
}

/// BOOLEAN; true is `ff` (X.690 §11.1).
#[must_use]
pub fn boolean(value: bool) -> Vec<u8> {
    tlv(BOOLEAN, &[if value { 0xff } else { 0x00 }])
}

/// INTEGER with exactly these content octets, shortest or not, positive or not.
#[must_use]
pub fn integer(octets: &[u8]) -> Vec<u8> {
    tlv(INTEGER, octets)
}

/// INTEGER of an unsigned big-endian number in its shortest form.
#[must_use]
pub fn unsigned_integer(magnitude: &[u8]) -> Vec<u8> {
    let mut octets: Vec<u8> = magnitude.iter().copied().skip_while(|&octet| octet == 0).collect();
    if octets.first().is_none_or(|&first| first & 0x80 != 0) {
        octets.insert(0, 0);
    }
    integer(&octets)
}

/// NULL.
#[must_use]
pub fn null() -> Vec<u8> {
    tlv(NULL, &[])
}

/// BIT STRING of whole octets.
#[must_use]
pub fn bit_string(octets: &[u8]) -> Vec<u8> {
    tlv(BIT_STRING, &[&[0], octets].concat())
}

/// BIT STRING of named bits, bit 0 first, without trailing zero bits (X.690 §11.2.2).
///
/// # Panics
///
/// If a bit's number is 64 or more.
#[must_use]
pub fn named_bits(bits: &[u8]) -> Vec<u8> {
    let Some(&last) = bits.iter().max() else { return tlv(BIT_STRING, &[0]) };
    assert!(last < 64, "bit {last} is not supported");
    let value = bits.iter().fold(0u64, |value, bit| value | (1 << (63 - bit)));
    let octets = &value.to_be_bytes()[..=usize::from(last / 8)];
    tlv(BIT_STRING, &[&[7 - last % 8], octets].concat())
}

/// OCTET STRING.
#[must_use]
pub fn octet_string(octets: &[u8]) -> Vec<u8> {
    tlv(OCTET_STRING, octets)
}

/// OBJECT IDENTIFIER from its dotted text (X.690 §8.19).
///
/// # Panics
///
/// If the text is not at least two numbers with dots between.
#[must_use]
pub fn oid(dotted: &str) -> Vec<u8> {
    let arcs: Vec<u64> = dotted
        .split('.')
        .map(|arc| arc.parse().unwrap_or_else(|_| panic!("{dotted:?} is no object identifier")))
        .collect();
    assert!(arcs.len() >= 2, "{dotted:?} is no object identifier");
    let mut content = base_128(arcs[0] * 40 + arcs[1]);
    for &arc in &arcs[2..] {
        content.extend(base_128(arc));
    }
    tlv(OBJECT_IDENTIFIER, &content)
}

fn base_128(mut number: u64) -> Vec<u8> {
    let mut digits = vec![(number & 0x7f).to_le_bytes()[0]];
    while number > 0x7f {
        number >>= 7;
        digits.push((number & 0x7f).to_le_bytes()[0] | 0x80);
    }
    digits.reverse();
    digits
}

/// The time of a certificate: UTCTime from 1950 to 2049, GeneralizedTime otherwise (RFC 5280 §4.1.2.5).
///
/// `seconds` are Unix seconds.
///
/// # Panics
///
/// If the year is not between 0 and 9999.
#[must_use]
pub fn time(seconds: i64) -> Vec<u8> {
    if (1950..2050).contains(&civil(seconds).year) { utc_time(seconds) } else { generalized_time(seconds) }
}

/// UTCTime `YYMMDDHHMMSSZ` of Unix seconds, whatever the century.
#[must_use]
pub fn utc_time(seconds: i64) -> Vec<u8> {
    let Civil { year, month, day, hour, minute, second } = civil(seconds);
    let year = year.rem_euclid(100);
    tlv(UTC_TIME, format!("{year:02}{month:02}{day:02}{hour:02}{minute:02}{second:02}Z").as_bytes())
}

/// GeneralizedTime `YYYYMMDDHHMMSSZ` of Unix seconds.
///
/// # Panics
///
/// If the year is not between 0 and 9999.
#[must_use]
pub fn generalized_time(seconds: i64) -> Vec<u8> {
    let Civil { year, month, day, hour, minute, second } = civil(seconds);
    assert!((0..=9999).contains(&year), "the year {year} has no four digits");
    tlv(GENERALIZED_TIME, format!("{year:04}{month:02}{day:02}{hour:02}{minute:02}{second:02}Z").as_bytes())
}

/// Unix seconds of a date and time of day in UTC, by the proleptic Gregorian calendar.
#[must_use]
pub fn unix_seconds(year: i64, month: i64, day: i64, hour: i64, minute: i64, second: i64) -> i64 {
    let before =
        |year: i64| 365 * year + (year + 3).div_euclid(4) - (year + 99).div_euclid(100) + (year + 399).div_euclid(400);
    let months: i64 = (1..month).map(|month| days_of(year, month)).sum();
    let days = before(year) - before(1970) + months + day - 1;
    days * 86_400 + hour * 3_600 + minute * 60 + second
}

/// RFC 3339 text (`2025-08-01T00:00:00Z`) of Unix seconds.
#[must_use]
pub fn rfc3339(seconds: i64) -> String {
    let Civil { year, month, day, hour, minute, second } = civil(seconds);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// Takes one element off the front of well-formed DER with tag numbers below 31: the tag octet and the content.
///
/// # Panics
///
/// On anything else: it is for what this crate wrote.
pub fn take<'a>(rest: &mut &'a [u8]) -> (u8, &'a [u8]) {
    let [tag, first, after @ ..] = *rest else { panic!("no element in {rest:02x?}") };
    let (length, after) = match first {
        0..0x80 => (usize::from(*first), after),
        _ => {
            let (digits, after) = after.split_at(usize::from(first & 0x7f));
            (digits.iter().fold(0, |length, &digit| length << 8 | usize::from(digit)), after)
        }
    };
    let (content, after) = after.split_at(length);
    *rest = after;
    (*tag, content)
}

struct Civil {
    year: i64,
    month: i64,
    day: i64,
    hour: i64,
    minute: i64,
    second: i64,
}

/// Counts years, then months, from a year that is surely too early: slow, and plainly right.
fn civil(seconds: i64) -> Civil {
    let time_of_day = seconds.rem_euclid(86_400);
    let mut year = 1970 + seconds.div_euclid(86_400 * 366) - i64::from(seconds < 0);
    while unix_seconds(year + 1, 1, 1, 0, 0, 0) <= seconds {
        year += 1;
    }
    while unix_seconds(year, 1, 1, 0, 0, 0) > seconds {
        year -= 1;
    }
    let mut days = seconds.div_euclid(86_400) - unix_seconds(year, 1, 1, 0, 0, 0).div_euclid(86_400);
    let mut month = 1;
    while days >= days_of(year, month) {
        days -= days_of(year, month);
        month += 1;
    }
    let (hour, minute, second) = (time_of_day / 3_600, time_of_day / 60 % 60, time_of_day % 60);
    Civil { year, month, day: days + 1, hour, minute, second }
}

fn days_of(year: i64, month: i64) -> i64 {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_the_shortest() {
        assert_eq!(tlv(4, &[0; 127])[..2], [4, 0x7f]);
        assert_eq!(tlv(4, &[0; 128])[..3], [4, 0x81, 0x80]);
        assert_eq!(tlv(4, &[0; 255])[..3], [4, 0x81, 0xff]);
        assert_eq!(tlv(4, &[0; 256])[..4], [4, 0x82, 1, 0]);
        assert_eq!(tlv(4, &[0; 65_536])[..5], [4, 0x83, 1, 0, 0]);
    }

    #[test]
    fn lengths_may_be_wrong_on_request() {
        assert_eq!(tlv_with_long_length(4, 1, &[9]), [4, 0x81, 1, 9]);
        assert_eq!(tlv_with_long_length(4, 4, &[9]), [4, 0x84, 0, 0, 0, 1, 9]);
        assert_eq!(tlv_with_indefinite_length(0x30, &[5, 0]), [0x30, 0x80, 5, 0, 0, 0]);
        assert_eq!(tlv_with_length(4, &[5], &[9]), [4, 5, 9]);
    }

    /// Encodings as X.690 and RFC 5280 print them.
    #[test]
    fn known_encodings() {
        // X.690 §8.19.5: {joint-iso-itu-t 100 3} is 06 03 81 34 03.
        assert_eq!(oid("2.100.3"), [6, 3, 0x81, 0x34, 3]);
        // id-ce-subjectAltName, RFC 5280 appendix C.1.
        assert_eq!(oid("2.5.29.17"), [6, 3, 0x55, 0x1d, 0x11]);
        assert_eq!(oid("1.2.840.113549"), [6, 6, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d]);
        // X.690 §8.6.4.2: '0A3B5F291CD'H as a primitive bit string; here as whole octets.
        assert_eq!(bit_string(&[0x0a, 0x3b]), [3, 3, 0, 0x0a, 0x3b]);
        // digitalSignature, keyEncipherment: 03 02 05 a0; keyCertSign, cRLSign: 03 02 01 06 (RFC 5280 appendix C).
        assert_eq!(named_bits(&[0, 2]), [3, 2, 5, 0xa0]);
        assert_eq!(named_bits(&[5, 6]), [3, 2, 1, 6]);
        // decipherOnly is bit 8, in the second octet.
        assert_eq!(named_bits(&[0, 8]), [3, 3, 7, 0x80, 0x80]);
        assert_eq!(named_bits(&[]), [3, 1, 0]);
        assert_eq!(boolean(true), [1, 1, 0xff]);
        assert_eq!(null(), [5, 0]);
        assert_eq!(unsigned_integer(&[0, 0]), [2, 1, 0]);
        assert_eq!(unsigned_integer(&[0, 0x80]), [2, 2, 0, 0x80]);
        assert_eq!(unsigned_integer(&[0, 0x7f]), [2, 1, 0x7f]);
        assert_eq!(implicit(2, b"a.example"), *b"\x82\x09a.example");
        assert_eq!(explicit(0, &[integer(&[2])]), [0xa0, 3, 2, 1, 2]);
        assert_eq!(sequence(&[null(), boolean(false)]), [0x30, 5, 5, 0, 1, 1, 0]);
    }

    #[test]
    fn what_is_written_can_be_taken_apart() {
        let written = [tlv(4, &[7; 300]), integer(&[1]), null()].concat();
        let mut rest = &written[..];
        assert_eq!(take(&mut rest), (4, &[7; 300][..]));
        assert_eq!(take(&mut rest), (2, &[1][..]));
        assert_eq!(take(&mut rest), (5, &[][..]));
        assert!(rest.is_empty());
    }

    #[test]
    fn times_follow_the_rule_of_2050() {
        let cases: &[(i64, &[u8])] = &[
            (0, b"\x17\x0d700101000000Z"),
            (-1, b"\x17\x0d691231235959Z"),
            (951_782_399, b"\x17\x0d000228235959Z"),
            (951_782_400, b"\x17\x0d000229000000Z"),
            (1_709_164_800, b"\x17\x0d240229000000Z"),
            (2_524_607_999, b"\x17\x0d491231235959Z"),
            (2_524_608_000, b"\x18\x0f20500101000000Z"),
            (4_107_542_400, b"\x18\x0f21000301000000Z"),
            (253_402_300_799, b"\x18\x0f99991231235959Z"),
            (-631_152_000, b"\x17\x0d500101000000Z"),
            (-631_152_001, b"\x18\x0f19491231235959Z"),
        ];
        for &(seconds, expected) in cases {
            assert_eq!(time(seconds), expected, "{seconds}");
        }
        assert_eq!(unix_seconds(2025, 9, 3, 0, 0, 0), 1_756_857_600);
        assert_eq!(rfc3339(1_756_857_600), "2025-09-03T00:00:00Z");
    }
}
