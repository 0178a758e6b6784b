//! The engine acts: it takes what is seen, asks core, writes the journal, runs the effects, and publishes a picture.

pub mod ahead;
pub mod archive;
pub mod book;
pub mod chronicle;
pub mod clock;
pub mod desk;
pub mod herald;
pub mod inbox;
pub mod journal;
pub mod lease;
pub mod mail;
pub mod observe;
pub mod pace;
pub mod parts;
pub mod past;
pub mod port;
pub mod reading;
pub mod record;
pub mod run;
pub mod sight;
pub mod tape;
