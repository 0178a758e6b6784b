//! The journals of a state directory, as a list: which release each is of, and how it ended.

use std::path::Path;

use crate::core::inquiry::Recorded;
use crate::core::plan::Plan;
use crate::core::text::neutral;
use crate::engine::past::{self, End, Said};

/// The most releases that are listed; the newest.
const MOST: usize = 200;

/// All releases that were recorded, the newest first. A file that is no journal of ours is left out.
///
/// # Errors
/// Why the directory cannot be read.
pub fn recorded(directory: Option<&Path>) -> Result<Vec<Recorded>, String> {
    let directory = directory.ok_or("no state directory is known")?;
    let journals = past::journals(directory)?;
    let mut found: Vec<Recorded> =
        journals.into_iter().filter_map(|past| Some(one(&past.path, past.said.ok()?))).collect();
    found.sort_by(|a, b| (b.started, &b.release).cmp(&(a.started, &a.release)));
    found.truncate(MOST);
    Ok(found)
}

fn one(path: &Path, said: Said) -> Recorded {
    let proof = |end: &End| if end.proven { ", proven" } else { "" };
    Recorded {
        release: neutral(&said.plan.release),
        place: neutral(&place(&said.plan)),
        versions: neutral(&format!("{} → {}", said.plan.from, said.plan.to)),
        started: said.began,
        outcome: said.end.as_ref().map(|end| format!("{}{}", end.outcome.word(), proof(end))),
        last: said.last,
        path: neutral(&path.display().to_string()),
    }
}

fn place(plan: &Plan) -> String {
    format!("{} · {} / {}", plan.context, plan.namespace, plan.application)
}
