//! The journals of a state directory, as a list: which release each is of, and how it ended.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use crate::core::inquiry::Recorded;
use crate::core::plan::Plan;
use crate::core::text::neutral;
use crate::engine::past::{self, End, Said};

/// The most releases that are listed; the newest.
const MOST: usize = 200;

/// Where in the state directory goes what is taken away from the cockpit.
pub const EXPORTS: &str = "exports";

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

/// Writes a text into a new file of what was taken away; its path.
///
/// # Errors
/// Why it cannot be written.
pub fn keep(directory: Option<&Path>, name: &str, text: &str) -> Result<String, String> {
    let (mut file, place) = fresh(directory, name)?;
    file.write_all(text.as_bytes()).map_err(|error| format!("{place} cannot be written: {error}"))?;
    Ok(place)
}

/// Copies a journal, as far as it is written, into a new file of what was taken away; its path.
///
/// # Errors
/// Why it cannot be read, or the copy not be written.
pub fn keep_journal(directory: Option<&Path>, journal: &Path, name: &str) -> Result<String, String> {
    let from = || neutral(&journal.display().to_string());
    let mut journal = File::open(journal).map_err(|error| format!("{} cannot be read: {error}", from()))?;
    let (mut file, place) = fresh(directory, name)?;
    std::io::copy(&mut journal, &mut file).map_err(|error| format!("{place} cannot be written: {error}"))?;
    Ok(place)
}

/// A new file in the directory of what was taken away: apart from the journals, so that no copy of one is taken for
/// another release.
fn fresh(directory: Option<&Path>, name: &str) -> Result<(File, String), String> {
    let directory = directory.ok_or("no state directory is known")?.join(EXPORTS);
    std::fs::create_dir_all(&directory)
        .map_err(|error| format!("{} cannot be made: {error}", neutral(&directory.display().to_string())))?;
    let (stem, ending) = name.rsplit_once('.').unwrap_or((name, "txt"));
    let names = std::iter::once(name.to_owned()).chain((2..1_000).map(|number| format!("{stem}-{number}.{ending}")));
    for name in names {
        let path = directory.join(name);
        let place = neutral(&path.display().to_string());
        match File::create_new(&path) {
            Ok(file) => return Ok((file, place)),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => continue,
            Err(error) => return Err(format!("{place} cannot be written: {error}")),
        }
    }
    Err(format!("there are a thousand files called {stem} already"))
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
