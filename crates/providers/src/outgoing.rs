//! HTTP to addresses that customers choose: callbacks, and files of messages that they import.
//!
//! Such an address must not lead into the operator's own network: every address of a name is looked at after it was
//! resolved and before it is connected to, and those that are not public are passed over unless the operator allows
//! their network. Redirects are not followed. Certificates are checked against those of the system.

use std::collections::HashMap;
use std::error::Error as StdError;
use std::fmt;
use std::future::Future;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, Method, Request, Response, Uri};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::Name;
use hyper_util::rt::TokioExecutor;
use ipnet::IpNet;
use parking_lot::Mutex;

use crate::InvalidProvider;

/// How long a connection without a call is kept.
const IDLE: Duration = Duration::from_secs(60);

/// A client for addresses that customers choose. Clones share its connections.
#[derive(Clone)]
pub struct Outgoing {
    client: Client<HttpsConnector<HttpConnector<Resolver>>, Full<Bytes>>,
    allowed: Arc<[IpNet]>,
}

/// A JSON document to be posted.
#[derive(Clone, Debug)]
pub struct Post {
    /// `http://` or `https://`.
    pub url: String,
    /// Beside the content type.
    pub headers: HeaderMap,
    /// JSON.
    pub body: Bytes,
    /// Within which the answer must have come completely: name, connection, TLS included.
    pub timeout: Duration,
    /// Of an answer that is longer, nothing is kept.
    pub answer_bytes: usize,
}

/// What came back.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// The body; `None`: it was too long.
    pub body: Option<Bytes>,
}

/// A document that was fetched.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fetched {
    /// HTTP status.
    pub status: u16,
    /// Its media type, as far as it was said.
    pub content_type: Option<String>,
    /// The body; `None`: it was too long.
    pub body: Option<Bytes>,
}

/// Why nothing came back.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum OutgoingError {
    /// The address leads where customers' calls may not.
    #[error("the address leads into a network that is not allowed")]
    Forbidden,
    /// Not within its time.
    #[error("no answer in time")]
    TimedOut,
    /// Not reached, or broken off; in words.
    #[error("{0}")]
    Failed(String),
}

impl Outgoing {
    /// A client that may also go to `allowed` networks that are not public.
    pub fn new(allowed: Vec<IpNet>) -> Result<Self, InvalidProvider> {
        let allowed: Arc<[IpNet]> = allowed.into();
        let mut connector = HttpConnector::new_with_resolver(Resolver::new(allowed.clone()));
        connector.enforce_http(false);
        connector.set_nodelay(true);
        let provider = rustls::crypto::ring::default_provider();
        let connector = HttpsConnectorBuilder::new()
            .with_provider_and_native_roots(provider)
            .map_err(InvalidProvider::Certificates)?
            .https_or_http()
            .enable_http1()
            .wrap_connector(connector);
        let mut builder = Client::builder(TokioExecutor::new());
        builder.pool_idle_timeout(IDLE).pool_timer(hyper_util::rt::TokioTimer::new());
        Ok(Self { client: builder.build(connector), allowed })
    }

    /// Posts JSON once.
    pub async fn post(&self, post: Post) -> Result<Answer, OutgoingError> {
        let timeout = post.timeout;
        let answer = tokio::time::timeout(timeout, self.exchange(post)).await;
        answer.map_err(|_| OutgoingError::TimedOut)?
    }

    /// Fetches a document of at most `most` bytes, within `timeout`: name, connection, TLS included.
    pub async fn fetch(
        &self,
        url: &str,
        timeout: Duration,
        most: usize,
    ) -> Result<Fetched, OutgoingError> {
        let fetching = async {
            let request = request(Method::GET, url, Bytes::new())?;
            let response = self.send(request).await?;
            let status = response.status().as_u16();
            let content_type = response.headers().get(CONTENT_TYPE);
            let content_type = content_type.and_then(|text| text.to_str().ok()).map(str::to_owned);
            let body = read(response, most).await?;
            Ok(Fetched { status, content_type, body })
        };
        let fetched = tokio::time::timeout(timeout, fetching).await;
        fetched.map_err(|_| OutgoingError::TimedOut)?
    }

    async fn exchange(&self, post: Post) -> Result<Answer, OutgoingError> {
        let mut request = request(Method::POST, &post.url, post.body)?;
        *request.headers_mut() = post.headers;
        let json = HeaderValue::from_static("application/json");
        request.headers_mut().insert(CONTENT_TYPE, json);
        let response = self.send(request).await?;
        let status = response.status().as_u16();
        Ok(Answer { status, body: read(response, post.answer_bytes).await? })
    }

    async fn send(
        &self,
        request: Request<Full<Bytes>>,
    ) -> Result<Response<Incoming>, OutgoingError> {
        // An address instead of a name is not resolved.
        let host = request.uri().host();
        let literal = host.map(|host| host.trim_matches(['[', ']']).parse::<IpAddr>());
        if let Some(Ok(address)) = literal
            && !is_allowed(address, &self.allowed)
        {
            return Err(OutgoingError::Forbidden);
        }
        self.client.request(request).await.map_err(|error| {
            let forbidden = causes(&error).any(|cause| cause.is::<NotAllowed>());
            if forbidden { OutgoingError::Forbidden } else { failed("not reached", &error) }
        })
    }
}

fn request(method: Method, url: &str, body: Bytes) -> Result<Request<Full<Bytes>>, OutgoingError> {
    let uri: Uri = url.parse().map_err(|error| failed("not an address", &error))?;
    let mut request = Request::new(Full::new(body));
    *request.method_mut() = method;
    *request.uri_mut() = uri;
    Ok(request)
}

/// The body; `None` if it is longer than `most`.
async fn read(response: Response<Incoming>, most: usize) -> Result<Option<Bytes>, OutgoingError> {
    match Limited::new(response.into_body(), most).collect().await {
        Ok(body) => Ok(Some(body.to_bytes())),
        Err(error) if error.is::<LengthLimitError>() => Ok(None),
        Err(error) => Err(OutgoingError::Failed(format!("answer broken off: {error}"))),
    }
}

impl fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outgoing").field("allowed", &self.allowed).finish_non_exhaustive()
    }
}

fn failed(what: &str, error: &(dyn StdError + 'static)) -> OutgoingError {
    let mut text = what.to_owned();
    for cause in causes(error).map(ToString::to_string) {
        // Many say themselves what lies behind them.
        if !text.contains(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    OutgoingError::Failed(text)
}

/// An error and what lies behind it.
fn causes<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    // An `io::Error` names what it wraps as its source only from the second level on.
    std::iter::successors(Some(error), |&error| deeper(error))
}

fn deeper<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a (dyn StdError + 'static)> {
    match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(inner) => Some(inner),
        None => error.source(),
    }
}

/// Why a name leads nowhere.
#[derive(Debug, thiserror::Error)]
#[error("the address leads into a network that is not allowed")]
struct NotAllowed;

/// Lookups of one name that may be under way: each keeps a thread that all share until the system gives up, however
/// soon whoever asked has gone.
const LOOKUPS: usize = 4;

/// Resolves a name to those of its addresses that may be connected to.
#[derive(Clone)]
struct Resolver {
    allowed: Arc<[IpNet]>,
    /// Names that are being looked up, and how often.
    under_way: Arc<Mutex<HashMap<String, usize>>>,
}

impl Resolver {
    fn new(allowed: Arc<[IpNet]>) -> Self {
        Self { allowed, under_way: Arc::default() }
    }

    /// All addresses of a name.
    async fn look_up(self, name: String) -> io::Result<Vec<SocketAddr>> {
        {
            let mut under_way = self.under_way.lock();
            let number = under_way.entry(name.clone()).or_default();
            if *number >= LOOKUPS {
                let why = "too many lookups of this name are under way";
                return Err(io::Error::new(io::ErrorKind::WouldBlock, why));
            }
            *number += 1;
        }
        // A task of its own: it goes on when nobody waits any more, and counts until it ends.
        let looking = tokio::spawn(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await;
            let found = found.map(|found| found.collect());
            let mut under_way = self.under_way.lock();
            if let Some(number) = under_way.get_mut(&name) {
                *number -= 1;
                if *number == 0 {
                    under_way.remove(&name);
                }
            }
            found
        });
        looking.await.unwrap_or_else(|error| Err(io::Error::other(error)))
    }
}

impl tower_service::Service<Name> for Resolver {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let resolver = self.clone();
        Box::pin(async move {
            let allowed = resolver.allowed.clone();
            let all = resolver.look_up(name.as_str().to_owned()).await?;
            let found = all.iter().filter(|found| is_allowed(found.ip(), &allowed));
            let found: Vec<_> = found.copied().collect();
            if found.is_empty() && !all.is_empty() {
                return Err(io::Error::new(io::ErrorKind::PermissionDenied, NotAllowed));
            }
            Ok(found.into_iter())
        })
    }
}

/// Whether an address is public, or in a network that the operator allows.
fn is_allowed(address: IpAddr, allowed: &[IpNet]) -> bool {
    let address = plain(address);
    is_public(address) || allowed.iter().any(|network| network.contains(&address))
}

/// The address that is meant: IPv4 in IPv6 clothes (mapped, NAT64, 6to4) is IPv4.
fn plain(address: IpAddr) -> IpAddr {
    let IpAddr::V6(v6) = address else { return address };
    let [a, b, .., x, y] = v6.segments();
    let v4 = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        IpAddr::V4(Ipv4Addr::new(a, b, c, d))
    };
    let is_nat64 = v6.segments()[..6] == [0x64, 0xff9b, 0, 0, 0, 0];
    match v6.to_ipv4_mapped() {
        Some(mapped) => IpAddr::V4(mapped),
        None if is_nat64 => v4(x, y),
        None if a == 0x2002 => v4(b, v6.segments()[2]),
        None => address,
    }
}

fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

fn is_public_v4(v4: Ipv4Addr) -> bool {
    let [a, b, c, _] = v4.octets();
    let shared = a == 100 && (64..128).contains(&b);
    let benchmark = a == 198 && (b == 18 || b == 19);
    let assigned = (a, b, c) == (192, 0, 0);
    !(v4.is_private()
        || v4.is_loopback()
        || v4.is_link_local()
        || v4.is_broadcast()
        || v4.is_documentation()
        || shared
        || benchmark
        || assigned
        || a == 0
        || a >= 224)
}

fn is_public_v6(v6: Ipv6Addr) -> bool {
    let [first, second, ..] = v6.segments();
    let documentation = first == 0x2001 && second == 0xdb8;
    // Global unicast; everything else is local, special or not assigned.
    first & 0xe000 == 0x2000 && !documentation
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_public_addresses_are_allowed() {
        for public in ["8.8.8.8", "203.0.114.1", "2606:4700::1111", "64:ff9b::8.8.8.8"] {
            assert!(is_allowed(public.parse().unwrap(), &[]), "{public}");
        }
        for local in [
            "127.0.0.1",
            "127.8.8.8",
            "0.0.0.0",
            "10.0.0.1",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "192.0.0.192",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "fe80::1",
            "fc00::1",
            "fd00:ec2::254",
            "ff02::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "64:ff9b::10.0.0.1",
            "2002:7f00:1::1",
            "2001:db8::1",
        ] {
            assert!(!is_allowed(local.parse().unwrap(), &[]), "{local}");
        }
        let allowed = ["10.0.0.0/8".parse().unwrap(), "::1/128".parse().unwrap()];
        assert!(is_allowed("10.1.2.3".parse().unwrap(), &allowed));
        assert!(is_allowed("::ffff:10.1.2.3".parse().unwrap(), &allowed));
        assert!(is_allowed("::1".parse().unwrap(), &allowed));
        assert!(!is_allowed("192.168.0.1".parse().unwrap(), &allowed));
    }

    fn post(url: &str) -> Post {
        Post {
            url: url.to_owned(),
            headers: HeaderMap::new(),
            body: Bytes::from_static(b"{}"),
            timeout: Duration::from_secs(5),
            answer_bytes: 10,
        }
    }

    /// Answers every connection with `answer`; its port.
    async fn answering(answer: &'static str) -> u16 {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut seen = [0; 1024];
                let _ = stream.read(&mut seen).await;
                let _ = stream.write_all(answer.as_bytes()).await;
            }
        });
        port
    }

    #[tokio::test]
    async fn names_and_addresses_of_this_machine_are_refused_unless_allowed() {
        let port = answering("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await;
        let closed = Outgoing::new(Vec::new()).unwrap();
        for host in ["localhost", "127.0.0.1", "[::ffff:127.0.0.1]"] {
            let refused = closed.post(post(&format!("http://{host}:{port}/"))).await;
            assert_eq!(refused.unwrap_err(), OutgoingError::Forbidden, "{host}");
        }
        let open = Outgoing::new(vec!["127.0.0.0/8".parse().unwrap()]).unwrap();
        for host in ["localhost", "127.0.0.1"] {
            let answer = open.post(post(&format!("http://{host}:{port}/"))).await.unwrap();
            assert_eq!(answer, Answer { status: 200, body: Some(Bytes::from_static(b"ok")) });
        }
    }

    #[tokio::test]
    async fn redirects_are_answers_and_long_bodies_are_not_kept() {
        let redirect =
            "HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n";
        let long = "HTTP/1.1 200 OK\r\ncontent-length: 11\r\n\r\nhello world";
        let open = Outgoing::new(vec!["127.0.0.0/8".parse().unwrap()]).unwrap();
        for (answer, status, body) in [(redirect, 302, Some(Bytes::new())), (long, 200, None)] {
            let url = format!("http://127.0.0.1:{}/", answering(answer).await);
            assert_eq!(open.post(post(&url)).await.unwrap(), Answer { status, body });
        }
    }

    #[tokio::test]
    async fn silence_is_not_waited_for() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let open = Outgoing::new(vec!["127.0.0.0/8".parse().unwrap()]).unwrap();
        let silent = Post { timeout: Duration::from_millis(50), ..post(&url) };
        assert_eq!(open.post(silent).await.unwrap_err(), OutgoingError::TimedOut);
    }

    #[tokio::test]
    async fn documents_are_fetched_as_far_as_they_may_be() {
        let answer = "HTTP/1.1 200 OK\r\ncontent-type: image/png\r\ncontent-length: 5\r\n\r\nhello";
        let url = format!("http://127.0.0.1:{}/a.png", answering(answer).await);
        let open = Outgoing::new(vec!["127.0.0.0/8".parse().unwrap()]).unwrap();
        let fetch = async |most| open.fetch(&url, Duration::from_secs(5), most).await.unwrap();
        let content_type = Some("image/png".to_owned());
        let body = Some(Bytes::from_static(b"hello"));
        let whole = Fetched { status: 200, content_type, body };
        assert_eq!(fetch(5).await, whole);
        assert_eq!(fetch(4).await, Fetched { body: None, ..whole });
        let closed = Outgoing::new(Vec::new()).unwrap();
        let refused = closed.fetch(&url, Duration::from_secs(5), 5).await;
        assert_eq!(refused.unwrap_err(), OutgoingError::Forbidden);
        let no_address = open.fetch("a b", Duration::from_secs(5), 5).await;
        assert!(matches!(no_address, Err(OutgoingError::Failed(_))));
    }

    #[tokio::test]
    async fn why_nobody_was_reached_is_said_once() {
        let open = Outgoing::new(vec!["127.0.0.0/8".parse().unwrap()]).unwrap();
        // Nobody listens on the port any more.
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        for url in [format!("http://127.0.0.1:{port}/"), "http://nowhere.invalid/".to_owned()] {
            let why = match open.post(post(&url)).await {
                Err(OutgoingError::Failed(why)) => why,
                // Who is to know the name does not answer.
                Err(OutgoingError::TimedOut) if url.contains("nowhere") => continue,
                other => panic!("{url} was reached: {other:?}"),
            };
            let parts: Vec<&str> = why.split(": ").collect();
            let distinct: std::collections::HashSet<&&str> = parts.iter().collect();
            assert_eq!(parts.len(), distinct.len(), "{why}");
        }
    }
}
