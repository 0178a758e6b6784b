//! A pseudo-terminal of 80×24 with the program in it: keys go in, and the screen is what a terminal would show.

use std::ffi::OsStr;
use std::io::{Read, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, PtyPair, PtySize, native_pty_system};

/// How long any one condition may take to come true.
const PATIENCE: Duration = Duration::from_secs(60);

/// What the terminal shows, and a bell for whoever waits for it to change.
type Shown = Arc<(Mutex<vt100::Parser>, Condvar)>;

/// The program in its terminal; it is ended with its value.
pub struct Seat {
    shown: Shown,
    keys: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    /// `None`: it was hung up.
    pty: Option<PtyPair>,
    /// How the terminal was set before the program ran.
    settings: String,
    /// Every byte that the program has written.
    written: Arc<Mutex<Vec<u8>>>,
    /// How many times keys were pressed.
    pressed: usize,
    /// Whether whoever reads the terminal lets go of it after the next frame.
    hung_up: Arc<AtomicBool>,
}

impl Seat {
    /// Runs the program in a directory of its own.
    pub fn take(home: &Path, args: &[&str]) -> Self {
        Self::run(home, env!("CARGO_BIN_EXE_glidepath"), args, &[])
    }

    /// Runs any program there, with these variables.
    pub fn run(home: &Path, program: &str, args: &[&str], variables: &[(&str, &OsStr)]) -> Self {
        let size = PtySize { rows: 24, cols: 80, pixel_width: 0, pixel_height: 0 };
        let pty = native_pty_system().openpty(size).unwrap();
        let settings = settings(&pty);
        let mut command = CommandBuilder::new(program);
        command.env_clear();
        command.env("TERM", "xterm-256color");
        command.env("LANG", "C.UTF-8");
        command.env("HOME", home);
        for (name, value) in variables {
            command.env(name, value);
        }
        command.cwd(home);
        command.args(args);
        let child = pty.slave.spawn_command(command).unwrap();
        let shown: Shown = Arc::new((Mutex::new(vt100::Parser::new(24, 80, 0)), Condvar::new()));
        let mut from = pty.master.try_clone_reader().unwrap();
        let keys = pty.master.take_writer().unwrap();
        let screen = Arc::clone(&shown);
        let hung_up = Arc::new(AtomicBool::new(false));
        let listens = Arc::clone(&hung_up);
        let written: Arc<Mutex<Vec<u8>>> = Arc::default();
        let writes = Arc::clone(&written);
        std::thread::spawn(move || {
            let mut bytes = [0; 4_096];
            while !listens.load(Ordering::SeqCst)
                && let Ok(read @ 1..) = from.read(&mut bytes)
            {
                writes.lock().unwrap().extend(&bytes[..read]);
                screen.0.lock().unwrap().process(&bytes[..read]);
                screen.1.notify_all();
            }
        });
        Self { shown, keys, child, pty: Some(pty), settings, written, pressed: 0, hung_up }
    }

    /// Presses keys.
    pub fn press(&mut self, keys: &str) {
        self.pressed += 1;
        self.keys.write_all(keys.as_bytes()).and_then(|()| self.keys.flush()).unwrap();
    }

    /// Gives the window another size.
    pub fn resizes(&mut self, cols: u16, rows: u16) {
        self.shown.0.lock().unwrap().screen_mut().set_size(rows, cols);
        let size = PtySize { rows, cols, pixel_width: 0, pixel_height: 0 };
        self.pty.as_ref().unwrap().master.resize(size).unwrap();
    }

    /// How many times keys were pressed so far.
    pub fn pressed(&self) -> usize {
        self.pressed
    }

    /// Closes the terminal under the program, as a network that goes does. Its exit code.
    pub fn hangs_up(mut self) -> u32 {
        // The reader lets go after the next frame, and the clocks on the screen move every second.
        self.hung_up.store(true, Ordering::SeqCst);
        self.keys = Box::new(std::io::sink());
        self.pty = None;
        let began = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.exit_code();
            }
            assert!(began.elapsed() < PATIENCE, "it outlives its terminal");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// What is on the screen now.
    pub fn screen(&self) -> String {
        self.shown.0.lock().unwrap().screen().contents()
    }

    /// Waits until the screen is so, and returns it.
    pub fn sees(&self, what: &str, is_so: impl Fn(&str) -> bool) -> String {
        let (parser, bell) = &*self.shown;
        let held = parser.lock().unwrap();
        let so = |parser: &mut vt100::Parser| !is_so(&parser.screen().contents());
        let (held, waited) = bell.wait_timeout_while(held, PATIENCE, so).unwrap();
        let screen = held.screen().contents();
        assert!(!waited.timed_out(), "waited in vain for {what}:\n{screen}");
        screen
    }

    /// Waits until the screen holds these words, and returns it.
    pub fn sees_words(&self, words: &str) -> String {
        self.sees(words, |screen| screen.contains(words))
    }

    /// What the screen shows, to be asked for after the program has ended.
    pub fn shown_after(&self) -> impl Fn() -> String + use<> {
        let shown = Arc::clone(&self.shown);
        move || shown.0.lock().unwrap().screen().contents()
    }

    /// Every byte that the program has written, to be asked for after it has ended.
    pub fn raw(&self) -> impl Fn() -> Vec<u8> + use<> {
        let written = Arc::clone(&self.written);
        move || written.lock().unwrap().clone()
    }

    /// Waits until the program has ended; its exit code. The terminal must be as it was.
    pub fn ends(mut self) -> u32 {
        let began = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(began.elapsed() < PATIENCE, "it does not end:\n{}", self.screen());
            std::thread::sleep(Duration::from_millis(10));
        };
        let (parser, bell) = &*self.shown;
        let taken = |parser: &mut vt100::Parser| parser.screen().alternate_screen() || parser.screen().hide_cursor();
        let (held, waited) = bell.wait_timeout_while(parser.lock().unwrap(), PATIENCE, taken).unwrap();
        assert!(
            !waited.timed_out(),
            "alternate screen {}, cursor hidden {}",
            held.screen().alternate_screen(),
            held.screen().hide_cursor()
        );
        drop(held);
        assert_eq!(self.pty.as_ref().map(settings).as_ref(), Some(&self.settings), "the terminal's settings");
        status.exit_code()
    }
}

/// Echo, line editing and everything else that raw mode changes, in words that can be compared.
fn settings(pty: &PtyPair) -> String {
    format!("{:?}", pty.master.get_termios())
}

impl Drop for Seat {
    fn drop(&mut self) {
        let _ended_already = self.child.kill();
        let _reaped = self.child.wait();
    }
}
