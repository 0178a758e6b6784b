//! `preflight`: whether a release could start now, what is good to know before, and what its steps could prove.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::cli::args::{Global, PreflightArgs};
use crate::cli::exit::Exit;
use crate::cli::foresight::{self, Foresight};
use crate::cli::release::{self, Bridge};
use crate::cli::say;
use crate::cluster::{self, KubeCluster};
use crate::core::event::VERSION;
use crate::core::plan::Plan;
use crate::core::problem::Problem;

/// Looks, and changes nothing.
///
/// # Errors
/// What a release would be refused for, as it would be.
pub async fn run(global: &Global, args: PreflightArgs) -> Result<Exit, Problem> {
    let bridge = Bridge::open(global).await?;
    let request = release::asked(&bridge, args.what, None)?;
    let plan = Arc::new(cluster::plan(&bridge.connection, request, bridge.clock.now()).await?);
    let cluster = KubeCluster::start(bridge.connection.clone(), Arc::clone(&plan), Arc::clone(&bridge.clock));
    let seen = foresight::look(&bridge, &plan, &cluster, args.suggest_steps).await?;
    let text = if global.json { lines(&bridge, &plan, &seen) } else { text(&bridge, &plan, &seen) };
    say::data(text.as_bytes())?;
    Ok(Exit::DONE)
}

fn text(bridge: &Bridge, plan: &Plan, seen: &Foresight) -> String {
    let mut text = format!("{} {} → {}, release hash {}\n", plan.application, plan.from, plan.to, plan.hash);
    for told in &plan.told {
        text.push_str(&format!("note: {told}\n"));
    }
    text.push_str(&foresight::text(plan, bridge.config.canary.soak, seen));
    text.push_str("nothing blocks\n");
    text
}

/// One object a line: each note, each step's power, what is not known, the suggestion, and at last the answer.
fn lines(bridge: &Bridge, plan: &Plan, seen: &Foresight) -> String {
    let mut bodies: Vec<Value> = plan.told.iter().map(|told| json!({"event": "told", "text": told})).collect();
    bodies.extend(seen.power.iter().map(|power| {
        let mut body = serde_json::to_value(power).unwrap_or_default();
        merge(&mut body, json!({"event": "power", "words": power.words()}));
        body
    }));
    bodies.extend(seen.unknown.iter().map(|why| json!({"event": "unknown", "why": why})));
    bodies.extend(seen.suggestion.iter().map(|suggested| match &suggested.steps {
        Ok(steps) => json!({
            "event": "suggestion", "ratio": suggested.ratio, "steps": steps.steps, "unchanged": steps.unchanged,
            "toml": steps.toml(bridge.config.canary.soak),
        }),
        Err(why) => json!({"event": "suggestion", "ratio": suggested.ratio, "steps": null, "why": why}),
    }));
    bodies.push(json!({
        "event": "preflight", "blocks": false, "application": plan.application, "from": plan.from, "to": plan.to,
        "hash": plan.hash,
    }));
    let at = bridge.clock.now();
    let line = |(seq, mut body): (usize, Value)| {
        merge(&mut body, json!({"v": VERSION, "epoch": 0, "seq": seq + 1, "at": at, "release": plan.release}));
        format!("{body}\n")
    };
    bodies.into_iter().enumerate().map(line).collect()
}

fn merge(body: &mut Value, more: Value) {
    if let (Some(body), Value::Object(more)) = (body.as_object_mut(), more) {
        body.extend(more);
    }
}
