//! `-v`: this program's own log, into the cockpit's log pane and into a file beside the journals.
//!
//! What other people's text came into a line is neutralised once more on the way out. Requests are logged by method, path
//! and status, never by header or body, and other crates are heard from `info` on: below it some write what they send.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use tracing_subscriber::filter::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tui_logger::{LevelFilter, TuiTracingSubscriberLayer};

use crate::core::problem::Problem;
use crate::core::text::neutral;

/// The file's name in the state directory.
const FILE: &str = "glidepath.log";

/// What is heard: warnings; with `-v` what we do; with `-vv` every request, and what other crates are worth.
fn filter(verbose: u8) -> EnvFilter {
    EnvFilter::new(match verbose {
        0 => "warn",
        1 => "warn,glidepath=info",
        _ => "info,glidepath=trace",
    })
}

/// Begins to log; with `-v`, into a file of `directory` too. A second call changes nothing.
///
/// # Errors
/// A file that cannot be written.
pub fn begin(verbose: u8, directory: &Path) -> Result<(), Problem> {
    let file = (verbose > 0).then(|| open(&directory.join(FILE))).transpose()?;
    // What comes here has been filtered.
    tui_logger::set_default_level(LevelFilter::Trace);
    let lines = file.map(|file| tracing_subscriber::fmt::layer().with_ansi(false).with_writer(Lines(file)));
    let log = tracing_subscriber::registry().with(filter(verbose)).with(TuiTracingSubscriberLayer).with(lines);
    // A process logs once: whoever set it up before is as good.
    let _set_up_before = log.try_init();
    Ok(())
}

fn open(path: &Path) -> Result<Arc<Mutex<File>>, Problem> {
    let opened = OpenOptions::new().create(true).append(true).open(path);
    opened.map(|file| Arc::new(Mutex::new(file))).map_err(|error| {
        let path = neutral(&path.display().to_string());
        Problem::user(format!("cannot write the log {path}: {}", neutral(&error.to_string())))
            .hint("leave -v out, or name another directory with --journal DIR")
    })
}

/// A file that takes whole lines, neutralised.
struct Lines(Arc<Mutex<File>>);

/// One line on its way.
struct Line(Arc<Mutex<File>>);

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Line;

    fn make_writer(&'a self) -> Line {
        Line(Arc::clone(&self.0))
    }
}

impl Write for Line {
    /// The layer hands each event over whole. What the disk does not take is lost: a log is never waited for.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let line = neutral(String::from_utf8_lossy(bytes).trim_end()) + "\n";
        let mut file = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let _lost_on_a_full_disk = file.write_all(line.as_bytes());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_harmless_whatever_is_in_it() {
        let dir = tempfile::tempdir().unwrap();
        let file = open(&dir.path().join(FILE)).unwrap();
        let log = tracing_subscriber::fmt::layer().with_ansi(false).with_writer(Lines(file));
        tracing::subscriber::with_default(tracing_subscriber::registry().with(log), || {
            tracing::info!("a pod says \u{1b}]52;c;AAAA\u{7}\r and \u{202e}more\nand a second line");
        });
        let text = std::fs::read_to_string(dir.path().join(FILE)).unwrap();
        assert_eq!(text.lines().count(), 1, "{text}");
        assert!(text.contains("a pod says ") && text.contains("\\u{202e}more and a second line"), "{text}");
        assert!(!text.trim_end().contains(|c: char| c.is_control() || c == '\u{202e}'), "{text:?}");
    }

    #[test]
    fn a_log_that_cannot_be_written_is_said() {
        let problem = begin(1, Path::new("/nowhere/at/all")).unwrap_err();
        assert!(problem.what.starts_with("cannot write the log /nowhere/at/all/glidepath.log: "), "{}", problem.what);
        assert_eq!(problem.hints, ["leave -v out, or name another directory with --journal DIR"]);
    }
}
