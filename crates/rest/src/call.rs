//! One request, decoded as far as every endpoint needs it: app, caller, path, query, body.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Body;
use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{MatchedPath, RawPathParams, Request, State};
use axum::response::Response;
use bytes::Bytes;
use futures_util::future::BoxFuture;
use hongyan_integrations::Integrations;
use hongyan_messaging::{Messaging, tokens};
use hongyan_model::{
    App, Caller, ClientAddr, DeviceId, Error, Feature, Origin, Refusal, Result, Timestamp, UserId,
};
use hongyan_platform::apps;
use http::{HeaderMap, Method, header};

use crate::RestState;
use crate::body;
use crate::endpoint::{Access, Endpoint, Handler};
use crate::errors::{ErrorBody, Failure};
use crate::fields::Fields;
use crate::idempotency;
use crate::query::Query;
use crate::rates::By;

/// The family of endpoints a request belongs to: the same refusal reads differently in each.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Area {
    Token,
    Users,
    Password,
    Status,
    Attributes,
    Favourites,
    MemberAttributes,
    Contacts,
    Presence,
    Push,
    Messages,
    Broadcasts,
    Recall,
    Rewrite,
    Reactions,
    Pins,
    History,
    Conversations,
    Deletions,
    Files,
    Groups,
    GroupMembers,
    Rooms,
    Threads,
    RoomAttributes,
    Mutes,
    Translation,
    Speech,
    Reports,
    Callbacks,
    Moderation,
    Imports,
}

/// In front of `/{org}/{app}` in some newer paths.
pub(crate) const SDK_PREFIX: &str = "/api/sdk/v1";

/// What envelope and errors repeat of the request.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) area: Area,
    pub(crate) method: Method,
    /// The route's template below the app, such as `/users/{user}`.
    pub(crate) route: String,
    /// Absolute public URL without the query.
    pub(crate) uri: String,
    /// `org/app/…` as asked for.
    pub(crate) path: String,
    pub(crate) query: Arc<Query>,
    pub(crate) started: Timestamp,
    /// Known once it has been looked up.
    pub(crate) app: Option<Arc<App>>,
    /// The user whose token came with the request.
    pub(crate) user: Option<UserId>,
}

/// A request to an app.
pub(crate) struct Call {
    state: RestState,
    app: Arc<App>,
    query: Arc<Query>,
    uri: String,
    token: Token,
    params: Vec<(String, String)>,
    headers: HeaderMap,
    /// In a mutex that is never locked, because a body alone is not `Sync`.
    body: Mutex<Body>,
}

/// What the `Authorization` header held.
#[derive(Debug)]
enum Token {
    Absent,
    Valid { caller: Caller, expires_at: Option<Timestamp> },
    Refused(Refusal),
}

impl Token {
    /// Whether it opens an endpoint; `named` is the user in the path.
    fn admits(&self, access: Access, named: &str) -> Result<(), Refusal> {
        let caller = match self {
            _ if access == Access::Open => return Ok(()),
            Self::Absent => return Err(Refusal::TokenExpired),
            Self::Refused(refusal) => return Err(refusal.clone()),
            Self::Valid { caller, .. } => caller,
        };
        let may = match access {
            Access::Open | Access::Member => true,
            Access::App => caller.user().is_none(),
            Access::User => caller.user().is_some(),
            // What is no user at all, the handler says.
            Access::Itself => UserId::parse(named).map_or(true, |named| caller.acts_for(&named)),
        };
        if may { Ok(()) } else { Err(Refusal::NotPermitted) }
    }
}

impl Call {
    pub(crate) fn integrations(&self) -> &Integrations {
        &self.state.integrations
    }

    pub(crate) fn messaging(&self) -> &Messaging {
        &self.state.messaging
    }

    pub(crate) fn app(&self) -> &Arc<App> {
        &self.app
    }

    /// Who asks; refuses requests without a valid token of this app.
    pub(crate) fn caller(&self) -> Result<Caller, Refusal> {
        self.caller_if_any()?.ok_or(Refusal::TokenExpired)
    }

    /// Who asks, where a token is optional; one that is given must be valid all the same.
    pub(crate) fn caller_if_any(&self) -> Result<Option<Caller>, Refusal> {
        match &self.token {
            Token::Absent => Ok(None),
            Token::Valid { caller, .. } => Ok(Some(caller.clone())),
            Token::Refused(refusal) => Err(refusal.clone()),
        }
    }

    /// When the caller's token expires.
    pub(crate) fn token_expires_at(&self) -> Option<Timestamp> {
        match &self.token {
            Token::Valid { expires_at, .. } => *expires_at,
            Token::Absent | Token::Refused(_) => None,
        }
    }

    /// Who asks and the user in the path, for whom the caller must be allowed to act.
    pub(crate) fn caller_for_path_user(&self) -> Result<(Caller, UserId), Refusal> {
        let caller = self.caller()?;
        let user = UserId::parse(self.path("user"))?;
        if caller.acts_for(&user) { Ok((caller, user)) } else { Err(Refusal::NotPermitted) }
    }

    /// A variable of the path.
    pub(crate) fn path(&self, name: &str) -> &str {
        self.params.iter().find(|(given, _)| given == name).map_or("", |(_, value)| value)
    }

    /// A variable of the path that holds a comma list.
    pub(crate) fn path_list(&self, name: &str) -> Vec<String> {
        let items = self.path(name).split(',').map(str::trim);
        items.filter(|item| !item.is_empty()).map(str::to_owned).collect()
    }

    /// Absolute public URL without the query.
    pub(crate) fn uri(&self) -> &str {
        &self.uri
    }

    pub(crate) fn query(&self) -> &Query {
        &self.query
    }

    /// `limit` and `cursor`; the domain clamps the limit.
    pub(crate) fn page(&self, default_limit: usize) -> (usize, Option<&str>) {
        (self.query().number("limit").unwrap_or(default_limit), self.query().text("cursor"))
    }

    pub(crate) fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// A header as text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// Lets the app's server send so many messages of a kind, or refuses them. Who may not send is refused later.
    pub(crate) fn admit_messages(&self, limit: Feature, number: usize) -> Result<(), Refusal> {
        match &self.token {
            Token::Valid { caller, .. } if caller.user().is_none() => {
                let now = self.messaging().clock().now();
                self.state.rates.admit_messages(&self.app, limit, number, now)
            }
            _ => Ok(()),
        }
    }

    pub(crate) fn put_body(&mut self, bytes: Bytes) {
        self.body = Mutex::new(Body::from(bytes));
    }

    pub(crate) fn take_body(&mut self) -> Body {
        std::mem::take(self.body.get_mut().unwrap_or_else(PoisonError::into_inner))
    }

    /// The body as JSON, whatever its content type.
    pub(crate) async fn json(&mut self) -> Result<serde_json::Value, Failure> {
        body::json(self.take_body()).await
    }

    /// The body as a JSON object; no body is an empty object.
    pub(crate) async fn fields(&mut self) -> Result<Fields, Failure> {
        match self.json().await? {
            serde_json::Value::Object(fields) => Ok(Fields::new(fields)),
            serde_json::Value::Null => Ok(Fields::default()),
            _ => Err(Failure::NotAnObject),
        }
    }
}

/// Makes an axum handler of an endpoint and its function.
pub(crate) fn handle(
    endpoint: Endpoint,
    handler: Handler,
) -> impl Fn(
    State<RestState>,
    Result<RawPathParams, RawPathParamsRejection>,
    Request,
) -> BoxFuture<'static, Response>
+ Clone
+ Send
+ Sync
+ 'static {
    let endpoint = Arc::new(endpoint);
    move |State(state), params, request| {
        Box::pin(serve(state, params, request, endpoint.clone(), handler.clone()))
    }
}

async fn serve(
    state: RestState,
    params: Result<RawPathParams, RawPathParamsRejection>,
    request: Request,
    endpoint: Arc<Endpoint>,
    handler: Handler,
) -> Response {
    let messaging = state.messaging.clone();
    let mut context = context(&state, &params, &request, &endpoint);
    let client = request.extensions().get::<ClientAddr>().map(|client| client.0);
    let admitted = admit(&state, &endpoint, &params, request.headers(), client, &mut context);
    let (app, token) = match admitted.await {
        Ok(admitted) => admitted,
        Err(failure) => {
            body::discard(body::impatient(request.into_body())).await;
            return marked(failure.into_response(&context, messaging.clock().now()), endpoint);
        }
    };
    let params = params.iter().flat_map(RawPathParams::iter);
    let params = params.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let (parts, body) = request.into_parts();
    let body = Mutex::new(body::impatient(body));
    let (query, uri, headers) = (context.query.clone(), context.uri.clone(), parts.headers);
    let call = Call { state, app, token, params, query, uri, headers, body };
    let router = messaging.router().clone();
    let answered = idempotency::once(call, context, endpoint.clone(), handler);
    let response = to_its_end(async move { router.known_to_all(answered).await }, messaging);
    marked(response.await, endpoint)
}

/// For whoever measures or tests around it.
fn marked(mut response: Response, endpoint: Arc<Endpoint>) -> Response {
    response.extensions_mut().insert(endpoint);
    response
}

/// Runs a request in a task of its own: a caller who hangs up must not stop it between a write and
/// what follows from it.
async fn to_its_end(
    request: impl Future<Output = Response> + Send + 'static,
    messaging: Messaging,
) -> Response {
    match tokio::spawn(request).await {
        Ok(response) => response,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The runtime is shutting down; nobody is there to read this.
            Err(_) => ErrorBody::internal().into_response(messaging.clock().now(), 0),
        },
    }
}

fn context(
    state: &RestState,
    params: &Result<RawPathParams, RawPathParamsRejection>,
    request: &Request,
    endpoint: &Endpoint,
) -> Context {
    let template = request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str);
    let template = template.strip_prefix(SDK_PREFIX).unwrap_or(template);
    let route = template.strip_prefix("/{org}/{app}").unwrap_or(template);
    let path = match params {
        Ok(params) => {
            let below = if route.is_empty() { "" } else { request.uri().path() };
            format!("{}/{}{below}", param(params, "org"), param(params, "app"))
        }
        Err(_) => String::new(),
    };
    Context {
        area: endpoint.area,
        method: request.method().clone(),
        route: route.to_owned(),
        uri: format!("{}/{path}", origin(state.public_url.as_deref(), request)),
        path,
        query: Arc::new(Query::parse(request.uri().query().unwrap_or_default())),
        started: state.messaging.clock().now(),
        app: None,
        user: None,
    }
}

/// Finds app and caller, and lets in who may come.
async fn admit(
    state: &RestState,
    endpoint: &Endpoint,
    params: &Result<RawPathParams, RawPathParamsRejection>,
    headers: &HeaderMap,
    client: Option<IpAddr>,
    context: &mut Context,
) -> Result<(Arc<App>, Token), Failure> {
    let params = params.as_ref().map_err(|_| Failure::IllegalPath)?;
    // PostgreSQL has no text with a NUL character, so nothing has such a name.
    if params.iter().any(|(_, value)| value.contains('\0')) || context.query.has_nul() {
        return Err(Failure::IllegalPath);
    }
    let app = apps::find(&state.platform, param(params, "org"), param(params, "app")).await?;
    context.app = Some(app.clone());
    let device = context.query.text("resource").and_then(|resource| DeviceId::parse(resource).ok());
    let token = authenticate(&state.messaging, &app, headers, device, client).await?;
    if let Token::Valid { caller, .. } = &token {
        context.user = caller.user().cloned();
    }
    // Who is not let in takes nothing from the app.
    let named = param(params, "user");
    token.admits(endpoint.access, named)?;
    let now = state.messaging.clock().now();
    let by = match &token {
        Token::Valid { .. } => By::App,
        Token::Absent | Token::Refused(_) => By::Stranger(client),
    };
    // What only client SDKs call is in no table of rates.
    if context.user.is_none() || !endpoint.ids.is_empty() {
        state.rates.admit(&app, endpoint, by, now)?;
    }
    if endpoint.rate_of_user.is_some()
        && let Ok(subject) = UserId::parse(named)
    {
        state.rates.admit(&app, endpoint, By::Subject(subject), now)?;
    }
    Ok((app, token))
}

/// A bad token only matters to endpoints that want one.
async fn authenticate(
    messaging: &Messaging,
    app: &Arc<App>,
    headers: &HeaderMap,
    device: Option<DeviceId>,
    client: Option<IpAddr>,
) -> Result<Token> {
    let Some(header) = headers.get(header::AUTHORIZATION) else { return Ok(Token::Absent) };
    let Some(token) = header.to_str().ok().and_then(bearer) else {
        return Ok(Token::Refused(Refusal::TokenCorrupt));
    };
    let identity = match tokens::authenticate(messaging, token).await {
        Ok(identity) => identity,
        Err(Error::Refused(refusal)) => return Ok(Token::Refused(refusal)),
        Err(fault @ Error::Fault(_)) => return Err(fault),
    };
    if identity.app.id != app.id {
        return Ok(Token::Refused(Refusal::TokenInvalid));
    }
    let (app, actor) = (app.clone(), identity.actor);
    let caller = Caller { app, actor, origin: Origin::Rest, device, client };
    Ok(Token::Valid { caller, expires_at: identity.expires_at })
}

fn bearer(header: &str) -> Option<&str> {
    let (scheme, token) = header.trim().split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Scheme and host under which the client reaches us.
pub(crate) fn origin(public_url: Option<&str>, request: &Request) -> String {
    if let Some(url) = public_url {
        return url.trim_end_matches('/').to_owned();
    }
    let header = |name| {
        request.headers().get(name).and_then(|value: &http::HeaderValue| value.to_str().ok())
    };
    let scheme = match header("x-forwarded-proto")
        .map(|list| list.split(',').next().unwrap_or_default().trim())
    {
        Some("https") => "https",
        _ => "http",
    };
    let legal =
        |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b':' | b'[' | b']');
    let host = header("host").filter(|host| !host.is_empty() && host.bytes().all(legal));
    format!("{scheme}://{}", host.unwrap_or("localhost"))
}

fn param<'a>(params: &'a RawPathParams, name: &str) -> &'a str {
    params.iter().find(|(given, _)| *given == name).map_or("", |(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(headers: &[(&str, &str)]) -> Request {
        let mut request = Request::builder();
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(Body::empty()).unwrap()
    }

    impl Context {
        /// A request of the app `org#app` without a user token.
        pub(crate) fn example(area: Area) -> Self {
            let app = App {
                id: hongyan_model::AppId(1),
                uuid: "8be024f0".into(),
                org_id: hongyan_model::OrgId(1),
                org: "org".into(),
                name: "app".into(),
                client_id: String::new(),
                token_epoch: 0,
                plan: hongyan_model::Plan::default(),
                catalogue: hongyan_model::Catalogue::builtin().clone(),
                status: hongyan_model::AppStatus::Active,
                suspended_by: None,
                in_arrears: false,
                restorable_until: None,
                features: hongyan_model::FeatureStates::default(),
                product_name: String::new(),
                description: String::new(),
                data_center: String::new(),
                created: 0,
                modified: 0,
                settings: hongyan_model::AppSettings::default(),
            };
            Self {
                area,
                method: Method::GET,
                route: "/users".into(),
                uri: "http://h/org/app/users".into(),
                path: "org/app/users".into(),
                query: Arc::new(Query::parse("limit=2")),
                started: 1_000,
                app: Some(Arc::new(app)),
                user: None,
            }
        }
    }

    #[test]
    fn the_origin_is_configured_or_taken_from_the_request() {
        let plain = request(&[("host", "10.0.0.1:8080")]);
        assert_eq!(origin(None, &plain), "http://10.0.0.1:8080");
        assert_eq!(origin(Some("https://im.example.com/"), &plain), "https://im.example.com");
        let proxied = request(&[("host", "im.example.com"), ("x-forwarded-proto", "https, http")]);
        assert_eq!(origin(None, &proxied), "https://im.example.com");
        let forged = request(&[("host", "a\"<b>/"), ("x-forwarded-proto", "javascript")]);
        assert_eq!(origin(None, &forged), "http://localhost");
    }

    #[test]
    fn a_bearer_token_is_read_leniently() {
        assert_eq!(bearer("Bearer abc"), Some("abc"));
        assert_eq!(bearer("bearer  abc "), Some("abc"));
        assert_eq!(bearer("Basic abc"), None);
        assert_eq!(bearer("abc"), None);
    }
}
