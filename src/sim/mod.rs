//! The embedded cluster: a world in this process that speaks the protocols of a real one over loopback HTTP.
//!
//! ```text
//!   scenario ──► world ──► backend ◄── api ◄── HTTP (kube clients, kubectl, Prometheus)
//!   (what is,    (what      (what the    (how a
//!    what goes    happens)   API asks     server
//!    wrong)         │        of it)       answers)
//!                   └──► store ◄───────────┘
//! ```
//!
//! `scenario` reads what a world is made of and what goes wrong in it. `world` is a discrete-event simulation on virtual
//! time: controllers, kubelets, applications and their users; it implements [`backend::Backend`]. `store` keeps the objects,
//! and `api` serves them as a Kubernetes API server does. Nothing outside this module may ask whether it talks to it.
//!
//! A world moves in one of two ways: somebody steps it ([`world::World::advance_to`], which is how one seed gives one
//! journal), or it keeps up with a clock ([`world::FreeRun`]).

pub mod api;
pub mod backend;
pub mod kind;
pub mod quantity;
pub mod scenario;
pub mod selector;
pub mod status;
pub mod store;
pub mod world;
