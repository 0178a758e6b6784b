//! A session as others can watch it: everything that is written to the terminal, in the format of asciicast v2.

use std::fs::File;
use std::io::{self, BufWriter, Stdout, Write};
use std::path::Path;
use std::time::Instant;

use ratatui::crossterm::terminal;
use serde_json::json;

use crate::tui::remains::LeftBehind;

/// A terminal whose output is written down as well.
pub struct Recording {
    terminal: Stdout,
    /// `None`: it could not be written any more, and the session goes on without it.
    file: Option<BufWriter<File>>,
    left_behind: LeftBehind,
    began: Instant,
    /// What was written since the last flush: a frame is one event, and never ends inside a character.
    frame: Vec<u8>,
    size: (u16, u16),
}

impl Recording {
    /// Begins a recording of a terminal of this size.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn begin(path: &Path, size: (u16, u16), left_behind: LeftBehind) -> io::Result<Self> {
        let mut file = BufWriter::new(File::create(path)?);
        let timestamp =
            std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default().as_secs();
        let header = json!({
            "version": 2, "width": size.0, "height": size.1, "timestamp": timestamp,
            "title": "glidepath", "env": { "TERM": std::env::var("TERM").unwrap_or_default() },
        });
        writeln!(file, "{header}")?;
        file.flush()?;
        let file = Some(file);
        Ok(Self { terminal: io::stdout(), file, left_behind, began: Instant::now(), frame: Vec::new(), size })
    }

    /// Writes a frame down. A disk that is full ends the recording, never the session: what flies is worth more.
    fn write_down(&mut self, frame: &str) {
        let Some(file) = &mut self.file else { return };
        let at = (self.began.elapsed().as_secs_f64() * 1e6).round() / 1e6;
        let mut lines = String::new();
        if let Ok(size) = terminal::size()
            && size != self.size
        {
            self.size = size;
            lines = format!("{}\n", json!([at, "r", format!("{}x{}", size.0, size.1)]));
        }
        lines += &format!("{}\n", json!([at, "o", frame]));
        if let Err(error) = file.write_all(lines.as_bytes()).and_then(|()| file.flush()) {
            self.file = None;
            self.left_behind.trouble(format!("the recording ends after {at:.0} s: {error}"));
        }
    }
}

impl Write for Recording {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.terminal.write(bytes)?;
        self.frame.extend(bytes.iter().take(written));
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.terminal.flush()?;
        if !self.frame.is_empty() {
            let frame = std::mem::take(&mut self.frame);
            self.write_down(&String::from_utf8_lossy(&frame));
        }
        Ok(())
    }
}
