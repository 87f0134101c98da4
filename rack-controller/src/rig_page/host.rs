//! Which names this page answers to. A browser that was led here by a name of somebody else's (DNS rebinding) sends that
//! name as `Host` and takes the answer for that site's own; so only addresses as numbers and `localhost` are answered.

use std::net::IpAddr;

use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use web::reply;

pub(super) async fn guard(request: Request, next: Next) -> Response {
    let host = request
        .headers()
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    match host {
        Some(host) if is_own(host) => next.run(request).await,
        Some(_) | None => reply::error(
            StatusCode::FORBIDDEN,
            "open this page by its address, such as http://127.0.0.1:8090, not by a name",
        ),
    }
}

/// An address as a number, or `localhost`, with or without a port.
fn is_own(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.parse::<u16>().is_ok() && !name.is_empty() => name,
        Some(_) | None => host,
    };
    let bare = name
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap_or(name);
    name.eq_ignore_ascii_case("localhost") || bare.parse::<IpAddr>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::is_own;

    #[test]
    fn numbers_and_localhost_are_own_and_names_are_not() {
        for host in [
            "127.0.0.1:8090",
            "127.0.0.1",
            "[::1]:8090",
            "[::1]",
            "localhost:1",
            "LOCALHOST",
        ] {
            assert!(is_own(host), "{host}");
        }
        for host in [
            "",
            "rack.example:8090",
            "127.0.0.1.example",
            "localhost.example",
            ":8090",
            "127.0.0.1:x",
        ] {
            assert!(!is_own(host), "{host}");
        }
    }
}
