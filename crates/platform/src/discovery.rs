//! Under which hosts an app is reached.

use hongyan_model::App;

use crate::{Platform, data_centers};

/// A host that clients connect to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Host {
    /// Whether by TLS.
    pub secure: bool,
    /// Name or address.
    pub domain: String,
    /// Port.
    pub port: u16,
}

/// Where clients find the two halves of the server.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reach {
    /// REST.
    pub rest: Vec<Host>,
    /// The socket, at `/websocket`.
    pub sockets: Vec<Host>,
}

/// Where clients of an app find it: at the hosts that the operator has named for its data centre, or else at `origin`,
/// where somebody has just found this server.
#[must_use]
pub fn reach(p: &Platform, app: &App, origin: &str) -> Reach {
    let center = data_centers::of_app(p, &app.data_center);
    let named = |hosts: &[String]| hosts.iter().flat_map(|host| read(host)).collect::<Vec<_>>();
    let (rest, sockets) = (named(&center.rest_hosts), named(&center.ws_hosts));
    if center.hosts_are_known && !rest.is_empty() && !sockets.is_empty() {
        return Reach { rest, sockets };
    }
    Reach { rest: read(origin), sockets: read(origin) }
}

/// Reads `https://host:port/…`; a host without scheme can be both, what is no host is none.
fn read(text: &str) -> Vec<Host> {
    let (schemes, rest): (&[bool], _) = match text.split_once("://") {
        Some(("https" | "wss", rest)) => (&[true], rest),
        Some(("http" | "ws", rest)) => (&[false], rest),
        Some(_) => return Vec::new(),
        None => (&[true, false], text),
    };
    let authority = rest.split('/').next().unwrap_or_default();
    let (domain, port) = match authority.rsplit_once(':') {
        // Not one of the colons in `[::1]`.
        Some((domain, port)) if !port.contains(']') => match port.parse() {
            Ok(port) => (domain, Some(port)),
            Err(_) => return Vec::new(),
        },
        _ => (authority, None),
    };
    if domain.is_empty() {
        return Vec::new();
    }
    let host = |secure: &bool| Host {
        secure: *secure,
        domain: domain.to_owned(),
        port: port.unwrap_or(if *secure { 443 } else { 80 }),
    };
    schemes.iter().map(host).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(secure: bool, domain: &str, port: u16) -> Host {
        Host { secure, domain: domain.to_owned(), port }
    }

    #[test]
    fn hosts_are_read_as_operators_write_them() {
        for (text, read_as) in [
            ("https://im.test", vec![host(true, "im.test", 443)]),
            ("wss://im.test:8443/websocket", vec![host(true, "im.test", 8443)]),
            ("http://127.0.0.1:8080", vec![host(false, "127.0.0.1", 8080)]),
            ("ws://[::1]", vec![host(false, "[::1]", 80)]),
            ("ws://[::1]:8080/", vec![host(false, "[::1]", 8080)]),
            ("im.test", vec![host(true, "im.test", 443), host(false, "im.test", 80)]),
        ] {
            assert_eq!(read(text), read_as, "{text}");
        }
        for text in ["", "ftp://im.test", "https://", "http://im.test:x", "http://im.test:99999"] {
            assert_eq!(read(text), [], "{text}");
        }
    }
}
