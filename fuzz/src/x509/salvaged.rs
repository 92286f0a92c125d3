//! What looks like names in any octets.

use crate::input::Input;
use crate::x509::same;
use ctlens_x509::Salvage;

/// Bytes in which names are looked for: every name has its place, and what has the shape of a dNSName or of an iPAddress is
/// found wherever it stands.
pub fn salvage(data: &[u8]) {
    // Once with many names behind the octets.
    let mut input = Input::new(data);
    let many = input.octet() == 1;
    let rest = input.rest();
    let filled: Vec<u8> = if many {
        rest.iter().chain(b"\x87\x04\x01\x01\x01\x01".repeat(1100).iter()).copied().collect()
    } else {
        Vec::new()
    };
    let octets = if many { &filled[..] } else { rest };
    let Salvage { names, unsearched, .. } = ctlens_x509::salvage(octets);
    assert!(names.len() <= Salvage::MAX_NAMES);
    assert!(names.len() == Salvage::MAX_NAMES || unsearched.is_empty());
    assert!(names.iter().filter(|name| !name.in_line).is_sorted_by_key(|name| name.offset));
    for name in &names {
        same(name.octets, octets, (name.offset, name.offset + name.octets.len()));
    }
    let searched = &octets[..octets.len() - unsearched.len()];
    for at in 0..searched.len() {
        if let Some((header, length)) = shape(&octets[at..]) {
            let found =
                names.iter().any(|name| name.offset == at + header && (name.in_line || name.octets.len() == length));
            assert!(found, "{:02x?} at {at}", &octets[at..at + header + length]);
        }
    }
}

/// The octets of the header and of the value, where a name of a usual form stands: `82` and a host name with a dot in it, or
/// `87` and 4 or 16 octets.
fn shape(octets: &[u8]) -> Option<(usize, usize)> {
    let (header, length) = match octets {
        [0x82 | 0xa2, length @ 1..=0x7f, ..] => (2, usize::from(*length)),
        [0x82 | 0xa2, 0x81, length @ 0x80..=0xff, ..] => (3, usize::from(*length)),
        [0x87, length @ (4 | 16), ..] => (2, usize::from(*length)),
        _ => return None,
    };
    let value = octets.get(header..header + length)?;
    let is_host =
        value.contains(&b'.') && value.iter().all(|octet| octet.is_ascii_alphanumeric() || b"-._*".contains(octet));
    (octets[0] == 0x87 || is_host).then_some((header, length))
}
