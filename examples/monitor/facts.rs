//! What the user knows beside the policy.

use crate::options::FactFiles;
use ctlens_examples::read_der;
use ctlens_policy::{Context, Crl, Format, Ownership, TrustView};
use ctlens_x509::UnixSeconds;
use std::error::Error;
use std::fs;
use std::path::Path;

#[derive(Default)]
pub(crate) struct Facts {
    pub(crate) trust: Option<TrustView>,
    pub(crate) ownership: Option<Ownership>,
    /// CRLs, DER.
    pub(crate) crls: Vec<Vec<u8>>,
}

impl Facts {
    pub(crate) fn read(files: &FactFiles) -> Result<Self, Box<dyn Error>> {
        let mut facts = Self::default();
        if let Some(file) = &files.trust_view {
            let (name, text, format) = read(file)?;
            facts.trust = Some(TrustView::read(&text, &name, format)?);
        }
        if let Some(file) = &files.ownership {
            let (name, text, format) = read(file)?;
            facts.ownership = Some(Ownership::read(&text, &name, format)?);
        }
        for file in &files.crls {
            let der = read_der(file)?;
            Crl::from_der(&der).map_err(|error| format!("{}: {error}", file.display()))?;
            facts.crls.push(der);
        }
        Ok(facts)
    }

    pub(crate) fn at(&self, now: UnixSeconds) -> Context<'_> {
        let mut context = Context::at(now);
        context.trust = self.trust.as_ref();
        context.ownership = self.ownership.as_ref();
        context
    }
}

fn read(file: &Path) -> Result<(String, String, Format), Box<dyn Error>> {
    let name = file.display().to_string();
    let text = fs::read_to_string(file).map_err(|error| format!("{name}: {error}"))?;
    let is_json = file.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
    Ok((name, text, if is_json { Format::Json } else { Format::Toml }))
}
