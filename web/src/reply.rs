//! Answers that all handlers share: errors are JSON with `error` in words a person can act on.

use axum::Json;
use axum::body::Bytes;
use axum::http::{HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// JSON that is rendered already.
pub(crate) fn rendered(json: Bytes) -> Response {
    let mut response = json.into_response();
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// A status with a JSON body.
#[must_use]
pub fn with(status: StatusCode, body: Value) -> Response {
    (status, Json(body)).into_response()
}

/// A status and what is wrong.
#[must_use]
pub fn error(status: StatusCode, text: impl AsRef<str>) -> Response {
    with(status, json!({ "error": text.as_ref() }))
}

pub(crate) async fn no_such_page(uri: Uri) -> Response {
    with(
        StatusCode::NOT_FOUND,
        json!({ "error": "no such page", "path": uri.path() }),
    )
}

pub(crate) async fn no_such_method() -> Response {
    error(
        StatusCode::METHOD_NOT_ALLOWED,
        "this page does not take that method; see the Allow header",
    )
}
