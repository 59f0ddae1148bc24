//! The device against a scripted server: the pull loop as the SDKs do it.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::net::SocketAddr;

use futures_util::{SinkExt, StreamExt};
use hongyan_loadgen::device::{Device, Event, Identity};
use hongyan_loadgen::socket::{Endpoint, Link};
use hongyan_loadgen::wire::{Target, text_body};
use hongyan_msync::proto::{CommSyncUl, Jid, MSync, Provision, m_sync::Command};
use hongyan_msync::{Message as _, frame};
use tokio::net::{TcpListener, TcpStream};
use tokio_websockets::{Message, ServerBuilder, WebSocketStream};

const APP: &str = "org#app";

/// The server's side of one connection.
struct Script(WebSocketStream<TcpStream>);

impl Script {
    async fn accept(listener: &TcpListener) -> Self {
        let (stream, _) = listener.accept().await.unwrap();
        let (_request, socket) = ServerBuilder::new().accept(stream).await.unwrap();
        Self(socket)
    }

    async fn read(&mut self) -> (Command, bytes::Bytes) {
        let message = self.0.next().await.unwrap().unwrap();
        assert!(message.is_binary());
        let msync = MSync::decode(&message.into_payload()[..]).unwrap();
        (msync.command(), msync.payload.unwrap_or_default())
    }

    /// The next uplink that is not a statistics meta.
    async fn read_sync(&mut self) -> CommSyncUl {
        loop {
            let (command, payload) = self.read().await;
            assert_eq!(command, Command::Sync);
            let sync = CommSyncUl::decode(payload).unwrap();
            if sync.meta.as_ref().is_none_or(|meta| meta.ns() as i32 != 0) {
                return sync;
            }
        }
    }

    async fn write(&mut self, frame: bytes::Bytes) {
        self.0.send(Message::binary(frame)).await.unwrap();
    }

    /// Answers the login and the first UNREAD.
    async fn log_in(&mut self, unread: Vec<Jid>) {
        let (command, payload) = self.read().await;
        assert_eq!(command, Command::Provision);
        let request = Provision::decode(payload).unwrap();
        assert_eq!(request.auth_token.as_deref(), Some(r#"{"token":"$t$secret"}"#));
        let answer = Provision {
            status: Some(frame::ok()),
            resource: request.resource,
            ..Default::default()
        };
        self.write(frame::provision(&answer)).await;
        assert_eq!(self.read().await.0, Command::Unread);
        self.write(frame::unread(unread, 1)).await;
    }

    async fn expect_pull(&mut self, queue: &Jid, key: Option<u64>) {
        let sync = self.read_sync().await;
        assert_eq!((sync.queue.as_ref(), sync.key), (Some(queue), key));
    }
}

fn queue(name: &str) -> Jid {
    Target::User(name.to_owned()).jid(APP)
}

async fn log_in(address: SocketAddr) -> Device {
    let endpoint = Endpoint::resolve(&format!("ws://{address}/websocket")).await.unwrap();
    let identity = Identity {
        app_key: APP.to_owned(),
        user: "ann".to_owned(),
        token: "secret".to_owned(),
        resource: "webim_web_1".to_owned(),
    };
    let link = Link { source: endpoint.source(20_001), ..Link::default() };
    Device::login(&endpoint, identity, link).await.unwrap()
}

async fn next_batch(device: &mut Device) -> u64 {
    match device.next().await.unwrap() {
        Some(Event::Batch(batch)) => batch.next_key.unwrap(),
        other => panic!("not a batch: {other:?}"),
    }
}

#[tokio::test]
async fn a_device_pulls_acknowledges_and_starts_the_next_announced_queue() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = async {
        let mut script = Script::accept(&listener).await;
        let (bob, eve) = (queue("bob"), queue("eve"));
        let body = text_body(APP, "bob", &Target::User("ann".into()), "hello");
        let stored = || [frame::Stored { id: 9, timestamp: 9, meta: &body }];

        script.log_in(vec![bob.clone()]).await;
        script.expect_pull(&bob, None).await;
        script.write(frame::batch(bob.clone(), 70, 1, &stored())).await;
        script.expect_pull(&bob, Some(70)).await;
        script.write(frame::queue_end(bob.clone(), 1)).await;

        // Two queues announced: the second waits for the end of the first.
        script.write(frame::notice(bob.clone())).await;
        script.write(frame::notice(eve.clone())).await;
        script.write(frame::notice(bob.clone())).await;
        script.expect_pull(&bob, None).await;
        script.write(frame::batch(bob.clone(), 71, 1, &stored())).await;
        script.expect_pull(&bob, Some(71)).await;
        // The same key again is delivered, and not acknowledged.
        script.write(frame::batch(bob.clone(), 71, 1, &stored())).await;
        script.write(frame::queue_end(bob, 1)).await;
        script.expect_pull(&eve, None).await;
        script.write(frame::batch(eve.clone(), 72, 1, &stored())).await;
        script.expect_pull(&eve, Some(72)).await;
        script.write(frame::queue_end(eve, 1)).await;

        let sent = script.read_sync().await.meta.unwrap();
        script.write(frame::receipt(sent.id(), 42, 7, frame::ok())).await;
        script.0.close().await.unwrap();
    };
    let client = async {
        let mut device = log_in(address).await;
        assert_eq!(next_batch(&mut device).await, 70);
        assert!(matches!(device.next().await.unwrap(), Some(Event::Synced)));
        assert_eq!(next_batch(&mut device).await, 71);
        assert_eq!(next_batch(&mut device).await, 71);
        assert_eq!(next_batch(&mut device).await, 72);
        let id = device.send_text(&Target::User("bob".into()), "hi");
        let Some(Event::Receipt(receipt)) = device.next().await.unwrap() else {
            panic!("not a receipt")
        };
        assert_eq!((receipt.meta_id, receipt.server_id, receipt.code), (id, 42, 0));
        assert!(device.next().await.unwrap().is_none());
    };
    tokio::join!(server, client);
}

#[tokio::test]
async fn a_refused_login_says_why() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = async {
        let mut script = Script::accept(&listener).await;
        script.read().await;
        let refused = hongyan_msync::proto::status::ErrorCode::Fail;
        let status = Some(frame::failure(refused, "Sorry, token expired"));
        script.write(frame::provision(&Provision { status, ..Default::default() })).await;
    };
    let client = async {
        let endpoint = Endpoint::resolve(&format!("ws://{address}/")).await.unwrap();
        let identity = Identity {
            app_key: APP.to_owned(),
            user: "ann".to_owned(),
            token: "old".to_owned(),
            resource: "r".to_owned(),
        };
        let error = Device::login(&endpoint, identity, Link::default()).await.unwrap_err();
        assert!(error.to_string().contains("Sorry, token expired"), "{error}");
    };
    tokio::join!(server, client);
}
