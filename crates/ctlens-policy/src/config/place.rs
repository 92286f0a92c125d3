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

    /// The line of a byte, from 1.
    pub(super) fn line(&self, offset: usize) -> usize {
        self.starts.partition_point(|&start| start <= offset)
    }

    /// The line and the column in characters of one byte after the other, both from 1. No byte may lie before the last one: a
    /// text may be one long line, in which each column is counted from there.
    pub(super) fn positions<'t>(&'t self, text: &'t str) -> impl FnMut(usize) -> (usize, usize) + 't {
        let (mut last, mut column) = (0_usize, 1_usize);
        move |offset| {
            let line = self.line(offset);
            let start = self.starts.get(line.saturating_sub(1)).copied().unwrap_or(0);
            if start > last {
                (last, column) = (start, 1);
            }
            let between = text.get(last..offset).or(text.get(last..)).unwrap_or_default();
            column = column.saturating_add(between.chars().count());
            last = last.saturating_add(between.len());
            (line, column)
        }
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
