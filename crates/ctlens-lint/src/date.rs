use ctlens_x509::UnixSeconds;

/// 00:00:00 UTC of a day, for constants: a day that there is not is an error of the compiler.
pub(crate) const fn midnight(year: i64, month: u8, day: u8) -> UnixSeconds {
    let midnight = UnixSeconds::from_civil(year, month, day);
    assert!(midnight.is_some(), "no such day");
    match midnight {
        Some(midnight) => midnight,
        None => UnixSeconds(0),
    }
}
