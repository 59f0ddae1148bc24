//! Notices per second, and CPU per thousand, from the log to a vendor that answers at once.
//!
//! `cargo bench -p hongyan-integrations --bench push -- [MESSAGES] [USERS]`: messages of the app's server to users with a phone
//! each are committed first; then push begins to follow the log. The vendor is a process of its own on this machine, whose CPU is
//! not counted. SQLite in a temporary folder.

use std::convert::Infallible;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use hongyan_integrations::push::{self, CertificateForm, Settings, VendorSettings, Vendors};
use hongyan_integrations::{IntegrationOptions, Integrations};
use hongyan_messaging::messages::content::Content;
use hongyan_messaging::messages::{OutgoingMessage, TargetKind, send_from_server};
use hongyan_messaging::push_bindings::{self, PushBinding};
use hongyan_messaging::users::{self, NewUser};
use hongyan_messaging::{Messaging, MessagingOptions};
use hongyan_model::{Actor, Caller, Clock, IdGenerator, Origin, SystemClock};
use hongyan_platform::apps::{self, NewApp};
use hongyan_platform::{Platform, secrets};
use hongyan_providers::Outgoing;
use hongyan_store::{Database, Store, StoreOptions};
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::json;

const VENDOR: &str = "--vendor";

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    if args.first().is_some_and(|arg| arg == VENDOR) {
        return runtime.block_on(vendor());
    }
    let mut numbers = args.iter().filter_map(|arg| arg.parse::<usize>().ok());
    let messages = numbers.next().unwrap_or(10_000);
    let users = numbers.next().unwrap_or(1000);
    runtime.block_on(run(messages, users));
}

/// Takes every notice.
async fn vendor() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    println!("{}", listener.local_addr().expect("an address"));
    loop {
        let Ok((socket, _)) = listener.accept().await else { continue };
        let answer = async |request: Request<Incoming>| {
            let _ = request.into_body().collect().await;
            let body = r#"{"success":1,"failure":0,"results":[{"message_id":"1"}]}"#;
            Ok::<_, Infallible>(Response::new(Full::new(Bytes::from_static(body.as_bytes()))))
        };
        tokio::spawn(async move {
            let server = hyper::server::conn::http1::Builder::new();
            let _ = server.serve_connection(TokioIo::new(socket), service_fn(answer)).await;
        });
    }
}

struct Vendor(Child);

impl Drop for Vendor {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn start_vendor() -> (Vendor, String) {
    let program = std::env::current_exe().expect("this program");
    let mut child =
        Command::new(program).arg(VENDOR).stdout(Stdio::piped()).spawn().expect("a vendor");
    let mut address = String::new();
    let output = child.stdout.take().expect("its output");
    BufReader::new(output).read_line(&mut address).expect("its address");
    (Vendor(child), format!("http://{}", address.trim()))
}

async fn run(messages: usize, users: usize) {
    let (_vendor, base_url) = start_vendor();
    let folder = tempfile::tempdir().expect("a folder");
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let ids = Arc::new(IdGenerator::new(0));
    let store = Store::open(StoreOptions {
        database: Database::Sqlite { path: folder.path().join("hongyan.db") },
        data_dir: folder.path().to_owned(),
        clock: clock.clone(),
        ids: ids.clone(),
    });
    let store = store.await.expect("a store");
    let platform = Platform::new(store.clone(), clock.clone());
    let outgoing = Outgoing::new(Vec::new()).expect("outgoing calls");
    let fcm_legacy = VendorSettings { base_url, ..VendorSettings::default() };
    let settings = Settings { fcm_legacy, ..Settings::default() };
    let integrations = Integrations::new(IntegrationOptions {
        store: store.clone(),
        platform: platform.clone(),
        clock: clock.clone(),
        ids: ids.clone(),
        outgoing: outgoing.clone(),
        host: "bench".to_owned(),
        vendors: Vendors::new(settings, clock.clone()).expect("vendors"),
        public_url: None,
    });
    let m = Messaging::new(MessagingOptions {
        hooks: integrations.hooks(),
        store,
        platform: platform.clone(),
        router: platform.router().clone(),
        clock,
        ids,
        token_key: secrets::token_key(&platform).await.expect("a key"),
        rooms: hongyan_messaging::rooms::RoomOptions::default(),
        providers: Default::default(),
        outgoing,
    });
    let (app, _) = apps::create(&platform, NewApp::named("bench", "push")).await.expect("an app");
    let caller = Caller {
        app: app.clone(),
        actor: Actor::App,
        origin: Origin::System,
        device: None,
        client: None,
    };
    let form = CertificateForm {
        kind: "fcm_legacy".to_owned(),
        fields: json!({"sender_id": "1", "server_key": "key"})
            .as_object()
            .cloned()
            .unwrap_or_default(),
    };
    push::add(&integrations, &app, form).await.expect("a certificate");
    let name = |n: usize| format!("user{}", n % users);
    for n in 0..users {
        let new = NewUser { username: name(n), password: "p".to_owned(), nickname: None };
        users::register(&m, Some(&caller), &app, new).await.expect("a user");
        let binding = PushBinding {
            device_id: "phone".to_owned(),
            notifier: "1".to_owned(),
            device_token: format!("token{n}"),
        };
        push_bindings::set(&m, &caller, &name(n), binding).await.expect("a binding");
    }
    let begin = Instant::now();
    for n in 0..messages {
        let message = OutgoingMessage {
            from: "sender".to_owned(),
            to: vec![name(n)],
            kind: TargetKind::Users,
            content: Content::Text { text: "hello".to_owned() },
            ext: None,
            online_only: false,
            sync_device: false,
            need_group_ack: false,
            unroamed: Vec::new(),
            size: 5,
        };
        send_from_server(&m, &caller, message).await.expect("a message");
    }
    println!("{messages} messages to {users} users committed in {:.1?}", begin.elapsed());

    let (begin, cpu) = (Instant::now(), cpu_time());
    let running = tokio::spawn(push::run(integrations.clone(), m.clone()));
    let today = platform.calendar().day(m.clock().now());
    loop {
        let found = push::statistics(&integrations, &app, (today.plus(-1), today)).await;
        let days = found.expect("figures").days;
        let sent: u64 = days.iter().flat_map(|day| &day.channels).map(|of| of.success).sum();
        if sent >= messages as u64 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let (took, cpu) = (begin.elapsed(), cpu_time().saturating_sub(cpu));
    running.abort();
    println!(
        "{:.0} notices/s, {:.0} ms CPU per 1000, the vendor's not counted",
        messages as f64 / took.as_secs_f64(),
        cpu.as_secs_f64() * 1e6 / messages as f64
    );
}

/// Of this process so far.
fn cpu_time() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // After the name, which may hold spaces; in hundredths of a second.
    let fields: Vec<&str> =
        stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |n: usize| fields.get(n).and_then(|text| text.parse::<u64>().ok()).unwrap_or(0);
    Duration::from_millis(10 * (ticks(11) + ticks(12)))
}
