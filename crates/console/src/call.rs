//! One request, with everything checked that does not depend on the endpoint: session, CSRF token, permission, the
//! app of the path. And after it, the operation log.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{RawPathParams, Request, State};
use axum::response::Response;
use bytes::{Bytes, BytesMut};
use futures_util::future::BoxFuture;
use hongyan_integrations::Integrations;
use hongyan_messaging::Messaging;
use hongyan_model::{Actor, App, Caller, ClientAddr, Origin, Refusal, StaffRefusal};
use hongyan_platform::roles::{Permission, Role};
use hongyan_platform::sessions::{self, Session};
use hongyan_platform::{Platform, apps, audit};
use http::{HeaderMap, StatusCode, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::ConsoleState;
use crate::answer::Answer;
use crate::endpoint::{Access, Action, Endpoint};
use crate::errors::Failure;

/// Name of the session's cookie.
pub(crate) const COOKIE: &str = "hongyan_session";
/// Header of the session's CSRF token.
pub(crate) const CSRF_HEADER: &str = "x-csrf-token";
/// Largest request body of somebody who is not signed in.
const STRANGERS_BODY_BYTES: usize = 64 * 1024;
/// Largest request body: an image of the size that clients may upload where nobody raised it.
const BODY_BYTES: usize = 10 * 1024 * 1024 + 1;

/// A body that brings nothing for this long is given up.
const SILENCE: Duration = Duration::from_secs(20);

/// A request that may be served.
pub(crate) struct Call {
    state: ConsoleState,
    session: Option<Session>,
    app: Option<Arc<App>>,
    params: Vec<(String, String)>,
    query: Option<String>,
    headers: HeaderMap,
    client: IpAddr,
    body: Bytes,
}

impl Call {
    pub(crate) fn platform(&self) -> &Platform {
        &self.state.platform
    }

    pub(crate) fn messaging(&self) -> &Messaging {
        &self.state.messaging
    }

    pub(crate) fn integrations(&self) -> &Integrations {
        &self.state.integrations
    }

    pub(crate) fn state(&self) -> &ConsoleState {
        &self.state
    }

    /// Who is signed in; only public endpoints can be without.
    pub(crate) fn session(&self) -> Result<&Session, Failure> {
        self.session.as_ref().ok_or_else(|| StaffRefusal::SignedOut.into())
    }

    /// Who is signed in, if anybody is.
    pub(crate) fn session_if_any(&self) -> Option<&Session> {
        self.session.as_ref()
    }

    /// The app of the path.
    pub(crate) fn app(&self) -> Result<&Arc<App>, Failure> {
        self.app.as_ref().ok_or_else(|| self.no_such_app())
    }

    /// The same answer for an app that does not exist and for one that is not the session's.
    fn no_such_app(&self) -> Failure {
        let (org, app) = (self.path("org").to_owned(), self.path("app").to_owned());
        Refusal::AppNotFound { org, app }.into()
    }

    /// The app of the path as the domain's caller.
    pub(crate) fn caller(&self) -> Result<Caller, Failure> {
        let app = self.app()?.clone();
        let client = Some(self.client);
        Ok(Caller { app, actor: Actor::App, origin: Origin::Console, device: None, client })
    }

    /// A variable of the path.
    pub(crate) fn path(&self, name: &str) -> &str {
        self.params.iter().find(|(given, _)| given == name).map_or("", |(_, value)| value)
    }

    /// Where the request came from.
    pub(crate) fn client(&self) -> IpAddr {
        self.client
    }

    /// A header as text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The body.
    pub(crate) fn body<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        let body: &[u8] = if self.body.is_empty() { b"{}" } else { &self.body };
        serde_json::from_slice(body).map_err(|error| Failure::malformed(error.to_string()))
    }

    /// The body as it came.
    pub(crate) fn raw_body(&self) -> &Bytes {
        &self.body
    }

    /// Scheme and host under which clients reach this server.
    pub(crate) fn origin(&self) -> String {
        if let Some(url) = &self.state.public_url {
            return url.clone();
        }
        let scheme = match self.header("x-forwarded-proto") {
            Some("https") => "https",
            _ => "http",
        };
        format!("{scheme}://{}", self.header("host").unwrap_or("localhost"))
    }

    /// The query.
    pub(crate) fn query<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        let uri = format!("/?{}", self.query.as_deref().unwrap_or_default());
        let uri = uri.parse().map_err(|_| Failure::malformed("the query cannot be read"))?;
        let query = axum::extract::Query::try_from_uri(&uri);
        Ok(query.map_err(|error| Failure::malformed(error.body_text()))?.0)
    }
}

/// Serves one request of `endpoint`.
pub(crate) fn serve<H, F>(
    endpoint: Endpoint,
    State(state): State<ConsoleState>,
    params: Result<RawPathParams, RawPathParamsRejection>,
    request: Request,
    handler: H,
) -> BoxFuture<'static, Response>
where
    H: Fn(Call) -> F + Send + 'static,
    F: Future<Output = Result<Answer, Failure>> + Send + 'static,
{
    Box::pin(async move {
        let client = request.extensions().get().map_or_else(unknown_client, |ClientAddr(ip)| *ip);
        let call = match admit(&endpoint, state, params, request, client).await {
            Ok(call) => call,
            Err(failure) => return failure.into_response(),
        };
        // Public endpoints (login, registration) write their lines themselves: they know who it was.
        let logged = endpoint.action.filter(|_| endpoint.access != Access::Public);
        let log = logged.map(|action| LogLine::of(action, &call));
        let router = call.state.platform.router().clone();
        let handled = async move {
            let result = handler(call).await;
            // An answer is no thing to be shared between threads, so it is looked at first.
            if let Some(line) = log.map(|log| log.ended(&result)) {
                line.write().await;
            }
            result
        };
        // A caller who hangs up must not stop it between a write and what follows from it.
        let done = tokio::spawn(async move { router.known_to_all(handled).await });
        match done.await {
            Ok(Ok(answer)) => answer.into_response(),
            Ok(Err(failure)) => failure.into_response(),
            Err(error) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                // The runtime is shutting down; nobody is there to read this.
                Err(_) => Failure::from(Refusal::Overloaded).into_response(),
            },
        }
    })
}

/// Everything that is checked before a handler runs.
async fn admit(
    endpoint: &Endpoint,
    state: ConsoleState,
    params: Result<RawPathParams, RawPathParamsRejection>,
    request: Request,
    client: IpAddr,
) -> Result<Call, Failure> {
    let params = params.map_err(|_| Failure::malformed("the path cannot be read"))?;
    let params: Vec<(String, String)> =
        params.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let (parts, body) = request.into_parts();
    let session = match session_cookie(&parts.headers) {
        Some(token) => sessions::authenticate(&state.platform, token).await?,
        None => None,
    };
    if endpoint.action.is_some() {
        require_own_page(&parts.headers, session.as_ref(), endpoint.access)?;
    }
    require_permission(endpoint, session.as_ref())?;
    let mut call = Call {
        state,
        session,
        app: None,
        params,
        query: parts.uri.query().map(str::to_owned),
        headers: parts.headers,
        client,
        body: Bytes::new(),
    };
    if let Access::App(permission) = endpoint.access {
        call.app = Some(own_app(&call, permission).await?);
    }
    if endpoint.action.is_some_and(|action| action.protected) {
        let session = call.session()?;
        sessions::require_verified(&call.state.platform, session)?;
    }
    let limit = if call.session.is_some() { BODY_BYTES } else { STRANGERS_BODY_BYTES };
    call.body = read(body, limit).await?;
    Ok(call)
}

/// A write comes from our own page: it knows the session's CSRF token, or, where nobody is signed in yet, has our
/// origin.
fn require_own_page(
    headers: &HeaderMap,
    session: Option<&Session>,
    access: Access,
) -> Result<(), Failure> {
    let refused = || {
        Failure::new(
            StatusCode::FORBIDDEN,
            "csrf",
            "the request does not come from the console's page",
        )
    };
    let header = |name| headers.get(name).and_then(|value: &http::HeaderValue| value.to_str().ok());
    if header("sec-fetch-site").is_some_and(|site| site != "same-origin" && site != "none") {
        return Err(refused());
    }
    match session {
        Some(session) if access != Access::Public => {
            let given = header(CSRF_HEADER).unwrap_or_default();
            if session.is_csrf_token(given) { Ok(()) } else { Err(refused()) }
        }
        _ => Ok(()),
    }
}

fn require_permission(endpoint: &Endpoint, session: Option<&Session>) -> Result<(), Failure> {
    let permission = match endpoint.access {
        Access::Public => return Ok(()),
        Access::SignedIn => {
            return if session.is_some() { Ok(()) } else { Err(StaffRefusal::SignedOut.into()) };
        }
        Access::Staff(permission) | Access::App(permission) => permission,
    };
    let session = session.ok_or(StaffRefusal::SignedOut)?;
    if session.staff.must_change_password {
        return Err(StaffRefusal::PasswordChangeRequired.into());
    }
    if session.staff.may(permission) { Ok(()) } else { Err(Refusal::NotPermitted.into()) }
}

/// The app of the path, if it is one of the session's: another organisation's does not exist.
async fn own_app(call: &Call, permission: Permission) -> Result<Arc<App>, Failure> {
    let staff = &call.session()?.staff;
    let app = apps::find_any(call.platform(), call.path("org"), call.path("app")).await?;
    let own_org = staff.org.as_ref().is_some_and(|org| org.id == app.org_id);
    if staff.role != Role::Operator && !(own_org && staff.apps.includes(app.id)) {
        return Err(call.no_such_app());
    }
    // A deleted app shows that it is, and can be restored.
    let is_gone = app.restorable_until.is_some_and(|until| {
        let shown = matches!(permission, Permission::ReadApp | Permission::DeleteApp);
        !shown || until <= call.messaging().clock().now()
    });
    if is_gone { Err(call.no_such_app()) } else { Ok(app) }
}

async fn read(body: axum::body::Body, limit: usize) -> Result<Bytes, Failure> {
    let mut body = Limited::new(body, limit);
    let mut read = BytesMut::new();
    loop {
        match tokio::time::timeout(SILENCE, body.frame()).await {
            Ok(None) => return Ok(read.freeze()),
            Ok(Some(Ok(frame))) => {
                read.extend(frame.data_ref().map(Bytes::as_ref).unwrap_or_default())
            }
            Ok(Some(Err(error))) if error.is::<LengthLimitError>() => {
                let limit = StatusCode::PAYLOAD_TOO_LARGE;
                return Err(Failure::new(limit, "body_too_large", "the body is too large"));
            }
            Ok(Some(Err(_))) | Err(_) => {
                return Err(Failure::malformed("the body did not arrive"));
            }
        }
    }
}

fn session_cookie(headers: &HeaderMap) -> Option<&str> {
    headers.get_all(header::COOKIE).iter().find_map(|header| {
        let cookies = header.to_str().ok()?.split(';');
        cookies.map(str::trim).find_map(|cookie| cookie.strip_prefix(COOKIE)?.strip_prefix('='))
    })
}

fn unknown_client() -> IpAddr {
    IpAddr::from([0, 0, 0, 0])
}

/// A line of the operation log before its result is known.
struct LogLine {
    platform: Platform,
    entry: audit::Entry,
}

impl LogLine {
    fn of(action: Action, call: &Call) -> Self {
        let staff = call.session.as_ref().map(|session| &session.staff);
        let app = call.app.as_ref();
        // The last variable of the path after the app: the user, group or member acted on.
        let target = call.params.iter().rev().find(|(name, _)| name != "org" && name != "app");
        let body = serde_json::from_slice(&call.body).unwrap_or(Value::Null);
        let entry = audit::Entry {
            time: call.messaging().clock().now(),
            org: app.map(|app| app.org_id).or_else(|| Some(staff?.org.as_ref()?.id)),
            staff: staff.map(|staff| staff.id),
            email: staff.map(|staff| staff.email.clone()).unwrap_or_default(),
            role: staff.map(|staff| staff.role),
            ip: call.client.to_string(),
            app_key: app.map(|app| app.key()),
            module: action.module.to_owned(),
            action: action.name.to_owned(),
            target: target.map(|(_, value)| value.clone()).unwrap_or_default(),
            result: String::new(),
            detail: audit::masked(body).to_string(),
        };
        Self { platform: call.platform().clone(), entry }
    }

    /// The line with its result.
    fn ended(mut self, result: &Result<Answer, Failure>) -> Self {
        match result {
            Ok(answer) => {
                self.entry.result = "ok".to_owned();
                if let Some(target) = &answer.target {
                    self.entry.target.clone_from(target);
                }
                if let Some(app) = &answer.app {
                    self.entry.org = Some(app.org_id);
                    self.entry.app_key = Some(app.key());
                }
                if let Some(org) = answer.org {
                    self.entry.org = Some(org);
                }
            }
            Err(failure) => self.entry.result = failure.error.to_owned(),
        }
        self
    }

    async fn write(self) {
        if let Err(error) = audit::record(&self.platform, self.entry).await {
            let error = &error as &dyn std::error::Error;
            tracing::error!(error, "a line of the operation log could not be written");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_session_is_found_among_other_cookies() {
        let mut headers = HeaderMap::new();
        assert_eq!(session_cookie(&headers), None);
        headers.append(header::COOKIE, "a=1; hongyan_session=abc; b=2".parse().unwrap());
        assert_eq!(session_cookie(&headers), Some("abc"));
    }
}
