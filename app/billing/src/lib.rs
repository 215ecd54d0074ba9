//! The pages of `billing`.

kit::texts!();
