//! The configuration: one TOML file, and complete defaults without it.
//!
//! `reader` goes through a document and collects every fault; one file a section says what its keys mean; `request`
//! makes of it, and of what the command line asks, what core calls a request. `config.example.toml` documents every key.

mod application;
mod canary;
mod cost;
mod excerpt;
mod fault;
mod file;
pub mod image;
mod keys;
mod levels;
mod limits;
mod metrics;
pub mod name;
mod nearest;
mod odds;
mod production;
mod reader;
mod request;
mod rules;
mod sli;
mod threshold;
mod ui;
mod value;

use std::collections::BTreeSet;
use std::path::Path;

pub use application::{Application, Images, Workload};
pub use canary::Canary;
pub use fault::{Fault, Faults, Wrong};
pub use file::{Places, Source as File, Unread, Why, bounded, read};
pub use keys::Bound;
pub use metrics::{Auth, Endpoint, Metrics, Source, Via};
pub use nearest::nearest;
pub use production::Production;
pub use request::{Ask, AskedImage, AskedTemplate};
pub use ui::{ROLES, Theme, Ui};

use crate::core::cost::Price;
use crate::core::plan::{Limits, OnHoldLimit};
use crate::core::problem::Problem;
use crate::core::rule::Rule;
use crate::core::text::neutral;

/// All that can be configured.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// What is released.
    pub application: Application,
    /// Its workloads; empty: the command line names one.
    pub workloads: Vec<Workload>,
    /// How the canary stage is flown.
    pub canary: Canary,
    /// What the canary is judged by.
    pub rules: Vec<Rule>,
    /// How rarely a healthy release may be rolled back by all its odds together; `None`: each rule says it for itself.
    pub alpha_release: Option<f64>,
    /// Where samples come from.
    pub metrics: Metrics,
    /// How long each kind of waiting may last.
    pub limits: Limits,
    /// What the end of a hold without a terminal does.
    pub on_hold_limit: OnHoldLimit,
    /// What a pod costs an hour; `None`: no cost is told.
    pub cost: Option<Price>,
    /// What is marked as production.
    pub production: Production,
    /// How the cockpit looks.
    pub ui: Ui,
    /// Keys that somebody chose.
    pub keys: Vec<Bound>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            application: Application::default(),
            workloads: Vec::new(),
            canary: Canary::default(),
            rules: rules::defaults(),
            alpha_release: None,
            metrics: Metrics::default(),
            limits: Limits::default(),
            on_hold_limit: OnHoldLimit::Hold,
            cost: None,
            production: Production::default(),
            ui: Ui::default(),
            keys: Vec::new(),
        }
    }
}

impl Config {
    /// Finds and reads the configuration; the defaults where there is none.
    ///
    /// # Errors
    /// A file that cannot be used, with everything that is wrong in it.
    pub fn load(places: &Places) -> Result<Self, Problem> {
        match places.find()? {
            Some(file) => Ok(Self::parse(&file)?),
            None => Ok(Self::default()),
        }
    }

    /// Reads a configuration.
    ///
    /// # Errors
    /// Everything that is wrong in it.
    pub fn parse(file: &File) -> Result<Self, Faults> {
        Self::parse_with_keys(file).map(|(config, _)| config)
    }

    /// Reads a configuration, and says by their paths which keys were looked for: the schema, as far as the file's own
    /// names go.
    ///
    /// # Errors
    /// Everything that is wrong in it.
    pub fn parse_with_keys(file: &File) -> Result<(Self, BTreeSet<String>), Faults> {
        let base = file.file.parent().unwrap_or(Path::new(""));
        let name = neutral(&file.file.display().to_string());
        match reader::read(&file.text, |root| Self::build(root, base, &name)) {
            Ok(document) => Ok((document.value, document.asked)),
            Err(faults) => Err(Faults { file: file.file.display().to_string(), faults }),
        }
    }

    fn build(root: &reader::Table<'_>, base: &Path, file: &str) -> Self {
        let application = root.table("application", application::application);
        let workloads = application::workloads(root);
        if application.name.is_none() && workloads.len() > 1 {
            let place = if root.has("application") { "application" } else { "workload" };
            let what = format!("the {} workloads need a name in common; write [application] name", workloads.len());
            root.fault(place, Wrong::new(what));
        }
        let canary = root.table("canary", canary::canary);
        let metrics = root.table("metrics", |table| metrics::metrics(table, base));
        let around = rules::Around {
            scrape: canary.scrape,
            steps: &canary.steps,
            workloads: &workloads,
            responses: &root.table("levels", levels::responses),
            prometheus: matches!(metrics.source, Source::Prometheus { .. }),
        };
        let (rules, alpha_release) = root.table("rules", |table| rules::rules(table, &around));
        let (limits, on_hold_limit) = root.table("limits", limits::limits);
        Self {
            application,
            workloads,
            canary,
            rules,
            alpha_release,
            metrics,
            limits,
            on_hold_limit,
            cost: root.table("cost", cost::cost),
            production: root.table("production", production::production),
            ui: root.table("ui", ui::ui),
            keys: root.table("keys", |table| keys::keys(table, file)),
        }
    }
}
