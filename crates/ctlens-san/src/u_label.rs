//! Names in Unicode.

use idna::AsciiDenyList;
use idna::uts46::{DnsLength, Hyphens, Uts46};

use crate::dns_name::{DnsName, check_label};
use crate::error::{ParseError, ParseErrorKind};

/// The name whose labels are the A-labels of these (RFC 5890 §2.3.2.1, by way of UTS 46 §4.2, non-transitional).
pub(crate) fn read(text: &str) -> Result<DnsName, ParseError> {
    // What is wrong with the ASCII in it is better said without IDNA.
    for (offset, label) in labels(text) {
        if let Err(error) = check_label(label)
            && matches!(error.kind, ParseErrorKind::Character { .. } | ParseErrorKind::Wildcard)
        {
            return Err(error.moved(offset));
        }
    }
    let Some(name) = to_ascii(text) else {
        let label = labels(text).find(|(_, label)| !label.is_empty() && to_ascii(label).is_none());
        return Err(ParseError::new(ParseErrorKind::NoIdn, label.map_or(0, |(offset, _)| offset)));
    };
    DnsName::from_ascii(name.strip_suffix('.').unwrap_or(&name)).map_err(|error| {
        // Of the label that it came from, if it came from one.
        let is_of_label = !matches!(error.kind, ParseErrorKind::NameTooLong { .. } | ParseErrorKind::Empty);
        let before = name.bytes().take(error.offset).filter(|&octet| octet == b'.').count();
        let offset = labels(text).nth(before).filter(|_| is_of_label).map_or(0, |(offset, _)| offset);
        ParseError::new(error.kind, offset)
    })
}

fn to_ascii(text: &str) -> Option<alloc::string::String> {
    let name = Uts46::new().to_ascii(text.as_bytes(), AsciiDenyList::STD3, Hyphens::Check, DnsLength::Ignore);
    name.ok().map(alloc::borrow::Cow::into_owned)
}

/// The labels with their offsets. Ideographic full stops are dots (UTS 46 §4, step 1).
fn labels(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let is_dot = |char| matches!(char, '.' | '\u{3002}' | '\u{ff0e}' | '\u{ff61}');
    text.split(is_dot).map(|label| (label.as_ptr().addr().saturating_sub(text.as_ptr().addr()), label))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    #[test]
    fn names() {
        for (text, name) in [
            ("bücher.example", "xn--bcher-kva.example"),
            ("BÜCHER.Example.", "xn--bcher-kva.example"),
            // Decomposed: u and the combining diaeresis.
            ("bu\u{308}cher.example", "xn--bcher-kva.example"),
            // Non-transitional: ß is not ss, ς is not σ.
            ("straße.example", "xn--strae-oqa.example"),
            ("βόλος.example", "xn--nxasmm1c.example"),
            ("例え。テスト", "xn--r8jz45g.xn--zckzah"),
            ("пример.рф。", "xn--e1afmkfd.xn--p1ai"),
            ("ＷＷＷ．example．com", "www.example.com"),
            ("a.xn--bcher-kva.bücher", "a.xn--bcher-kva.xn--bcher-kva"),
        ] {
            assert_eq!(text.parse::<DnsName>().as_ref().map(DnsName::as_str), Ok(name), "{text}");
        }
    }

    #[test]
    fn what_is_no_name() {
        use ParseErrorKind as E;
        let long = format!("a.{}.example", "ü".repeat(60));
        for (text, kind, offset) in [
            ("*.bücher.example", E::Wildcard, 0),
            ("bücher.exa mple", E::Character { found: ' ' }, 11),
            ("bücher..example", E::EmptyLabel, 8),
            (".bücher.example", E::EmptyLabel, 0),
            ("bücher.1", E::NumericLastLabel, 8),
            ("１９２.０.２.１", E::NumericLastLabel, 18),
            ("a.-bücher.example", E::NoIdn, 2),
            ("a.bücher-.example", E::NoIdn, 2),
            ("bü--cher.example", E::NoIdn, 0),
            ("ü.xn--a.example", E::NoIdn, 3),
            // It maps to `a/c`, and there is no such label.
            ("x.℀.example", E::NoIdn, 2),
            ("a\u{200d}b.example", E::NoIdn, 0),
            // From right to left, and a digit in front.
            ("example.1א", E::NoIdn, 8),
            ("ü_.example", E::NoIdn, 0),
            (&*long, E::LabelTooLong { octets: 66 }, 2),
        ] {
            assert_eq!(text.parse::<DnsName>(), Err(ParseError::new(kind, offset)), "{text}");
        }
    }
}
