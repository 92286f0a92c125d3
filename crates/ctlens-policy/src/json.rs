//! JSON that can be shown on a terminal.

use crate::text::is_unseen;
use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter};
use std::io;

/// On one line, with what a terminal might act on, or a reader not see, escaped: RFC 8259 §7 asks for that only below U+0020.
pub(crate) fn to_json(value: &impl Serialize) -> String {
    let mut octets = Vec::new();
    let mut serializer = serde_json::Serializer::with_formatter(&mut octets, Visible);
    #[expect(
        clippy::expect_used,
        reason = "a vector takes everything, no map here has other keys than strings, no value fails to say itself, and \
                  what is written is pieces of strings and ASCII; an empty line would pass for a line of a log"
    )]
    value.serialize(&mut serializer).map(|()| String::from_utf8(octets).expect("UTF-8")).expect("JSON")
}

struct Visible;

impl Formatter for Visible {
    fn write_string_fragment<W: io::Write + ?Sized>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        let mut rest = fragment;
        while let Some((at, unseen)) = rest.char_indices().find(|&(_, character)| is_unseen(character)) {
            let (seen, from) = rest.split_at(at);
            CompactFormatter.write_string_fragment(writer, seen)?;
            for unit in unseen.encode_utf16(&mut [0; 2]) {
                write!(writer, "\\u{unit:04x}")?;
            }
            rest = from.get(unseen.len_utf8()..).unwrap_or_default();
        }
        CompactFormatter.write_string_fragment(writer, rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_seen_is_escaped() {
        for (text, json) in [
            ("www.example", r#""www.example""#),
            ("a\"\\\n\u{1b}[2J", r#""a\"\\\n\u001b[2J""#),
            ("\u{9b}2J", r#""\u009b2J""#),
            ("\u{7f}", r#""\u007f""#),
            ("a\u{202e}b\u{2028}", r#""a\u202eb\u2028""#),
            ("\u{e0041}", r#""\udb40\udc41""#),
            ("bücher…", r#""bücher…""#),
        ] {
            assert_eq!(to_json(&text), json);
            assert_eq!(serde_json::from_str::<String>(json).unwrap(), text);
        }
    }

    proptest::proptest! {
        #[test]
        fn read_back(text: String) {
            let json = to_json(&text);
            proptest::prop_assert!(!json.chars().any(is_unseen), "{}", json);
            proptest::prop_assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
        }
    }
}
