//! The pages of `crm`.

kit::texts!();
