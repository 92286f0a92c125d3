use core::fmt;

/// Octets in hexadecimal, two lower-case digits each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hex<'a>(pub &'a [u8]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Formatting each octet by itself takes ten times as long.
        for octets in self.0.chunks(32) {
            let mut digits = [0; 64];
            for (pair, octet) in digits.as_chunks_mut().0.iter_mut().zip(octets) {
                *pair = [digit(octet >> 4), digit(octet & 0x0f)];
            }
            let digits = digits.get(..octets.len().saturating_mul(2)).unwrap_or_default();
            f.write_str(str::from_utf8(digits).unwrap_or_default())?;
        }
        Ok(())
    }
}

fn digit(nibble: u8) -> u8 {
    match nibble {
        0..10 => b'0'.wrapping_add(nibble),
        _ => b'a'.wrapping_sub(10).wrapping_add(nibble),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::{String, ToString};
    use alloc::vec::Vec;

    #[test]
    fn two_digits_each() {
        assert_eq!(Hex(&[0, 0x0a, 0xff]).to_string(), "000aff");
        assert_eq!(Hex(&[]).to_string(), "");
        for length in 0..100_u8 {
            let octets: Vec<u8> = (0..length).map(|n| n.wrapping_mul(77)).collect();
            let expected: String = octets.iter().map(|octet| alloc::format!("{octet:02x}")).collect();
            assert_eq!(Hex(&octets).to_string(), expected);
        }
    }
}
