//! A device: what an official SDK does on the socket, pull loop included.

use std::io;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail, ensure};
use bytes::Bytes;

use crate::socket::{Endpoint, Link, Socket};
use crate::wire::{self, Downlink, SyncDown, Target};

/// Who logs in, and as which device.
#[derive(Clone, Debug)]
pub struct Identity {
    /// `org#app`.
    pub app_key: String,
    /// User id.
    pub user: String,
    /// User token.
    pub token: String,
    /// Device.
    pub resource: String,
}

/// The answer to an uplink.
#[derive(Clone, Debug)]
pub struct Receipt {
    /// The device's id of the message.
    pub meta_id: u64,
    /// 0 when accepted.
    pub code: u64,
    /// Why it was refused.
    pub reason: String,
    /// The message's id.
    pub server_id: u64,
    /// The message's time in ms.
    pub timestamp: u64,
}

/// What happened.
#[derive(Debug)]
pub enum Event {
    /// The answer to an uplink.
    Receipt(Receipt),
    /// Messages of a queue. Their acknowledgement is queued already.
    Batch(SyncDown),
    /// Every queue that the first UNREAD listed has come to an end. As with the SDKs, the end of the
    /// system queue that servers send unasked after UNREAD counts, too.
    Synced,
}

/// A device that is logged in.
#[derive(Debug)]
pub struct Device {
    socket: Socket,
    identity: Identity,
    /// Queues announced by NOTICE and not pulled to their end; the first is being pulled.
    announced: Vec<Bytes>,
    /// Queues of the first UNREAD that have not come to their end; `None` before its answer.
    offline: Option<Vec<Bytes>>,
    /// The SDKs do not acknowledge a batch with the same queue and key as the last one.
    last_key: Option<(Bytes, u64)>,
    next_id: u64,
    frame: Vec<u8>,
}

impl Device {
    /// Connects and logs in, then asks for what is unread as the SDKs do.
    pub async fn login(endpoint: &Endpoint, identity: Identity, link: Link) -> Result<Self> {
        let mut socket = Socket::connect(endpoint, link).await?;
        let mut frame = Vec::new();
        let Identity { app_key, user, token, resource } = &identity;
        wire::put_provision(&mut frame, app_key, user, token, resource);
        socket.send(&frame);
        let Some(answer) = socket.recv().await? else {
            match socket.turned_away() {
                Some(turned_away) => bail!(turned_away),
                None => bail!("the connection closed during login"),
            }
        };
        let Downlink::Provision(provision) = wire::read_downlink(&answer)? else {
            bail!("the login was answered by another frame");
        };
        let status = provision.status.context("the login's answer has no status")?;
        let code = status.error_code.unwrap_or(0);
        ensure!(code == 0, "login of {user} refused: {code} {}", status.reason.unwrap_or_default());
        let mut device = Self {
            socket,
            identity,
            announced: Vec::new(),
            offline: None,
            last_key: None,
            next_id: first_id(),
            frame,
        };
        device.heartbeat();
        device.put_statistics();
        Ok(device)
    }

    /// [`Device::login`], and pulls everything that waits. Returns the messages pulled.
    pub async fn login_synced(
        endpoint: &Endpoint,
        identity: Identity,
        link: Link,
    ) -> Result<(Self, Vec<SyncDown>)> {
        let mut device = Self::login(endpoint, identity, link).await?;
        let mut batches = Vec::new();
        loop {
            match device.next().await?.context("the connection closed while syncing")? {
                Event::Batch(batch) => batches.push(batch),
                Event::Synced => return Ok((device, batches)),
                Event::Receipt(_) => {}
            }
        }
    }

    /// Who this is.
    #[must_use]
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The socket, to send what no SDK sends.
    pub fn socket(&mut self) -> &mut Socket {
        &mut self.socket
    }

    /// Queues a text and returns its id on this device.
    pub fn send_text(&mut self, to: &Target, text: &str) -> u64 {
        let id = self.take_id();
        self.send_text_as(id, to, text);
        id
    }

    /// Queues a text under a chosen id, as a resend.
    pub fn send_text_as(&mut self, id: u64, to: &Target, text: &str) {
        let body = wire::text_body(&self.identity.app_key, &self.identity.user, to, text);
        self.send_meta(id, &body);
    }

    /// Queues an uplink made by [`wire::text_body`] or another serialized `Meta` without id.
    pub fn send_meta(&mut self, id: u64, body: &[u8]) {
        self.frame.clear();
        wire::put_meta(&mut self.frame, id, body);
        self.socket.send(&self.frame);
    }

    /// Queues an UNREAD, the SDKs' heartbeat.
    pub fn heartbeat(&mut self) {
        self.frame.clear();
        wire::put_unread(&mut self.frame);
        self.socket.send(&self.frame);
    }

    /// Writes what is queued. [`Device::next`] does so too when it has to wait.
    pub async fn flush(&mut self) -> io::Result<()> {
        self.socket.flush().await
    }

    /// Closes the connection, without a logout, as a browser tab does.
    pub async fn close(self) -> io::Result<()> {
        self.socket.close().await
    }

    /// The next event; `None` when the server closed the connection. Nothing is lost when the
    /// returned future is dropped.
    pub async fn next(&mut self) -> Result<Option<Event>> {
        loop {
            let Some(frame) = self.socket.recv().await? else { return Ok(None) };
            let event = match wire::read_downlink(&frame)? {
                Downlink::Notice(queue) => self.on_notice(queue),
                Downlink::Unread(queues) => self.on_unread(queues),
                Downlink::Sync(down) if down.meta_id.is_some() => {
                    Some(Event::Receipt(receipt(&down)))
                }
                Downlink::Sync(down) if down.count > 0 => Some(self.on_batch(down)),
                Downlink::Sync(down) => self.on_end(&down),
                Downlink::Provision(_) | Downlink::Logout => None,
            };
            if let Some(event) = event {
                return Ok(Some(event));
            }
        }
    }

    fn on_notice(&mut self, queue: Bytes) -> Option<Event> {
        let known = self.announced.iter().any(|other| same_queue(other, &queue));
        if !known {
            if self.announced.is_empty() {
                self.pull(&queue, None);
            }
            self.announced.push(queue);
        }
        None
    }

    fn on_unread(&mut self, queues: Vec<Bytes>) -> Option<Event> {
        for queue in &queues {
            self.pull(queue, None);
        }
        self.put_statistics();
        if self.offline.is_some() {
            return None;
        }
        let nothing = queues.is_empty();
        self.offline = Some(queues);
        nothing.then_some(Event::Synced)
    }

    fn on_batch(&mut self, batch: SyncDown) -> Event {
        let queue = batch.queue.clone().unwrap_or_default();
        if batch.is_last {
            // Not acknowledged; a queue that was announced is pulled again at once.
            if self.announced.first().is_some_and(|first| same_queue(first, &queue)) {
                self.pull(&queue, None);
            }
            return Event::Batch(batch);
        }
        let key = batch.next_key.unwrap_or(0);
        let seen =
            self.last_key.as_ref().is_some_and(|(last, k)| *k == key && same_queue(last, &queue));
        if !seen {
            self.pull(&queue, Some(key));
            self.last_key = match self.last_key.take() {
                Some((last, _)) if same_queue(&last, &queue) => Some((last, key)),
                // A copy, so that the read buffer can be reused.
                _ => Some((Bytes::copy_from_slice(&queue), key)),
            };
        }
        Event::Batch(batch)
    }

    fn on_end(&mut self, end: &SyncDown) -> Option<Event> {
        let queue = end.queue.as_ref()?;
        self.announced.retain(|other| !same_queue(other, queue));
        if let Some(next) = self.announced.first().cloned() {
            self.pull(&next, None);
        }
        let waiting = self.offline.as_mut().filter(|queues| !queues.is_empty())?;
        waiting.retain(|other| !same_queue(other, queue));
        waiting.is_empty().then_some(Event::Synced)
    }

    fn pull(&mut self, queue: &[u8], key: Option<u64>) {
        self.frame.clear();
        wire::put_pull(&mut self.frame, queue, key);
        self.socket.send(&self.frame);
    }

    fn put_statistics(&mut self) {
        let id = self.take_id();
        self.frame.clear();
        wire::put_statistics(&mut self.frame, id);
        self.socket.send(&self.frame);
    }

    /// Sets `count` ids apart for the caller and returns the first.
    pub fn reserve_ids(&mut self, count: u64) -> u64 {
        self.next_id += count;
        self.next_id - count
    }

    fn take_id(&mut self) -> u64 {
        self.reserve_ids(1)
    }
}

/// Ids are told apart per user and device, so a device that comes back must not repeat its own.
fn first_id() -> u64 {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since_epoch.as_micros()).unwrap_or(1)
}

fn receipt(down: &SyncDown) -> Receipt {
    Receipt {
        meta_id: down.meta_id.unwrap_or(0),
        code: down.code.unwrap_or(u64::MAX),
        reason: String::from_utf8_lossy(down.reason.as_deref().unwrap_or_default()).into_owned(),
        server_id: down.server_id,
        timestamp: down.timestamp,
    }
}

fn same_queue(a: &[u8], b: &[u8]) -> bool {
    a == b || wire::jid_name(a) == wire::jid_name(b)
}
