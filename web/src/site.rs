//! What this rack is, and the settings in force: said by the core when the link to it stands.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use points::setting::{self, Settings};

use crate::api::{Rack, Setting};
use crate::{Shared, reply};

/// What the core says of its rack when the link stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Site {
    /// Its name, as the owner configured it.
    pub name: String,
    /// Version of the program.
    pub version: &'static str,
    /// The rack is emulated.
    pub simulated: bool,
    /// Rated power of the IT load in watts.
    pub rated_power_w: f64,
    /// The settings in force.
    pub settings: Settings,
}

/// `GET /api/v1/rack`.
#[utoipa::path(get, path = "/api/v1/rack", tag = "rack", responses(
    (status = 200, body = Rack, description = "what this rack is"),
    (status = 503, body = crate::api::Error, description = "the core has not said it yet"),
))]
pub(crate) async fn rack(State(shared): State<Shared>) -> Response {
    answer(&shared, |site| Rack {
        name: site.name.clone(),
        version: site.version.to_owned(),
        simulated: site.simulated,
        rated_power_w: site.rated_power_w,
    })
}

/// `GET /api/v1/settings`.
#[utoipa::path(get, path = "/api/v1/settings", tag = "rack", responses(
    (status = 200, body = [Setting], description = "the settings in force"),
    (status = 503, body = crate::api::Error, description = "the core has not said them yet"),
))]
pub(crate) async fn settings(State(shared): State<Shared>) -> Response {
    answer(&shared, |site| {
        let all = setting::ROWS.iter().zip(site.settings.values());
        all.map(|(row, value)| Setting {
            name: row.name.to_owned(),
            value: *value,
            unit: row.kind.unit.to_owned(),
            low: row.low,
            high: row.high,
            default: row.default,
            role: row.role.text().to_owned(),
            about: row.about().to_owned(),
        })
        .collect::<Vec<_>>()
    })
}

fn answer<T: serde::Serialize>(shared: &Shared, what: impl FnOnce(&Site) -> T) -> Response {
    let site = shared.views.site.borrow().clone();
    match site {
        Some(site) => axum::Json(what(&site)).into_response(),
        None => reply::error(StatusCode::SERVICE_UNAVAILABLE, "the controller is starting"),
    }
}
