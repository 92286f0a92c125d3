use core::{fmt, ops::Range, str::FromStr};

use crate::{Entries, Hash, TileError};

const FULL: u16 = 256;
const WIDTH: u64 = 256;
const MAX_LEVEL: u8 = 63;

/// The coordinates of a tile after C2SP tlog-tiles: which part of a log it holds, and its path.
///
/// `tile/0/x001/x234/067` is the full tile 1234067 of leaf hashes, `tile/1/000.p/17` the first 17 hashes of the first
/// tile of level 1. [`Display`](fmt::Display) writes the path, [`FromStr`] reads it and accepts nothing else than what
/// is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tile {
    kind: TileKind,
    index: u64,
    width: u16,
}

/// What a tile holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TileKind {
    /// Hashes of the Merkle tree (`tile/<L>/…`): at level 0 leaf hashes, above it roots of full tiles of the level below.
    Hashes {
        /// 0 to 63. No tree of less than 2^64 leaves has a hash above level 7.
        level: u8,
    },
    /// Log entries (`tile/entries/…`, C2SP tlog-tiles).
    Entries,
    /// Log entries of a static-ct log (`tile/data/…`, C2SP static-ct-api).
    Data,
    /// Names in the certificates of a static-ct log (`tile/names/…`). Not covered by the tree: they prove nothing.
    Names,
}

impl Tile {
    /// A tile of `width` hashes or entries, 256 being a full one.
    ///
    /// # Errors
    /// [`TileError::Level`] above 63, [`TileError::Width`] outside 1..=256.
    pub fn new(kind: TileKind, index: u64, width: u16) -> Result<Self, TileError> {
        if let TileKind::Hashes { level } = kind
            && level > MAX_LEVEL
        {
            return Err(TileError::Level { level });
        }
        if !(1..=FULL).contains(&width) {
            return Err(TileError::Width { width });
        }
        Ok(Self { kind, index, width })
    }

    /// The tile with that index in a tree of `size` leaves, full or as wide as the tree makes it. `None` if the tree
    /// has no such tile.
    #[must_use]
    pub fn in_tree(kind: TileKind, index: u64, size: u64) -> Option<Self> {
        let first = index.checked_mul(WIDTH)?;
        let rest = kind.items(size).checked_sub(first)?;
        let width = u16::try_from(rest).map_or(FULL, |rest| rest.min(FULL));
        Self::new(kind, index, width).ok()
    }

    /// The tiles of one kind that hold the entries `range` in a tree of `size` leaves, in order. The part of the range
    /// that lies outside the tree is left out. Of a level above 0: the tiles with the hashes above those entries.
    pub fn for_range(kind: TileKind, range: Range<u64>, size: u64) -> impl Iterator<Item = Self> {
        let end = range.end.min(size);
        // The hash above the last entry, if it exists: a hash is in the tree only when its subtree is complete.
        let last_item = end.checked_sub(1).filter(|&last| last >= range.start).map(|last| kind.item_above(last));
        let first = kind.item_above(range.start) / WIDTH;
        let last = last_item.map(|item| item / WIDTH);
        let indices = first..=last.unwrap_or(0);
        indices.filter(move |_| last.is_some()).map_while(move |index| Self::in_tree(kind, index, size))
    }

    /// All tiles of hashes that a tree of `size` leaves consists of, by level, then by index; lazily.
    pub fn of_tree(size: u64) -> impl Iterator<Item = Self> {
        (0..8).flat_map(move |level| {
            let kind = TileKind::Hashes { level };
            (0..=u64::MAX).map_while(move |index| Self::in_tree(kind, index, size))
        })
    }

    /// The partial tiles of hashes that a tree of `size` leaves implies, by level: one for each level whose number of
    /// hashes is no multiple of 256, so at most eight.
    ///
    /// These are the only partial tiles that may be fetched for a verified head of this size. Together they hold
    /// everything from which its root follows.
    pub fn partial_of_tree(size: u64) -> impl Iterator<Item = Self> {
        (0..8).filter_map(move |level| {
            let kind = TileKind::Hashes { level };
            // tlog-tiles: the width is "floor(s / 256**l) mod 256", and there are no empty tiles.
            let hashes = kind.items(size);
            let width = u16::try_from(hashes % WIDTH).ok()?;
            Self::new(kind, hashes / WIDTH, width).ok()
        })
    }

    /// What the tile holds.
    #[must_use]
    pub fn kind(&self) -> TileKind {
        self.kind
    }

    /// The level in the tree; 0 for tiles of entries, data and names.
    #[must_use]
    pub fn level(&self) -> u8 {
        self.kind.level()
    }

    /// The number of the tile in its level.
    #[must_use]
    pub fn index(&self) -> u64 {
        self.index
    }

    /// The number of hashes or entries, 1 to 256.
    #[must_use]
    pub fn width(&self) -> u16 {
        self.width
    }

    /// Whether the tile is full (256 wide), and so will never change.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.width == FULL
    }

    /// The full tile with the same index. A log may delete a partial tile once the full one exists; the full one begins
    /// with the content of the partial one.
    #[must_use]
    pub fn to_full(&self) -> Self {
        Self { width: FULL, ..*self }
    }

    /// The tile of another kind that belongs to the same entries: of the leaf hashes the data tile, and so on. `None` for a
    /// level above 0 on either side.
    #[must_use]
    pub fn counterpart(&self, kind: TileKind) -> Option<Self> {
        (self.level() == 0 && kind.level() == 0).then_some(Self { kind, ..*self })
    }

    /// The hashes in the bytes of this tile of hashes.
    ///
    /// A reader who had to fall back to the full tile calls this on [`to_full`](Self::to_full) and takes as many as it
    /// asked for.
    ///
    /// # Errors
    /// [`TileError::Length`] if the bytes are not exactly `width` hashes.
    pub fn hashes<'a>(&self, bytes: &'a [u8]) -> Result<impl ExactSizeIterator<Item = Hash> + use<'a>, TileError> {
        let (hashes, rest) = bytes.as_chunks();
        if hashes.len() != usize::from(self.width) || !rest.is_empty() {
            let expected = usize::from(self.width).saturating_mul(Hash::LEN);
            return Err(TileError::Length { tile: *self, expected, got: bytes.len() });
        }
        Ok(hashes.iter().copied().map(Hash))
    }

    /// The entries in the bytes of this tile of [`Entries`](TileKind::Entries), exactly `width` of them.
    ///
    /// The entries of [`Data`](TileKind::Data) tiles are framed in another way.
    #[must_use]
    pub fn entries<'a>(&self, bytes: &'a [u8]) -> Entries<'a> {
        Entries::new(bytes, self.width)
    }

    /// The leaves of the tree that the tile spans. `None` if the last of them would exceed 2^64 − 1.
    #[must_use]
    pub fn leaves(&self) -> Option<Range<u64>> {
        let item = 1_u64.checked_shl(u32::from(self.level()).checked_mul(8)?)?;
        let first = self.index.checked_mul(WIDTH)?;
        let end = first.checked_add(u64::from(self.width))?;
        Some(first.checked_mul(item)?..end.checked_mul(item)?)
    }
}

impl TileKind {
    fn level(self) -> u8 {
        match self {
            Self::Hashes { level } => level,
            Self::Entries | Self::Data | Self::Names => 0,
        }
    }

    /// The number of hashes (or entries) of this kind in a tree of `size` leaves.
    fn items(self, size: u64) -> u64 {
        self.item_above(size)
    }

    /// The number of the hash (or entry) of this kind that spans the leaf.
    fn item_above(self, leaf: u64) -> u64 {
        leaf.checked_shr(u32::from(self.level()).saturating_mul(8)).unwrap_or(0)
    }
}

impl fmt::Display for Tile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("tile/")?;
        match self.kind {
            TileKind::Hashes { level } => write!(f, "{level}/")?,
            TileKind::Entries => f.write_str("entries/")?,
            TileKind::Data => f.write_str("data/")?,
            TileKind::Names => f.write_str("names/")?,
        }
        // tlog-tiles: "zero-padded 3-digit path elements", all but the last with an x.
        let mut groups = [0; 7];
        let mut rest = self.index;
        for group in &mut groups {
            (*group, rest) = (rest % 1000, rest / 1000);
        }
        let [last, before @ ..] = groups;
        for group in before.iter().rev().skip_while(|&&group| group == 0) {
            write!(f, "x{group:03}/")?;
        }
        write!(f, "{last:03}")?;
        if !self.is_full() {
            write!(f, ".p/{}", self.width)?;
        }
        Ok(())
    }
}

impl FromStr for Tile {
    type Err = TileError;

    fn from_str(path: &str) -> Result<Self, TileError> {
        let (kind, rest) =
            path.strip_prefix("tile/").ok_or(TileError::Prefix)?.split_once('/').ok_or(TileError::Kind)?;
        let kind = match kind {
            "entries" => TileKind::Entries,
            "data" => TileKind::Data,
            "names" => TileKind::Names,
            level => {
                let level = decimal(level).and_then(|level| u8::try_from(level).ok());
                TileKind::Hashes { level: level.filter(|&level| level <= MAX_LEVEL).ok_or(TileError::Kind)? }
            }
        };
        let (index, width) = match rest.split_once(".p/") {
            None => (rest, FULL),
            Some((index, width)) => {
                let width = decimal(width).filter(|width| (1..FULL).contains(width));
                (index, width.ok_or(TileError::PartialSyntax)?)
            }
        };
        Self::new(kind, parse_index(index)?, width)
    }
}

fn parse_index(text: &str) -> Result<u64, TileError> {
    let mut index = 0_u64;
    let mut groups = text.split('/').enumerate().peekable();
    while let Some((position, group)) = groups.next() {
        let is_last = groups.peek().is_none();
        let digits = if is_last { Some(group) } else { group.strip_prefix('x') };
        let digits = digits.filter(|digits| digits.len() == 3).ok_or(TileError::IndexSyntax)?;
        // A first group of zeros is the index 0 itself, or padding that nobody writes.
        if position == 0 && !is_last && digits == "000" {
            return Err(TileError::IndexSyntax);
        }
        for digit in digits.chars() {
            let digit = digit.to_digit(10).ok_or(TileError::IndexSyntax)?;
            let tens = index.checked_mul(10).ok_or(TileError::IndexTooLarge)?;
            index = tens.checked_add(u64::from(digit)).ok_or(TileError::IndexTooLarge)?;
        }
    }
    Ok(index)
}

/// A decimal number of at most three ASCII digits without leading zeros.
fn decimal(text: &str) -> Option<u16> {
    let canonical = text == "0" || (1..=3).contains(&text.len()) && !text.starts_with('0');
    (canonical && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
}
