use ctlens_x509::UnixSeconds;

/// 00:00:00 UTC of a day of the Gregorian calendar, for constants.
#[expect(clippy::arithmetic_side_effects, reason = "the arguments are written in this crate: years 1970 to 9999")]
pub(crate) const fn midnight(year: i64, month: i64, day: i64) -> UnixSeconds {
    // Years that begin in March have their leap day at the end.
    let (year, months_since_march) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days_before_month = (153 * months_since_march + 2) / 5;
    let days_since_0000_03_01 = 365 * year + year / 4 - year / 100 + year / 400 + days_before_month + day - 1;
    const DAYS_TO_1970: i64 = 719_468;
    UnixSeconds((days_since_0000_03_01 - DAYS_TO_1970) * 86_400)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days() {
        for (date, text) in [
            (midnight(1970, 1, 1), "1970-01-01T00:00:00Z"),
            (midnight(2000, 2, 29), "2000-02-29T00:00:00Z"),
            (midnight(2000, 3, 1), "2000-03-01T00:00:00Z"),
            (midnight(2026, 3, 15), "2026-03-15T00:00:00Z"),
            (midnight(2100, 3, 1), "2100-03-01T00:00:00Z"),
            (midnight(2099, 12, 31), "2099-12-31T00:00:00Z"),
        ] {
            assert_eq!(date.to_string(), text);
        }
        assert_eq!(midnight(2026, 3, 15).0, 1_773_532_800);
    }
}
