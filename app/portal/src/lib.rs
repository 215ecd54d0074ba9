//! The pages of `portal`.

kit::texts!();
