//! Which DNS names and IP addresses a certificate speaks for: watch lists that miss nothing, at any scale.
