//! Reading a log from its first entry to its head, each entry under that head; or tiles that nobody vouches for.

use crate::folder::Folder;
use ctlens_log::{Fault, Fetch, Follower, Position, SignedTreeHead, Step, TileLeaf, TileLeaves};
use ctlens_loglist::LogKey;
use ctlens_merkle::{Hash, Tile, TileKind};
use ctlens_x509::UnixSeconds;
use indicatif::{ProgressBar, ProgressStyle};
use std::collections::BTreeMap;
use std::error::Error;
use std::ops::Range;

/// Where the entries go.
pub(crate) trait Sink {
    fn entry(&mut self, index: u64, leaf: &TileLeaf<'_>);

    /// Entries that could not be had, and why.
    fn lost(&mut self, indices: Range<u64>, why: &dyn Error);
}

/// What was read.
pub(crate) struct Summary {
    pub(crate) entries: u64,
    pub(crate) tiles: u64,
    /// The head that all entries are under; `None` where nothing vouches for them.
    pub(crate) head: Option<SignedTreeHead>,
    /// What is wrong with the log that hides no entry.
    pub(crate) remarks: Vec<String>,
}

impl Summary {
    /// The time of the head.
    pub(crate) fn now(&self) -> Option<UnixSeconds> {
        self.head.as_ref().map(|head| seconds(head.timestamp().0))
    }
}

/// Whole seconds of Unix milliseconds.
pub(crate) fn seconds(ms: u64) -> UnixSeconds {
    UnixSeconds(i64::try_from(ms / 1000).unwrap_or(i64::MAX))
}

/// Follows the log to its newest head. What stops it on the way hides nothing of what was read before: the entries that are
/// then still to come are lost.
pub(crate) fn follow(
    folder: &Folder,
    key: &LogKey,
    origin: &str,
    sink: &mut impl Sink,
) -> Result<Summary, Box<dyn Error>> {
    let mut follower = Follower::new(key, Position::start(origin, key.log_id()))?;
    let mut summary = Summary { entries: 0, tiles: 0, head: None, remarks: Vec::new() };
    let progress = progress_bar();
    let trouble = loop {
        match step(folder, &mut follower, sink, &mut summary) {
            Ok(false) => {
                progress.set_length(follower.position().target_head().map_or(0, |target| target.head().size));
                progress.set_position(follower.position().size());
            }
            Ok(true) => break None,
            Err(trouble) => break Some(trouble),
        }
    };
    progress.finish_and_clear();
    let position = follower.position();
    summary.entries = position.size();
    summary.head = position.verified_head().cloned();
    match (trouble, position.target_head()) {
        (None, _) => Ok(summary),
        (Some(trouble), Some(target)) => {
            sink.lost(position.size()..target.head().size, &*trouble);
            summary.entries = target.head().size;
            summary.head = Some(target.clone());
            Ok(summary)
        }
        (Some(trouble), None) => Err(trouble),
    }
}

/// Fetches and supplies once; whether all is read.
fn step(
    folder: &Folder,
    follower: &mut Follower,
    sink: &mut impl Sink,
    summary: &mut Summary,
) -> Result<bool, Box<dyn Error>> {
    let (fetch, octets) = fetch(folder, follower)?;
    let tile = match follower.supply(fetch, &octets) {
        Ok(Step::UpToDate) => return Ok(true),
        Ok(Step::Entries(tile)) => tile,
        Ok(_) => return Ok(false),
        // A folder answers the same when it is asked again. What is not authentic is stepped over and reported.
        Err(Fault::Observed(fault)) => {
            let Some(hashes) = fetch.leaf_hashes().map(|hashes| folder.get(hashes)).transpose()?.flatten() else {
                return Err(fault.into());
            };
            follower.salvage(fetch, &octets, &hashes)?
        }
        Err(fault) => return Err(fault.into()),
    };
    summary.tiles += 1;
    summary.remarks.extend(tile.leaf_index_faults().map(|fault| fault.to_string()));
    for entry in tile.entries() {
        match entry {
            Ok(entry) => sink.entry(entry.index, &entry.leaf),
            Err(undecidable) => sink.lost(undecidable.indices.clone(), &undecidable),
        }
    }
    tile.commit();
    Ok(false)
}

/// What the follower wants, or what stands for it where it is not there.
fn fetch(folder: &Folder, follower: &Follower) -> Result<(Fetch, Vec<u8>), Box<dyn Error>> {
    let wanted = follower.wanted();
    if let Some(octets) = folder.get(wanted)? {
        return Ok((wanted, octets));
    }
    if wanted == Fetch::Checkpoint {
        return Err("the log has no checkpoint: only --unverified reads its tiles".into());
    }
    if let Some(substitute) = wanted.fallback()
        && let Some(octets) = folder.get(substitute)?
    {
        return Ok((substitute, octets));
    }
    if wanted.leaf_hashes().is_some() {
        // No octets at all: the entries that should be there are then stepped over and reported.
        return Ok((wanted, Vec::new()));
    }
    Err(format!("{wanted} is missing, which the signed head says is there").into())
}

/// Reads tiles that come without a checkpoint. The leaf hashes of the entries are compared with the level-0 tiles, which
/// finds damage and no deceit.
pub(crate) fn read_unverified(folder: &Folder, sink: &mut impl Sink) -> Result<Summary, Box<dyn Error>> {
    let mut summary = Summary { entries: 0, tiles: 0, head: None, remarks: Vec::new() };
    let extent = extent(folder)?;
    let Some((&last, &width)) = extent.last_key_value() else {
        return Err("there is neither tile/data nor tile/0 in the folder".into());
    };
    summary.entries = last * 256 + u64::from(width);
    let progress = progress_bar();
    progress.set_length(summary.entries);
    for index in 0..=last {
        // Only the last tile of a log is narrower than 256.
        let width = if index == last { width } else { 256 };
        let indices = index * 256..index * 256 + u64::from(width);
        let served = newest(folder, index)?;
        summary.tiles += u64::from(served.is_some());
        let octets = served.unwrap_or_default();
        let hashes = newest_hashes(folder, index)?;
        if hashes.is_empty() {
            summary.remarks.push(format!(
                "entries {} to {} have no level-0 tile to compare with",
                indices.start,
                indices.end - 1
            ));
        }
        let mut hashes = hashes.as_chunks::<{ Hash::LEN }>().0.iter();
        let mut next = indices.start;
        for leaf in TileLeaves::new(&octets) {
            match leaf {
                Ok(leaf) => {
                    if hashes.next().is_some_and(|hash| leaf.leaf_hash() != Hash::from(*hash)) {
                        let why =
                            "its hash is not that of the level-0 tile; what was served was looked at all the same";
                        sink.lost(next..next + 1, &*Box::<dyn Error>::from(why));
                    }
                    sink.entry(next, &leaf);
                    next += 1;
                }
                Err(error) => {
                    sink.lost(next..indices.end, &error);
                    next = indices.end;
                }
            }
        }
        if next < indices.end {
            sink.lost(next..indices.end, &*Box::<dyn Error>::from("there is no data for them"));
        }
        progress.set_position(indices.end);
    }
    progress.finish_and_clear();
    Ok(summary)
}

/// The widest tile of each index that the folder has, of data or of leaf hashes.
fn extent(folder: &Folder) -> Result<BTreeMap<u64, u16>, Box<dyn Error>> {
    let mut extent = BTreeMap::new();
    for tile in folder.tiles()? {
        if matches!(tile.kind(), TileKind::Data | TileKind::Hashes { level: 0 }) {
            let width = extent.entry(tile.index()).or_insert(0);
            *width = tile.width().max(*width);
        }
    }
    Ok(extent)
}

/// The full data tile of an index, or the widest partial one.
fn newest(folder: &Folder, index: u64) -> Result<Option<Vec<u8>>, Box<dyn Error>> {
    newest_of(folder, TileKind::Data, index)
}

fn newest_hashes(folder: &Folder, index: u64) -> Result<Vec<u8>, Box<dyn Error>> {
    Ok(newest_of(folder, TileKind::Hashes { level: 0 }, index)?.unwrap_or_default())
}

fn newest_of(folder: &Folder, kind: TileKind, index: u64) -> Result<Option<Vec<u8>>, Box<dyn Error>> {
    for width in (1..=256).rev() {
        if let Some(octets) = folder.get(Fetch::Tile(Tile::new(kind, index, width)?))? {
            return Ok(Some(octets));
        }
    }
    Ok(None)
}

/// On a terminal only.
fn progress_bar() -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:40} {pos} of {len} entries, {per_sec}");
    ProgressBar::new(0).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
