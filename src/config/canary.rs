//! `[canary]`: the steps, and how the route is flown.

use std::time::Duration;

use crate::config::fault::Wrong;
use crate::config::reader::{Item, Table};
use crate::config::value::{flag, some_span, span, whole, word};
use crate::core::plan::{Finish, Step};

/// The weights of the seed.
const WEIGHTS: [u32; 5] = [1, 10, 25, 50, 100];

/// How the canary stage is flown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Canary {
    /// The weights, rising, the last one 100.
    pub steps: Vec<Step>,
    /// How long a step soaks that says nothing itself.
    pub soak: Duration,
    /// What happens after 100 %.
    pub finish: Finish,
    /// Whether an autoscaler's minimum is raised for the flight.
    pub raise_hpa: bool,
    /// Whether a Deployment of strategy `Recreate` may fly.
    pub allow_recreate: bool,
    /// How long what routes to pod addresses from outside the cluster needs to notice a change.
    pub settle: Duration,
    /// How often metrics are read.
    pub scrape: Duration,
    /// Whether the canary is compared with fresh pods of stable's version, as many as it has itself.
    pub baseline: bool,
}

impl Default for Canary {
    fn default() -> Self {
        let soak = Duration::from_secs(600);
        Self {
            steps: default_steps(soak),
            soak,
            finish: Finish::Roll,
            raise_hpa: true,
            allow_recreate: false,
            settle: Duration::from_secs(60),
            scrape: Duration::from_secs(5),
            baseline: false,
        }
    }
}

/// Reads `[canary]`.
pub fn canary(table: &Table<'_>) -> Canary {
    let default = Canary::default();
    let soak = table.or("soak", default.soak, span);
    let steps = steps(table, soak);
    Canary {
        baseline: baseline(table, &steps),
        steps,
        soak,
        finish: table.or("finish", default.finish, word(&[("roll", Finish::Roll), ("wait", Finish::Wait)])),
        raise_hpa: table.or("hpa", default.raise_hpa, word(&[("raise", true), ("leave", false)])),
        allow_recreate: table.or("recreate", default.allow_recreate, word(&[("refuse", false), ("allow", true)])),
        settle: table.or("settle", default.settle, span),
        scrape: table.or("scrape", default.scrape, some_span),
    }
}

/// At 100 % nothing is left to compare with, so a release of that step alone has no use for a baseline.
fn baseline(table: &Table<'_>, steps: &[Step]) -> bool {
    let wanted = table.or("baseline", false, flag);
    if wanted && steps.iter().all(|step| step.weight >= 100) {
        table.fault("baseline", Wrong::new("has no step below 100 % in which it could be compared with the canary"));
    }
    wanted
}

fn default_steps(soak: Duration) -> Vec<Step> {
    WEIGHTS.iter().map(|&weight| Step { weight, soak, approval: false }).collect()
}

fn steps(canary: &Table<'_>, soak: Duration) -> Vec<Step> {
    let wanted = "a list of weights in percent, such as [1, 10, 25, 50, 100]";
    let Some(items) = canary.list("steps", wanted) else { return default_steps(soak) };
    if items.is_empty() {
        canary.fault("steps", Wrong::new("is empty; name the weights in percent, such as [1, 10, 25, 50, 100]"));
    }
    let mut before = 0;
    let mut steps = Vec::new();
    for item in &items {
        let Some(step) = step(item, soak) else { continue };
        if step.weight == before {
            item.fault(Wrong::new(format!("{before} is there twice")));
        } else if step.weight < before {
            item.fault(Wrong::new(format!("{} comes after {before}; weights must rise", step.weight)));
        }
        before = before.max(step.weight);
        steps.push(step);
    }
    // The way to the new version leads through 100 %, so a list that stops short of it gets there all the same.
    if before < 100 {
        steps.push(Step { weight: 100, soak, approval: false });
    }
    steps
}

fn step(item: &Item<'_, '_>, soak: Duration) -> Option<Step> {
    let weight = || whole(1..=100);
    if !item.is_table() {
        let weight = item.get(weight()).and_then(|weight| u32::try_from(weight).ok())?;
        return Some(Step { weight, soak, approval: false });
    }
    item.table(|table| {
        if !table.has("weight") {
            table.fault("weight", Wrong::new("is missing: the step's share of traffic in percent"));
        }
        let weight = table.get("weight", weight()).and_then(|weight| u32::try_from(weight).ok());
        let soak = table.or("soak", soak, span);
        let approval = table.or("approval", false, flag);
        Some(Step { weight: weight?, soak, approval })
    })?
}
