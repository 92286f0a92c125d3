//! Every target over its seeds, over damaged seeds, and over every input that was ever a finding.

use ctlens_fuzz::TARGETS;
use ctlens_testkit::Rng;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

#[test]
fn seeds() {
    for target in TARGETS {
        let seeds = (target.seeds)();
        assert!(!seeds.is_empty(), "{}", target.name);
        seeds.iter().for_each(|seed| (target.run)(seed));
        (target.run)(&[]);
        println!("{}: {} seeds", target.name, seeds.len());
    }
}

/// What a fuzzer does first, on stable and within seconds.
#[test]
fn damaged_seeds() {
    for target in TARGETS {
        let seeds = (target.seeds)();
        let mut rng = Rng::new(1, target.name);
        for _ in 0..1000 {
            let mut input = rng.pick(&seeds).clone();
            for _ in 0..=rng.below(4) {
                damage(&mut rng, &mut input);
            }
            (target.run)(&input);
        }
    }
}

fn damage(rng: &mut Rng, input: &mut Vec<u8>) {
    let at = usize::try_from(rng.below(input.len() as u64 + 1)).expect("a length");
    let octet = *rng.pick(&[0, 1, 0x30, 0x7f, 0x80, 0x81, 0x82, 0xff, rng.clone().octet()]);
    match rng.below(4) {
        0 => input.truncate(at),
        1 => input.insert(at, octet),
        2 if at < input.len() => drop(input.remove(at)),
        _ => {
            if let Some(place) = input.get_mut(at) {
                *place = octet;
            }
        }
    }
}

#[test]
fn crashes() {
    for target in TARGETS {
        for file in files(&Path::new("crashes").join(target.name)) {
            println!("{}", file.display());
            (target.run)(&fs::read(&file).expect("a file that was listed"));
        }
    }
}

#[test]
fn every_target_has_its_fuzzer_and_its_crashes_belong_to_one() {
    let names: BTreeSet<String> = TARGETS.iter().map(|target| target.name.to_owned()).collect();
    assert_eq!(names.len(), TARGETS.len());
    let fuzzers: BTreeSet<String> = files(Path::new("fuzz_targets")).iter().map(|file| stem(file)).collect();
    assert_eq!(names, fuzzers);
    let crashes: BTreeSet<String> = files(Path::new("crashes")).iter().map(|folder| stem(folder)).collect();
    assert!(crashes.is_subset(&names), "{crashes:?}");
    let manifest = include_str!("../Cargo.toml");
    for name in &names {
        assert!(manifest.contains(&format!("name = \"{name}\"\npath = \"fuzz_targets/{name}.rs\"\n")), "{name}");
    }
}

/// What a folder of this package holds, sorted; nothing where there is none.
fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(listing) = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)) else { return Vec::new() };
    let mut files: Vec<PathBuf> = listing.map(|entry| entry.expect("an entry of a folder").path()).collect();
    files.sort();
    files
}

fn stem(path: &Path) -> String {
    path.file_stem().expect("a name").to_string_lossy().into_owned()
}
