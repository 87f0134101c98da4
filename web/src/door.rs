//! What a request that changes something has to show before its body is read: a header that no page of another origin can
//! send unasked, JSON, a bounded size, and all of it in time. The cheap questions come first.

use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use tokio::time::timeout;

use crate::reply;

/// One kind of request that changes something.
#[derive(Clone, Copy, Debug)]
pub struct Door {
    /// What it is, with its article, for the refusals.
    pub noun: &'static str,
    /// The header it carries with the value `1`, in lower case.
    pub header: &'static str,
    /// The header as people write it.
    pub shown: &'static str,
    /// Longest body, bytes. The router's own limit must be the same.
    pub body_max: usize,
}

impl Door {
    /// The body of a request, or the answer that refuses it.
    ///
    /// # Errors
    /// 403 without the header, 415 for what is not JSON, 413 for a longer body, 408 for one that does not come.
    pub async fn body(&self, request: Request, within: Duration) -> Result<Bytes, Response> {
        let Door {
            noun,
            shown,
            body_max,
            ..
        } = self;
        if request
            .headers()
            .get(self.header)
            .is_none_or(|value| value != "1")
        {
            let text = format!("{noun} carries the header {shown}: 1");
            return Err(reply::error(StatusCode::FORBIDDEN, text));
        }
        if !is_json(request.headers()) {
            let text = format!("{noun} is JSON: Content-Type: application/json");
            return Err(reply::error(StatusCode::UNSUPPORTED_MEDIA_TYPE, text));
        }
        match timeout(within, Bytes::from_request(request, &())).await {
            Ok(Ok(body)) => Ok(body),
            Ok(Err(rejection)) => match rejection.into_response().status() {
                StatusCode::PAYLOAD_TOO_LARGE => {
                    let text = format!("{noun} has at most {body_max} bytes");
                    Err(reply::error(StatusCode::PAYLOAD_TOO_LARGE, text))
                }
                status => Err(reply::error(status, "the body did not come whole")),
            },
            Err(_) => Err(reply::error(
                StatusCode::REQUEST_TIMEOUT,
                "the body did not come in time",
            )),
        }
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let text = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or("");
    let essence = text.split(';').next().unwrap_or("").trim();
    essence.eq_ignore_ascii_case("application/json")
}
