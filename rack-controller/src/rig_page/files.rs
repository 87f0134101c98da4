//! The page: four files that stand alone, built from `web/ui/rig` and committed, so that neither building nor running
//! needs anything else.

use axum::http::header;
use axum::response::IntoResponse;

/// Path, content type and bytes of every file of the page.
pub(super) const FILES: [(&str, &str, &[u8]); 4] = [
    ("/", "text/html; charset=utf-8", include_bytes!("dist/index.html")),
    (
        "/app.js",
        "text/javascript; charset=utf-8",
        include_bytes!("dist/app.js"),
    ),
    (
        "/app.css",
        "text/css; charset=utf-8",
        include_bytes!("dist/app.css"),
    ),
    ("/icon.svg", "image/svg+xml", include_bytes!("dist/icon.svg")),
];

/// Answers with one of them.
pub(super) fn file(kind: &'static str, bytes: &'static [u8]) -> impl IntoResponse + Clone {
    ([(header::CONTENT_TYPE, kind)], bytes)
}
