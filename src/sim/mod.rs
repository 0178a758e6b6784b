//! The embedded cluster: a world in this process that speaks the protocols of a real one over loopback HTTP.
//!
//! `store` keeps the objects, `api` serves them as a Kubernetes API server does, and whoever implements
//! [`backend::Backend`] makes them live. Nothing outside this module may ask whether it talks to it.

pub mod api;
pub mod backend;
pub mod kind;
pub mod quantity;
pub mod scenario;
pub mod selector;
pub mod status;
pub mod store;
pub mod world;
