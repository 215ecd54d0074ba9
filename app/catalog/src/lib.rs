//! The pages of `catalog`.

kit::texts!();
