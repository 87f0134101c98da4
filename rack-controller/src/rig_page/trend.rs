//! The truth over the last ten minutes of the rack's time: every quantity once a second, so that a page that has just been
//! opened has a past.

use std::collections::{BTreeMap, VecDeque};

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use hil_rig::rack::{Quantity, TRUTHS};
use serde::{Deserialize, Serialize};
use web::reply;

use super::Shared;

/// How far back it goes, in samples; a further one takes the place of the oldest.
pub const SAMPLES_MAX: usize = 600;
/// Least time between two samples, s of the rack's time.
const EVERY_S: f64 = 1.0;
/// Most quantities that one request may ask for.
const NAMES_MAX: usize = 16;

/// One sample: the truths in the order of their table.
type Sample = (f64, Vec<f64>);

/// The past.
#[derive(Debug, Default)]
pub(super) struct Trend(VecDeque<Sample>);

impl Trend {
    /// Takes a sample where one is due.
    pub(super) fn take(&mut self, truth: &BTreeMap<&'static str, f64>, now_s: f64) {
        if self.0.back().is_some_and(|(last_s, _)| now_s < last_s + EVERY_S) {
            return;
        }
        if self.0.len() >= SAMPLES_MAX {
            self.0.pop_front();
        }
        let values = TRUTHS
            .iter()
            .map(|row| truth.get(row.name).copied().unwrap_or(f64::NAN));
        self.0.push_back((now_s, values.collect()));
    }

    fn of(&self, quantities: &[Quantity]) -> Past {
        let column = |quantity: &Quantity| {
            let values = self
                .0
                .iter()
                .map(|(_, values)| values.get(*quantity as usize).copied());
            (
                quantity.row().name,
                values.map(|value| value.unwrap_or(f64::NAN)).collect(),
            )
        };
        Past {
            times_s: self.0.iter().map(|(at_s, _)| *at_s).collect(),
            values: quantities.iter().map(column).collect(),
        }
    }
}

/// What was, column by column; what is no number is null.
#[derive(Debug, Serialize)]
struct Past {
    times_s: Vec<f64>,
    values: BTreeMap<&'static str, Vec<f64>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Names {
    names: String,
}

/// `GET /api/v1/trend?names=exhaust,room`.
pub(super) async fn trend(State(shared): State<Shared>, Query(asked): Query<Names>) -> Response {
    let mut quantities = Vec::new();
    for name in asked.names.split(',') {
        let Some(quantity) = Quantity::named(name) else {
            let hint = hil_rig::scenario::hint(name, TRUTHS.iter().map(|row| row.name));
            return reply::error(StatusCode::BAD_REQUEST, format!("`{name}` is no truth; {hint}"));
        };
        quantities.push(quantity);
    }
    if quantities.len() > NAMES_MAX {
        let text = format!("at most {NAMES_MAX} names at once");
        return reply::error(StatusCode::BAD_REQUEST, text);
    }
    match shared.trend.lock() {
        Ok(trend) => axum::Json(trend.of(&quantities)).into_response(),
        Err(_) => reply::error(StatusCode::SERVICE_UNAVAILABLE, "the past is lost"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_a_second_is_kept_for_ten_minutes() {
        let mut trend = Trend::default();
        for quarter in 0..4 * 700_u32 {
            let now_s = f64::from(quarter) / 4.0;
            trend.take(&BTreeMap::from([("exhaust", now_s)]), now_s);
        }
        let past = trend.of(&[Quantity::Exhaust]);
        assert_eq!(past.times_s.len(), SAMPLES_MAX);
        assert_eq!(past.times_s.first(), Some(&100.0));
        assert_eq!(past.values["exhaust"], past.times_s, "each value with its moment");
    }
}
