//! Labels with asterisks inside.

use crate::dns_name::MAX_LABEL;

/// Whether `pattern`, in which `*` stands for any octets or none, matches `text`, which is in lower case. Time grows with
/// the sum of the lengths.
///
/// A state is the set of places in the text up to which the pattern so far can match: bit n for n octets.
pub(crate) fn matches(pattern: &[u8], text: &[u8]) -> bool {
    if text.len() > MAX_LABEL {
        return false;
    }
    let mut places = [0_u64; 128];
    for (&octet, at) in text.iter().zip(0_u32..) {
        if let Some(set) = places.get_mut(usize::from(octet)) {
            *set |= 1_u64.wrapping_shl(at);
        }
    }
    let mut state = 1_u64;
    for octet in pattern {
        state = match octet {
            // From the lowest place on: all of them.
            b'*' => state | state.wrapping_neg(),
            octet => {
                (state & places.get(usize::from(octet.to_ascii_lowercase())).copied().unwrap_or(0)).wrapping_shl(1)
            }
        };
        if state == 0 {
            return false;
        }
    }
    u32::try_from(text.len()).is_ok_and(|length| state.wrapping_shr(length) & 1 == 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The definition, by trying every end of every asterisk.
    fn naive(pattern: &[u8], text: &[u8]) -> bool {
        match (pattern.split_first(), text.split_first()) {
            (None, None) => true,
            (Some((b'*', rest)), None) => naive(rest, text),
            (Some((b'*', rest)), Some((_, behind))) => naive(rest, text) || naive(pattern, behind),
            (Some((&octet, rest)), Some((&first, behind))) => octet == first && naive(rest, behind),
            _ => false,
        }
    }

    proptest! {
        #[test]
        fn glob_is_the_definition(pattern in "[ab*]{0,8}", text in "[ab]{0,10}") {
            prop_assert_eq!(matches(pattern.as_bytes(), text.as_bytes()), naive(pattern.as_bytes(), text.as_bytes()));
        }
    }

    #[test]
    fn table() {
        for (pattern, text, expected) in [
            ("f*", "foo", true),
            ("F*O", "foo", true),
            ("*", "", true),
            ("**", "x", true),
            ("w*w", "w", false),
            ("w*w", "ww", true),
            ("xn--*", "xn--a", true),
            ("*baz", "foobaz", true),
            ("*baz", "foobar", false),
            ("a*\u{e9}", "a", false),
        ] {
            assert_eq!(matches(pattern.as_bytes(), text.as_bytes()), expected, "{pattern} {text}");
        }
        let label = [b'a'; 63];
        assert!(matches(&[b"*".as_slice(), &label].concat(), &label));
        assert!(!matches(&[b"*".as_slice(), &label, b"a"].concat(), &label));
        assert!(matches(&[b'*'; 50_000], &label));
        assert!(!matches(b"*", &[b'a'; 64]), "no label is so long");
    }
}
