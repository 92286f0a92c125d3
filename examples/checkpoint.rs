//! Verifies a checkpoint and prints what it says: `checkpoint NOTE KEY…`.
//!
//! A KEY is the log's, in a file (PEM or DER), or anybody's in the text form `name+id+base64`. Without arguments: a checkpoint
//! that the testkit signs, and the same with another size.

use ctlens_log::{Checkpoint, SignedNote, VerifierKey};
use ctlens_loglist::LogKey;
use std::{env, error::Error, fs, path::Path};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let Some((file, keys)) = arguments.split_first() else { return demonstration() };
    let note = fs::read(file)?;
    let keys = keys.iter().map(|key| verifier_key(key, &note)).collect::<Result<Vec<_>, _>>()?;
    show(&note, &keys)
}

/// Nothing is printed before a signature was good.
fn show(note: &[u8], keys: &[VerifierKey]) -> Result<(), Box<dyn Error>> {
    let note = SignedNote::parse(note)?;
    let signatures = note.verify(keys)?;
    let checkpoint = Checkpoint::parse(note.text())?;
    println!("log     {}", checkpoint.origin());
    println!("size    {}", checkpoint.head().size);
    println!("root    {}", checkpoint.head().root);
    checkpoint.extension_lines().for_each(|line| println!("and     {line}"));
    for signature in &signatures {
        let time = signature.timestamp.map_or_else(|| "a time it does not say".to_owned(), |time| time.to_string());
        println!("signed  by {} at {time}", signature.key.name());
    }
    let unknown = note.signatures().len() - signatures.len();
    println!("        and {unknown} signatures of unknown keys");
    Ok(())
}

fn verifier_key(key: &str, note: &[u8]) -> Result<VerifierKey, Box<dyn Error>> {
    if let Ok(key) = key.parse() {
        return Ok(key);
    }
    let key = LogKey::from_spki_der(&ctlens_examples::read_der(Path::new(key))?)?;
    // The signature does not cover the origin: the key says which log it is, and the name is what the note calls it.
    let origin = note.split(|octet| *octet == b'\n').next().unwrap_or_default();
    Ok(VerifierKey::rfc6962(&String::from_utf8_lossy(origin), key)?)
}

fn demonstration() -> Result<(), Box<dyn Error>> {
    let demo = ctlens_testkit::Demo::of_size(ctlens_testkit::Demo::SEED, 700);
    let log = demo.log().log();
    let key = VerifierKey::rfc6962(log.origin(), LogKey::from_spki_der(log.key().spki_der())?)?;
    let note = demo.log().checkpoint(700, ctlens_testkit::Demo::NOW_MS);
    println!("{note}\nunder the key {key}:\n");
    show(note.as_bytes(), std::slice::from_ref(&key))?;
    let refused = show(note.replacen("\n700\n", "\n701\n", 1).as_bytes(), &[key]).err();
    println!("\nwith a size of 701: {}", refused.ok_or("a signature that proves too much")?);
    Ok(())
}
