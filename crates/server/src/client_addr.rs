//! From where a request came: the TCP peer, or what trusted proxies say of it.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use hongyan_model::ClientAddr;
use http::{HeaderMap, HeaderName};
use ipnet::IpNet;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The networks whose `X-Forwarded-For` is believed. Clones share them.
#[derive(Clone)]
pub(crate) struct TrustedProxies(Arc<[IpNet]>);

impl TrustedProxies {
    pub(crate) fn new(networks: &[IpNet]) -> Self {
        Self(networks.into())
    }

    /// The client behind the connection from `peer`.
    ///
    /// Each proxy appends the address it was called from, so the header is believed from its right end up to the
    /// first hop that is no trusted proxy: that one is the client, and what it wrote itself counts for nothing. A hop
    /// that is no address ends the search at the proxy that wrote it.
    pub(crate) fn client(&self, peer: IpAddr, headers: &HeaderMap) -> ClientAddr {
        let mut client = peer.to_canonical();
        if !self.contains(client) {
            return ClientAddr(client);
        }
        // Several headers are one list, in their order.
        let values: Vec<_> = headers.get_all(FORWARDED_FOR).iter().collect();
        for value in values.into_iter().rev() {
            for hop in value.as_bytes().rsplit(|byte| *byte == b',') {
                let Some(address) = parse_hop(hop) else { return ClientAddr(client) };
                client = address;
                if !self.contains(client) {
                    return ClientAddr(client);
                }
            }
        }
        ClientAddr(client)
    }

    fn contains(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }
}

/// An address as proxies write it: bare, in brackets, with a port.
fn parse_hop(hop: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(hop).ok()?.trim();
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    let address = bare.parse::<IpAddr>().ok();
    let address = address.or_else(|| text.parse::<SocketAddr>().ok().map(|socket| socket.ip()));
    Some(address?.to_canonical())
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    /// Whom a server with the proxies 10.0.0.0/8 and fd00::/8 sees.
    fn seen(peer: &str, forwarded: &[&str]) -> String {
        let networks: Vec<IpNet> = ["10.0.0.0/8", "fd00::/8"].map(|n| n.parse().unwrap()).into();
        client(&networks, peer, forwarded)
    }

    fn client(networks: &[IpNet], peer: &str, forwarded: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append(FORWARDED_FOR, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        TrustedProxies::new(networks).client(peer.parse().unwrap(), &headers).0.to_string()
    }

    #[test]
    fn without_trusted_proxies_the_peer_is_the_client() {
        for peer in ["127.0.0.1", "10.0.0.1", "2001:db8::1"] {
            assert_eq!(client(&[], peer, &["1.2.3.4"]), peer);
        }
    }

    #[test]
    fn a_header_from_somebody_else_is_ignored() {
        assert_eq!(seen("203.0.113.9", &["10.1.1.1"]), "203.0.113.9");
        assert_eq!(seen("127.0.0.1", &["1.2.3.4"]), "127.0.0.1");
    }

    #[test]
    fn the_last_hop_that_is_no_proxy_is_the_client() {
        assert_eq!(seen("10.0.0.1", &["203.0.113.9"]), "203.0.113.9");
        assert_eq!(seen("10.0.0.1", &["203.0.113.9, 10.0.0.2"]), "203.0.113.9");
        // What the client wrote itself stands further left.
        assert_eq!(seen("10.0.0.1", &["9.9.9.9, 203.0.113.9 ,10.0.0.2"]), "203.0.113.9");
        assert_eq!(
            seen("10.0.0.1", &["9.9.9.9", "203.0.113.9", "10.0.0.2,10.0.0.3"]),
            "203.0.113.9"
        );
        // Within the trusted networks, the first of them.
        assert_eq!(seen("10.0.0.1", &["10.0.0.7, 10.0.0.2"]), "10.0.0.7");
        assert_eq!(seen("10.0.0.1", &[]), "10.0.0.1");
    }

    #[test]
    fn every_spelling_of_an_address_is_understood() {
        for (hop, address) in [
            ("203.0.113.9:4711", "203.0.113.9"),
            ("2001:db8::1", "2001:db8::1"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("[2001:db8::1]:4711", "2001:db8::1"),
            ("2001:DB8:0::1", "2001:db8::1"),
            ("::ffff:203.0.113.9", "203.0.113.9"),
            ("[::ffff:203.0.113.9]:80", "203.0.113.9"),
        ] {
            assert_eq!(seen("10.0.0.1", &[hop]), address, "{hop}");
        }
        assert_eq!(seen("fd00::1", &["2001:db8::1"]), "2001:db8::1");
    }

    #[test]
    fn an_ipv4_peer_of_an_ipv6_socket_is_one() {
        assert_eq!(seen("::ffff:203.0.113.9", &["1.2.3.4"]), "203.0.113.9");
        assert_eq!(seen("::ffff:10.0.0.1", &["1.2.3.4"]), "1.2.3.4");
        assert_eq!(seen("10.0.0.1", &["1.2.3.4, ::ffff:10.0.0.2"]), "1.2.3.4");
    }

    #[test]
    fn garbage_hides_whatever_stands_before_it() {
        for hop in
            ["unknown", "", "1.2.3", "1.2.3.4.5", "evil, ", "ü", "1.2.3.4;", "[1.2.3.4", "_x"]
        {
            assert_eq!(seen("10.0.0.1", &["9.9.9.9", hop]), "10.0.0.1", "{hop}");
            let behind = format!("9.9.9.9,{hop},10.0.0.2");
            assert_eq!(seen("10.0.0.1", &[&behind]), "10.0.0.2", "{hop}");
        }
    }
}
