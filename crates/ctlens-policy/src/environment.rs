use serde::{Deserialize, Serialize};
use std::fmt;

/// What certificates are made for, as an issuer or a request says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Environment {
    /// For use: somebody will rely on them.
    Production,
    /// For trying things out: nobody may rely on them, and no issuer that is trusted may make them.
    Test,
}

impl Environment {
    /// The word that stands for it in every output.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Production => "production",
            Self::Test => "test",
        }
    }
}

impl fmt::Display for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
