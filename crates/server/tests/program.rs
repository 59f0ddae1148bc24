//! The `hongyan` program from the outside: commands, exit codes, the one port, start and stop.

#![expect(clippy::unwrap_used, reason = "a test's helpers may panic like the test itself")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use hongyan_loadgen::process::free_address;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;

fn hongyan(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hongyan"));
    command.args(args);
    command
}

fn with_data(args: &[&str], data_dir: &Path) -> Command {
    let mut command = hongyan(args);
    command.arg("--data-dir").arg(data_dir);
    command
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap()
}

/// A running `hongyan serve`; ends with the test.
struct Server {
    child: Child,
    addr: SocketAddr,
}

impl Server {
    fn start(data_dir: &Path, args: &[&str]) -> Self {
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            let addr = free_address().unwrap();
            let mut command = with_data(&["serve", "--listen", &addr.to_string()], data_dir);
            let child = command.args(args).stdout(Stdio::piped()).stderr(Stdio::piped());
            let mut server = Self { child: child.spawn().unwrap(), addr };
            // The port is free no longer if somebody else was given it meanwhile.
            while server.child.try_wait().unwrap().is_none() {
                if TcpStream::connect(addr).is_ok() {
                    return server;
                }
                assert!(Instant::now() < deadline, "the server does not listen");
                std::thread::sleep(Duration::from_millis(20));
            }
            assert!(Instant::now() < deadline, "the server does not stay");
        }
    }

    /// Sends a request, returns status line and headers, and the body.
    fn request(&self, request: &str) -> (String, String) {
        let mut socket = TcpStream::connect(self.addr).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        socket.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        socket.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.to_owned(), body.to_owned())
    }

    fn get(&self, path: &str) -> (String, String) {
        self.request(&format!("GET {path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"))
    }

    fn post(&self, path: &str, body: &str) -> (String, String) {
        self.request(&format!(
            "POST {path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        ))
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Asks it to stop and returns its exit code, output and log.
    fn stop(mut self) -> (Option<i32>, String, String) {
        self.signal(Signal::TERM);
        let asked = Instant::now();
        let (mut out, mut log) = (String::new(), String::new());
        self.child.stdout.take().unwrap().read_to_string(&mut out).unwrap();
        self.child.stderr.take().unwrap().read_to_string(&mut log).unwrap();
        let status = self.child.wait().unwrap();
        assert!(asked.elapsed() < Duration::from_secs(10), "stopping took {:?}", asked.elapsed());
        (status.code(), out, log)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn the_one_port_serves_every_part() {
    let dir = TempDir::new().unwrap();
    let server = Server::start(dir.path(), &[]);
    for (path, status, has) in [
        ("/", "200", "<title>Hongyan"),
        ("/healthz", "200", "ok"),
        ("/readyz", "200", "ready"),
        ("/chat", "308", ""),
        ("/chat/", "200", "<!doctype html>"),
        ("/chat/../hongyan.db", "404", ""),
        ("/nothing", "404", "error_description"),
        ("/no/app/users", "404", "organization_application_not_found"),
        ("/ws", "426", "error_description"),
        ("/console", "308", ""),
        ("/console/", "200", "<!doctype html>"),
        ("/console/app/acme/shop/detail", "200", "<!doctype html>"),
        ("/console/api/apps", "401", "signed_out"),
        ("/console/api/nothing", "404", "no_such_endpoint"),
    ] {
        let (head, body) = server.get(path);
        assert!(head.starts_with(&format!("HTTP/1.1 {status}")), "{path}: {head}");
        assert!(body.contains(has), "{path}: {body}");
    }
    for path in ["/", "/healthz", "/docs/", "/docs/openapi.json", "/chat/", "/console/app"] {
        let (head, body) = server.post(path, "{}");
        assert!(head.starts_with("HTTP/1.1 405"), "{path}: {head}");
        assert!(head.to_lowercase().contains("\r\nallow: get"), "{path}: {head}");
        assert!(body.contains("unsupported_service_operation"), "{path}: {body}");
    }
    for path in ["/", "/ws", "/websocket"] {
        let mut socket = TcpStream::connect(server.addr).unwrap();
        let handshake = format!(
            "GET {path} HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        );
        socket.write_all(handshake.as_bytes()).unwrap();
        let mut line = String::new();
        BufReader::new(socket).read_line(&mut line).unwrap();
        assert!(line.starts_with("HTTP/1.1 101"), "{path}: {line}");
    }
    let huge = format!("GET / HTTP/1.1\r\nHost: h\r\nX: {}\r\n\r\n", "x".repeat(100_000));
    let mut socket = TcpStream::connect(server.addr).unwrap();
    // The server answers and closes before all of it is written.
    let _ = socket.write_all(huge.as_bytes());
    assert!(server.get("/healthz").0.starts_with("HTTP/1.1 200"));

    let (code, out, log) = server.stop();
    assert_eq!(code, Some(0), "{log}");
    // The one thing that is said once: who may sign in first.
    assert!(out.contains("operator@localhost"), "{out}");
}

#[test]
fn administration_works_beside_a_running_server() {
    let dir = TempDir::new().unwrap();
    let server = Server::start(dir.path(), &["--log-format", "json"]);
    let create = ["app", "create", "--org", "acme", "--name", "shop", "--json"];

    let created = with_data(&create, dir.path()).output().unwrap();
    assert!(created.status.success(), "{created:?}");
    let app = json(&created);
    assert_eq!(app["appkey"], "acme#shop");
    assert_eq!((&app["org"], &app["app"]), (&"acme".into(), &"shop".into()));
    let request = serde_json::json!({
        "grant_type": "client_credentials",
        "client_id": app["client_id"],
        "client_secret": app["client_secret"],
    });
    let (head, body) = server.post("/acme/shop/token", &request.to_string());
    assert!(head.starts_with("HTTP/1.1 200") && body.contains("access_token"), "{head} {body}");

    let again = with_data(&create, dir.path()).output().unwrap();
    assert_eq!(again.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&again.stderr).contains("acme#shop exists"), "{again:?}");

    let admin = ["admin", "create", "--email", "you@example.com", "--password-stdin"];
    let mut admin = with_data(&admin, dir.path());
    let mut admin = admin.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    admin.stdin.take().unwrap().write_all(b"correct horse battery\n").unwrap();
    assert!(admin.wait().unwrap().success());

    let listen = server.addr.to_string();
    let doctor = ["doctor", "--json", "--listen", &listen];
    let doctor = with_data(&doctor, dir.path()).output().unwrap();
    assert!(doctor.status.success(), "{doctor:?}");
    assert_eq!(json(&doctor)["ok"], true);

    let second = with_data(&["serve", "--listen", "127.0.0.1:0"], dir.path()).output().unwrap();
    assert_eq!(second.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&second.stderr).contains("another process"), "{second:?}");

    let (code, _, log) = server.stop();
    assert_eq!(code, Some(0));
    for line in log.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        assert!(line["message"].is_string() && line["level"].is_string(), "{line}");
    }
}

#[test]
fn features_are_shown_and_set_beside_a_running_server() {
    let dir = TempDir::new().unwrap();
    let server = Server::start(dir.path(), &[]);
    let app = ["--org", "acme", "--name", "shop"];
    let run = |command: &[&str], words: &[&str]| {
        let args = [command, &app, words].concat();
        with_data(&args, dir.path()).output().unwrap()
    };
    let feature = |words: &[&str]| {
        let output = run(&["app", "feature", "--json"], words);
        assert!(output.status.success(), "{words:?}: {output:?}");
        json(&output)
    };
    let refused = |words: &[&str], why: &str| {
        let output = run(&["app", "feature"], words);
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(1) && errors.contains(why), "{words:?}: {errors}");
    };
    let create = ["--plan", "free", "--product-name", "Shop", "--json"];
    assert!(run(&["app", "create"], &create).status.success());

    let table = feature(&[]);
    assert_eq!((&table["appkey"], &table["plan"]), (&"acme#shop".into(), &"free".into()));
    let keys = table["features"].as_array().unwrap().iter().map(|line| &line["key"]);
    assert!(keys.clone().any(|key| key == "friend_check") && keys.count() >= 17);
    let text = run(&["app", "feature"], &[]);
    assert!(String::from_utf8_lossy(&text.stdout).contains("multi_device"), "{text:?}");

    let enabled = |words: &[&str]| feature(words)["enabled"].clone();
    assert_eq!(enabled(&["friend_check"]), false);
    assert_eq!(enabled(&["friend_check", "on"]), true);
    // Not in the free plan: the operator grants it.
    assert_eq!(feature(&["multi_device"])["included"], false);
    assert_eq!(enabled(&["multi_device", "on"]), true);
    assert_eq!(enabled(&["multi_device", "plan"]), false);
    let devices = feature(&["multi_device", "2", "webim=1"]);
    assert_eq!((&devices["others"], &devices["platforms"]["webim"]), (&2.into(), &1.into()));
    let recall = feature(&["message_recall", "client=10m", "rest=1d"]);
    let windows = (&recall["client_seconds"], &recall["rest_seconds"]);
    assert_eq!(windows, (&600.into(), &86_400.into()));
    assert_eq!(feature(&["groups_max"])["limit"], 100);
    assert_eq!(feature(&["groups_max", "5"])["limit"], 5);
    assert_eq!(feature(&["groups_max", "unlimited"])["limit"], Value::Null);
    assert_eq!(feature(&["groups_max", "plan"])["limit"], 100);
    refused(&["message_recall", "8d"], "client_seconds");
    refused(&["friends"], "friends_per_user_max");
    refused(&["friend_check", "maybe"], "maybe");
    refused(&["single_read_ack", "off"], "always on");

    let listed = with_data(&["app", "list", "--json"], dir.path()).output().unwrap();
    let listed = json(&listed);
    assert_eq!((&listed[0]["appkey"], &listed[0]["plan"]), (&"acme#shop".into(), &"free".into()));
    assert_eq!(listed[0]["product_name"], "Shop");

    let answers = |wanted: &str| {
        let deadline = Instant::now() + Duration::from_secs(10);
        loop {
            let (head, body) = server.get("/acme/shop/users");
            if head.starts_with(&format!("HTTP/1.1 {wanted}")) {
                return body;
            }
            assert!(Instant::now() < deadline, "not {wanted}: {head}");
            std::thread::sleep(Duration::from_millis(50));
        }
    };
    answers("401");
    assert!(run(&["app", "suspend"], &[]).status.success());
    assert!(answers("403").contains("Service operation not allowed"));
    assert!(run(&["app", "resume"], &[]).status.success());
    answers("401");
}

#[test]
fn the_demo_is_set_up_once_and_says_who_may_log_in() {
    let dir = TempDir::new().unwrap();
    for _ in 0..2 {
        let server = Server::start(dir.path(), &["--demo"]);
        let addr = server.addr;
        for user in ["alice", "bob", "carol", "dave"] {
            let login =
                format!(r#"{{"grant_type":"password","username":"{user}","password":"hongyan"}}"#);
            let (head, body) = server.post("/demo/chat/token", &login);
            assert!(head.starts_with("HTTP/1.1 200"), "{head} {body}");
            if user == "dave" {
                let token: Value = serde_json::from_str(&body).unwrap();
                let token = token["access_token"].as_str().unwrap();
                let (_, groups) = server.request(&format!(
                    "GET /demo/chat/users/dave/joined_chatgroups HTTP/1.1\r\nHost: h\r\n\
                     Authorization: Bearer {token}\r\nConnection: close\r\n\r\n"
                ));
                let groups: Value = serde_json::from_str(&groups).unwrap();
                assert_eq!(groups["data"].as_array().map(Vec::len), Some(1), "{groups}");
            }
        }
        let (code, out, _) = server.stop();
        assert_eq!(code, Some(0));
        assert!(out.contains(&format!("http://{addr}/chat/")), "{out}");
        assert!(out.contains("alice, bob, carol, dave") && out.contains("demo#chat"), "{out}");
    }
}

#[test]
fn an_interrupt_stops_the_server_too() {
    let dir = TempDir::new().unwrap();
    let mut server = Server::start(dir.path(), &[]);
    server.signal(Signal::INT);
    assert_eq!(server.child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_mistake_is_named_and_has_its_exit_code() {
    let dir = TempDir::new().unwrap();
    let file = dir.path().join("hongyan.toml");
    std::fs::write(&file, "[log]\ncolour = true\n").unwrap();
    let failed = |command: &mut Command, code: i32, names: &str| {
        let output = command.output().unwrap();
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(code), "{errors}");
        assert!(errors.contains(names), "{errors}");
    };
    failed(hongyan(&["serve", "--config"]).arg(&file), 1, "log.colour");
    failed(hongyan(&["serve"]).env("HONGYAN_COLOUR", "1"), 1, "HONGYAN_COLOUR");
    failed(&mut hongyan(&["serve", "--demo", "--listen", "0.0.0.0:0"]), 1, "--demo-public");
    failed(&mut hongyan(&["serve", "--colour"]), 2, "--colour");
    failed(&mut hongyan(&["serve", "--database", "mysql://h/d"]), 1, "postgres://");
    failed(with_data(&["doctor"], dir.path()).env("HONGYAN_NODE", "x"), 1, "");

    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = taken.local_addr().unwrap().to_string();
    let serve = ["serve", "--listen", &listen];
    failed(&mut with_data(&serve, &dir.path().join("new")), 1, &listen);
    assert!(!dir.path().join("new").exists(), "written before the port was known to be free");
}

#[test]
fn the_default_configuration_is_printed_and_accepted() {
    let printed = hongyan(&["config", "print-default"]).output().unwrap();
    assert!(printed.status.success());
    let dir = TempDir::new().unwrap();
    let file = dir.path().join("hongyan.toml");
    std::fs::write(&file, printed.stdout).unwrap();
    let mut migrate = with_data(&["migrate"], dir.path());
    assert!(migrate.arg("--config").arg(&file).status().unwrap().success());
    let completions = hongyan(&["completions", "bash"]).output().unwrap();
    assert!(String::from_utf8_lossy(&completions.stdout).contains("print-default"));
}

/// A collector of traces: takes one request after the other, and hands on the bytes of each.
fn collector() -> (SocketAddr, mpsc::Receiver<Vec<u8>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    let (heard, requests) = mpsc::channel();
    std::thread::spawn(move || {
        for socket in listener.incoming() {
            let mut reader = BufReader::new(socket.unwrap());
            let (mut request, mut length) = (Vec::new(), 0);
            loop {
                let mut line = String::new();
                reader.read_line(&mut line).unwrap();
                if let Some(number) = line.to_lowercase().strip_prefix("content-length:") {
                    length = number.trim().parse().unwrap();
                }
                request.extend_from_slice(line.as_bytes());
                if line.trim().is_empty() {
                    break;
                }
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).unwrap();
            request.extend_from_slice(&body);
            let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
            reader.get_mut().write_all(answer).unwrap();
            if heard.send(request).is_err() {
                return;
            }
        }
    });
    (addr, requests)
}

#[test]
fn monitoring_reads_figures_and_collectors_are_told_traces() {
    let dir = TempDir::new().unwrap();
    let (collector, requests) = collector();
    let monitoring = free_address().unwrap();
    let file = dir.path().join("hongyan.toml");
    let settings = format!(
        "[metrics]\nlisten = \"{monitoring}\"\n\n[traces]\nurl = \"http://{collector}\"\nper_thousand = 0\n"
    );
    std::fs::write(&file, settings).unwrap();
    let data = dir.path().join("data");
    let server = Server::start(&data, &["--config", file.to_str().unwrap()]);
    // Nothing is sampled; who traces its own requests decides.
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    server.request(&format!(
        "GET /no/app/users HTTP/1.1\r\nHost: h\r\ntraceparent: 00-{trace}-00f067aa0ba902b7-01\r\n\
         Connection: close\r\n\r\n"
    ));
    server.get("/no/other/users");

    let ask = |path: &str| {
        let mut socket = TcpStream::connect(monitoring).unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
        socket.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        socket.read_to_string(&mut answer).unwrap();
        answer
    };
    let figures = ask("/metrics");
    for line in [
        "\nhongyan_sessions 0\n",
        "\nhongyan_http_requests_total{part=\"rest\",status=\"4xx\"} 2\n",
        "\nhongyan_http_request_seconds_bucket{part=\"rest\",le=\"10\"} 2\n",
        "\nhongyan_build_info{version=\"",
        "\nprocess_resident_memory_bytes ",
    ] {
        assert!(figures.contains(line), "{line:?} is missing:\n{figures}");
    }
    assert!(ask("/readyz").starts_with("HTTP/1.1 200"));
    let (head, _) = server.get("/metrics");
    assert!(head.starts_with("HTTP/1.1 404"), "figures are not for everybody: {head}");

    let (code, ..) = server.stop();
    assert_eq!(code, Some(0));
    let told = requests.recv_timeout(Duration::from_secs(10)).unwrap();
    assert!(told.starts_with(b"POST /v1/traces HTTP/1.1\r\n"));
    let holds = |bytes: &[u8]| told.windows(bytes.len()).any(|part| part == bytes);
    let id: Vec<u8> =
        (0..16).map(|n| u8::from_str_radix(&trace[n * 2..][..2], 16).unwrap()).collect();
    assert!(holds(&id) && holds(b"request") && holds(b"/no/app/users"), "another trace");
    assert!(!holds(b"/no/other/users"), "what nobody wants to know is told");
}
