//! What is no reason to refuse a release, and good to know before its first write.

pub mod owners;
pub mod room;
pub mod surroundings;
pub mod weights;
