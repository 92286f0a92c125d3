//! Which Certificate Transparency logs there are: ids, keys, operators, states, and verifying what they sign.
