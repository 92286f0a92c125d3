use crate::error::{Error, ErrorKind, Undecodable};
use crate::extension::Extension;
use crate::general_name::GeneralName;
use crate::oid::Oid;
use crate::tbs::Tbs;
use crate::tlv::{Reader, SEQUENCE, Tlv};
use crate::value::{ended, general_name, names, next, small_number};

/// Which names may occur below a CA (RFC 5280 §4.2.1.10). What a subtree contains is the matter of `ctlens-san`.
#[derive(Debug, Clone, Copy)]
pub struct NameConstraints<'a> {
    permitted: Reader<'a>,
    excluded: Reader<'a>,
}

impl<'a> NameConstraints<'a> {
    /// The bases of the permitted subtrees. An iPAddress is an address and a mask, 8 or 32 octets.
    pub fn permitted(self) -> impl Iterator<Item = Result<GeneralName<'a>, Undecodable<'a>>> {
        subtrees(self.permitted)
    }

    /// The bases of the excluded subtrees. An iPAddress is an address and a mask, 8 or 32 octets.
    pub fn excluded(self) -> impl Iterator<Item = Result<GeneralName<'a>, Undecodable<'a>>> {
        subtrees(self.excluded)
    }
}

impl<'a> Tbs<'a> {
    /// The name constraints. A subtree that is damaged, or has another minimum than 0 or a maximum, is an item of its own:
    /// the standard gives no other numbers a meaning.
    ///
    /// # Errors
    ///
    /// As [`extension`](Self::extension), and where the value is not a SEQUENCE of the two lists.
    pub fn name_constraints(self) -> Result<Option<NameConstraints<'a>>, Error> {
        self.extension(Oid::NAME_CONSTRAINTS)?.map(read_constraints).transpose()
    }

    /// The issuer alternative names (RFC 5280 §4.2.1.7).
    ///
    /// # Errors
    ///
    /// As [`extension`](Self::extension), and where the value is no SEQUENCE.
    pub fn issuer_alt_names(
        self,
    ) -> Result<Option<impl Iterator<Item = Result<GeneralName<'a>, Undecodable<'a>>>>, Error> {
        let list = self.extension(Oid::ISSUER_ALT_NAME)?.map(Extension::sequence).transpose()?;
        Ok(list.map(names))
    }
}

/// `NameConstraints ::= SEQUENCE { permittedSubtrees [0] GeneralSubtrees OPTIONAL, excludedSubtrees [1] GeneralSubtrees
/// OPTIONAL }`
fn read_constraints(extension: Extension<'_>) -> Result<NameConstraints<'_>, Error> {
    let mut fields = extension.sequence()?;
    let permitted = fields.optional(0xa0)?.map(|list| list.reader()).unwrap_or_default();
    let excluded = fields.optional(0xa1)?.map(|list| list.reader()).unwrap_or_default();
    ended(fields)?;
    Ok(NameConstraints { permitted, excluded })
}

fn subtrees<'a>(mut elements: Reader<'a>) -> impl Iterator<Item = Result<GeneralName<'a>, Undecodable<'a>>> + use<'a> {
    let mut index = 0_usize;
    core::iter::from_fn(move || {
        if elements.is_empty() {
            return None;
        }
        let index = next(&mut index);
        let subtree = match elements.read() {
            Ok(subtree) => subtree,
            Err(error) => return Some(Err(Undecodable::rest(error, core::mem::take(&mut elements)))),
        };
        Some(read_subtree(subtree, index).map_err(|error| Undecodable::element(error, subtree)))
    })
}

/// ```text
/// GeneralSubtree ::= SEQUENCE {
///     base         GeneralName,
///     minimum  [0] BaseDistance DEFAULT 0,
///     maximum  [1] BaseDistance OPTIONAL }
/// ```
fn read_subtree(subtree: Tlv<'_>, index: usize) -> Result<GeneralName<'_>, Error> {
    let mut fields = subtree.expect(SEQUENCE)?.reader();
    let base = fields.read()?;
    if let Some(minimum) = fields.optional(0x80)?
        && small_number(minimum)? != 0
    {
        return Err(Error::new(ErrorKind::InvalidValue, minimum.value_offset()));
    }
    ended(fields)?;
    Ok(general_name(base, index))
}
