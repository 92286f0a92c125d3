//! Proves that an entry is in a log, from its hash tiles: `prove FOLDER SIZE ROOT INDEX`.
//!
//! FOLDER holds the tiles at their paths (C2SP tlog-tiles); SIZE and ROOT (hexadecimal) are those of a tree head whose
//! signature was verified. Without arguments: entry 1234 of a log that the testkit builds.

use ctlens_merkle::{Hash, HashTiles, ProofPlan, Tile, TileKind, TreeHead, verify_inclusion};
use std::{env, error::Error, fs, path::PathBuf};

type Fetch = Box<dyn Fn(Tile) -> Result<Vec<u8>, Box<dyn Error>>>;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let (head, index, fetch): (TreeHead, u64, Fetch) = match arguments.as_slice() {
        [] => demonstration(),
        [folder, size, root, index] => {
            let root = Hash::from_hex(root).ok_or("ROOT is not 64 hexadecimal digits")?;
            let folder = PathBuf::from(folder);
            let fetch = move |tile: Tile| Ok(fs::read(folder.join(tile.to_string()))?);
            (TreeHead { size: size.parse()?, root }, index.parse()?, Box::new(fetch))
        }
        _ => return Err("expected FOLDER SIZE ROOT INDEX, or nothing".into()),
    };
    println!("tree of {} entries, root {}", head.size, head.root);

    // The partial tiles at the right edge give the root: from here on, every hash follows from the head.
    let edge = Tile::partial_of_tree(head.size).map(|tile| Ok((tile, fetch(tile)?)));
    let mut tiles = HashTiles::new(&head, edge.collect::<Result<Vec<_>, Box<dyn Error>>>()?)?;
    let plan = ProofPlan::inclusion(index, head.size)?;
    for tile in tiles.missing_for(plan.nodes())? {
        println!("needs {tile}");
        tiles.add(tile, &fetch(tile)?)?;
    }
    let proof: Vec<Hash> = plan.hashes(|node| tiles.node(node)).collect::<Result<_, _>>()?;

    // Who has the entry hashes it with `leaf_hash`; here the leaf comes out of its tile.
    let leaves = Tile::for_range(TileKind::Hashes { level: 0 }, index..index + 1, head.size).next();
    let leaves = leaves.ok_or("no such entry")?;
    let leaf = leaves.hashes(&fetch(leaves)?)?.nth((index % 256) as usize).ok_or("the tile is too short")?;
    verify_inclusion(&leaf, index, &proof, &head)?;
    println!("entry {index}, leaf hash {leaf}, is in it; the proof:");
    proof.iter().for_each(|hash| println!("  {hash}"));
    let elsewhere = verify_inclusion(&leaf, index ^ 1, &proof, &head);
    println!("the same at index {}: {}", index ^ 1, elsewhere.err().ok_or("a proof that proves too much")?);
    Ok(())
}

fn demonstration() -> (TreeHead, u64, Fetch) {
    let demo = ctlens_testkit::Demo::of_size(ctlens_testkit::Demo::SEED, 2_000);
    let (size, files) = (demo.log().entries().len(), demo.files());
    let head = TreeHead { size: size as u64, root: Hash(demo.log().root(size)) };
    let fetch = move |tile: Tile| Ok(files.get(&tile.to_string()).ok_or(format!("no {tile}"))?.to_vec());
    (head, 1_234, Box::new(fetch))
}
