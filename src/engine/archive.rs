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

/// Writes a text into a new file of a directory; its path.
///
/// # Errors
/// Why it cannot be written.
pub fn keep(directory: Option<&Path>, name: &str, text: &str) -> Result<String, String> {
    let directory = directory.ok_or("no state directory is known")?;
    let (stem, ending) = name.rsplit_once('.').unwrap_or((name, "txt"));
    let names = std::iter::once(name.to_owned()).chain((2..1_000).map(|number| format!("{stem}-{number}.{ending}")));
    for name in names {
        let path = directory.join(name);
        match File::create_new(&path) {
            Ok(mut file) => {
                let written = file.write_all(text.as_bytes());
                let place = neutral(&path.display().to_string());
                return written.map(|()| place.clone()).map_err(|error| format!("{place} cannot be written: {error}"));
            }
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => continue,
            Err(error) => return Err(format!("{} cannot be written: {error}", neutral(&path.display().to_string()))),
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
