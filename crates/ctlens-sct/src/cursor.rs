use crate::error::{Error, ErrorKind};

/// Reads the presentation language of TLS (RFC 5246 §4) from the front.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cursor<'a> {
    pub(crate) rest: &'a [u8],
    pub(crate) offset: usize,
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(bytes: &'a [u8], offset: usize) -> Self {
        Self { rest: bytes, offset }
    }

    pub(crate) fn error(&self, kind: ErrorKind) -> Error {
        Error::new(kind, self.offset)
    }

    #[inline]
    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        let Some((array, rest)) = self.rest.split_first_chunk::<N>() else {
            return Err(self.truncated(N));
        };
        self.rest = rest;
        self.offset = self.offset.saturating_add(N);
        Ok(*array)
    }

    #[inline]
    pub(crate) fn take(&mut self, octets: usize) -> Result<&'a [u8], Error> {
        let Some((taken, rest)) = self.rest.split_at_checked(octets) else {
            return Err(self.truncated(octets));
        };
        self.rest = rest;
        self.offset = self.offset.saturating_add(octets);
        Ok(taken)
    }

    #[inline]
    pub(crate) fn length_16(&mut self) -> Result<usize, Error> {
        Ok(usize::from(u16::from_be_bytes(self.array()?)))
    }

    /// `opaque<0..2^16-1>`.
    #[inline]
    pub(crate) fn vector_16(&mut self) -> Result<&'a [u8], Error> {
        let octets = self.length_16()?;
        self.take(octets)
    }

    #[cold]
    fn truncated(&self, wanted: usize) -> Error {
        self.error(ErrorKind::Truncated { wanted, available: self.rest.len() })
    }
}
