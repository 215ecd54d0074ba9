//! The pages of `comms`.

kit::texts!();
