//! Issuance policy: who may issue for which name or address, and what to say when somebody else did.
