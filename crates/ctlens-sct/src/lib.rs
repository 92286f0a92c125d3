//! Signed certificate timestamps: decoding, the signed message, and a verdict with its reason for each.
