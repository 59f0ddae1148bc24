//! `/easemob/server.json`: where an app's clients find REST and the socket. They fetch it from a name that is fixed in
//! them, so it serves who owns the resolution of that name.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use hongyan_model::{App, Refusal, Result};
use hongyan_platform::apps;
use hongyan_platform::discovery::{self, Host};
use serde_json::{Value, json};

use crate::RestState;
use crate::call::{Area, Context, origin};
use crate::errors::Failure;
use crate::query::Query;

pub(crate) async fn server_json(State(state): State<RestState>, request: Request) -> Response {
    let origin = origin(state.public_url.as_deref(), &request);
    let query = Arc::new(Query::parse(request.uri().query().unwrap_or_default()));
    match app_of(&state, &query).await {
        Ok(app) => Json(body(&state, &app, &origin)).into_response(),
        Err(error) => {
            let path = request.uri().path();
            let context = Context {
                area: Area::Users,
                method: request.method().clone(),
                route: path.to_owned(),
                uri: format!("{origin}{path}"),
                path: path.trim_start_matches('/').to_owned(),
                query,
                started: state.messaging.clock().now(),
                app: None,
                user: None,
            };
            Failure::from(error).into_response(&context, state.messaging.clock().now())
        }
    }
}

/// The app that the client names, by its key or its id.
async fn app_of(state: &RestState, query: &Query) -> Result<Arc<App>> {
    if let Some(id) = query.text("app_id") {
        return apps::find_by_app_id(&state.platform, id).await;
    }
    let key = query.text("app_key").ok_or(Refusal::Missing { name: "app_key" })?;
    let (org, name) = key.split_once('#').unwrap_or((key, ""));
    apps::find(&state.platform, org, name).await
}

fn body(state: &RestState, app: &App, origin: &str) -> Value {
    let reach = discovery::reach(&state.platform, app, origin);
    let hosts = |hosts: &[Host]| hosts.iter().map(host).collect::<Value>();
    json!({
        "deploy_name": app.data_center,
        "file_version": "1",
        "app_key": app.key(),
        "rest": { "hosts": hosts(&reach.rest) },
        "msync-wx": { "hosts": hosts(&reach.sockets) },
        // The name that builds before 4.13 read; they add `/ws` for SockJS.
        "msync-ws": { "hosts": hosts(&reach.sockets) },
        // The client reports to its vendor otherwise.
        "enableReportLogs": "false",
        "enableDataReport": "false",
        "uploadinparts_enable": "true",
    })
}

/// Also a socket's host is named by the protocol of pages. Without an `ip`, which the client would prefer on plain
/// HTTP.
fn host(host: &Host) -> Value {
    json!({
        "protocol": if host.secure { "https" } else { "http" },
        "domain": host.domain,
        "port": host.port.to_string(),
        "channel": "direct",
    })
}
