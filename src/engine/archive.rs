//! The journals of a state directory, as a list: which release each is of, and how it ended.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use crate::core::event::Event;
use crate::core::inquiry::Recorded;
use crate::core::plan::Plan;
use crate::core::text::neutral;
use crate::core::time::Time;
use crate::engine::record::{Body, Record};

/// The most releases that are listed; the newest.
const MOST: usize = 200;

/// How much of a journal's end is read for its last words. One line is a state, mostly of tens of kilobytes.
const END: u64 = 1 << 20;

/// All releases that were recorded, the newest first. A file that is no journal of ours is left out.
///
/// # Errors
/// Why the directory cannot be read.
pub fn recorded(directory: Option<&Path>) -> Result<Vec<Recorded>, String> {
    let directory = directory.ok_or("no state directory is known")?;
    let entries = fs::read_dir(directory)
        .map_err(|error| format!("{} cannot be read: {error}", neutral(&directory.display().to_string())))?;
    let mut found: Vec<Recorded> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|end| end == "jsonl"))
        .filter_map(|path| one(&path))
        .collect();
    found.sort_by(|a, b| (b.started, &b.release).cmp(&(a.started, &a.release)));
    found.truncate(MOST);
    Ok(found)
}

fn one(path: &Path) -> Option<Recorded> {
    let mut file = File::open(path).ok()?;
    let mut line = String::new();
    BufReader::new(&mut file).read_line(&mut line).ok()?;
    let first = Record::from_journal(line.trim_end()).ok()?;
    let Body::Event(Event::Started { plan }) = first.body else { return None };
    let (outcome, last) = last_words(&mut file).unwrap_or((None, first.at));
    Some(Recorded {
        release: neutral(&first.release),
        place: neutral(&place(&plan)),
        versions: neutral(&format!("{} → {}", plan.from, plan.to)),
        started: first.at,
        outcome,
        last,
        path: neutral(&path.display().to_string()),
    })
}

fn place(plan: &Plan) -> String {
    format!("{} · {} / {}", plan.context, plan.namespace, plan.application)
}

/// How the release ended, if it did, and when something was last written.
fn last_words(file: &mut File) -> Option<(Option<String>, Time)> {
    let length = file.metadata().ok()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(END))).ok()?;
    let mut end = Vec::new();
    file.take(END).read_to_end(&mut end).ok()?;
    let end = String::from_utf8_lossy(&end);
    let records = end.lines().rev().filter_map(|line| Record::from_journal(line).ok());
    let mut last = None;
    for record in records {
        let at = *last.get_or_insert(record.at);
        match record.body {
            Body::Event(Event::Ended { outcome, proven, .. }) => {
                let proof = if proven { ", proven" } else { "" };
                return Some((Some(format!("{}{proof}", outcome.word())), at));
            }
            // What was written before this goes on: it has not ended since.
            Body::Event(Event::Resumed { .. } | Event::Started { .. }) => break,
            _ => {}
        }
    }
    Some((None, last?))
}
