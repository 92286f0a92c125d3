use std::fmt;

/// How bad a finding is, from the least to the worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
pub enum Level {
    /// Worth knowing to somebody who studies certificates. A monitor leaves it out.
    Notice,
    /// Against a recommendation (SHOULD).
    Warning,
    /// Against a requirement (MUST).
    Error,
    /// Somebody may be able to pose as the owner of a name or address: act now.
    Critical,
}

impl Level {
    /// The word that stands for it in every output.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Notice => "notice",
            Self::Warning => "warning",
            Self::Error => "error",
            Self::Critical => "critical",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
