//! A log that lies in a folder, as its server would serve it.

use ctlens_log::Fetch;
use ctlens_merkle::Tile;
use ctlens_x509::Certificate;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let about = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
        if fs::metadata(path).map_err(about)?.is_dir() {
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

    /// All tiles that are there.
    pub(crate) fn tiles(&self) -> io::Result<Vec<Tile>> {
        let mut tiles = Vec::new();
        let mut folders = vec![self.0.join("tile")];
        while let Some(folder) = folders.pop() {
            if !folder.is_dir() {
                continue;
            }
            for entry in fs::read_dir(folder)? {
                let path = entry?.path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let name = path.strip_prefix(&self.0).ok().and_then(Path::to_str);
                tiles.extend(name.and_then(|name| name.parse::<Tile>().ok()));
            }
        }
        Ok(tiles)
    }

    /// The certificate with this fingerprint, if the log serves it.
    pub(crate) fn issuer(&self, sha256: &[u8; 32]) -> Option<Vec<u8>> {
        let name = sha256.iter().map(|octet| format!("{octet:02x}")).collect::<String>();
        let der = fs::read(self.0.join("issuer").join(name)).ok()?;
        let is_it = Certificate::from_der(&der).is_ok_and(|certificate| certificate.sha256() == *sha256);
        is_it.then_some(der)
    }
}
