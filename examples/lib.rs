//! What the examples share. The workspace's README is tested here.

#![cfg_attr(doctest, doc = include_str!("../README.md"))]

use std::fs;
use std::io;
use std::path::Path;

/// The DER in a file: as it is, or as PEM with any label (`CERTIFICATE`, `PUBLIC KEY`, …).
///
/// # Errors
///
/// Where the file cannot be read, or begins as PEM and is none.
pub fn read_der(path: &Path) -> io::Result<Vec<u8>> {
    let bytes = fs::read(path)?;
    if !bytes.windows(11).any(|window| window == b"-----BEGIN ") {
        return Ok(bytes);
    }
    let block = pem::parse(&bytes).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
    Ok(block.into_contents())
}
