//! A way between two programs that can be cut, slowed down, and led elsewhere.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, Result};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

/// Bytes that are on the way at once, in pieces of at most [`PIECE`].
const PIECES: usize = 256;
const PIECE: usize = 16 << 10;

/// What becomes of what is sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Weather {
    /// It arrives.
    Fair,
    /// It arrives, each time so much later.
    Slow(Duration),
    /// Nothing arrives, and nobody is told: a network that has come apart.
    Silent,
    /// Connections end, and no new one is to be had.
    Cut,
}

/// A listening address from which connections lead to another one.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    way: watch::Sender<(SocketAddr, Weather)>,
    _tasks: JoinSet<()>,
}

impl Proxy {
    /// A way to `target`, in fair weather.
    pub async fn to(target: SocketAddr) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.context("no port for a proxy")?;
        let address = listener.local_addr()?;
        let (way, seen) = watch::channel((target, Weather::Fair));
        let mut tasks = JoinSet::new();
        tasks.spawn(accept(listener, seen));
        Ok(Self { address, way, _tasks: tasks })
    }

    /// Where it begins.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// From now on, for the connections that are there and for new ones.
    pub fn set(&self, weather: Weather) {
        self.way.send_modify(|way| way.1 = weather);
    }

    /// New connections lead to `target`; those that are there end.
    pub fn lead_to(&self, target: SocketAddr) {
        let weather = self.way.borrow().1;
        self.set(Weather::Cut);
        self.way.send_replace((target, weather));
    }
}

async fn accept(listener: TcpListener, way: watch::Receiver<(SocketAddr, Weather)>) {
    let mut connections = JoinSet::new();
    while let Ok((near, _)) = listener.accept().await {
        while connections.try_join_next().is_some() {}
        connections.spawn(carry(near, way.clone()));
    }
}

/// Carries one connection until one of its ends, or the way, is gone.
async fn carry(near: TcpStream, way: watch::Receiver<(SocketAddr, Weather)>) {
    let (target, weather) = *way.borrow();
    if weather == Weather::Cut {
        return;
    }
    let mut ended = way.clone();
    let carried = async {
        let far = TcpStream::connect(target).await?;
        near.set_nodelay(true)?;
        far.set_nodelay(true)?;
        let (near_in, near_out) = near.into_split();
        let (far_in, far_out) = far.into_split();
        tokio::select! {
            () = pass(near_in, far_out, way.clone()) => {}
            () = pass(far_in, near_out, way) => {}
        }
        std::io::Result::Ok(())
    };
    tokio::select! {
        _ = carried => {}
        _ = ended.wait_for(|(now, weather)| *now != target || *weather == Weather::Cut) => {}
    }
}

async fn pass(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    mut way: watch::Receiver<(SocketAddr, Weather)>,
) {
    let (pieces, mut arriving) = mpsc::channel::<(Instant, Vec<u8>)>(PIECES);
    let seen = way.clone();
    let reading = async move {
        let mut buffer = vec![0; PIECE];
        while let Ok(n @ 1..) = from.read(&mut buffer).await {
            let delay = match seen.borrow().1 {
                Weather::Slow(delay) => delay,
                _ => Duration::ZERO,
            };
            if pieces.send((Instant::now() + delay, buffer[..n].to_vec())).await.is_err() {
                return;
            }
        }
    };
    let writing = async move {
        while let Some((due, piece)) = arriving.recv().await {
            sleep_until(due).await;
            if way.wait_for(|(_, weather)| *weather != Weather::Silent).await.is_err()
                || to.write_all(&piece).await.is_err()
            {
                return;
            }
        }
    };
    tokio::join!(reading, writing);
}
