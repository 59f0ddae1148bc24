//! How a receiver knows that a callback comes from here.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use http::{HeaderMap, HeaderName, HeaderValue};
use md5::{Digest, Md5};
use sha2::Sha256;

use hongyan_model::Timestamp;

/// Once computed, `security`: the lower-case hex MD5 of call id, secret and timestamp (ms), as published.
pub(super) fn security(call_id: &str, secret: &str, timestamp: Timestamp) -> String {
    let digest = Md5::digest(format!("{call_id}{secret}{timestamp}"));
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Headers for receivers that verify what they read: those of Standard Webhooks (an HMAC-SHA256 over id, time in
/// seconds and body, keyed with the bytes of the secret), the rule, and how often it is tried.
pub(super) fn headers(
    rule: &str,
    (call_id, secret): (&str, &str),
    (now, attempt): (Timestamp, u32),
    body: &str,
) -> HeaderMap {
    let seconds = now.div_euclid(1000);
    let signature = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).map(|mut mac| {
        mac.update(format!("{call_id}.{seconds}.{body}").as_bytes());
        format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
    });
    let mut headers = HeaderMap::new();
    let mut set = |name: &'static str, value: &str| {
        // What no header can hold is left out: names of rules may be Chinese.
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    };
    set("webhook-id", call_id);
    set("webhook-timestamp", &seconds.to_string());
    if let Ok(signature) = &signature {
        set("webhook-signature", signature);
    }
    set("x-callback-rule", rule);
    set("x-callback-attempt", &attempt.to_string());
    headers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_vector() {
        assert_eq!(security("a#b_1", "s", 1), "f28082cd73ba15c61c0d826e80bc7069");
    }

    #[test]
    fn a_receiver_can_verify_the_body() {
        let headers = headers("r", ("a#b_1", "secret"), (1_600_000_000_123, 2), "{}");
        let of = |name: &str| headers[name].to_str().unwrap();
        assert_eq!((of("webhook-id"), of("webhook-timestamp")), ("a#b_1", "1600000000"));
        let mut mac = Hmac::<Sha256>::new_from_slice(b"secret").unwrap();
        mac.update(b"a#b_1.1600000000.{}");
        let expected = STANDARD.encode(mac.finalize().into_bytes());
        assert_eq!(of("webhook-signature"), format!("v1,{expected}"));
        assert_eq!(of("x-callback-attempt"), "2");
    }
}
