//! What the journals of a directory say of their releases, without reading them whole: how each began, and how it ended.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use crate::core::event::Event;
use crate::core::plan::Plan;
use crate::core::snapshot::Outcome;
use crate::core::text::neutral;
use crate::core::time::Time;
use crate::engine::record::{Body, Record};

/// How much of a journal's end is read to find how its release ended. Behind an end there is a checkpoint and little else.
const END: u64 = 4 << 20;

/// The longest first line that is read.
const BEGINNING: u64 = 16 << 20;

/// One journal.
#[derive(Debug)]
pub struct Past {
    /// Its file.
    pub path: PathBuf,
    /// What it says, or why nobody can read it.
    pub said: Result<Said, String>,
}

/// What a journal says of its release.
#[derive(Clone, Debug, PartialEq)]
pub struct Said {
    /// What it was meant to do.
    pub plan: Plan,
    /// The epoch of the engine that wrote last.
    pub epoch: u64,
    /// When it began.
    pub began: Time,
    /// How it ended, if it has.
    pub end: Option<End>,
    /// When something was last written.
    pub last: Time,
}

/// How a release ended.
#[derive(Clone, Debug, PartialEq)]
pub struct End {
    /// In which way.
    pub outcome: Outcome,
    /// Whether a rollback was proved.
    pub proven: bool,
    /// The line that says so.
    pub record: Record,
}

/// All journals of a directory, by name.
///
/// # Errors
/// Why the directory cannot be read.
pub fn journals(directory: &Path) -> Result<Vec<Past>, String> {
    let entries = fs::read_dir(directory)
        .map_err(|error| format!("{} cannot be read: {error}", neutral(&directory.display().to_string())))?;
    let mut paths: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|end| end == "jsonl"))
        .collect();
    paths.sort();
    Ok(paths.into_iter().map(|path| Past { said: read(&path), path }).collect())
}

/// Whether a process writes this journal now.
pub fn is_written(path: &Path) -> bool {
    // A shared lock for an instant: whoever opens the journal to write it waits for none.
    File::open(path).is_ok_and(|file| file.try_lock_shared().is_err())
}

fn read(path: &Path) -> Result<Said, String> {
    let mut file = File::open(path).map_err(|error| error.to_string())?;
    let first = first_line(&mut file).map_err(|error| error.to_string())?;
    let first = Record::from_journal(first.trim_end())?;
    let Body::Event(Event::Started { plan }) = first.body else {
        return Err("its first line does not say what was released".to_owned());
    };
    let last = last_lines(&mut file).map_err(|error| error.to_string())?;
    let (mut end, mut epoch, mut last_at) = (None, first.epoch, first.at);
    for record in last.lines().filter_map(|line| Record::from_journal(line).ok()) {
        (epoch, last_at) = (epoch.max(record.epoch), record.at);
        match record.body {
            Body::Event(Event::Ended { outcome, proven, .. }) => end = Some(End { outcome, proven, record }),
            // What was held is gone on with in the same file.
            Body::Event(Event::Resumed { .. } | Event::Started { .. }) => end = None,
            _ => {}
        }
    }
    Ok(Said { plan: *plan, epoch, began: first.at, end, last: last_at })
}

fn first_line(file: &mut File) -> io::Result<String> {
    let mut line = String::new();
    BufReader::new(file.take(BEGINNING)).read_line(&mut line)?;
    Ok(line)
}

/// The lines at the end, without the part of one that comes first.
fn last_lines(file: &mut File) -> io::Result<String> {
    let from = file.metadata()?.len().saturating_sub(END);
    file.seek(SeekFrom::Start(from))?;
    let mut bytes = Vec::new();
    file.take(END).read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    Ok(if from == 0 { text } else { text.split_once('\n').map(|(_, whole)| whole.to_owned()).unwrap_or_default() })
}
