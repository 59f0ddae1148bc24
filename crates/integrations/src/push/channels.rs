//! Certificates in use: their channels, and who is to be woken for their notices.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use dashmap::DashMap;
use hongyan_cluster::Router;
use hongyan_model::{AppId, Fault, Result, Timestamp};
use hongyan_platform::secrets;
use hongyan_push::{Channel, Credential, FieldError, State, Vendors};
use hongyan_store::push_certificates::{self as stored, PushCertificate};
use hongyan_store::pushes;
use parking_lot::Mutex;
use tokio::sync::{Notify, OnceCell, Semaphore, watch};

use crate::Integrations;

/// What sealed certificates are sealed for.
const PURPOSE: &str = "push certificate";
/// Certificates that are opened or checked at once: a hostile `.p12` keeps a thread busy.
const OPENED_AT_ONCE: usize = 2;

/// Under which the other nodes hear that certificates or templates have changed.
const CHANGED: &str = "push";
/// How long what is known of certificates and templates is believed: while other nodes are not heard.
pub(super) const BELIEVED: Duration = Duration::from_secs(1);

type Key = (AppId, String);

/// The channels of certificates that are in use, each as it was when its certificate was saved.
pub(crate) struct Channels {
    vendors: Vendors,
    open: DashMap<Key, (Timestamp, Channel)>,
    wakes: DashMap<Key, Arc<Notify>>,
    opening: Semaphore,
    /// Rises with every change of certificates and templates, on whatever node.
    changes: Arc<AtomicU64>,
    router: Arc<Router>,
    followed: Mutex<Option<Followed>>,
    /// From which addresses of receipts are derived.
    receipt_key: OnceCell<[u8; 32]>,
    /// Whether nothing new is sent any more. Whoever has notices on their way holds a receiver.
    stopping: watch::Sender<bool>,
}

/// The apps with certificates, when they were read and after which changes.
#[derive(Clone)]
struct Followed {
    since: Instant,
    changes: u64,
    apps: Arc<HashSet<AppId>>,
}

/// Why a certificate that was saved cannot be used.
#[derive(Debug)]
pub(super) struct Unusable(pub(super) Vec<FieldError>);

impl Channels {
    pub(crate) fn new(vendors: Vendors, router: &Arc<Router>) -> Self {
        let changes: Arc<AtomicU64> = Arc::default();
        let of_others = changes.clone();
        router.on_signal(CHANGED, move |_| {
            of_others.fetch_add(1, Ordering::SeqCst);
        });
        Self {
            vendors,
            open: DashMap::new(),
            wakes: DashMap::new(),
            opening: Semaphore::new(OPENED_AT_ONCE),
            changes,
            router: router.clone(),
            followed: Mutex::new(None),
            receipt_key: OnceCell::new(),
            stopping: watch::Sender::new(false),
        }
    }

    /// Wakes who sends for a certificate.
    pub(super) fn wake(&self, app: AppId, certificate: &str) -> Arc<Notify> {
        self.wakes.entry((app, certificate.to_owned())).or_default().clone()
    }

    /// Says when nothing new is to be sent any more; held for as long as notices are on their way.
    pub(super) fn sending(&self) -> watch::Receiver<bool> {
        self.stopping.subscribe()
    }

    /// Has nothing new sent, and waits until what is on its way has come to an end, but not for longer than `within`.
    pub(super) async fn finish(&self, within: Duration) {
        self.stopping.send_replace(true);
        if tokio::time::timeout(within, self.stopping.closed()).await.is_err() {
            tracing::warn!(
                "some notices to phones did not come to an end in time; they are sent once more"
            );
        }
    }

    /// What was known of certificates and templates is not true any more.
    pub(super) fn changed(&self) {
        self.changes.fetch_add(1, Ordering::SeqCst);
        self.router.signal(CHANGED, Vec::new);
    }

    /// Which changes were made so far: what was read before the last of them is read again.
    pub(super) fn changes(&self) -> u64 {
        self.changes.load(Ordering::SeqCst)
    }

    /// Whether an app has certificates.
    pub(super) async fn is_followed(&self, i: &Integrations, app: AppId) -> Result<bool> {
        let known = self.followed.lock().clone();
        let changes = self.changes();
        let is_true =
            |known: &Followed| known.changes == changes && known.since.elapsed() < BELIEVED;
        if let Some(known) = known.filter(is_true) {
            return Ok(known.apps.contains(&app));
        }
        let apps: HashSet<AppId> = pushes::followed(i.store()).await?.into_iter().collect();
        let is_followed = apps.contains(&app);
        let (since, apps) = (Instant::now(), Arc::new(apps));
        *self.followed.lock() = Some(Followed { since, changes, apps });
        Ok(is_followed)
    }

    /// From which addresses of receipts are derived.
    pub(super) async fn receipt_key(&self, i: &Integrations) -> Result<&[u8; 32]> {
        self.receipt_key.get_or_try_init(|| secrets::token_key(i.platform())).await
    }

    /// Forgets a certificate that is no more, or is another now.
    pub(super) fn forget(&self, app: AppId, certificate: &str) {
        self.changed();
        self.open.remove(&(app, certificate.to_owned()));
        if let Some(wake) = self.wakes.get(&(app, certificate.to_owned())) {
            wake.notify_one();
        }
    }

    /// Whether the channel of a certificate takes notices; `None` if it is not in use.
    pub(super) fn state(&self, app: AppId, certificate: &PushCertificate) -> Option<State> {
        let known = self.open.get(&(app, certificate.id.clone()))?;
        (known.0 == certificate.updated).then(|| known.1.state())
    }

    /// Looks at a credential where that blocks nobody.
    pub(super) async fn check(
        &self,
        credential: Credential,
        now: Timestamp,
    ) -> Result<std::result::Result<hongyan_push::Facts, Vec<FieldError>>> {
        self.apart(move |_| credential.check(now)).await
    }

    /// Opens a channel of its own.
    pub(super) async fn open_fresh(
        &self,
        credential: Credential,
    ) -> Result<std::result::Result<Channel, Unusable>> {
        let opened = self.apart(move |vendors| vendors.open(&credential)).await?;
        Ok(opened.map_err(Unusable))
    }

    async fn apart<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Vendors) -> T + Send + 'static,
    ) -> Result<T> {
        let fault = |why: String| Fault::new("a push certificate cannot be looked at", why);
        let _turn = self.opening.acquire().await.map_err(|error| fault(error.to_string()))?;
        let vendors = self.vendors.clone();
        let done = tokio::task::spawn_blocking(move || work(&vendors)).await;
        Ok(done.map_err(|error| fault(error.to_string()))?)
    }
}

/// The channel of a certificate as it is saved now; `None` if it is no more.
pub(super) async fn channel(
    i: &Integrations,
    app: AppId,
    certificate: &PushCertificate,
) -> Result<Option<std::result::Result<Channel, Unusable>>> {
    let key = (app, certificate.id.clone());
    if let Some(known) = i.0.pushing.open.get(&key)
        && known.0 == certificate.updated
    {
        return Ok(Some(Ok(known.1.clone())));
    }
    let Some((found, credential)) = credential(i, app, &certificate.id).await? else {
        return Ok(None);
    };
    let opened = i.0.pushing.open_fresh(credential).await?;
    if let Ok(channel) = &opened {
        i.0.pushing.open.insert(key, (found.updated, channel.clone()));
    }
    Ok(Some(opened))
}

/// A certificate with its secrets.
pub(super) async fn credential(
    i: &Integrations,
    app: AppId,
    id: &str,
) -> Result<Option<(PushCertificate, Credential)>> {
    let Some((found, sealed)) = stored::find(i.store(), app, id).await? else { return Ok(None) };
    let plain = secrets::open(i.platform(), PURPOSE, &sealed).await?;
    let credential = serde_json::from_slice(&plain);
    let unreadable = |error: serde_json::Error| {
        Fault::new("a stored push certificate cannot be read", error.to_string())
    };
    Ok(Some((found, credential.map_err(unreadable)?)))
}

/// A credential as it is stored.
pub(super) async fn seal(i: &Integrations, credential: &Credential) -> Result<Vec<u8>> {
    let plain = serde_json::to_vec(credential);
    let plain = plain
        .map_err(|error| Fault::new("a push certificate cannot be written", error.to_string()))?;
    secrets::seal(i.platform(), PURPOSE, &plain).await
}
