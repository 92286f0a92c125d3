//! Reading a Certificate Transparency log: signed notes, checkpoints, entries, and following it without trusting it.
