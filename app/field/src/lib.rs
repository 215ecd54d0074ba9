//! The pages of `field`.

kit::texts!();
