//! `GET /openapi.json`: the interface described from the types and handlers that serve it.

use std::sync::LazyLock;

use axum::body::Bytes;
use axum::response::Response;
use utoipa::OpenApi;

use crate::reply;

/// The interface of this version.
#[derive(Debug, OpenApi)]
#[openapi(
    info(
        title = "Rack controller",
        description = "One server rack with indirect venturi cooling. A picture older than two seconds is answered 503, \
                       never shown as now. Times are Unix seconds.",
        license(name = "Apache-2.0 OR MIT", identifier = "Apache-2.0 OR MIT"),
    ),
    paths(
        crate::site::rack,
        crate::site::settings,
        crate::dictionary::points,
        crate::dictionary::matrix,
        crate::dictionary::inputs,
        crate::views::snapshot,
        crate::events::listen,
        crate::history::history,
        crate::history::journal,
        crate::history::drills,
        crate::kpi::kpi,
        crate::ask::command,
        crate::ask::challenge,
        crate::metrics::metrics,
        crate::views::health,
    )
)]
struct Document;

/// The document as text; keys in their order, a line break at the end.
pub fn text() -> String {
    let mut text = Document::openapi().to_pretty_json().unwrap_or_default();
    text.push('\n');
    text
}

static RENDERED: LazyLock<Bytes> = LazyLock::new(|| Bytes::from(text()));

/// `GET /openapi.json`.
pub(crate) async fn document() -> Response {
    reply::rendered(RENDERED.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_points_value_is_described() {
        let document: serde_json::Value = serde_json::from_str(&text()).expect("JSON");
        let points = &document["components"]["schemas"]["Snapshot"]["properties"]["points"];
        let reference = points["additionalProperties"]["$ref"].as_str();
        assert_eq!(reference, Some("#/components/schemas/PointValue"));
        assert!(document["components"]["schemas"]["PointValue"]["properties"]["quality"].is_object());
    }

    /// What the interface promises is only ever added to. The file is what integrators generate their clients from.
    #[test]
    fn the_golden_document_is_what_is_served() {
        let golden = include_str!("../../docs/openapi.json");
        assert!(
            golden == text(),
            "the interface has changed: run `rack-controller openapi > docs/openapi.json` and look at the difference"
        );
    }
}
