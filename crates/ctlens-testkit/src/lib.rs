//! Builds certificates, CAs and Certificate Transparency logs for tests, deterministically from a seed.
