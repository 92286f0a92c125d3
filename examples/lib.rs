//! What the examples share. The workspace's README is tested here.

#![cfg_attr(doctest, doc = include_str!("../README.md"))]

use std::fs;
use std::io::{self, Write};
use std::path::Path;

/// The DER in a file: as it is, or as PEM with any label (`CERTIFICATE`, `PUBLIC KEY`, …).
///
/// # Errors
///
/// Where the file cannot be read, or begins as PEM and is none. The error names the file.
pub fn read_der(path: &Path) -> io::Result<Vec<u8>> {
    let about = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
    let bytes = fs::read(path).map_err(about)?;
    if !bytes.windows(11).any(|window| window == b"-----BEGIN ") {
        return Ok(bytes);
    }
    let block = pem::parse(&bytes).map_err(|error| about(io::Error::new(io::ErrorKind::InvalidData, error)))?;
    Ok(block.into_contents())
}

/// Writes to standard output. Whoever reads it may stop reading.
///
/// # Errors
///
/// Where it cannot be written.
pub fn print(text: &str) -> io::Result<()> {
    match io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}
