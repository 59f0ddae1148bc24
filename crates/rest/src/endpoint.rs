//! Endpoints as data: method, path, who may call, how often, and what goes in and comes out.
//!
//! The table is what is served, what is checked in front of every handler, what the OpenAPI document says and what the
//! tests go through, so none of them can disagree.

use std::sync::Arc;

use axum::Router;
use axum::routing::{MethodFilter, on};
use futures_util::future::BoxFuture;
use http::Method;

use crate::RestState;
use crate::answer::Answer;
use crate::call::{Area, Call, handle};
use crate::errors::Failure;
use crate::rates::{Pool, Rate};

/// Who may call an endpoint. What somebody may do with a group or room is the domain's to say, and comes after this.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Access {
    /// Anybody, also without a token; the handler deals with what it is given.
    Open,
    /// The app, by its token.
    App,
    /// The app, or the user whom the path names as `{user}`.
    Itself,
    /// The app, or any user of it.
    Member,
    /// A user, by its own token.
    User,
}

/// How a request's body is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BodyForm {
    /// `application/json`
    Json,
    /// `application/x-www-form-urlencoded`
    Form,
    /// `multipart/form-data`
    Multipart,
}

/// What stands around an answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AnswerForm {
    /// The envelope, with the keys that are named beside it.
    Envelope,
    /// JSON of its own shape.
    Bare,
    /// Bytes.
    Bytes,
}

/// An endpoint without its handler. Shapes are in the notation of [`notation`](crate::reference::notation).
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// Method.
    pub method: Method,
    /// What stands before `/{org}/{app}`.
    pub prefix: &'static str,
    /// Path below the app, with variables as `{name}`.
    pub path: Arc<str>,
    /// The endpoint's ids in `docs/rest-compatibility.md`; none if only client SDKs call it, or only Hongyan has it.
    pub ids: &'static [&'static str],
    /// The chapter that it belongs to.
    pub chapter: &'static str,
    /// Who may.
    pub access: Access,
    /// What it does, as one sentence without an end.
    pub about: &'static str,
    /// The same in Chinese.
    pub about_zh: &'static str,
    /// The query's parameters, an object.
    pub query: &'static str,
    /// Headers of its own, an object.
    pub headers: &'static str,
    /// What the body holds.
    pub body: Option<(BodyForm, &'static str)>,
    /// What comes back.
    pub answer: (AnswerForm, &'static str),
    /// Whether `Idempotency-Key` means something here: it does wherever messages are sent.
    pub keyed: bool,
    pub(crate) area: Area,
    pub(crate) rate: Rate,
    /// How often it may be called for one user, whom the path names as `{user}`.
    pub(crate) rate_of_user: Option<Rate>,
    /// The name of what it counts together with.
    pub(crate) pool: Option<&'static str>,
}

impl Endpoint {
    fn new(area: Area, chapter: &'static str, method: Method, path: &str) -> Self {
        Self {
            method,
            prefix: "",
            path: path.into(),
            ids: &[],
            chapter,
            access: Access::Open,
            about: "",
            about_zh: "",
            query: "{}",
            headers: "{}",
            body: None,
            answer: (AnswerForm::Envelope, "{}"),
            keyed: false,
            area,
            rate: Rate::DEFAULT,
            rate_of_user: None,
            pool: None,
        }
    }

    /// What answers where nothing is.
    pub(crate) fn nowhere(area: Area) -> Self {
        Self::new(area, "", Method::GET, "")
    }

    pub(crate) fn ids(&mut self, ids: &'static [&'static str]) -> &mut Self {
        self.ids = ids;
        self
    }

    /// The area of errors, where it is not that of the module.
    pub(crate) fn area(&mut self, area: Area) -> &mut Self {
        self.area = area;
        self
    }

    pub(crate) fn chapter(&mut self, chapter: &'static str) -> &mut Self {
        self.chapter = chapter;
        self
    }

    pub(crate) fn access(&mut self, access: Access) -> &mut Self {
        self.access = access;
        self
    }

    /// What it does, in English and in Chinese.
    pub(crate) fn about(&mut self, english: &'static str, chinese: &'static str) -> &mut Self {
        self.about = english;
        self.about_zh = chinese;
        self
    }

    pub(crate) fn query(&mut self, parameters: &'static str) -> &mut Self {
        self.query = parameters;
        self
    }

    pub(crate) fn headers(&mut self, headers: &'static str) -> &mut Self {
        self.headers = headers;
        self
    }

    pub(crate) fn body(&mut self, shape: &'static str) -> &mut Self {
        self.body = Some((BodyForm::Json, shape));
        self
    }

    pub(crate) fn form(&mut self, shape: &'static str) -> &mut Self {
        self.body = Some((BodyForm::Form, shape));
        self
    }

    pub(crate) fn multipart(&mut self, shape: &'static str) -> &mut Self {
        self.body = Some((BodyForm::Multipart, shape));
        self
    }

    /// Answers in the envelope, with these keys.
    pub(crate) fn answers(&mut self, keys: &'static str) -> &mut Self {
        self.answer = (AnswerForm::Envelope, keys);
        self
    }

    pub(crate) fn answers_bare(&mut self, shape: &'static str) -> &mut Self {
        self.answer = (AnswerForm::Bare, shape);
        self
    }

    pub(crate) fn answers_bytes(&mut self) -> &mut Self {
        self.answer = (AnswerForm::Bytes, "file");
        self
    }

    /// Sent again with its key, a request is answered again and not carried out again.
    pub(crate) fn keyed(&mut self) -> &mut Self {
        self.keyed = true;
        self
    }

    /// How often it may be called, where it is not the default.
    pub(crate) fn rate(&mut self, rate: Rate) -> &mut Self {
        self.rate = rate;
        self
    }

    /// How often it may be called for one user, beside the rate of the app.
    pub(crate) fn rate_of_user(&mut self, rate: Rate) -> &mut Self {
        self.rate_of_user = Some(rate);
        self
    }

    /// Has its rate together with the other endpoints that name this pool.
    pub(crate) fn counted_with(&mut self, pool: &'static str) -> &mut Self {
        self.pool = Some(pool);
        self
    }

    /// What its calls count for: all URLs of one published endpoint count together.
    pub(crate) fn counts_for(&self) -> Pool {
        match self.pool.or(self.ids.first().copied()) {
            Some(name) => Pool::Named(name),
            None => Pool::Endpoint(self.method.clone(), self.path.clone()),
        }
    }
}

/// A function from a request to its answer.
pub(crate) type Handler =
    Arc<dyn Fn(Call) -> BoxFuture<'static, Result<Answer, Failure>> + Send + Sync>;

pub(crate) fn handler<H, F>(handler: H) -> Handler
where
    H: Fn(Call) -> F + Send + Sync + 'static,
    F: Future<Output = Result<Answer, Failure>> + Send + 'static,
{
    Arc::new(move |call| Box::pin(handler(call)))
}

/// The endpoints of a module, on their way to a router.
pub(crate) struct Routes {
    area: Area,
    chapter: &'static str,
    prefix: &'static str,
    routes: Vec<(Endpoint, Handler)>,
}

impl Routes {
    /// Endpoints whose errors read as those of `area`.
    pub(crate) fn of(area: Area, chapter: &'static str) -> Self {
        Self { area, chapter, prefix: "", routes: Vec::new() }
    }

    /// Endpoints with something before `/{org}/{app}`.
    pub(crate) fn behind(self, prefix: &'static str) -> Self {
        Self { prefix, ..self }
    }

    pub(crate) fn get<H, F>(&mut self, path: &str, handler: H) -> &mut Endpoint
    where
        H: Fn(Call) -> F + Send + Sync + 'static,
        F: Future<Output = Result<Answer, Failure>> + Send + 'static,
    {
        self.add(Method::GET, path, handler)
    }

    pub(crate) fn post<H, F>(&mut self, path: &str, handler: H) -> &mut Endpoint
    where
        H: Fn(Call) -> F + Send + Sync + 'static,
        F: Future<Output = Result<Answer, Failure>> + Send + 'static,
    {
        self.add(Method::POST, path, handler)
    }

    pub(crate) fn put<H, F>(&mut self, path: &str, handler: H) -> &mut Endpoint
    where
        H: Fn(Call) -> F + Send + Sync + 'static,
        F: Future<Output = Result<Answer, Failure>> + Send + 'static,
    {
        self.add(Method::PUT, path, handler)
    }

    pub(crate) fn delete<H, F>(&mut self, path: &str, handler: H) -> &mut Endpoint
    where
        H: Fn(Call) -> F + Send + Sync + 'static,
        F: Future<Output = Result<Answer, Failure>> + Send + 'static,
    {
        self.add(Method::DELETE, path, handler)
    }

    /// Adds the endpoints of another module.
    pub(crate) fn merge(mut self, other: Self) -> Self {
        self.routes.extend(other.routes);
        self
    }

    /// What is served.
    pub(crate) fn endpoints(self) -> Vec<Endpoint> {
        self.routes.into_iter().map(|(endpoint, _)| endpoint).collect()
    }

    /// Serves them; the prefix and the app stand before these paths.
    pub(crate) fn into_router(self) -> Router<RestState> {
        self.routes.into_iter().fold(Router::new(), |router, (endpoint, handler)| {
            let path = endpoint.path.clone();
            let method = match endpoint.method {
                Method::GET => MethodFilter::GET,
                Method::PUT => MethodFilter::PUT,
                Method::DELETE => MethodFilter::DELETE,
                _ => MethodFilter::POST,
            };
            router.route(&path, on(method, handle(endpoint, handler)))
        })
    }

    fn add<H, F>(&mut self, method: Method, path: &str, run: H) -> &mut Endpoint
    where
        H: Fn(Call) -> F + Send + Sync + 'static,
        F: Future<Output = Result<Answer, Failure>> + Send + 'static,
    {
        let mut endpoint = Endpoint::new(self.area, self.chapter, method, path);
        endpoint.prefix = self.prefix;
        let at = self.routes.len();
        self.routes.push((endpoint, handler(run)));
        &mut self.routes[at].0
    }
}
