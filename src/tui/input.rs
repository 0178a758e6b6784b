//! Keys from a real terminal, as a bounded stream that ends when the terminal does.
//!
//! crossterm's own stream spins for ever on a terminal that hung up (its reader takes neither end-of-file nor `EIO` for
//! an end). So a thread of ours asks the kernel first, and lets crossterm read only what is there.
//!
//! Of crossterm's two readers we take the one that its feature `use-dev-tty` turns on. The other waits for *edges*, and one
//! that comes together with a change of the window's size is dropped: the key lies unread until the next one comes, and a
//! rollback would be confirmed in a dialog that nobody has seen.

use std::io;
use std::time::Duration;

use futures::Stream;
use ratatui::crossterm::event::{self, Event};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use tokio::sync::mpsc;

/// Keys that may wait for the screen. When it is full the keys wait in the terminal.
const WAITING: usize = 256;

/// How long crossterm may look for what is there already; it does not look at all for no time.
const AT_ONCE: Duration = Duration::from_millis(1);

/// How often the thread looks whether anybody still listens.
const LISTENING: Timespec = Timespec { tv_sec: 1, tv_nsec: 0 };

/// Starts reading keys from the terminal on standard input.
///
/// The stream's last item is an error when the terminal is gone.
///
/// # Errors
/// When no thread can be started.
pub fn keys() -> io::Result<impl Stream<Item = io::Result<Event>> + Unpin + Send + 'static> {
    let (sender, receiver) = mpsc::channel(WAITING);
    std::thread::Builder::new().name("keys".to_owned()).spawn(move || read_until_gone(&sender))?;
    Ok(Box::pin(futures::stream::unfold(receiver, |mut receiver| async {
        receiver.recv().await.map(|event| (event, receiver))
    })))
}

fn read_until_gone(sender: &mpsc::Sender<io::Result<Event>>) {
    while !sender.is_closed() {
        let waited = wait();
        // Another screen of this process may read by now: not one key of it is taken.
        if sender.is_closed() {
            return;
        }
        let outcome = match waited {
            Ok(Waited::Nothing) => continue,
            Ok(Waited::Ready) => pass_on(sender),
            Ok(Waited::Gone) => Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the terminal hung up")),
            Err(error) => Err(error),
        };
        if let Err(error) = outcome {
            // Nobody listens any more where this fails, and then nobody needs to know.
            let _unheard = sender.blocking_send(Err(error));
            return;
        }
    }
}

enum Waited {
    Nothing,
    Ready,
    Gone,
}

/// Waits for input; a window that changed its size wakes it too, by its signal.
fn wait() -> io::Result<Waited> {
    let stdin = io::stdin();
    let mut files = [PollFd::new(&stdin, PollFlags::IN)];
    match poll(&mut files, Some(&LISTENING)) {
        Err(error) if error == rustix::io::Errno::INTR => return Ok(Waited::Ready),
        Err(error) => return Err(error.into()),
        Ok(_) => {}
    }
    let seen = files.iter().fold(PollFlags::empty(), |all, file| all | file.revents());
    if seen.intersects(PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL) {
        return Ok(Waited::Gone);
    }
    Ok(if seen.contains(PollFlags::IN) { Waited::Ready } else { Waited::Nothing })
}

/// Hands on what crossterm makes of the input that is there.
fn pass_on(sender: &mpsc::Sender<io::Result<Event>>) -> io::Result<()> {
    let mut any = false;
    while event::poll(AT_ONCE)? {
        any = true;
        if sender.blocking_send(Ok(event::read()?)).is_err() {
            return Ok(());
        }
    }
    if !any {
        // Input is there and makes no event yet, such as half an escape sequence: not worth a busy loop.
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}
