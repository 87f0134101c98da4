//! What there is: acts, faults, truths, lines and the library, from their tables. The page makes its controls from this.

use std::collections::BTreeMap;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use hil_rig::rack::{ACTS, FAULTS, INPUTS, Instrument, Parameter, Span, TRUTHS};
use hil_rig::scenario::{FILE_MAX, Scenario};
use serde::Serialize;
use serde_json::json;
use web::reply;

use super::Shared;
use crate::scenario::library;

#[derive(Debug, Serialize)]
struct Number {
    unit: &'static str,
    low: f64,
    high: f64,
}

impl From<Span> for Number {
    fn from(span: Span) -> Self {
        let Span { unit, low, high } = span;
        Number { unit, low, high }
    }
}

#[derive(Debug, Serialize)]
struct Takes {
    name: &'static str,
    words: &'static [&'static str],
    number: Option<Number>,
    /// It may be left out.
    omissible: bool,
    /// What it may be depends on the arguments before it.
    depends: bool,
}

impl From<&Parameter> for Takes {
    fn from(parameter: &Parameter) -> Self {
        Takes {
            name: parameter.name,
            words: parameter.words,
            number: parameter.number.map(Number::from),
            omissible: parameter.omissible,
            depends: parameter.given.is_some(),
        }
    }
}

#[derive(Debug, Serialize)]
struct Row {
    name: &'static str,
    about: String,
    parameters: Vec<Takes>,
}

#[derive(Debug, Serialize)]
struct Truth {
    name: &'static str,
    unit: &'static str,
    about: &'static str,
}

/// A fault that can befall a kind of instrument.
#[derive(Debug, Serialize)]
struct Befalls {
    name: &'static str,
    about: &'static str,
    /// How much of it there may be.
    amount: Option<Number>,
    /// How much is meant where nothing is said.
    usual: Option<f64>,
}

#[derive(Debug, Serialize)]
struct Chip {
    name: &'static str,
    /// Whose faults are its.
    kind: String,
}

#[derive(Debug, Serialize)]
struct Shipped {
    name: String,
    title: String,
    steps: usize,
}

/// `GET /api/v1/tables`.
pub(super) async fn tables(State(shared): State<Shared>) -> Response {
    let acts = ACTS.iter().map(|row| Row {
        name: row.name,
        about: row.about.trim().to_owned(),
        parameters: row.parameters.iter().map(Takes::from).collect(),
    });
    let truths = TRUTHS.iter().map(|row| Truth {
        name: row.name,
        unit: row.unit,
        about: row.about.trim(),
    });
    let chips = Instrument::NAMES
        .iter()
        .zip(Instrument::ALL)
        .map(|(name, one)| Chip {
            name,
            kind: kind(*one),
        });
    axum::Json(json!({
        "version": env!("CARGO_PKG_VERSION"),
        "socket": shared.socket.display().to_string(),
        "speed": shared.rig.speed(),
        "acts": acts.collect::<Vec<Row>>(),
        "truths": truths.collect::<Vec<Truth>>(),
        "inputs": INPUTS.iter().map(|(_, name)| *name).collect::<Vec<&str>>(),
        "instruments": chips.collect::<Vec<Chip>>(),
        "faults": faults(),
        "library": shipped(),
        "text_max": FILE_MAX,
    }))
    .into_response()
}

fn kind(instrument: Instrument) -> String {
    format!("{:?}", instrument.kind())
}

/// The faults of each kind of instrument.
fn faults() -> BTreeMap<String, Vec<Befalls>> {
    let mut kinds = BTreeMap::new();
    for instrument in Instrument::ALL {
        kinds.entry(kind(*instrument)).or_insert_with(|| {
            let own = FAULTS
                .iter()
                .filter_map(|row| Some((row, row.fault.fit(instrument.kind())?)));
            let befalls = own.map(|(row, fit)| Befalls {
                name: row.name,
                about: row.about.trim(),
                amount: fit.amount.map(|amount| amount.span.into()),
                usual: fit.amount.map(|amount| amount.usual),
            });
            befalls.collect()
        });
    }
    kinds
}

fn shipped() -> Vec<Shipped> {
    let read = |(name, text): (String, &str)| {
        let scenario = Scenario::parse(&name, text).ok()?;
        Some(Shipped {
            name,
            title: scenario.title,
            steps: scenario.steps.len(),
        })
    };
    library::texts().into_iter().filter_map(read).collect()
}

/// `GET /api/v1/library/NAME`.
pub(super) async fn text(Path(name): Path<String>) -> Response {
    match library::texts().into_iter().find(|(known, _)| *known == name) {
        Some((name, text)) => axum::Json(json!({ "name": name, "text": text })).into_response(),
        None => reply::error(StatusCode::NOT_FOUND, "no scenario of the library has this name"),
    }
}
