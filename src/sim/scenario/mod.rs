//! Scenarios: what a world is made of, what goes wrong in it and when, and how a release through it must end.
//!
//! A scenario is a small file, `assets/scenarios/NAME.toml`; the head comment of `healthy.toml` documents every key. The
//! files are compiled into the program. The table `[config]` is in the format of the user's own configuration and is
//! handed on as it stands.

mod amount;
mod fault;
mod library;
mod operator;
mod parse;
mod workload;

use serde::Deserialize;

pub use fault::{Change, Effect, Fault, MetricsFailure, PinWish, Trigger, Who};
pub use library::{embedded, names};
pub use operator::{OperatorCommand, Order};
pub use workload::{Cluster, ImageChange, Release, Version, Workload};

use crate::core::snapshot::Outcome;

/// One scenario.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// Its name: that of its file, without the ending.
    #[serde(skip)]
    pub name: String,
    /// What happens, in one line.
    pub summary: String,
    /// What is released; `None`: nothing flies.
    #[serde(default)]
    pub release: Option<Release>,
    /// Configuration in the user's format, not interpreted here.
    #[serde(default)]
    pub config: toml::Table,
    /// The cluster around the workloads.
    #[serde(default)]
    pub cluster: Cluster,
    /// What runs in it; never empty.
    #[serde(default = "Workload::alone", rename = "workload")]
    pub workloads: Vec<Workload>,
    /// How versions behave. A tag that is not named behaves well.
    #[serde(default, rename = "version")]
    pub versions: Vec<Version>,
    /// What goes wrong.
    #[serde(default, rename = "fault")]
    pub faults: Vec<Fault>,
    /// What people ask for, and when.
    #[serde(default, rename = "operator")]
    pub orders: Vec<Order>,
    /// How it must end.
    pub expect: Expect,
}

impl Scenario {
    /// The workload of that name.
    pub fn workload(&self, name: &str) -> Option<&Workload> {
        self.workloads.iter().find(|workload| workload.name == name)
    }

    /// What the release changes: an image a workload; empty where nothing is released.
    pub fn images(&self) -> Vec<ImageChange> {
        let Some(release) = &self.release else { return Vec::new() };
        let moves = |workload: &&Workload| release.workloads.is_empty() || release.workloads.contains(&workload.name);
        self.workloads.iter().filter(moves).map(|workload| workload.image_change(&release.version)).collect()
    }

    /// How the image tag `tag` behaves in the pods of `workload`.
    pub fn version(&self, workload: &str, tag: &str) -> Version {
        let is_it =
            |version: &&Version| version.tag == tag && version.workload.as_ref().is_none_or(|only| only == workload);
        self.versions.iter().find(is_it).cloned().unwrap_or_else(|| Version::healthy(tag))
    }

    /// What people ask for, in the order of the file.
    pub fn operator(&self) -> &[Order] {
        &self.orders
    }
}

/// How a release through a scenario must end, whatever the seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expect {
    /// The ending's word: `promoted`, `rolled-back`, `held`, …
    pub outcome: Outcome,
    /// The exit code of `demo`.
    pub exit: u8,
}
