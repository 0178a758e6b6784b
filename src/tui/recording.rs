//! A session as others can watch it: everything that is written to the terminal, in the format of asciicast v2.

use std::fs::File;
use std::io::{self, BufWriter, Stdout, Write};
use std::path::Path;
use std::time::Instant;

use ratatui::crossterm::terminal;
use serde_json::json;

/// A terminal whose output is written down as well.
pub struct Recording {
    terminal: Stdout,
    file: BufWriter<File>,
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
    pub fn begin(path: &Path, size: (u16, u16)) -> io::Result<Self> {
        let mut file = BufWriter::new(File::create(path)?);
        let timestamp =
            std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default().as_secs();
        let header = json!({
            "version": 2, "width": size.0, "height": size.1, "timestamp": timestamp,
            "title": "glidepath", "env": { "TERM": std::env::var("TERM").unwrap_or_default() },
        });
        writeln!(file, "{header}")?;
        Ok(Self { terminal: io::stdout(), file, began: Instant::now(), frame: Vec::new(), size })
    }

    fn event(&mut self, kind: &str, data: &str) -> io::Result<()> {
        let at = (self.began.elapsed().as_secs_f64() * 1e6).round() / 1e6;
        writeln!(self.file, "{}", json!([at, kind, data]))?;
        self.file.flush()
    }

    /// Notes the size that the terminal has now.
    fn note_size(&mut self) -> io::Result<()> {
        let size = terminal::size()?;
        if size != self.size {
            self.size = size;
            self.event("r", &format!("{}x{}", size.0, size.1))?;
        }
        Ok(())
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
            self.note_size()?;
            let frame = String::from_utf8_lossy(&std::mem::take(&mut self.frame)).into_owned();
            self.event("o", &frame)?;
        }
        Ok(())
    }
}
