//! A mail server that keeps what it is given.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hongyan_platform::mail::{Encryption, SmtpSettings};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

/// A received mail.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    pub(crate) to: String,
    pub(crate) subject: String,
    pub(crate) text: String,
}

pub(crate) struct MailServer {
    port: u16,
    mails: tokio::sync::Mutex<mpsc::UnboundedReceiver<Received>>,
    /// What the next receivers are answered with instead of `250`.
    failures: Arc<Mutex<Vec<&'static str>>>,
}

impl MailServer {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (sender, mails) = mpsc::unbounded_channel();
        let failures = Arc::new(Mutex::new(Vec::new()));
        let answers = failures.clone();
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                tokio::spawn(serve(socket, sender.clone(), answers.clone()));
            }
        });
        Self { port, mails: tokio::sync::Mutex::new(mails), failures }
    }

    pub(crate) fn settings(&self) -> SmtpSettings {
        SmtpSettings {
            host: "127.0.0.1".to_owned(),
            port: self.port,
            encryption: Encryption::None,
            username: String::new(),
            password: String::new(),
            from: "Hongyan <im@hongyan.test>".to_owned(),
        }
    }

    /// The next receivers are refused with these, in this order.
    pub(crate) fn refuse(&self, answers: &[&'static str]) {
        self.failures.lock().unwrap().extend(answers.iter().rev());
    }

    /// The next mail.
    pub(crate) async fn next(&self) -> Received {
        let mut mails = self.mails.lock().await;
        let mail = tokio::time::timeout(Duration::from_secs(10), mails.recv()).await;
        mail.expect("no mail arrived").unwrap()
    }

    /// Whether nothing has arrived that was not read.
    pub(crate) async fn is_empty(&self) -> bool {
        self.mails.lock().await.is_empty()
    }
}

impl Received {
    /// The token of the link in it.
    pub(crate) fn token(&self) -> String {
        let (_, rest) = self.text.split_once("?token=").unwrap();
        rest.split_whitespace().next().unwrap().to_owned()
    }

    /// The six digits in it.
    pub(crate) fn code(&self) -> String {
        let digits = |word: &&str| word.len() == 6 && word.bytes().all(|b| b.is_ascii_digit());
        self.text.split_whitespace().find(digits).unwrap().to_owned()
    }
}

async fn serve(
    socket: TcpStream,
    mails: mpsc::UnboundedSender<Received>,
    failures: Arc<Mutex<Vec<&'static str>>>,
) {
    let (read, mut write) = socket.into_split();
    let mut lines = BufReader::new(read).lines();
    let mut to = String::new();
    write.write_all(b"220 test\r\n").await.unwrap();
    while let Ok(Some(line)) = lines.next_line().await {
        let answer = match line.split([' ', ':']).next().unwrap_or_default() {
            "EHLO" => "250-test\r\n250 8BITMIME",
            "RCPT" => {
                to = line.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
                failures.lock().unwrap().pop().unwrap_or("250 ok")
            }
            "DATA" => {
                write.write_all(b"354 go on\r\n").await.unwrap();
                let mut data = String::new();
                while let Ok(Some(line)) = lines.next_line().await {
                    if line == "." {
                        break;
                    }
                    data.push_str(line.strip_prefix('.').unwrap_or(&line));
                    data.push('\n');
                }
                let _ = mails.send(decode(&to, &data));
                "250 taken"
            }
            "QUIT" => "221 bye",
            _ => "250 ok",
        };
        if write.write_all(format!("{answer}\r\n").as_bytes()).await.is_err() {
            return;
        }
    }
}

fn decode(to: &str, data: &str) -> Received {
    let (head, body) = data.split_once("\n\n").unwrap();
    let head = head.replace("\n ", " ");
    let header = |name: &str| {
        let prefix = format!("{name}: ");
        head.lines().find_map(|line| line.strip_prefix(&prefix)).unwrap_or_default().to_owned()
    };
    let text = match header("Content-Transfer-Encoding").as_str() {
        "base64" => {
            let bytes = STANDARD.decode(body.replace('\n', "")).unwrap();
            String::from_utf8(bytes).unwrap()
        }
        "quoted-printable" => unquoted(body),
        _ => body.to_owned(),
    };
    Received { to: to.to_owned(), subject: header("Subject"), text }
}

fn unquoted(body: &str) -> String {
    let mut bytes = Vec::new();
    let joined = body.replace("=\n", "");
    let mut rest = joined.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'=' {
            let hex = [rest.next().unwrap(), rest.next().unwrap()];
            let hex = std::str::from_utf8(&hex).unwrap();
            bytes.push(u8::from_str_radix(hex, 16).unwrap());
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).unwrap()
}
