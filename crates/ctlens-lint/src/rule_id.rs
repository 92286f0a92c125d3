use std::fmt;
use std::str::FromStr;

/// The stable name of a rule: `area.what` or `area.subject.what`, such as `san.ip_reserved`.
///
/// Two to four parts with dots between them, at most 63 octets together; each part begins with a letter and goes on with
/// letters, digits and `_`, all in lower case.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(try_from = "String", into = "String"))]
pub struct RuleId {
    /// The text, then zeros.
    octets: [u8; MAX_OCTETS],
    length: u8,
}

const MAX_OCTETS: usize = 63;

/// Text that is no rule id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a rule id: two to four parts of a-z, 0-9 and _, with dots between them, are expected")]
#[non_exhaustive]
pub struct RuleIdError {
    /// The text.
    pub text: String,
}

impl RuleId {
    /// The rule id in a constant: `const ID: RuleId = RuleId::from_static("san.ip_reserved");`. Text that comes from
    /// elsewhere is parsed.
    ///
    /// # Panics
    ///
    /// Where the text is no rule id. In a constant that is an error of the compiler.
    #[must_use]
    pub const fn from_static(id: &'static str) -> Self {
        let id = Self::new(id.as_bytes());
        assert!(id.is_some(), "not a rule id");
        match id {
            Some(id) => id,
            None => Self { octets: [0; MAX_OCTETS], length: 0 },
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "a valid id has at most 63 octets")]
    const fn new(id: &[u8]) -> Option<Self> {
        if !is_valid(id) {
            return None;
        }
        let mut octets = [0; MAX_OCTETS];
        if let Some((head, _)) = octets.split_at_mut_checked(id.len()) {
            head.copy_from_slice(id);
        }
        Some(Self { octets, length: id.len() as u8 })
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        let octets = self.octets.get(..usize::from(self.length)).unwrap_or_default();
        str::from_utf8(octets).unwrap_or_default()
    }

    /// The part before the first dot.
    #[must_use]
    pub fn area(&self) -> &str {
        self.as_str().split('.').next().unwrap_or_default()
    }
}

#[expect(clippy::indexing_slicing, reason = "const code has no iterators; the loop's condition bounds the index")]
#[expect(clippy::arithmetic_side_effects, reason = "both count octets of a text that is in memory")]
const fn is_valid(id: &[u8]) -> bool {
    let mut parts = 1;
    let mut at = 0;
    let mut begins = true;
    while at < id.len() {
        match id[at] {
            b'a'..=b'z' => begins = false,
            b'0'..=b'9' | b'_' if !begins => {}
            b'.' if !begins => {
                parts += 1;
                begins = true;
            }
            _ => return false,
        }
        at += 1;
    }
    !begins && parts >= 2 && parts <= 4 && id.len() <= MAX_OCTETS
}

impl FromStr for RuleId {
    type Err = RuleIdError;

    fn from_str(text: &str) -> Result<Self, RuleIdError> {
        Self::new(text.as_bytes()).ok_or_else(|| RuleIdError { text: text.to_owned() })
    }
}

impl TryFrom<String> for RuleId {
    type Error = RuleIdError;

    fn try_from(text: String) -> Result<Self, RuleIdError> {
        text.parse()
    }
}

impl From<RuleId> for String {
    fn from(id: RuleId) -> Self {
        id.as_str().to_owned()
    }
}

impl fmt::Display for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RuleId({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_a_rule_id() {
        for good in ["san.ip_reserved", "validity.max_398d", "a.b.c.d", "x.y2"] {
            assert_eq!(good.parse::<RuleId>().unwrap().as_str(), good);
        }
        let long = format!("a.{}", "b".repeat(MAX_OCTETS - 1));
        for bad in ["", "san", "san.", ".san", "san..ip", "San.ip", "san.2ip", "san._ip", "san.i-p", "a.b.c.d.e", &long]
        {
            assert_eq!(bad.parse::<RuleId>(), Err(RuleIdError { text: bad.to_owned() }), "{bad}");
        }
        assert_eq!(RuleId::from_static("san.ip_reserved").area(), "san");
        let longest = format!("a.{}", "b".repeat(MAX_OCTETS - 2));
        assert_eq!(longest.parse::<RuleId>().unwrap().to_string(), longest);
    }
}
