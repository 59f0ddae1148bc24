//! `Idempotency-Key`: a request that is sent again is answered again, and not carried out again.

use std::sync::Arc;

use axum::body::Body;
use axum::response::Response;
use hongyan_messaging::Messaging;
use hongyan_messaging::idempotency::{self, KeyedRequest, Turn};
use http::{HeaderName, HeaderValue, header};

use crate::body;
use crate::call::{Call, Context};
use crate::endpoint::{Endpoint, Handler};
use crate::errors::Failure;

pub(crate) const KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// On answers that were given before.
pub(crate) const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// Longest answer that is remembered: every receiver of a message with an id.
const ANSWER_BYTES: usize = 1024 * 1024;

/// Carries a request out, unless it was carried out before under its key.
pub(crate) async fn once(
    mut call: Call,
    context: Context,
    endpoint: Arc<Endpoint>,
    handler: Handler,
) -> Response {
    let m = call.messaging().clone();
    let turn = match begin(&mut call, &context, &endpoint).await {
        Ok(turn) => turn,
        Err(failure) => return failure.into_response(&context, m.clock().now()),
    };
    let request = match turn {
        None => None,
        Some(Turn::First(request)) => Some(request),
        Some(Turn::Again(answer)) => return replayed(answer),
    };
    let result = handler(call).await;
    let now = m.clock().now();
    let Some(request) = request else {
        return match result {
            Ok(answer) => answer.into_response(&context, now),
            Err(failure) => failure.into_response(&context, now),
        };
    };
    match result {
        Ok(answer) => remembered(&m, &request, answer.into_response(&context, now)).await,
        Err(failure) => {
            let told = match &failure {
                Failure::Fault(_) => idempotency::lost(&m, &request).await,
                _ => idempotency::given_back(&m, &request).await,
            };
            log(told);
            failure.into_response(&context, now)
        }
    }
}

/// Takes the key of a request that has one.
async fn begin(
    call: &mut Call,
    context: &Context,
    endpoint: &Endpoint,
) -> Result<Option<Turn>, Failure> {
    if !endpoint.keyed {
        return Ok(None);
    }
    let Some(key) = call.headers().get(KEY) else { return Ok(None) };
    let key = key.to_str().unwrap_or_default().to_owned();
    let caller = call.caller()?;
    let bytes = body::bytes(call.take_body()).await?;
    let parts = [context.route.as_bytes(), context.query.raw().as_bytes(), &bytes];
    let turn = idempotency::begin(call.messaging(), &caller, &key, &parts).await?;
    call.put_body(bytes);
    Ok(Some(turn))
}

/// Remembers an answer, and gives it.
async fn remembered(m: &Messaging, request: &KeyedRequest, response: Response) -> Response {
    let (parts, body) = response.into_parts();
    match axum::body::to_bytes(body, ANSWER_BYTES).await {
        Ok(bytes) => {
            log(idempotency::answered(m, request, &String::from_utf8_lossy(&bytes)).await);
            Response::from_parts(parts, Body::from(bytes))
        }
        Err(error) => {
            tracing::error!(%error, "an answer is too long to be given");
            log(idempotency::lost(m, request).await);
            crate::errors::ErrorBody::internal().into_response(m.clock().now(), 0)
        }
    }
}

fn replayed(answer: String) -> Response {
    let mut response = Response::new(Body::from(answer));
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    response
}

/// The request is answered all the same: a key that stays taken keeps it from being carried out again.
fn log(told: hongyan_model::Result<()>) {
    if let Err(error) = told {
        let error = &error as &dyn std::error::Error;
        tracing::error!(error, "what became of a request with an idempotency key is not stored");
    }
}
