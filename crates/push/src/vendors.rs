//! What all channels share.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use hongyan_model::Clock;
use http::Uri;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use crate::adapter::outfit;
use crate::channel::Channel;
use crate::credential::{Credential, FieldError};
use crate::http::Http;
use crate::settings::Settings;

/// The way to every vendor. Clones share connections.
#[derive(Clone)]
pub struct Vendors(Arc<Inner>);

struct Inner {
    settings: Settings,
    roots: Arc<RootCertStore>,
    http: Http,
    clock: Arc<dyn Clock>,
    pauses: Arc<dyn Pauses>,
}

/// Waits before a vendor is asked again. Tests look at how long, and do not wait.
pub trait Pauses: Send + Sync + 'static {
    /// Returns after `length`.
    fn pause(&self, length: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;
}

struct RealPauses;

impl Pauses for RealPauses {
    fn pause(&self, length: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(tokio::time::sleep(length))
    }
}

/// Settings with which no vendor can be asked.
#[derive(Debug, thiserror::Error)]
pub enum InvalidSettings {
    /// An address of a vendor is none.
    #[error("push.{vendor}: {url:?} is not of the form http(s)://HOST[:PORT][/PATH]")]
    Url {
        /// Whose.
        vendor: &'static str,
        /// The address.
        url: String,
    },
    /// Nothing would ever be sent.
    #[error("push.{0} is 0")]
    Zero(&'static str),
    /// The certificates that are to be trusted are none.
    #[error("push.ca_pem holds no certificate that can be read")]
    Ca,
    /// The system has no certificates, and none are set.
    #[error("the system has no certificates: {0}")]
    Certificates(String),
    /// TLS cannot be set up.
    #[error("TLS cannot be set up")]
    Tls(#[from] rustls::Error),
}

impl Vendors {
    /// Contacts nobody yet.
    ///
    /// # Errors
    /// [`InvalidSettings`].
    pub fn new(settings: Settings, clock: Arc<dyn Clock>) -> Result<Self, InvalidSettings> {
        Self::with_pauses(settings, clock, Arc::new(RealPauses))
    }

    /// The same with other pauses than those of the machine's clock.
    ///
    /// # Errors
    /// [`InvalidSettings`].
    pub fn with_pauses(
        settings: Settings,
        clock: Arc<dyn Clock>,
        pauses: Arc<dyn Pauses>,
    ) -> Result<Self, InvalidSettings> {
        for (vendor, own) in settings.vendors() {
            let auth_url = Some(&own.auth_url).filter(|url| !url.is_empty());
            for url in [Some(&own.base_url), auth_url].into_iter().flatten() {
                if !is_address(url) {
                    return Err(InvalidSettings::Url { vendor, url: url.clone() });
                }
            }
        }
        let least = [
            ("in_flight", settings.in_flight == 0),
            ("connect_timeout_seconds", settings.connect_timeout.is_zero()),
            ("timeout_seconds", settings.timeout.is_zero()),
        ];
        if let Some((name, _)) = least.into_iter().find(|(_, is_zero)| *is_zero) {
            return Err(InvalidSettings::Zero(name));
        }
        let roots = Arc::new(roots(settings.ca_pem.as_deref())?);
        let http = Http::shared(&roots, &settings)?;
        Ok(Self(Arc::new(Inner { settings, roots, http, clock, pauses })))
    }

    /// Opens a channel with a credential, which is checked first; takes as long as [`Credential::check`].
    ///
    /// # Errors
    /// Every field that is wrong, such as a certificate that has ended since it was saved.
    pub fn open(&self, credential: &Credential) -> Result<Channel, Vec<FieldError>> {
        let inner = &*self.0;
        let facts = credential.check(inner.clock.now())?;
        let outfit = outfit(credential, &inner.settings, &inner.http, |identity| {
            Http::apple(&inner.roots, &inner.settings, identity)
        })?;
        let (clock, pauses) = (inner.clock.clone(), inner.pauses.clone());
        let vendor = credential.vendor();
        Ok(Channel::new(vendor, facts, outfit, &inner.settings, clock, pauses))
    }
}

fn is_address(url: &str) -> bool {
    url.parse::<Uri>().is_ok_and(|uri| {
        matches!(uri.scheme_str(), Some("http" | "https"))
            && uri.host().is_some_and(|host| !host.is_empty())
            && uri.query().is_none()
    })
}

fn roots(pem: Option<&str>) -> Result<RootCertStore, InvalidSettings> {
    let mut roots = RootCertStore::empty();
    let system = rustls_native_certs::load_native_certs();
    roots.add_parsable_certificates(system.certs);
    if let Some(pem) = pem {
        let before = roots.len();
        for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
            let certificate = certificate.map_err(|_| InvalidSettings::Ca)?;
            roots.add(certificate).map_err(|_| InvalidSettings::Ca)?;
        }
        if roots.len() == before {
            return Err(InvalidSettings::Ca);
        }
    }
    if roots.is_empty() {
        let why: Vec<_> = system.errors.iter().map(ToString::to_string).collect();
        return Err(InvalidSettings::Certificates(why.join("; ")));
    }
    Ok(roots)
}
