//! The listening socket and its connections, which close and open again as the world says.

use std::convert::Infallible;
use std::future;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::sleep;
use tokio_util::task::AbortOnDropHandle;

use crate::sim::api::handle::{Outcome, serve_one};
use crate::sim::api::{Shared, lock};
use crate::sim::backend::Backend;

/// At most so many connections at once; a further one is closed at once.
const MOST_CONNECTIONS: usize = 1_000;

/// How long to wait before an address that somebody else holds is tried again.
const BIND_AGAIN: Duration = Duration::from_millis(50);

/// A running API server; it ends when this is dropped.
#[derive(Debug)]
pub struct Server {
    /// Where it listens, whenever it listens.
    pub address: SocketAddr,
    _task: AbortOnDropHandle<()>,
}

/// Serves a world on a loopback port; 0 means any.
///
/// # Errors
/// The port is taken.
pub async fn serve<B: Backend>(backend: Arc<Mutex<B>>, port: u16) -> io::Result<Server> {
    let world: Shared = backend;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    let address = listener.local_addr()?;
    let listening = lock(&world).listening();
    let task = tokio::spawn(keep_serving(world, listener, address, listening));
    Ok(Server { address, _task: AbortOnDropHandle::new(task) })
}

/// Listens while the world says so, for ever.
async fn keep_serving(world: Shared, first: TcpListener, address: SocketAddr, mut listening: watch::Receiver<bool>) {
    let mut listener = Some(first);
    loop {
        if !*listening.borrow_and_update() {
            drop(listener.take());
        }
        if listening.wait_for(|on| *on).await.is_err() {
            return;
        }
        let socket = match listener.take() {
            Some(socket) => socket,
            None => bind_again(address).await,
        };
        let mut connections = JoinSet::new();
        accept_while(&world, &socket, &mut connections, &mut listening).await;
        drop(socket);
        connections.shutdown().await;
    }
}

/// Accepts connections until the world wants none.
async fn accept_while(
    world: &Shared,
    socket: &TcpListener,
    connections: &mut JoinSet<()>,
    listening: &mut watch::Receiver<bool>,
) {
    loop {
        tokio::select! {
            () = told_to_stop(listening) => return,
            accepted = socket.accept() => match accepted {
                Ok((stream, _)) if connections.len() < MOST_CONNECTIONS => {
                    connections.spawn(converse(Arc::clone(world), stream));
                }
                Ok(_) => (),
                // Out of descriptors: the connections that end give some back.
                Err(_) => sleep(BIND_AGAIN).await,
            },
            Some(_) = connections.join_next() => (),
        }
    }
}

async fn told_to_stop(listening: &mut watch::Receiver<bool>) {
    if listening.wait_for(|on| !*on).await.is_err() {
        // Nobody is left who could say so.
        future::pending::<()>().await;
    }
}

async fn bind_again(address: SocketAddr) -> TcpListener {
    loop {
        match TcpListener::bind(address).await {
            Ok(listener) => return listener,
            Err(_) => sleep(BIND_AGAIN).await,
        }
    }
}

/// One connection, to its end.
async fn converse(world: Shared, stream: TcpStream) {
    if stream.set_nodelay(true).is_err() {
        return;
    }
    let service = service_fn(move |request| {
        let world = Arc::clone(&world);
        async move {
            match serve_one(world, request).await {
                Outcome::Answer(response) => Ok(response),
                Outcome::Close => Err(io::Error::from(io::ErrorKind::ConnectionAborted)),
                Outcome::Hang => Ok::<_, io::Error>(never(future::pending::<Infallible>().await)),
            }
        }
    });
    let connection = http1::Builder::new().timer(TokioTimer::new()).serve_connection(TokioIo::new(stream), service);
    // Whether the client, the network or a fault ended it does not matter here.
    let _ended = connection.await;
}

fn never<T>(nothing: Infallible) -> T {
    match nothing {}
}
