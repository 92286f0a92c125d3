use core::iter::FusedIterator;

use crate::TileError;

/// The entries of an entry bundle (C2SP tlog-tiles, "Log entries"), borrowed from it; made by
/// [`Tile::entries`](crate::Tile::entries).
///
/// The bundle is a sequence of entries, each after its length in two bytes. Entries in front of a damaged place are still
/// given; then one error, then nothing.
#[derive(Clone, Debug)]
pub struct Entries<'a> {
    rest: &'a [u8],
    next: u16,
    width: u16,
}

impl<'a> Entries<'a> {
    pub(crate) fn new(bundle: &'a [u8], width: u16) -> Self {
        Self { rest: bundle, next: 0, width }
    }
}

impl<'a> Iterator for Entries<'a> {
    type Item = Result<&'a [u8], TileError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.next >= self.width {
            let excess = core::mem::take(&mut self.rest).len();
            return (excess > 0).then_some(Err(TileError::TrailingBytes { entries: self.width, excess }));
        }
        let entry = self
            .rest
            .split_first_chunk()
            .and_then(|(length, rest)| rest.split_at_checked(u16::from_be_bytes(*length).into()));
        let Some((entry, rest)) = entry else {
            let damaged = TileError::EntryTruncated { entry: self.next, width: self.width, rest: self.rest.len() };
            *self = Self { rest: &[], next: self.width, width: self.width };
            return Some(Err(damaged));
        };
        self.rest = rest;
        self.next = self.next.saturating_add(1);
        Some(Ok(entry))
    }
}

impl FusedIterator for Entries<'_> {}
