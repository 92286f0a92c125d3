//! Rules of the Baseline Requirements and the root programmes, as dated data with exact locations.
