//! A pseudo-terminal with the program in it, that knows when each frame arrived and how many bytes it took.

use std::io::{Read, Write};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

use crate::home::{Home, program};

/// How long any one condition may take to come true.
const PATIENCE: Duration = Duration::from_secs(60);

/// What the terminal shows, and what it took.
struct Shown {
    parser: vt100::Parser,
    bytes: u64,
    /// When the newest bytes arrived.
    at: Instant,
}

/// The program in its terminal; it is ended with its value.
pub struct Seat {
    shown: Arc<(Mutex<Shown>, Condvar)>,
    keys: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    /// When it was started.
    pub began: Instant,
    // The terminal hangs up when this goes.
    _terminal: Box<dyn MasterPty + Send>,
}

impl Seat {
    /// Runs the program at a terminal of `columns`×`rows`.
    pub fn take(home: &Home, (columns, rows): (u16, u16), args: &[&str]) -> Self {
        let size = PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 };
        let pty = native_pty_system().openpty(size).expect("a pseudo-terminal");
        let mut command = CommandBuilder::new(program());
        command.env_clear();
        for (name, value) in home.environment() {
            command.env(name, value);
        }
        command.cwd(home.path());
        command.args(args);
        let shown = Shown { parser: vt100::Parser::new(rows, columns, 0), bytes: 0, at: Instant::now() };
        let shown = Arc::new((Mutex::new(shown), Condvar::new()));
        let mut from = pty.master.try_clone_reader().expect("its output");
        let keys = pty.master.take_writer().expect("its input");
        let screen = Arc::clone(&shown);
        std::thread::spawn(move || {
            let mut bytes = vec![0; 64 << 10];
            while let Ok(read @ 1..) = from.read(&mut bytes) {
                let at = Instant::now();
                let mut shown = screen.0.lock().expect("a reader that lives");
                shown.parser.process(&bytes[..read]);
                shown.bytes += read as u64;
                shown.at = at;
                screen.1.notify_all();
            }
        });
        let began = Instant::now();
        let child = pty.slave.spawn_command(command).expect("the program");
        Self { shown, keys, child, began, _terminal: pty.master }
    }

    /// Presses keys; when.
    pub fn press(&mut self, keys: &str) -> Instant {
        let at = Instant::now();
        self.keys.write_all(keys.as_bytes()).and_then(|()| self.keys.flush()).expect("a terminal that takes keys");
        at
    }

    /// Waits until the screen is so; when the frame that made it so arrived.
    pub fn sees(&self, what: &str, is_so: impl Fn(&str) -> bool) -> Instant {
        let (shown, bell) = &*self.shown;
        let so = |shown: &mut Shown| !is_so(&shown.parser.screen().contents());
        let held = shown.lock().expect("a reader that lives");
        let (held, waited) = bell.wait_timeout_while(held, PATIENCE, so).expect("a reader that lives");
        assert!(!waited.timed_out(), "waited in vain for {what}:\n{}", held.parser.screen().contents());
        held.at
    }

    /// The same of words.
    pub fn sees_words(&self, words: &str) -> Instant {
        self.sees(words, |screen| screen.contains(words))
    }

    /// How many bytes it has written so far.
    pub fn bytes(&self) -> u64 {
        self.shown.0.lock().expect("a reader that lives").bytes
    }

    /// Its process.
    pub fn id(&self) -> u32 {
        self.child.process_id().expect("a process that runs")
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let _ended_already = self.child.kill();
        let _reaped = self.child.wait();
    }
}
