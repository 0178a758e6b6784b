//! The Kubernetes adapter: everything that knows how a cluster is spoken to.
//!
//! [`connect()`] makes the way to one cluster and pins it. [`plan()`], [`earlier()`] and [`recover()`] look around and make
//! a plan: of a release, of the way back when nothing flies, of what the objects themselves still say. [`KubeCluster`] then
//! watches that plan's objects and performs its acts, and [`PodProxy`] reads metrics from its pods.

mod access;
mod act;
mod adapter;
mod beside;
mod board;
mod connect;
mod flight;
mod forget;
mod inspect;
mod labels;
mod marks;
mod plan;
mod proxy;
mod quantity;
mod refusal;
mod rest;
mod seen;
mod shared;
mod template;
mod view;
mod watch;

pub use act::{EndedReleases, Epoch, Fence, hand};
pub use adapter::KubeCluster;
pub use board::KubeBoard;
pub use connect::{Connection, IN_CLUSTER, Target, connect, contexts, install_tls, introduce, open};
pub use forget::{forget, forget_release, may_forget};
pub use plan::{
    Draft, Found as FoundDeployment, Place, deployment_names, deployments, draft, earlier, earlier_at,
    epoch_on_objects, has_template, namespace_names, observed, place, plan, recover, release_names, survey,
};
pub use proxy::{PodProxy, ServicePort, ServiceProxy};
pub use shared::{
    Fate, Found, KubeBook, KubeLease, KubeMail, Sent, Summary, fate, identity_enforced, page, page_after, records,
    send, withdraw,
};
