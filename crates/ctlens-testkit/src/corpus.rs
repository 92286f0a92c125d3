//! The corpus of other people's certificates, tiles and verdicts, as the conformance tests find it.

use base64ct::{Base64, Encoding};
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fmt::Debug;
use std::path::{Path, PathBuf};

/// The variable that names the corpus folder.
const VARIABLE: &str = "CTLENS_CORPUS";

/// The folder of ground truth that the environment variable `CTLENS_CORPUS` names.
///
/// Whatever it lacks is skipped by name, so that a test passes on any part of the corpus.
#[derive(Clone, Debug)]
pub struct Corpus {
    folder: PathBuf,
}

impl Corpus {
    /// The corpus, or `None` (after saying so on standard output) where `CTLENS_CORPUS` is not set.
    ///
    /// # Panics
    ///
    /// If the variable names something that is not a folder: a test that was asked to run must not skip.
    #[must_use]
    pub fn open() -> Option<Self> {
        Self::from_variable(std::env::var_os(VARIABLE))
    }

    fn from_variable(value: Option<OsString>) -> Option<Self> {
        let Some(value) = value.filter(|value| !value.is_empty()) else {
            println!("skipped: {VARIABLE} is not set");
            return None;
        };
        let folder = PathBuf::from(value);
        assert!(folder.is_dir(), "{VARIABLE} names {}, which is not a folder", folder.display());
        Some(Self { folder })
    }

    /// The corpus folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The path of a file or folder (`sct/expected.json`), or `None`, after naming it, where the corpus lacks it.
    #[must_use]
    pub fn path(&self, name: &str) -> Option<PathBuf> {
        let path = self.folder.join(name);
        if path.exists() {
            return Some(path);
        }
        println!("skipped: {name} is not in the corpus");
        None
    }

    /// The bytes of a file, or `None`, after naming it, where the corpus lacks it.
    ///
    /// # Panics
    ///
    /// If the file is there but cannot be read.
    #[must_use]
    pub fn read(&self, name: &str) -> Option<Vec<u8>> {
        let path = self.path(name)?;
        Some(std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
    }

    /// The text of a file, or `None`, after naming it, where the corpus lacks it.
    ///
    /// # Panics
    ///
    /// If the file is there but cannot be read or is not UTF-8.
    #[must_use]
    pub fn read_text(&self, name: &str) -> Option<String> {
        let bytes = self.read(name)?;
        Some(String::from_utf8(bytes).unwrap_or_else(|error| panic!("{name}: {error}")))
    }

    /// The files directly in a folder, sorted by name; empty, after naming it, where the corpus lacks it.
    ///
    /// # Panics
    ///
    /// If the folder is there but cannot be listed.
    #[must_use]
    pub fn files(&self, folder: &str) -> Vec<PathBuf> {
        let Some(path) = self.path(folder) else { return Vec::new() };
        let listing = std::fs::read_dir(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let mut files: Vec<PathBuf> = listing
            .map(|entry| entry.unwrap_or_else(|error| panic!("{}: {error}", path.display())).path())
            .filter(|path| path.is_file())
            .collect();
        files.sort();
        files
    }
}

/// The DER of the first certificate in a file that holds DER, or PEM with any text around it (RFC 7468 §5).
///
/// # Panics
///
/// If the file cannot be read, or is PEM that holds no certificate or is not base64.
#[must_use]
pub fn read_certificate(path: &Path) -> Vec<u8> {
    let bytes = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let text = String::from_utf8_lossy(&bytes);
    let Some((_, armoured)) = text.split_once("-----BEGIN CERTIFICATE-----") else { return bytes };
    let (base64, _) =
        armoured.split_once("-----END CERTIFICATE-----").unwrap_or_else(|| panic!("{}: cut off", path.display()));
    let base64: String = base64.split_whitespace().collect();
    Base64::decode_vec(&base64).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// One case in which this project and an oracle are known to differ.
#[derive(Clone, Copy, Debug)]
pub struct KnownDifference {
    /// The oracle's name of the case.
    pub case: &'static str,
    /// The section of the standard, and what the oracle does otherwise.
    pub cause: &'static str,
}

/// Counts agreement with an oracle against an exact list of known differences.
///
/// A disagreement that is not listed fails, a listed case that agrees fails, and a listed case that never came up is
/// ignored (the corpus may be a part of the whole).
#[derive(Debug)]
pub struct Tally {
    name: String,
    listed: &'static [KnownDifference],
    met: BTreeSet<&'static str>,
    cases: u64,
    agree: u64,
    failures: Vec<String>,
}

impl Tally {
    /// An empty tally; `name` (usually the file) begins the line that [`Tally::finish`] prints.
    #[must_use]
    pub fn new(name: &str, listed: &'static [KnownDifference]) -> Self {
        Self { name: name.to_owned(), listed, met: BTreeSet::new(), cases: 0, agree: 0, failures: Vec::new() }
    }

    /// Counts a case by comparing what the oracle says with what was computed.
    pub fn compare<T: PartialEq<U> + Debug, U: Debug>(&mut self, case: &str, oracle: T, computed: U) {
        let agrees = oracle == computed;
        self.case(case, agrees, || format!("oracle {oracle:?}, computed {computed:?}"));
    }

    /// Counts a case; `detail` describes a disagreement.
    pub fn case(&mut self, case: &str, agrees: bool, detail: impl FnOnce() -> String) {
        self.cases += 1;
        self.agree += u64::from(agrees);
        let listed = self.listed.iter().find(|listed| listed.case == case);
        match (agrees, listed) {
            (true, None) => {}
            (false, Some(listed)) => {
                self.met.insert(listed.case);
            }
            (false, None) => self.failures.push(format!("{case}: {}", detail())),
            (true, Some(listed)) => {
                self.failures.push(format!("{case}: agrees, but is listed as known to differ ({})", listed.cause));
            }
        }
    }

    /// Prints `NAME: N cases, M agree, K listed`.
    ///
    /// # Panics
    ///
    /// If a case disagreed that is not listed, or agreed although it is.
    pub fn finish(self) {
        let line = format!("{}: {} cases, {} agree, {} listed", self.name, self.cases, self.agree, self.met.len());
        println!("{line}");
        assert!(self.failures.is_empty(), "{line}, {} wrong:\n{}", self.failures.len(), self.failures.join("\n"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LISTED: &[KnownDifference] = &[
        KnownDifference { case: "odd", cause: "RFC 0000 §1: the oracle rounds" },
        KnownDifference { case: "absent", cause: "not in this part of the corpus" },
    ];

    #[test]
    fn an_unset_or_empty_variable_skips() {
        assert!(Corpus::from_variable(None).is_none());
        assert!(Corpus::from_variable(Some(OsString::new())).is_none());
    }

    #[test]
    #[should_panic(expected = "which is not a folder")]
    fn a_variable_that_names_no_folder_fails() {
        let _ = Corpus::from_variable(Some("no/such/folder".into()));
    }

    #[test]
    fn a_lacking_file_is_none() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("b"), b"two").unwrap();
        std::fs::write(folder.path().join("a"), b"one").unwrap();
        let corpus = Corpus::from_variable(Some(folder.path().into())).unwrap();
        assert_eq!(corpus.read("a").as_deref(), Some(&b"one"[..]));
        assert_eq!(corpus.read_text("b").as_deref(), Some("two"));
        assert_eq!(corpus.read("c"), None);
        assert_eq!(corpus.files("."), [folder.path().join("./a"), folder.path().join("./b")]);
        assert!(corpus.files("none").is_empty());
    }

    #[test]
    fn listed_differences_and_agreements_pass() {
        let mut tally = Tally::new("oracle", LISTED);
        tally.compare("plain", 1, 1);
        tally.compare("odd", 1, 2);
        tally.finish();
    }

    #[test]
    #[should_panic(expected = "plain: oracle 1, computed 2")]
    fn an_unlisted_difference_fails() {
        let mut tally = Tally::new("oracle", LISTED);
        tally.compare("plain", 1, 2);
        tally.finish();
    }

    #[test]
    #[should_panic(expected = "odd: agrees, but is listed")]
    fn a_listed_agreement_fails() {
        let mut tally = Tally::new("oracle", LISTED);
        tally.compare("odd", 1, 1);
        tally.finish();
    }
}
