//! A borrowed view of an X.509 certificate that refuses to lose anything, and byte-exact precertificate TBS reconstruction.
