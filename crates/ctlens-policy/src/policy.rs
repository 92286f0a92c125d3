use crate::config::{Asset, Config, Grant, Issuer, Owner};
use crate::config_error::{ConfigError, ConfigErrors, Problem};
use crate::hash::Sha256Hash;
use ctlens_san::WatchList;

/// Who may issue for what: compiled once, asked for every certificate.
///
/// Decisions are pure functions of the policy, the certificate and what is known of its issuer: no clock, no network, no
/// state. What happens over time is the matter of [`Issuances`](crate::Issuances).
#[derive(Debug)]
pub struct Policy {
    pub(crate) digest: Sha256Hash,
    /// Each item with the index of its asset.
    pub(crate) watch_list: WatchList<u32>,
    pub(crate) owners: Vec<Owner>,
    pub(crate) assets: Vec<Asset>,
    pub(crate) issuers: Vec<Issuer>,
    pub(crate) grants: Vec<Grant>,
    /// For each asset the indices of the grants over it.
    pub(crate) grants_over: Vec<Vec<usize>>,
}

impl Policy {
    /// Reads a configuration in TOML; `file` is the name that mistakes are reported under.
    ///
    /// The hash table of the watch list is seeded from the text; where a stranger knows the text and the list is large,
    /// use [`compile_seeded`](Self::compile_seeded).
    ///
    /// # Errors
    ///
    /// All mistakes that are found, each with its line and column.
    pub fn compile(text: &str, file: &str) -> Result<Self, ConfigErrors> {
        let Sha256Hash([a, b, c, d, e, f, g, h, ..]) = Sha256Hash::of(text.as_bytes());
        Self::compile_seeded(text, file, u64::from_be_bytes([a, b, c, d, e, f, g, h]))
    }

    /// As [`compile`](Self::compile), with a seed for the hash table of the watch list. It changes no verdict.
    ///
    /// # Errors
    ///
    /// As [`compile`](Self::compile).
    pub fn compile_seeded(text: &str, file: &str, seed: u64) -> Result<Self, ConfigErrors> {
        let Config { owners, assets, issuers, grants } = Config::read(text, file)?;
        let mut watch_list = WatchList::new(seed);
        for (index, asset) in (0_u32..).zip(&assets) {
            for item in &asset.items {
                watch_list.insert(item, index).map_err(|_| ConfigErrors {
                    file: file.to_owned(),
                    errors: vec![ConfigError { line: 1, column: 1, problem: Problem::ListFull }],
                })?;
            }
        }
        watch_list.shrink_to_fit();
        let mut grants_over = vec![Vec::new(); assets.len()];
        for (index, grant) in grants.iter().enumerate() {
            for &asset in &grant.assets {
                if let Some(over) = grants_over.get_mut(asset)
                    && over.last() != Some(&index)
                {
                    over.push(index);
                }
            }
        }
        let digest = Sha256Hash::of(text.as_bytes());
        Ok(Self { digest, watch_list, owners, assets, issuers, grants, grants_over })
    }

    /// SHA-256 of the configuration's text: which policy a verdict comes from.
    #[must_use]
    pub fn digest(&self) -> Sha256Hash {
        self.digest
    }

    /// The grants over an asset.
    pub(crate) fn grants_over(&self, asset: usize) -> impl Iterator<Item = &Grant> {
        let indices = self.grants_over.get(asset).map(Vec::as_slice).unwrap_or_default();
        indices.iter().filter_map(|&index| self.grants.get(index))
    }

    /// The issuers that a grant names.
    pub(crate) fn issuers_of<'p>(&'p self, grant: &'p Grant) -> impl Iterator<Item = &'p Issuer> {
        grant.issuers.iter().filter_map(|&index| self.issuers.get(index))
    }

    pub(crate) fn owner_of(&self, asset: &Asset) -> Option<&Owner> {
        self.owners.get(asset.owner)
    }
}
