//! A wire to an API server that notes when each request came by. It is what "seen by the API server" means here.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

/// How long a request may be waited for.
const PATIENCE: Duration = Duration::from_secs(30);

/// A request that came by.
#[derive(Clone, Debug)]
pub struct Request {
    /// When its first bytes did.
    pub at: Instant,
    /// Its method and path.
    pub line: String,
}

type Seen = Arc<(Mutex<Vec<Request>>, Condvar)>;

/// The wire; connections through it end with their sides.
pub struct Wire {
    /// Where it listens.
    pub port: u16,
    seen: Seen,
}

impl Wire {
    /// Leads to a server on this port of the loopback address.
    pub fn to(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let here = listener.local_addr().expect("an address").port();
        let seen = Seen::default();
        let notes = Arc::clone(&seen);
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let Ok(server) = TcpStream::connect(("127.0.0.1", port)) else { continue };
                for side in [&client, &server] {
                    side.set_nodelay(true).expect("a socket");
                }
                let (from, to) = (client.try_clone().expect("a socket"), server.try_clone().expect("a socket"));
                let notes = Arc::clone(&notes);
                std::thread::spawn(move || pass(from, to, |bytes, at| note(&notes, bytes, at)));
                std::thread::spawn(move || pass(server, client, |_, _| ()));
            }
        });
        Self { port: here, seen }
    }

    /// Waits for the first request after `since` that is one of those; `None`: none came.
    pub fn first(&self, since: Instant, is_one: impl Fn(&str) -> bool) -> Option<Request> {
        let (seen, bell) = &*self.seen;
        let find = |seen: &[Request]| seen.iter().find(|one| one.at >= since && is_one(&one.line)).cloned();
        let held = seen.lock().expect("a wire that lives");
        let none = |seen: &mut Vec<Request>| find(seen).is_none();
        let (held, _) = bell.wait_timeout_while(held, PATIENCE, none).expect("a wire that lives");
        find(&held)
    }

    /// Everything that came by after `since`.
    pub fn after(&self, since: Instant) -> Vec<Request> {
        let seen = self.seen.0.lock().expect("a wire that lives");
        seen.iter().filter(|one| one.at >= since).cloned().collect()
    }
}

fn pass(mut from: TcpStream, mut to: TcpStream, mut look: impl FnMut(&[u8], Instant)) {
    let mut bytes = vec![0; 256 << 10];
    while let Ok(read @ 1..) = from.read(&mut bytes) {
        look(&bytes[..read], Instant::now());
        if to.write_all(&bytes[..read]).is_err() {
            break;
        }
    }
    let _gone_already = to.shutdown(Shutdown::Write);
}

/// A client of HTTP/1.1 that does not pipeline begins each request with a write of its own.
fn note(seen: &Seen, bytes: &[u8], at: Instant) {
    const METHODS: [&str; 5] = ["GET ", "POST ", "PATCH ", "PUT ", "DELETE "];
    let end = bytes.windows(6).position(|part| part == b" HTTP/").unwrap_or(0);
    let line = String::from_utf8_lossy(&bytes[..end]).into_owned();
    if METHODS.iter().any(|method| line.starts_with(method)) {
        seen.0.lock().expect("a wire that lives").push(Request { at, line });
        seen.1.notify_all();
    }
}
