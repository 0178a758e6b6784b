//! The journal on disk: one file a release, appended to and synced by a thread of its own, so that no turn ever waits for
//! a disk longer than it chooses to.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc;

use tokio::sync::{oneshot, watch};

use crate::core::event::Event;
use crate::core::plan::Plan;
use crate::core::problem::Problem;
use crate::core::snapshot::Outcome;
use crate::core::state::State;
use crate::engine::record::{Body, Record};

/// How many unwritten entries may wait for the disk. When it is full the newest are not recorded, and that is said.
const QUEUE: usize = 1_024;

/// A journal that is being written.
pub struct Journal {
    path: PathBuf,
    /// Where records go to be written; `None`: nowhere.
    queue: Option<mpsc::SyncSender<Entry>>,
    trouble: watch::Receiver<Option<String>>,
    dropped: watch::Sender<u64>,
    last: Option<(u64, u64)>,
}

/// When an entry counts as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Until {
    /// When it is on disk.
    OnDisk,
    /// When the system has it.
    Handed,
}

struct Entry {
    lines: String,
    /// Who waits until it is on disk; nobody: it goes there with the next that somebody waits for.
    done: Option<oneshot::Sender<()>>,
}

/// What an earlier engine left of a release that has not ended.
#[derive(Debug)]
pub struct Unfinished {
    /// What it is meant to do.
    pub plan: Plan,
    /// Where it stood.
    pub state: State,
    /// The epoch of the engine that wrote last.
    pub epoch: u64,
    /// Where the journal is.
    pub path: PathBuf,
    /// The number of that engine's last record.
    pub seq: u64,
    /// What was dropped from its end, where a write was torn.
    pub torn: Option<String>,
}

/// The file of a release's journal in this directory.
pub fn of(directory: &Path, release: &str) -> PathBuf {
    directory.join(format!("{release}.jsonl"))
}

impl Journal {
    /// Opens (or begins) the journal of a release, and locks it: two engines never write one journal.
    ///
    /// # Errors
    /// When the directory cannot be made or written, or another process has the journal.
    pub fn open(directory: &Path, release: &str) -> Result<Self, Problem> {
        Self::write(directory, release, Until::OnDisk)
    }

    fn write(directory: &Path, release: &str, until: Until) -> Result<Self, Problem> {
        let wrong = |what: &str, error: &io::Error| {
            Problem::user(format!("the state directory {} {what}: {error}", directory.display()))
                .hint("give another one with --journal DIR, or free this one")
        };
        fs::create_dir_all(directory).map_err(|error| wrong("cannot be made", &error))?;
        let path = of(directory, release);
        let mut file = OpenOptions::new()
            .create(true)
            .read(true)
            .append(true)
            .open(&path)
            .map_err(|error| wrong("cannot be written", &error))?;
        if file.try_lock().is_err() {
            return Err(Problem::refused(format!(
                "another process drives this release: it has locked {}",
                path.display()
            ))
            .hint("watch it with `glidepath attach`, or bring traffic back with `glidepath rollback`"));
        }
        let last = cut_torn_end(&mut file).map_err(|error| wrong("cannot be read", &error))?;
        let (queue, entries) = mpsc::sync_channel(QUEUE);
        let (say, trouble) = watch::channel(None);
        std::thread::Builder::new()
            .name("journal".to_owned())
            .spawn(move || write_entries(&mut file, &entries, &say, until))
            .map_err(|error| wrong("has no writer", &error))?;
        Ok(Self { path, queue: Some(queue), trouble, dropped: watch::Sender::new(0), last })
    }

    /// Begins a journal of its own for a release that nobody resumes (the demo's): what an earlier one of that name left
    /// is overwritten, and one that another process is writing is left alone. It outlives its process and no power cut:
    /// how fast a disk is has no place in what one seed makes.
    ///
    /// # Errors
    /// As [`Journal::open`].
    pub fn begin(directory: &Path, release: &str) -> Result<Self, Problem> {
        let names = std::iter::once(release.to_owned()).chain((2..100).map(|number| format!("{release}.{number}")));
        let free = names.into_iter().find(|name| {
            let path = directory.join(format!("{name}.jsonl"));
            File::open(&path).map_or(true, |file| file.try_lock().is_ok() && fs::remove_file(&path).is_ok())
        });
        Self::write(directory, &free.unwrap_or_else(|| release.to_owned()), Until::Handed)
    }

    /// A journal that is written nowhere, and says why: a rollback needs none.
    pub fn nowhere(why: impl Into<String>) -> Self {
        Self { trouble: watch::channel(Some(why.into())).1, ..Self::unwanted() }
    }

    /// The journal of whoever only looks: nothing is written, and nothing is wrong with that.
    pub fn unwanted() -> Self {
        let (_, trouble) = watch::channel(None);
        Self { path: PathBuf::new(), queue: None, trouble, dropped: watch::Sender::new(0), last: None }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The epoch and number of the last record that was in it when it was opened; `None`: it is new.
    pub fn last(&self) -> Option<(u64, u64)> {
        self.last
    }

    /// Why it cannot be written, where it cannot.
    pub fn trouble(&self) -> Option<String> {
        let dropped = *self.dropped.borrow();
        let trouble = self.trouble.borrow().clone();
        trouble.or_else(|| (dropped > 0).then(|| format!("the disk is too slow: {dropped} entries were not recorded")))
    }

    /// Appends records. What is returned is ready once they are on disk, or cannot be.
    pub fn append(&self, records: &[Record]) -> oneshot::Receiver<()> {
        let (done, synced) = oneshot::channel();
        self.queue(records, Some(done));
        synced
    }

    /// Appends a record that nobody waits for. The disk is not waited for either: what comes behind it, a rollback
    /// perhaps, shall not wait for two.
    pub fn note(&self, record: &Record) {
        self.queue(std::slice::from_ref(record), None);
    }

    fn queue(&self, records: &[Record], done: Option<oneshot::Sender<()>>) {
        let Some(queue) = &self.queue else { return };
        let lines: String = records.iter().map(Record::journal_line).collect();
        if queue.try_send(Entry { lines, done }).is_err() {
            self.dropped.send_modify(|dropped| *dropped += records.len() as u64);
        }
    }
}

fn write_entries(file: &mut File, entries: &mpsc::Receiver<Entry>, say: &watch::Sender<Option<String>>, until: Until) {
    while let Ok(entry) = entries.recv() {
        let written = file.write_all(entry.lines.as_bytes());
        let sync = entry.done.is_some() && until == Until::OnDisk;
        let written = if sync { written.and_then(|()| file.sync_data()) } else { written };
        let trouble = written.err().map(|error| error.to_string());
        say.send_if_modified(|known| std::mem::replace(known, trouble.clone()) != trouble);
        if let Some(done) = entry.done {
            // Whoever waited may have given up waiting: a rollback does.
            let _gone = done.send(());
        }
    }
}

/// A write that a crash tore leaves a last line without its end: it is cut off before anything is appended.
/// Answers the epoch and number of the last record that is whole.
fn cut_torn_end(file: &mut File) -> io::Result<Option<(u64, u64)>> {
    let mut good = 0;
    let mut last = None;
    let mut reader = BufReader::new(&mut *file);
    let mut line = Vec::new();
    loop {
        line.clear();
        let read = reader.read_until(b'\n', &mut line)?;
        if read == 0 || line.last() != Some(&b'\n') {
            break;
        }
        good += read as u64;
        std::mem::swap(last.get_or_insert_default(), &mut line);
    }
    file.set_len(good)?;
    file.seek(io::SeekFrom::End(0))?;
    let record = last.and_then(|line| Record::from_journal(String::from_utf8_lossy(&line).trim_end()).ok());
    Ok(record.map(|record| (record.epoch, record.seq)))
}

/// Reads a whole journal. A torn last line is dropped and said; any other line that does not fit is an error.
///
/// # Errors
/// Which line is wrong, and why; or that the file cannot be read.
pub fn read(path: &Path) -> Result<(Vec<Record>, Option<String>), Problem> {
    let text = fs::read(path)
        .map_err(|error| Problem::user(format!("cannot read the journal {}: {error}", path.display())))
        .map_err(|problem| problem.hint("`glidepath releases` says which releases have a journal on this machine"))?;
    let text = String::from_utf8_lossy(&text);
    let mut records = Vec::new();
    let whole = text.ends_with('\n');
    let lines: Vec<&str> = text.lines().collect();
    for (place, line) in lines.iter().enumerate() {
        match Record::from_journal(line) {
            Ok(record) => records.push(record),
            Err(why) if place + 1 == lines.len() && !whole => return Ok((records, Some(why))),
            Err(why) => {
                return Err(Problem::user(format!(
                    "{} is not a journal of glidepath: line {}: {why}",
                    path.display(),
                    place + 1
                ))
                .hint("give the file <release>.jsonl that a release wrote into its state directory"));
            }
        }
    }
    Ok((records, None))
}

/// The release of this hash that has not ended, if this directory holds its journal.
///
/// # Errors
/// When its journal is damaged before its end.
pub fn unfinished(directory: &Path, hash: &str) -> Result<Option<Unfinished>, Problem> {
    let Ok(entries) = fs::read_dir(directory) else { return Ok(None) };
    let mut paths: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|end| end == "jsonl"))
        .collect();
    paths.sort();
    let mut newest: Option<Unfinished> = None;
    for path in paths.into_iter().rev() {
        // Other releases' journals are not this one's business, damaged or not.
        if first_hash(&path).is_none_or(|first| first != hash) {
            continue;
        }
        let (records, torn) = read(&path)?;
        let found = unfinished_of(records, path, torn);
        newest = newest.into_iter().chain(found).max_by_key(|found| (found.epoch, found.seq));
    }
    Ok(newest)
}

fn first_hash(path: &Path) -> Option<String> {
    let mut line = String::new();
    BufReader::new(File::open(path).ok()?).read_line(&mut line).ok()?;
    match Record::from_journal(line.trim_end()).ok()?.body {
        Body::Event(Event::Started { plan }) => Some(plan.hash),
        _ => None,
    }
}

fn unfinished_of(records: Vec<Record>, path: PathBuf, torn: Option<String>) -> Option<Unfinished> {
    let (mut plan, mut state, mut epoch, mut seq) = (None, None, 0, 0);
    for record in records {
        (epoch, seq) = (record.epoch, record.seq).max((epoch, seq));
        match record.body {
            Body::Event(Event::Started { plan: started }) => plan = Some(*started),
            // A driver that lost its lease ended; the release did not.
            Body::Event(Event::Ended { outcome, .. }) if !resumable(outcome) && outcome != Outcome::Refused => {
                return None;
            }
            Body::Checkpoint(checkpoint) => state = Some(*checkpoint.state),
            Body::Event(_) | Body::Sight(_) => {}
        }
    }
    Some(Unfinished { plan: plan?, state: state?, epoch, seq, path, torn })
}

/// Whether a release that ended so may be gone on with: its weight stands, and nobody drives.
pub fn resumable(outcome: Outcome) -> bool {
    matches!(outcome, Outcome::Held | Outcome::ContactLost | Outcome::Detached)
}

/// Whether nothing more comes of a release that ended so. An engine that gave way to another one has ended, and not the
/// release.
pub fn is_over(outcome: Outcome) -> bool {
    !resumable(outcome) && outcome != Outcome::Refused
}
