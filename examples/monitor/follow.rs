//! Reading a log from its first entry to its head, each entry under that head; or tiles that nobody vouches for.

use crate::folder::Folder;
use ctlens_log::{Fault, Fetch, Follower, Position, SignedTreeHead, Step, TileLeaf, TileLeaves};
use ctlens_loglist::LogKey;
use ctlens_merkle::{Hash, Tile, TileKind};
use indicatif::{ProgressBar, ProgressStyle};
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

/// Follows the log to its newest head.
pub(crate) fn follow(
    folder: &Folder,
    key: &LogKey,
    origin: &str,
    sink: &mut impl Sink,
) -> Result<Summary, Box<dyn Error>> {
    let mut follower = Follower::new(key, Position::start(origin, key.log_id()))?;
    let progress = progress_bar();
    let mut summary = Summary { entries: 0, tiles: 0, head: None, remarks: Vec::new() };
    loop {
        let (fetch, octets) = fetch(folder, &follower)?;
        match follower.supply(fetch, &octets) {
            Ok(Step::UpToDate) => break,
            Ok(Step::NewHead) => {
                let head = follower.position().target_head().map(SignedTreeHead::head);
                progress.set_length(head.map_or(0, |head| head.size));
            }
            Ok(Step::Entries(tile)) => {
                summary.remarks.extend(tile.leaf_index_faults().map(|fault| fault.to_string()));
                summary.tiles += 1;
                deliver(&tile, sink);
                tile.commit();
                progress.set_position(follower.position().size());
            }
            Ok(_) => {}
            // A folder answers the same when it is asked again. What is not authentic is stepped over and reported.
            Err(Fault::Observed(fault)) => {
                let Some(hashes) = fetch.leaf_hashes().map(|hashes| folder.get(hashes)).transpose()?.flatten() else {
                    return Err(fault.into());
                };
                let tile = follower.salvage(fetch, &octets, &hashes)?;
                summary.tiles += 1;
                deliver(&tile, sink);
                tile.commit();
            }
            Err(fault) => return Err(fault.into()),
        }
    }
    progress.finish_and_clear();
    summary.entries = follower.position().size();
    summary.head = follower.position().verified_head().cloned();
    Ok(summary)
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
    let substitute = match follower.missing(wanted) {
        Ok(substitute) => substitute,
        // No octets at all: what should be there is then stepped over and reported.
        Err(_) if wanted.leaf_hashes().is_some() => return Ok((wanted, Vec::new())),
        Err(fault) => return Err(fault.into()),
    };
    Ok((substitute, folder.get(substitute)?.unwrap_or_default()))
}

fn deliver(tile: &ctlens_log::VerifiedTile<'_, '_>, sink: &mut impl Sink) {
    for entry in tile.entries() {
        match entry {
            Ok(entry) => sink.entry(entry.index, &entry.leaf),
            Err(undecidable) => sink.lost(undecidable.indices.clone(), &undecidable),
        }
    }
}

/// Reads tiles that come without a checkpoint. The leaf hashes of the entries are compared with the level-0 tiles, which
/// finds damage and no deceit.
pub(crate) fn read_unverified(folder: &Folder, sink: &mut impl Sink) -> Result<Summary, Box<dyn Error>> {
    let mut summary = Summary { entries: 0, tiles: 0, head: None, remarks: Vec::new() };
    let progress = progress_bar();
    for index in 0.. {
        let Some((tile, octets)) = newest(folder, index)? else { break };
        let first = index * 256;
        let hashes = tile.counterpart(TileKind::Hashes { level: 0 }).map(|tile| folder.get(Fetch::Tile(tile)));
        let hashes: Vec<u8> = hashes.transpose()?.flatten().unwrap_or_default();
        let mut leaf_hashes = hashes.as_chunks::<{ Hash::LEN }>().0.iter();
        let mut next = first;
        for leaf in TileLeaves::new(&octets) {
            let end = first + u64::from(tile.width());
            match (leaf, leaf_hashes.next()) {
                (Ok(leaf), Some(hash)) if leaf.leaf_hash() == Hash::from(*hash) => sink.entry(next, &leaf),
                (Ok(leaf), hash) => {
                    // It is looked at all the same: what it is not, nobody knows.
                    let why = if hash.is_some() { "is another than" } else { "is not in" };
                    summary.remarks.push(format!("the hash of entry {next} {why} that of the level-0 tile"));
                    sink.entry(next, &leaf);
                }
                (Err(error), _) => {
                    sink.lost(next..end, &error);
                    next = end;
                    break;
                }
            }
            next += 1;
        }
        summary.tiles += 1;
        summary.entries = next;
        progress.set_length(next);
        progress.set_position(next);
        if !tile.is_full() {
            break;
        }
    }
    progress.finish_and_clear();
    if summary.tiles == 0 {
        return Err("there is no tile/data/000 in the folder".into());
    }
    Ok(summary)
}

/// The full data tile of an index, or the widest partial one.
fn newest(folder: &Folder, index: u64) -> Result<Option<(Tile, Vec<u8>)>, Box<dyn Error>> {
    for width in (1..=256).rev() {
        let tile = Tile::new(TileKind::Data, index, width)?;
        if let Some(octets) = folder.get(Fetch::Tile(tile))? {
            return Ok(Some((tile, octets)));
        }
    }
    Ok(None)
}

/// On a terminal only.
fn progress_bar() -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:40} {pos} of {len} entries, {per_sec}");
    ProgressBar::new(0).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
