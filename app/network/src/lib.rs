//! The pages of `network`.

kit::texts!();
