//! What holds for every request and every answer: sizes, origin, and the headers that keep browsers careful.

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;

use crate::{HEADERS_MAX, URI_MAX, reply};

const POLICY: &str =
    "default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// On every answer, errors included. Nothing is ever cached: an old picture must not come back as a new one.
const HEADERS: [(HeaderName, HeaderValue); 5] = [
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    (
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    ),
    (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static("same-origin"),
    ),
];

pub(crate) async fn guard(request: Request, next: Next) -> Response {
    let mut response = match refused(&request) {
        Some((status, text)) => reply::error(status, text),
        None => next.run(request).await,
    };
    for (name, value) in HEADERS {
        response.headers_mut().insert(name, value);
    }
    response
}

fn refused(request: &Request) -> Option<(StatusCode, &'static str)> {
    let uri = request
        .uri()
        .path_and_query()
        .map_or(0, |path| path.as_str().len());
    if uri > URI_MAX {
        return Some((StatusCode::URI_TOO_LONG, "the address is too long"));
    }
    let headers = request.headers();
    if headers
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len())
        .sum::<usize>()
        > HEADERS_MAX
    {
        return Some((
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            "the headers are too large",
        ));
    }
    let authority = request.uri().authority().map(axum::http::uri::Authority::as_str);
    if !own_origin(headers, authority) {
        return Some((
            StatusCode::FORBIDDEN,
            "the request comes from a page of another origin",
        ));
    }
    None
}

/// A browser names the page's origin in every request that changes something or crosses origins; what is no
/// browser names none.
fn own_origin(headers: &HeaderMap, authority: Option<&str>) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else {
        return true;
    };
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .or(authority);
    let origin = origin
        .to_str()
        .ok()
        .and_then(|origin| origin.split_once("://"))
        .map(|(_, authority)| authority);
    matches!((origin, host), (Some(origin), Some(host)) if origin.eq_ignore_ascii_case(host))
}
