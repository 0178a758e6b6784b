//! What several terminals share through the cluster, beside the application: who drives, where the release stands, and
//! what people ask of it.

mod labels;
mod lease;

pub use lease::KubeLease;
