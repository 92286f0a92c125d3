//! Offsets in a text as lines and columns.

/// Where the lines of a text begin, in bytes.
pub(super) struct Lines {
    starts: Vec<usize>,
}

impl Lines {
    pub(super) fn of(text: &str) -> Self {
        let breaks = text.bytes().enumerate().filter(|&(_, octet)| octet == b'\n');
        Self { starts: std::iter::once(0).chain(breaks.map(|(at, _)| at.saturating_add(1))).collect() }
    }

    /// The line and the column in characters of a byte, both from 1.
    pub(super) fn position(&self, text: &str, offset: usize) -> (usize, usize) {
        let line = self.starts.partition_point(|&start| start <= offset);
        let start = self.starts.get(line.saturating_sub(1)).copied().unwrap_or(0);
        let before = text.get(start..offset).or(text.get(start..)).unwrap_or_default();
        (line, before.chars().count().saturating_add(1))
    }

    /// The byte at a line and a column in bytes, both from 1, or the first of the character that it lies in.
    pub(super) fn offset(&self, text: &str, line: usize, column: usize) -> usize {
        let start = self.starts.get(line.saturating_sub(1)).copied().unwrap_or(text.len());
        let mut offset = start.saturating_add(column.saturating_sub(1)).min(text.len());
        while !text.is_char_boundary(offset) {
            offset = offset.saturating_sub(1);
        }
        offset
    }
}
