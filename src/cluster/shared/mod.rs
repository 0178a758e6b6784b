//! What several terminals share through the cluster, beside the application: who drives, where the release stands, and
//! what people ask of it.

mod book;
mod labels;
mod lease;
mod mail;
mod pack;
mod page;
mod records;

pub use book::{KubeBook, read as page, read_after as page_after};
pub use lease::KubeLease;
pub use mail::{Fate, KubeMail, Sent, fate, identity_enforced, send, withdraw};
pub use page::{Summary, name as record_name, read_summary};
pub use records::{Found, records};
