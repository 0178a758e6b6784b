//! The Kubernetes adapter: everything that knows how a cluster is spoken to.
//!
//! [`connect()`] makes the way to one cluster and pins it. [`plan()`], [`earlier()`] and [`recover()`] look around and make
//! a plan: of a release, of the way back when nothing flies, of what the objects themselves still say. [`KubeCluster`] then
//! watches that plan's objects and performs its acts, and [`PodProxy`] reads metrics from its pods.

mod access;
mod act;
mod adapter;
mod connect;
mod flight;
mod inspect;
mod labels;
mod marks;
mod plan;
mod proxy;
mod quantity;
mod rest;
mod seen;
mod template;
mod view;
mod watch;

pub use act::{EndedReleases, Epoch, Fence};
pub use adapter::KubeCluster;
pub use connect::{Connection, IN_CLUSTER, Target, connect, contexts, install_tls, open, whoami};
pub use plan::{Draft, deployment_names, draft, earlier, namespace_names, plan, recover, release_names, survey};
pub use proxy::{PodProxy, ServicePort, ServiceProxy};
