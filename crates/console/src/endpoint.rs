//! Endpoints as data: method, path, who may, and how the operation log names it.

use axum::Router;
use axum::routing::{MethodFilter, MethodRouter, on};
use hongyan_platform::roles::Permission;
use http::{Method, StatusCode};

use crate::ConsoleState;
use crate::answer::Answer;
use crate::call::{self, Call};
use crate::errors::Failure;

/// Who may call an endpoint.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Access {
    /// Anybody; the handler deals with what it is given.
    Public,
    /// Whoever is signed in, also while a new password is due.
    SignedIn,
    /// Staff whose role has the permission. The handler keeps to the organisation of the session.
    Staff(Permission),
    /// Staff whose role has the permission, on the app `{org}/{app}` of the path, which has to be theirs.
    App(Permission),
}

/// How the operation log names a write.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Action {
    /// Area of the console, such as `users`.
    pub module: &'static str,
    /// What is done, such as `create`.
    pub name: &'static str,
    /// Whether an account with operation protection has to show its second factor first.
    pub protected: bool,
}

/// A write.
pub(crate) const fn write(module: &'static str, name: &'static str) -> Action {
    Action { module, name, protected: false }
}

/// A write that operation protection covers.
pub(crate) const fn protected(module: &'static str, name: &'static str) -> Action {
    Action { module, name, protected: true }
}

/// An endpoint without its handler.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// Method.
    pub method: Method,
    /// Path below `/console/api`, with variables as `{name}`.
    pub path: &'static str,
    /// Who may.
    pub access: Access,
    /// For writes.
    pub action: Option<Action>,
}

/// A list of endpoints on its way to a router.
#[derive(Default)]
pub(crate) struct Routes(Vec<(Endpoint, MethodRouter<ConsoleState>)>);

impl Routes {
    /// An endpoint that changes nothing.
    pub(crate) fn get<H, F>(self, path: &'static str, access: Access, handler: H) -> Self
    where
        H: Fn(Call) -> F + Clone + Send + Sync + 'static,
        F: Future<Output = Result<Answer, Failure>> + Send + 'static,
    {
        self.add(Endpoint { method: Method::GET, path, access, action: None }, handler)
    }

    /// An endpoint that changes something: it needs the CSRF token and is written to the operation log.
    pub(crate) fn write<H, F>(
        self,
        method: Method,
        path: &'static str,
        access: Access,
        action: Action,
        handler: H,
    ) -> Self
    where
        H: Fn(Call) -> F + Clone + Send + Sync + 'static,
        F: Future<Output = Result<Answer, Failure>> + Send + 'static,
    {
        self.add(Endpoint { method, path, access, action: Some(action) }, handler)
    }

    /// Adds the endpoints of another module.
    pub(crate) fn merge(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// What is served.
    pub(crate) fn endpoints(self) -> Vec<Endpoint> {
        self.0.into_iter().map(|(endpoint, _)| endpoint).collect()
    }

    pub(crate) fn into_router(self, state: ConsoleState) -> Router {
        let routes = self.0.into_iter();
        let router = routes
            .fold(Router::new(), |router, (endpoint, method)| router.route(endpoint.path, method));
        let unknown = async || {
            Failure::new(StatusCode::NOT_FOUND, "no_such_endpoint", "no such endpoint")
                .into_response()
        };
        let wrong_method = async || {
            let status = StatusCode::METHOD_NOT_ALLOWED;
            Failure::new(status, "no_such_endpoint", "not served with this method").into_response()
        };
        router.fallback(unknown).method_not_allowed_fallback(wrong_method).with_state(state)
    }

    fn add<H, F>(mut self, endpoint: Endpoint, handler: H) -> Self
    where
        H: Fn(Call) -> F + Clone + Send + Sync + 'static,
        F: Future<Output = Result<Answer, Failure>> + Send + 'static,
    {
        // Only methods that the filter knows are used for endpoints.
        let filter = MethodFilter::try_from(endpoint.method.clone()).unwrap_or(MethodFilter::GET);
        let served = endpoint.clone();
        let method = on(filter, move |state, params, request| {
            call::serve(served.clone(), state, params, request, handler.clone())
        });
        self.0.push((endpoint, method));
        self
    }
}
