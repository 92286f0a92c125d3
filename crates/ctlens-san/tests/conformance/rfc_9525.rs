//! RFC 9525 once more, as short as it can be said.

use core::net::IpAddr;

pub(crate) enum Reference {
    Address(IpAddr),
    Name(Vec<String>),
}

/// §6.1, with the dot at the end that makes a name absolute (RFC 1034 §3.1). A number at the end is no top-level domain
/// (RFC 3696 §2).
pub(crate) fn reference(text: &str) -> Option<Reference> {
    if let Ok(address) = text.parse() {
        return Some(Reference::Address(address));
    }
    let labels = labels(text.strip_suffix('.').unwrap_or(text))?;
    let last_is_number = labels.last()?.bytes().all(|octet| octet.is_ascii_digit());
    (labels[0] != "*" && !last_is_number).then_some(Reference::Name(labels))
}

/// §6.3: the labels in lower case, the first of which may be `*` before others.
pub(crate) fn presented(octets: &[u8]) -> Option<Vec<String>> {
    labels(str::from_utf8(octets).ok()?)
}

fn labels(name: &str) -> Option<Vec<String>> {
    let labels: Vec<String> = name.split('.').map(str::to_ascii_lowercase).collect();
    let is_label = |label: &String| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|octet| octet.is_ascii_alphanumeric() || octet == b'-' || octet == b'_')
    };
    let is_wildcard = labels.len() > 1 && labels[0] == "*";
    let are_labels = labels[usize::from(is_wildcard)..].iter().all(is_label);
    (are_labels && name.len() <= 253).then_some(labels)
}

/// Whether a SAN of these dNSNames and iPAddresses identifies a host.
pub(crate) fn identifies(reference: &Reference, dns_names: &[Vec<u8>], addresses: &[Vec<u8>]) -> bool {
    match reference {
        Reference::Address(IpAddr::V4(address)) => addresses.iter().any(|octets| *octets == address.octets()),
        Reference::Address(IpAddr::V6(address)) => addresses.iter().any(|octets| *octets == address.octets()),
        Reference::Name(labels) => dns_names
            .iter()
            .filter_map(|octets| presented(octets))
            .any(|own| own == *labels || own[0] == "*" && own.len() == labels.len() && own[1..] == labels[1..]),
    }
}
