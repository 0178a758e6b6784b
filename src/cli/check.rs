//! `check`: is the configuration right?

use serde_json::json;

use crate::cli::args::{CheckArgs, Global};
use crate::cli::exit::Exit;
use crate::cli::{keys, say};
use crate::config::{self, Config, Faults, File, Places};
use crate::core::decide::share_by_pods;
use crate::core::plan::Step;
use crate::core::problem::Problem;
use crate::core::text::{neutral, plural};
use crate::core::time::human;

/// Says that the configuration is right, or everything that is wrong in it.
///
/// # Errors
/// A file that cannot be used, with every fault at its place.
pub fn run(global: &Global, args: &CheckArgs) -> Result<Exit, Problem> {
    let places = Places::of_process(global.config.clone());
    let found = match &args.file {
        Some(file) => Some(config::read(file).map_err(|unread| unread.problem(""))?),
        None => places.find()?,
    };
    let Some(file) = found else {
        say::data(defaults(&places, global.json).as_bytes())?;
        return Ok(Exit::DONE);
    };
    let parsed = Config::parse(&file);
    if let Ok(config) = &parsed {
        keys::keymap(&config.keys)?;
    }
    match (parsed, global.json) {
        (Ok(config), false) => say::data(summary(&file, &config).as_bytes())?,
        (Ok(_), true) => say::data(format!("{}\n", json!({"file": file.file, "valid": true})).as_bytes())?,
        (Err(faults), false) => return Err(faults.into()),
        (Err(faults), true) => {
            say::data(lines(&faults).as_bytes())?;
            return Ok(Exit::USER);
        }
    }
    Ok(Exit::DONE)
}

fn defaults(places: &Places, json: bool) -> String {
    if json {
        return format!("{}\n", json!({"file": null, "valid": true}));
    }
    let looked: Vec<String> = places.usual.iter().map(|place| neutral(&place.display().to_string())).collect();
    format!("no configuration, so the defaults hold (looked for {})\n", looked.join(", "))
}

/// One JSON object a fault.
fn lines(faults: &Faults) -> String {
    let line = |fault| format!("{}\n", json!({"file": faults.file, "valid": false, "fault": fault}));
    faults.faults.iter().map(line).collect()
}

fn summary(file: &File, config: &Config) -> String {
    let name = match (&config.application.name, config.workloads.as_slice()) {
        (Some(name), _) => name.clone(),
        (None, [only]) => only.name.clone(),
        (None, _) => "no application".to_owned(),
    };
    let workloads = match config.workloads.len() {
        0 => "the Deployment that the command line names".to_owned(),
        1 => "1 workload".to_owned(),
        several => format!("{several} workloads"),
    };
    let rules: Vec<&str> = config.rules.iter().map(|rule| rule.name.as_str()).collect();
    format!(
        "{} is valid\n  {name}: {workloads}\n  steps {}\n  rules {}\n{}",
        neutral(&file.file.display().to_string()),
        steps(&config.canary.steps),
        if rules.is_empty() { "none: nothing is judged".to_owned() } else { rules.join(", ") },
        shares(&config.canary.steps, config.canary.baseline),
    )
}

fn steps(steps: &[Step]) -> String {
    let step = |step: &Step| {
        format!("{} % for {}{}", step.weight, human(step.soak), if step.approval { ", then approval" } else { "" })
    };
    steps.iter().map(step).collect::<Vec<_>>().join(" → ")
}

/// What pods make of the weights: without a router traffic follows pods, and pods are whole.
fn shares(steps: &[Step], baseline: bool) -> String {
    let row = |head: &str, cell: &dyn Fn(&Step) -> String| {
        let cells: String = steps.iter().map(|step| format!("{:>8}", cell(step))).collect();
        format!("    {head:<10}{cells}\n")
    };
    let sizes = [3, 10, 30, 100].map(|stable| {
        row(&plural(stable, "pod"), &|step| format!("{:.1} %", share_by_pods(step.weight, stable, baseline)))
    });
    let weights = row("stable", &|step| format!("{} %", step.weight));
    let beside = if baseline { ", beside a baseline of the canary's size" } else { "" };
    format!("  what pods make of the steps{beside}, where no router splits the traffic:\n{weights}{}", sizes.concat())
}
