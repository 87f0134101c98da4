//! The dictionary of this very version: every point and setting with its unit, span and register, every input with what
//! persons may do with it. A walk over the tables, for programs that read the API and for people who print it.

use std::sync::LazyLock;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use points::command::{Authority, Refusal};
use points::input::Input;
use points::point::{self, Point};
use points::setting;

use crate::{Shared, reply};

/// One line of the dictionary: a point or a setting.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its name on every interface.
    pub name: String,
    /// `measured`, `state` or `setting`.
    pub kind: &'static str,
    /// Unit; empty for a state and a bare number.
    pub unit: &'static str,
    /// What is measured.
    pub quantity: &'static str,
    /// Names of the states, by their number; empty for a number.
    pub states: &'static [&'static str],
    /// Its first register, as a 0-based PDU address.
    pub register: u16,
    /// Registers of its value.
    pub words: u8,
    /// Decimals kept on the wire.
    pub decimals: u8,
    /// Lowest value that can be.
    pub low: f64,
    /// Highest value that can be.
    pub high: f64,
    /// `read`, or the role that may change it.
    pub access: &'static str,
    /// What it is, for people.
    pub about: &'static str,
}

impl Entry {
    fn point(point: &Point) -> Entry {
        Entry {
            name: point.to_string(),
            kind: if point.row.kind.is_state() {
                "state"
            } else {
                "measured"
            },
            unit: point.row.kind.unit,
            quantity: point.row.kind.quantity,
            states: point.row.kind.states,
            register: point.register,
            words: point.row.words,
            decimals: point.row.decimals,
            low: point.row.low,
            high: point.row.high,
            access: "read",
            about: point.row.about(),
        }
    }

    fn setting(row: &'static setting::Row) -> Entry {
        Entry {
            name: row.name.to_owned(),
            kind: "setting",
            unit: row.kind.unit,
            quantity: row.kind.quantity,
            states: row.kind.states,
            register: row.register,
            words: 1,
            decimals: row.decimals,
            low: row.low,
            high: row.high,
            access: row.role.text(),
            about: row.about(),
        }
    }
}

/// Every point, then every setting, in the order of the tables.
pub fn entries() -> impl Iterator<Item = Entry> {
    point::all()
        .map(|point| Entry::point(&point))
        .chain(setting::ROWS.iter().map(Entry::setting))
}

/// The dictionary as an array of objects.
pub fn json() -> serde_json::Value {
    let list = entries().map(|e| {
        serde_json::json!({
            "name": e.name, "kind": e.kind, "unit": e.unit, "quantity": e.quantity, "states": e.states,
            "register": e.register, "words": e.words, "decimals": e.decimals, "low": e.low, "high": e.high,
            "access": e.access, "about": e.about,
        })
    });
    serde_json::Value::Array(list.collect())
}

static RENDERED: LazyLock<Bytes> = LazyLock::new(|| Bytes::from(json().to_string()));

/// `GET /api/v1/points`.
#[utoipa::path(get, path = "/api/v1/points", tag = "rack", responses(
    (status = 200, body = [crate::api::DictionaryEntry], description = "every point, then every setting"),
))]
pub(crate) async fn points() -> Response {
    reply::rendered(RENDERED.clone())
}

/// Every input, in the order of the table.
fn inputs_listed() -> Vec<crate::api::Input> {
    let listed = |input: &Input| {
        let needs = input.override_needs();
        crate::api::Input {
            key: input.key().to_owned(),
            title: input.row().title.to_owned(),
            point: input.point().to_owned(),
            override_persons: match needs {
                None | Some(Authority::Unproven) => 0,
                Some(Authority::OnePerson) => 1,
                Some(Authority::TwoPersons) => 2,
            },
            never: needs
                .is_none()
                .then(|| Refusal::NeverOverridden.text().to_owned()),
            vote: input
                .vote()
                .iter()
                .filter(|other| other != input)
                .map(|other| other.key().to_owned())
                .collect(),
        }
    };
    Input::ALL.iter().map(listed).collect()
}

static INPUTS: LazyLock<Vec<crate::api::Input>> = LazyLock::new(inputs_listed);

/// `GET /api/v1/inputs`.
#[utoipa::path(get, path = "/api/v1/inputs", tag = "rack", responses(
    (status = 200, body = [crate::api::Input], description = "every input that safety judges, and whom its override needs"),
))]
pub(crate) async fn inputs() -> Json<&'static [crate::api::Input]> {
    Json(INPUTS.as_slice())
}

/// `GET /api/v1/matrix`.
#[utoipa::path(get, path = "/api/v1/matrix", tag = "rack", responses(
    (status = 200, body = crate::api::Matrix, description = "causes, their effects, and why"),
))]
pub(crate) async fn matrix(State(shared): State<Shared>) -> Json<crate::api::Matrix> {
    Json(shared.views.matrix.as_ref().clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inputs_say_whom_an_override_needs_and_who_votes_with_them() {
        let listed = inputs_listed();
        assert_eq!(listed.len(), Input::COUNT);
        let of = |key: &str| listed.iter().find(|input| input.key == key).expect("an input");
        assert_eq!(
            (of("exhaust.a").override_persons, of("draft").override_persons),
            (2, 1)
        );
        assert_eq!(of("draft").vote, ["tachometer", "blower_current"]);
        assert!(of("door").vote.is_empty() && of("door").never.is_none());
        let smoke = of("smoke.a");
        assert_eq!(smoke.override_persons, 0);
        assert_eq!(smoke.never.as_deref(), Some(Refusal::NeverOverridden.text()));
    }

    #[test]
    fn json_is_an_array_with_every_key() {
        let list = json();
        let first = &list[0];
        for key in [
            "name", "kind", "unit", "quantity", "register", "words", "decimals", "low", "high", "access",
            "about",
        ] {
            assert!(first.get(key).is_some(), "{key}");
        }
        assert_eq!(
            list.as_array().map(Vec::len),
            Some(point::COUNT + setting::ROWS.len())
        );
    }
}
