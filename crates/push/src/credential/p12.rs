//! Apple's certificates as the keychain exports them.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hongyan_model::Timestamp;
use p12_keystore::Pkcs12Archive;
use p12_keystore::error::Error;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::sign::CertifiedKey;
use x509_parser::asn1_rs::{Any, FromDer as _, Tag};
use x509_parser::certificate::X509Certificate;

use super::Reason;
use crate::http::Identity;
use crate::secret::Secret;

/// The user id of a subject: the app's bundle id.
const UID: &str = "0.9.2342.19200300.100.1.1";
/// Apple's extensions: push for development, for production, and the topics of a certificate that serves several.
const SANDBOX: &str = "1.2.840.113635.100.6.3.1";
const PRODUCTION: &str = "1.2.840.113635.100.6.3.2";
const TOPICS: &str = "1.2.840.113635.100.6.3.6";
/// All of push.
const PUSH: &str = "1.2.840.113635.100.6.3.";

pub(crate) struct Opened {
    pub(crate) identity: Identity,
    pub(crate) leaf: Leaf,
}

/// What the certificate says.
pub(crate) struct Leaf {
    pub(crate) begins_at: Timestamp,
    pub(crate) ends_at: Timestamp,
    pub(crate) is_for_push: bool,
    pub(crate) sandbox: bool,
    pub(crate) production: bool,
    /// Empty if it names none.
    pub(crate) topics: Vec<String>,
}

/// Opens a file; or the field that is wrong.
pub(crate) fn open(file: &Secret, password: &Secret) -> Result<Opened, (&'static str, Reason)> {
    let base64: String = file.reveal().split_whitespace().collect();
    let der = STANDARD.decode(base64).map_err(|_| ("file", Reason::NotBase64))?;
    let archive =
        Pkcs12Archive::from_pkcs12(&der, password.reveal()).map_err(|error| fault(&error))?;
    if archive.keys.is_empty() {
        return Err(("file", Reason::NoPrivateKey));
    }
    if archive.certs.is_empty() {
        return Err(("file", Reason::NoCertificate));
    }
    let certificates: Vec<CertificateDer<'static>> =
        archive.certs.iter().map(|bag| bag.cert.as_der().to_vec().into()).collect();
    for bag in &archive.keys {
        let key = PrivatePkcs8KeyDer::from(bag.key.as_der().to_vec());
        let key = PrivateKeyDer::from(key);
        let Some(leaf) = certificates.iter().find(|leaf| belongs(leaf, &key)) else { continue };
        let Some(facts) = read(leaf) else { return Err(("file", Reason::NoCertificate)) };
        let identity = Identity { chain: chain(leaf, &certificates), key };
        return Ok(Opened { identity, leaf: facts });
    }
    Err(("file", Reason::KeyMismatch))
}

fn fault(error: &Error) -> (&'static str, Reason) {
    match error {
        // The checksum is made with the password; files without one show it when decrypted bytes make no sense.
        Error::MacError(_) | Error::UnpadError | Error::Pkcs5Error(_) => {
            ("password", Reason::WrongPassword)
        }
        Error::UnsupportedEncryptionScheme | Error::UnsupportedMacAlgorithm => {
            ("file", Reason::UnknownEncryption)
        }
        _ => ("file", Reason::NotPkcs12),
    }
}

fn belongs(certificate: &CertificateDer<'static>, key: &PrivateKeyDer<'static>) -> bool {
    let Ok(signing) = rustls::crypto::ring::sign::any_supported_type(key) else { return false };
    CertifiedKey::new(vec![certificate.clone()], Arc::clone(&signing)).keys_match().is_ok()
}

/// The leaf, and after each certificate the one that vouches for it.
fn chain(
    leaf: &CertificateDer<'static>,
    all: &[CertificateDer<'static>],
) -> Vec<CertificateDer<'static>> {
    let mut chain = vec![leaf.clone()];
    while let Some(next) = chain.last().and_then(|last| issuer(last, all))
        && !chain.contains(next)
    {
        chain.push(next.clone());
    }
    chain
}

fn issuer<'a>(
    of: &CertificateDer<'static>,
    all: &'a [CertificateDer<'static>],
) -> Option<&'a CertificateDer<'static>> {
    let (_, of) = X509Certificate::from_der(of).ok()?;
    all.iter().find(|candidate| {
        let parsed = X509Certificate::from_der(candidate);
        parsed.is_ok_and(|(_, parsed)| parsed.subject().as_raw() == of.issuer().as_raw())
    })
}

fn read(certificate: &CertificateDer<'static>) -> Option<Leaf> {
    let (_, certificate) = X509Certificate::from_der(certificate).ok()?;
    let validity = certificate.validity();
    let mut leaf = Leaf {
        begins_at: validity.not_before.timestamp() * 1000,
        ends_at: validity.not_after.timestamp() * 1000,
        is_for_push: false,
        sandbox: false,
        production: false,
        topics: Vec::new(),
    };
    for attribute in certificate.subject().iter_attributes() {
        if attribute.attr_type().to_id_string() == UID
            && let Ok(topic) = attribute.as_str()
        {
            leaf.topics.push(topic.to_owned());
        }
    }
    for extension in certificate.extensions() {
        let id = extension.oid.to_id_string();
        leaf.is_for_push |= id.starts_with(PUSH);
        leaf.sandbox |= id == SANDBOX;
        leaf.production |= id == PRODUCTION;
        if id == TOPICS {
            leaf.topics.extend(texts(extension.value));
        }
    }
    Some(leaf)
}

/// The texts of a sequence, without those of sequences inside: of a topic's name and its kinds the name.
fn texts(sequence: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    let Ok((_, sequence)) = Any::from_der(sequence) else { return found };
    let mut rest = sequence.data;
    while let Ok((left, item)) = Any::from_der(rest) {
        if item.tag() == Tag::Utf8String {
            found.extend(std::str::from_utf8(item.data).map(str::to_owned));
        }
        rest = left;
    }
    found
}
