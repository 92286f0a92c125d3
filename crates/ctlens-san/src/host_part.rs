//! Where the host stands in a URL, an e-mail address or a host with a port.

use crate::address_text;
use crate::name_scan::is_valid;

/// A text around the host in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct HostPart<'t> {
    pub(crate) before: &'t [u8],
    pub(crate) host: &'t [u8],
    pub(crate) after: &'t [u8],
}

impl<'t> HostPart<'t> {
    pub(crate) fn of(text: &'t [u8]) -> Self {
        let start = find(text, b"://").map_or(0, |scheme| scheme.saturating_add(3));
        let slashes = text.iter().skip(start).take_while(|octet| b"/\\".contains(octet)).count();
        let offset = start.saturating_add(slashes);
        let host = text.get(offset..).unwrap_or_default();
        // A question mark that begins a label is one of a redacted name (`?.example.com`).
        let ends = |at: usize, octet| match octet {
            b'/' | b'\\' | b'#' => true,
            b'?' => at.checked_sub(1).and_then(|before| host.get(before)).is_some_and(|&before| before != b'.'),
            _ => false,
        };
        let mut end = host.iter().enumerate().position(|(at, &octet)| ends(at, octet)).unwrap_or(host.len());
        let user = host.get(..end).and_then(|host| host.iter().rposition(|&octet| octet == b'@'));
        let first = user.map_or(0, |at| at.saturating_add(1));
        let rest = host.get(first..end).unwrap_or_default();
        // The colon before the port; more than one stand in an IPv6 address.
        let mut colons = rest.iter().enumerate().filter(|&(_, &octet)| octet == b':');
        if let (Some((colon, _)), None) = (colons.next(), colons.next())
            && rest.first() != Some(&b'[')
        {
            end = first.saturating_add(colon);
        }
        let (before, host, after) = cut(text, offset.saturating_add(first), offset.saturating_add(end));
        Self { before, host, after }
    }

    /// Whether the text is the whole of a URL, of an e-mail address or of a host with a port or path, and not a name in
    /// which an octet came out wrong.
    pub(crate) fn is_well_formed(&self) -> bool {
        let Self { before, host, after } = *self;
        let is_host = is_valid(host) && host.contains(&b'.') || address_text::read(host).iter().any(Option::is_some);
        let has_scheme = find(before, b"://").is_some();
        let begins = has_scheme || before.ends_with(b"@") || before.iter().all(|&octet| octet == b'/');
        let behind_port = match after {
            [b':', port @ ..] => {
                let digits = port.iter().take_while(|octet| octet.is_ascii_digit()).count();
                port.get(digits..).unwrap_or_default()
            }
            _ => after,
        };
        let ends = match behind_port.first() {
            None | Some(b'/') => true,
            Some(b'?' | b'#') => has_scheme,
            _ => false,
        };
        is_host && begins && ends && (has_scheme || !after.contains(&b'.'))
    }
}

pub(crate) fn find(text: &[u8], pattern: &[u8]) -> Option<usize> {
    text.windows(pattern.len()).position(|window| window == pattern)
}

/// What stands before, between and behind two places.
fn cut(text: &[u8], start: usize, end: usize) -> (&[u8], &[u8], &[u8]) {
    let part = |range: core::ops::Range<usize>| text.get(range).unwrap_or_default();
    (part(0..start), part(start..end), part(end..text.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts() {
        for (text, before, host, is_well_formed) in [
            ("https://user:pw@www.example.com:443/a.b?c#d", "https://user:pw@", "www.example.com", true),
            ("https://www.example.com?x", "https://", "www.example.com", true),
            ("user.name@example.com", "user.name@", "example.com", true),
            ("example.com:443/path", "", "example.com", true),
            ("//example.com", "//", "example.com", true),
            ("http://[::1]:80/", "http://", "[::1]:80", true),
            ("192.0.2.1:53", "", "192.0.2.1", true),
            ("example.com:443x", "", "example.com", false),
            ("example.com/index.html", "", "example.com", false),
            ("localhost:80", "", "localhost", false),
            ("a/b.example.com", "", "a", false),
            ("www.m?nchen.example.com", "", "www.m", false),
            ("?.example.com", "", "?.example.com", false),
            ("x.?.example.com", "", "x.?.example.com", false),
            ("\\052.example.com", "\\", "052.example.com", false),
            ("DNS:example.com", "", "DNS", false),
            ("2001:db8::1", "", "2001:db8::1", true),
            ("/", "/", "", false),
            ("", "", "", false),
        ] {
            let part = HostPart::of(text.as_bytes());
            assert_eq!((part.before, part.host), (before.as_bytes(), host.as_bytes()), "{text}");
            assert_eq!([part.before, part.host, part.after].concat(), text.as_bytes());
            assert_eq!(part.is_well_formed(), is_well_formed, "{text}");
        }
    }
}
