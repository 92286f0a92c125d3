//! Writes the seeds of every target to `corpus/`, for the fuzzers to start from. Where `CTLENS_CORPUS` is set, the files in it
//! that suit a target are copied as well; they stay on this machine.

use ctlens_fuzz::TARGETS;
use ctlens_testkit::{Corpus, read_certificate};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

fn main() -> io::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    for target in TARGETS {
        let seeds = (target.seeds)();
        println!("{}: {} seeds", target.name, seeds.len());
        for (number, seed) in seeds.iter().enumerate() {
            write(&folder, target.name, &format!("seed-{number:03}"), seed)?;
        }
    }
    Corpus::open().map_or(Ok(()), |corpus| copy(&corpus, &folder))
}

/// Which folders of the corpus hold what a target takes.
const SUITED: &[(&str, &str)] = &[
    ("certificate", "sct/certs"),
    ("certificate", "sct/issuers"),
    ("certificate", "policy/certs"),
    ("certificate", "policy/pkilint"),
    ("log_list", "sct/log_lists"),
];

fn copy(corpus: &Corpus, folder: &Path) -> io::Result<()> {
    for (target, from) in SUITED {
        let files: Vec<PathBuf> = corpus.files(from);
        println!("{target}: {} files of {from}", files.len());
        for file in files {
            let bytes = if *target == "certificate" { read_certificate(&file) } else { fs::read(&file)? };
            let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
            write(folder, target, &name, &bytes)?;
        }
    }
    Ok(())
}

fn write(folder: &Path, target: &str, name: &str, bytes: &[u8]) -> io::Result<()> {
    let folder = folder.join(target);
    fs::create_dir_all(&folder)?;
    fs::write(folder.join(name), bytes)
}
