//! The variables of the UPS: one row each. A variable without a value is not listed; there are no stand-in numbers.

use points::point::{Tag, controller, power, temperature};
use points::{Quantity, Snapshot};

use crate::hosts::plan::OnControllerLoss;
use crate::hosts::told::HostWord;

/// What variables are made from.
#[derive(Clone, Copy, Debug)]
pub(super) struct View<'a> {
    /// What its tier is told.
    pub(super) status: HostWord,
    /// What its tier does when the controller is gone.
    pub(super) on_loss: OnControllerLoss,
    /// The picture, while it is fresh.
    pub(super) picture: Option<&'a Snapshot>,
    /// The rack is emulated.
    pub(super) simulated: bool,
    /// Rated power of the load.
    pub(super) rated_w: Option<f64>,
}

/// One variable.
#[derive(Debug)]
pub(super) struct Variable {
    /// Its name.
    pub(super) name: &'static str,
    /// Its description, as NUT has it.
    pub(super) about: &'static str,
    /// It is a number.
    pub(super) number: bool,
    /// It comes from the picture: without a fresh one it is stale, not unknown.
    pub(super) measured: bool,
    /// Its value, if it has one.
    pub(super) value: fn(&View<'_>) -> Option<String>,
}

/// Longest text of a variable, as its type states.
pub(super) const TEXT_MAX: usize = 64;

const MAKER: &str = "rack-controller";

/// What this server calls itself.
pub(super) const SERVER: &str = concat!(
    "rack-controller ",
    env!("CARGO_PKG_VERSION"),
    " - NUT protocol 1.3"
);

const fn text(name: &'static str, about: &'static str, value: fn(&View<'_>) -> Option<String>) -> Variable {
    Variable {
        name,
        about,
        number: false,
        measured: false,
        value,
    }
}

const fn number(name: &'static str, about: &'static str, value: fn(&View<'_>) -> Option<String>) -> Variable {
    Variable {
        name,
        about,
        number: true,
        measured: true,
        value,
    }
}

/// Every variable, in the order in which they are listed.
pub(super) const VARIABLES: &[Variable] = &[
    number(
        "ambient.humidity",
        "Ambient relative humidity (percent)",
        |view| point(view, temperature::ROOM_HUMIDITY, 1),
    ),
    number("ambient.temperature", "Ambient temperature (degrees C)", |view| {
        point(view, temperature::ROOM, 1)
    }),
    text("device.mfr", "Device manufacturer", |_| Some(MAKER.into())),
    text("device.model", "Device model", model),
    text("device.type", "Device type (ups, pdu, scd, psu)", |_| {
        Some("rack".into())
    }),
    number("device.uptime", "Device uptime (seconds)", |view| {
        point(view, controller::UPTIME, 0)
    }),
    number("ups.load", "Load on UPS (percent of full)", |view| {
        let watts = view.picture?.get(power::IT_POWER).number()?;
        let rated = view.rated_w.filter(|rated| rated.is_finite() && *rated > 0.0)?;
        Some(rounded(100.0 * watts / rated, 1))
    }),
    text("ups.mfr", "UPS manufacturer", |_| Some(MAKER.into())),
    text("ups.model", "UPS model", model),
    number("ups.realpower", "Current value of real power (Watts)", |view| {
        point(view, power::IT_POWER, 0)
    }),
    Variable {
        name: "ups.status",
        about: "UPS status",
        number: false,
        measured: true,
        value: |view| match (view.status, view.on_loss) {
            (HostWord::Run, _) | (HostWord::Prepare, OnControllerLoss::Stay) => Some("OL".into()),
            (HostWord::Prepare, OnControllerLoss::ShutDown) => Some("OB DISCHRG".into()),
            (HostWord::ShutDown, _) => Some("FSD OL".into()),
            (HostWord::Unknown, _) => None,
        },
    },
    number("ups.temperature", "UPS temperature (degrees C)", |view| {
        point(view, temperature::EXHAUST_VOTED, 1)
    }),
];

/// Variables of the server itself: answered, not listed, as with upsd.
pub(super) const SERVER_VARIABLES: &[Variable] = &[
    text("server.info", "Server information", |_| Some(SERVER.into())),
    text("server.version", "Server version", |_| {
        Some(env!("CARGO_PKG_VERSION").into())
    }),
];

/// The variable of this name in a table; names differ by more than case.
pub(super) fn find(table: &'static [Variable], name: &str) -> Option<&'static Variable> {
    table.iter().find(|one| one.name.eq_ignore_ascii_case(name))
}

fn model(view: &View<'_>) -> Option<String> {
    Some(
        if view.simulated {
            "rack (simulated)"
        } else {
            "rack"
        }
        .into(),
    )
}

fn point<Q: Quantity>(view: &View<'_>, tag: Tag<Q>, decimals: usize) -> Option<String> {
    view.picture?
        .get(tag)
        .number()
        .map(|value| rounded(value, decimals))
}

/// The number with so many decimals and no sign on a zero.
fn rounded(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    match text.strip_prefix('-') {
        Some(digits) if digits.chars().all(|c| matches!(c, '0' | '.')) => digits.into(),
        Some(_) | None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use points::{Celsius, Watt};

    #[test]
    fn only_what_is_known_has_a_value() {
        let mut snapshot = Snapshot::default();
        snapshot.put_now(temperature::EXHAUST_VOTED, Celsius::of(31.44));
        snapshot.put_now(power::IT_POWER, Watt::of(2500.4));
        let listed = |view: View<'_>| -> Vec<String> {
            let known = VARIABLES
                .iter()
                .filter_map(|one| Some((one, (one.value)(&view)?)));
            known
                .map(|(one, value)| format!("{}={value}", one.name))
                .collect()
        };
        let mut view = View {
            status: HostWord::Run,
            on_loss: OnControllerLoss::Stay,
            picture: Some(&snapshot),
            simulated: false,
            rated_w: None,
        };
        assert_eq!(
            listed(view),
            [
                "device.mfr=rack-controller",
                "device.model=rack",
                "device.type=rack",
                "ups.mfr=rack-controller",
                "ups.model=rack",
                "ups.realpower=2500",
                "ups.status=OL",
                "ups.temperature=31.4"
            ]
        );
        view.rated_w = Some(10_000.0);
        assert!(listed(view).contains(&"ups.load=25.0".to_owned()));
        view.picture = None;
        view.status = HostWord::ShutDown;
        assert_eq!(listed(view)[5..], ["ups.status=FSD OL"]);
    }

    #[test]
    fn no_other_word_is_published() {
        use HostWord::{Prepare, Run, ShutDown, Unknown};
        let status = find(VARIABLES, "ups.status").expect("it is there");
        let told = |on_loss| {
            [Unknown, Run, Prepare, ShutDown].map(|word| {
                (status.value)(&View {
                    status: word,
                    on_loss,
                    picture: None,
                    simulated: false,
                    rated_w: None,
                })
            })
        };
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(
            told(OnControllerLoss::Stay),
            [None, some("OL"), some("OL"), some("FSD OL")]
        );
        assert_eq!(
            told(OnControllerLoss::ShutDown),
            [None, some("OL"), some("OB DISCHRG"), some("FSD OL")]
        );
    }

    #[test]
    fn the_table_is_in_order_and_zero_has_no_sign() {
        assert!(VARIABLES.is_sorted_by(|a, b| a.name < b.name));
        assert_eq!(
            [rounded(-0.04, 1), rounded(-0.06, 1), rounded(0.0, 0)],
            ["0.0", "-0.1", "0"]
        );
    }
}
