use crate::text::visible;
use std::fmt;

/// Why a file is no ownership source: the first mistake in it. Displayed as `vrps.json:12:8: …`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SourceError {
    /// The name that the source was given.
    pub source_name: String,
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1: in characters in statistics, in bytes in JSON.
    pub column: usize,
    /// What is wrong there.
    pub problem: SourceProblem,
}

/// What is wrong in an ownership source.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SourceProblem {
    /// The text is no JSON of this form.
    #[error("{said}")]
    Json {
        /// What the decoder says.
        said: String,
    },
    /// A line without the version line before it.
    #[error("no version line: expected `2|registry|serial|records|startdate|enddate|UTCoffset` first")]
    NoVersion,
    /// A line with too few fields.
    #[error("{found} fields: expected {expected} or more")]
    Fields {
        /// How many there are.
        found: usize,
        /// How many there must be.
        expected: usize,
    },
    /// A field with something else than belongs there.
    #[error("{found:?} is no {expected}")]
    Field {
        /// What is there, at most 64 characters of it.
        found: String,
        /// What belongs there.
        expected: &'static str,
    },
}

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let problem = self.problem.to_string();
        write!(f, "{}:{}:{}: {}", self.source_name, self.line, self.column, visible(&problem))
    }
}

impl std::error::Error for SourceError {}
