//! A log that lies in a folder, as its server would serve it.

use ctlens_log::Fetch;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        if fs::metadata(path)?.is_dir() {
            Ok(Self(path.to_owned()))
        } else {
            Err(io::Error::new(ErrorKind::NotADirectory, format!("{} is not a folder", path.display())))
        }
    }

    /// The octets, or `None` where the log does not have them.
    pub(crate) fn get(&self, fetch: Fetch) -> io::Result<Option<Vec<u8>>> {
        let path = self.0.join(fetch.to_string());
        match fs::read(&path) {
            Ok(octets) => Ok(Some(octets)),
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
            Err(error) => Err(io::Error::new(error.kind(), format!("{}: {error}", path.display()))),
        }
    }

    /// The certificate with this fingerprint, if the log serves one under that name.
    pub(crate) fn issuer(&self, sha256: &[u8; 32]) -> Option<Vec<u8>> {
        let name = sha256.iter().map(|octet| format!("{octet:02x}")).collect::<String>();
        fs::read(self.0.join("issuer").join(name)).ok()
    }
}
