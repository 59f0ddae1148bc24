//! What the tests see of the endpoints: every answer is compared with the documented shape, and, if
//! `HONGYAN_TEST_REST_CASES` names a folder, every case is written down there; `docs/rest-compatibility.md` is made of them.

use std::collections::HashMap;
use std::fs::OpenOptions;
use std::io::Write;
use std::sync::{Arc, LazyLock, Mutex};

use axum::body::{Body, to_bytes};
use axum::http::{Response, header};
use hongyan_rest::{AnswerForm, Endpoint};
use jsonschema::Validator;
use serde_json::{Value, json};

static DOCUMENT: LazyLock<Value> = LazyLock::new(hongyan_rest::openapi);
static SHAPES: LazyLock<Mutex<HashMap<String, Arc<Validator>>>> = LazyLock::new(Mutex::default);

/// The test that runs, which has the thread's name.
pub(crate) fn name_of_test() -> Arc<str> {
    std::thread::current().name().unwrap_or("main").into()
}

/// Looks at an answer on its way to the test.
pub(crate) async fn observe(test: &str, response: Response<Body>) -> Response<Body> {
    let Some(endpoint) = response.extensions().get::<Arc<Endpoint>>().cloned() else {
        return response;
    };
    if endpoint.path.is_empty() {
        return response;
    }
    let status = response.status().as_u16();
    let json =
        response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind == "application/json");
    if !json || (status == 200 && endpoint.answer.0 == AnswerForm::Bytes) {
        record(test, &endpoint, status, "");
        return response;
    }
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.unwrap();
    let shown: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    record(test, &endpoint, status, shown["error"].as_str().unwrap_or_default());
    if status >= 400 && !is_listed(&endpoint, status, &shown["error"]) {
        let (method, path) = (&endpoint.method, &endpoint.path);
        let what = format!("{method} {path} answers {status}, which its list of errors lacks");
        return undocumented(&what, &shown);
    }
    match shape(&endpoint, status).validate(&shown) {
        Ok(()) => Response::from_parts(parts, bytes.into()),
        Err(error) => {
            let (method, path) = (&endpoint.method, &endpoint.path);
            let what = format!(
                "{method} {path} answers what is not documented: {error} at {}",
                error.instance_path()
            );
            undocumented(&what, &shown)
        }
    }
}

fn undocumented(what: &str, shown: &Value) -> Response<Body> {
    let body = json!({ "error": what, "answer": shown });
    Response::builder().status(599).body(body.to_string().into()).unwrap()
}

/// Whether the document says that the endpoint answers such an error.
fn is_listed(endpoint: &Endpoint, status: u16, error: &Value) -> bool {
    let path = format!("{}/{{org}}/{{app}}{}", endpoint.prefix, endpoint.path);
    let operation = &DOCUMENT["paths"][&path][endpoint.method.as_str().to_lowercase()];
    let response = &operation["responses"][status.to_string()]["description"];
    // Errors of some paths have numbers, no words.
    let Some(error) = error.as_str() else { return response.is_string() };
    response.as_str().is_some_and(|words| words.split(", ").any(|word| word == error))
}

fn shape(endpoint: &Endpoint, status: u16) -> Arc<Validator> {
    let path = format!("{}/{{org}}/{{app}}{}", endpoint.prefix, endpoint.path);
    let which = if status == 200 { "200" } else { "default" };
    let key = format!("{} {path} {which}", endpoint.method);
    let mut shapes = SHAPES.lock().unwrap();
    let made = shapes.entry(key).or_insert_with(|| {
        let operation = &DOCUMENT["paths"][&path][endpoint.method.as_str().to_lowercase()];
        let mut schema =
            operation["responses"][which]["content"]["application/json"]["schema"].clone();
        schema["components"] = DOCUMENT["components"].clone();
        Arc::new(jsonschema::validator_for(&schema).unwrap())
    });
    made.clone()
}

fn record(test: &str, endpoint: &Endpoint, status: u16, error: &str) {
    let Some(folder) = std::env::var_os("HONGYAN_TEST_REST_CASES") else { return };
    let case = json!({
        "test": test,
        "method": endpoint.method.as_str(),
        "path": format!("{}{}", endpoint.prefix, endpoint.path),
        "status": status,
        "error": error,
    });
    // A file for each test: tests may run in one process or in many.
    let file = std::path::Path::new(&folder).join(format!("{}.jsonl", test.replace("::", ".")));
    let mut file = OpenOptions::new().create(true).append(true).open(file).unwrap();
    file.write_all(format!("{case}\n").as_bytes()).unwrap();
}
