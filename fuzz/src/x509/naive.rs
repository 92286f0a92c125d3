//! A second reading of certificates, which takes no short cut: every element is read anew from the whole slice.

/// One element (X.690 §8.1), by its places in the slice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Element {
    pub(crate) tag: u8,
    pub(crate) start: usize,
    pub(crate) value: usize,
    pub(crate) end: usize,
}

impl Element {
    /// The element at `start` that ends at `end` or before. Definite lengths in any form; tag numbers of up to four octets.
    pub(crate) fn read(bytes: &[u8], start: usize, end: usize) -> Option<Self> {
        let within = bytes.get(..end)?;
        let mut at = start;
        let mut next = || {
            let octet = within.get(at).copied();
            at += 1;
            octet
        };
        let tag = next()?;
        if tag & 0x1f == 0x1f {
            let mut octets = 1;
            while next()? & 0x80 != 0 {
                octets += 1;
                if octets > 4 {
                    return None;
                }
            }
        }
        let length = match next()? {
            short @ ..0x80 => u128::from(short),
            0x80 | 0xff => return None,
            long => {
                (0..long & 0x7f).try_fold(0_u128, |length, _| Some(length.saturating_mul(256) | u128::from(next()?)))?
            }
        };
        let length = usize::try_from(length).ok()?;
        let element = Self { tag, start, value: at, end: at.checked_add(length)? };
        (element.end <= end).then_some(element)
    }

    pub(crate) fn expect(bytes: &[u8], start: usize, end: usize, tag: u8) -> Option<Self> {
        Self::read(bytes, start, end).filter(|element| element.tag == tag)
    }

    pub(crate) fn contents<'b>(&self, bytes: &'b [u8]) -> &'b [u8] {
        &bytes[self.value..self.end]
    }

    pub(crate) fn whole<'b>(&self, bytes: &'b [u8]) -> &'b [u8] {
        &bytes[self.start..self.end]
    }
}

/// The skeleton of a certificate: TBSCertificate, algorithm, signature, which more may follow, and the end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Certificate {
    pub(crate) tbs: Element,
    pub(crate) algorithm: Element,
    pub(crate) signature: Element,
    pub(crate) end: usize,
}

impl Certificate {
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        let outer = Element::expect(bytes, 0, bytes.len(), 0x30)?;
        let tbs = Element::expect(bytes, outer.value, outer.end, 0x30)?;
        let algorithm = Element::expect(bytes, tbs.end, outer.end, 0x30)?;
        let signature = Element::expect(bytes, algorithm.end, outer.end, 0x03)?;
        Tbs::read(tbs.whole(bytes))?;
        Some(Self { tbs, algorithm, signature, end: outer.end })
    }
}

/// A TBSCertificate that begins the slice.
#[derive(Clone, Debug)]
pub(crate) struct Tbs {
    pub(crate) whole: Element,
    /// Serial number, algorithm, issuer, validity, subject, key.
    pub(crate) fields: [Element; 6],
    /// `[3]` and the list in it, where both are there.
    pub(crate) list: Option<(Element, Element)>,
    /// What stands in the list, and what around it cannot be walked.
    pub(crate) extensions: Vec<Item>,
}

/// What stands where an extension should.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Item {
    Extension(Extension),
    /// An element that is no extension: with its type, where that can be read, by contents.
    NoExtension(Element, Option<Element>),
    /// The rest of something, by its places.
    Unwalked(usize, usize),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Extension {
    pub(crate) element: Element,
    pub(crate) oid: Element,
    pub(crate) critical: bool,
    pub(crate) value: Element,
}

impl Tbs {
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        let whole = Element::expect(bytes, 0, bytes.len(), 0x30)?;
        let mut at = whole.value;
        if bytes[..whole.end].get(at) == Some(&0xa0) {
            at = Element::read(bytes, at, whole.end)?.end;
        }
        let mut fields = [whole; 6];
        for (field, tag) in fields.iter_mut().zip([0x02, 0x30, 0x30, 0x30, 0x30, 0x30]) {
            *field = Element::expect(bytes, at, whole.end, tag)?;
            at = field.end;
        }
        let mut tbs = Self { whole, fields, list: None, extensions: Vec::new() };
        tbs.read_tail(bytes, at);
        Some(tbs)
    }

    /// Unique identifiers, `[3]`, nothing else.
    fn read_tail(&mut self, bytes: &[u8], mut at: usize) {
        let end = self.whole.end;
        for tag in [0x81, 0x82] {
            if bytes[..end].get(at) == Some(&tag) {
                let Some(identifier) = Element::read(bytes, at, end) else {
                    self.extensions.push(Item::Unwalked(at, end));
                    return;
                };
                at = identifier.end;
            }
        }
        if at == end {
            return;
        }
        let explicit = Element::expect(bytes, at, end, 0xa3);
        let list = explicit.and_then(|explicit| Element::expect(bytes, explicit.value, explicit.end, 0x30));
        let (Some(explicit), Some(list)) = (explicit, list) else {
            self.extensions.push(Item::Unwalked(at, end));
            return;
        };
        self.list = Some((explicit, list));
        let mut at = list.value;
        while at < list.end {
            let Some(element) = Element::read(bytes, at, list.end) else {
                self.extensions.push(Item::Unwalked(at, list.end));
                break;
            };
            self.extensions.push(Item::read(bytes, element));
            at = element.end;
        }
        if list.end < explicit.end {
            self.extensions.push(Item::Unwalked(list.end, explicit.end));
        } else if explicit.end < end {
            self.extensions.push(Item::Unwalked(explicit.end, end));
        }
    }

    /// Everything that is an extension.
    pub(crate) fn sound(&self) -> impl Iterator<Item = Extension> {
        self.extensions
            .iter()
            .filter_map(|item| if let Item::Extension(extension) = item { Some(*extension) } else { None })
    }

    /// The names of all SAN extensions: `Ok` with tag, place of the contents, and end; `Err` with the places of what cannot be
    /// walked.
    pub(crate) fn names(&self, bytes: &[u8]) -> Vec<Result<Element, (usize, usize)>> {
        const SAN: &[u8] = &[0x55, 0x1d, 0x11];
        let mut names = Vec::new();
        for item in &self.extensions {
            match item {
                Item::Extension(extension) if extension.oid.contents(bytes) == SAN => {
                    let value = extension.value;
                    let Some(list) = Element::expect(bytes, value.value, value.end, 0x30) else {
                        names.push(Err((value.value, value.end)));
                        continue;
                    };
                    names.extend(elements(bytes, list));
                    if list.end < value.end {
                        names.push(Err((list.end, value.end)));
                    }
                }
                Item::Extension(_) => {}
                Item::NoExtension(_, Some(oid)) if oid.contents(bytes) != SAN => {}
                Item::NoExtension(element, Some(oid)) => {
                    // What stands before the damage is read all the same.
                    let value = critical_and_value(bytes, *element, *oid).map(|(_, value)| value);
                    let list = value.and_then(|value| Element::expect(bytes, value.value, value.end, 0x30));
                    names.extend(list.map_or(Vec::new(), |list| elements(bytes, list)));
                    names.push(Err((element.start, element.end)));
                }
                Item::NoExtension(element, None) => names.push(Err((element.start, element.end))),
                Item::Unwalked(start, end) => names.push(Err((*start, *end))),
            }
        }
        names
    }
}

impl Item {
    fn read(bytes: &[u8], element: Element) -> Self {
        let oid = Some(element)
            .filter(|element| element.tag == 0x30)
            .and_then(|element| Element::expect(bytes, element.value, element.end, 0x06));
        let Some(oid) = oid else { return Self::NoExtension(element, None) };
        match critical_and_value(bytes, element, oid) {
            Some((critical, value)) if value.end == element.end => {
                Self::Extension(Extension { element, oid, critical, value })
            }
            _ => Self::NoExtension(element, Some(oid)),
        }
    }
}

/// What follows the type of an extension, as far as the syntax goes.
fn critical_and_value(bytes: &[u8], element: Element, oid: Element) -> Option<(bool, Element)> {
    let mut at = oid.end;
    let mut critical = false;
    if bytes[..element.end].get(at) == Some(&0x01) {
        let boolean = Element::read(bytes, at, element.end)?;
        critical = boolean.contents(bytes).iter().any(|octet| *octet != 0);
        at = boolean.end;
    }
    Some((critical, Element::expect(bytes, at, element.end, 0x04)?))
}

/// The attributes of a name that stands at these places, as type and value.
pub(crate) fn attributes(bytes: &[u8], name: Element) -> Vec<Result<(Element, Element), (usize, usize)>> {
    let mut attributes = Vec::new();
    for rdn in elements(bytes, name) {
        match rdn {
            Ok(set) if set.tag == 0x31 => attributes.extend(elements(bytes, set).into_iter().map(|attribute| {
                let attribute = attribute?;
                let places = (attribute.start, attribute.end);
                let oid = Some(attribute).filter(|attribute| attribute.tag == 0x30);
                let oid = oid.and_then(|attribute| Element::expect(bytes, attribute.value, attribute.end, 0x06));
                let oid = oid.ok_or(places)?;
                Ok((oid, Element::read(bytes, oid.end, attribute.end).ok_or(places)?))
            })),
            Ok(other) => attributes.push(Err((other.start, other.end))),
            Err(places) => attributes.push(Err(places)),
        }
    }
    attributes
}

/// The elements inside one, then what cannot be walked.
fn elements(bytes: &[u8], outer: Element) -> Vec<Result<Element, (usize, usize)>> {
    let mut elements = Vec::new();
    let mut at = outer.value;
    while at < outer.end {
        let Some(element) = Element::read(bytes, at, outer.end) else {
            elements.push(Err((at, outer.end)));
            break;
        };
        elements.push(Ok(element));
        at = element.end;
    }
    elements
}
