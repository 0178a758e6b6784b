//! The Kubernetes API over a [`Store`](crate::sim::store::Store): what a client of a real server can tell apart is as
//! real, and the rest is left out.
//!
//! ```text
//!   server ──► request ──► gate ──► handle ──► get, list, watch, change, delete, scale, pods, review, discovery
//!     │        (bytes)    (who may)                 │
//!     └──────────────── reply ◄─────────────────────┘   serialised after the world's lock is free again
//! ```
//!
//! Deadlines of connections run on the wall clock (`timeoutSeconds` of a watch is one); every time in an object is the
//! store's.

mod access;
mod change;
mod discovery;
mod field;
mod handle;
mod kubeconfig;
mod logs;
mod pods;
mod proxy;
mod read;
mod reply;
mod request;
mod review;
mod route;
mod scale;
mod server;
mod table;
mod usage;
mod watch;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::sim::backend::Backend;

pub use kubeconfig::{Context, write_kubeconfig};
pub use server::{Server, serve};

/// The world, as every connection shares it.
type Shared = Arc<Mutex<dyn Backend>>;

/// The world, for one request. That one request panicked is no reason to refuse all others.
fn lock(world: &Shared) -> MutexGuard<'_, dyn Backend + 'static> {
    world.lock().unwrap_or_else(PoisonError::into_inner)
}
