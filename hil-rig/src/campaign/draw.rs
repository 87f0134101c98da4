//! One thing that happens: a fault of any instrument in any amount, a contact, a person, the weather.

use super::dice::Dice;
use crate::rack::{Act, Fault, Input, Instrument, Kind, Output, Pick, Relay, Side};

/// Instruments that the built-in site does not look at.
const UNUSED: [Kind; 2] = [Kind::OneWire, Kind::Expander];

/// Noise and drifts beyond these are signs of fire for any reader: a probe that shows a fire's heat or rise for a while and
/// then is lost.
const LARGEST: [(Fault, f64); 2] = [(Fault::Noise, 100.0), (Fault::Drift, 400.0)];

/// Contacts that neither are evidence of fire nor stop anything by themselves.
const HARMLESS: [Input; 8] = [
    Input::Door,
    Input::FilterLeft,
    Input::FilterRight,
    Input::HomeLeft,
    Input::HomeRight,
    Input::Seal,
    Input::Leak,
    Input::HornBack,
];

/// Outputs whose relays may fail without a say in the fan.
const RELAYS: [Output; 7] = [
    Output::HostDown,
    Output::PowerCut,
    Output::Horn,
    Output::Beacon,
    Output::Fire,
    Output::Prealarm,
    Output::Fault,
];

/// An amount, rounded as people write it.
fn rounded(number: f64) -> f64 {
    (100.0 * number).round() / 100.0
}

pub(super) fn side(dice: &mut Dice) -> Side {
    dice.pick(&[Side::Left, Side::Right])
}

/// Any fault of any instrument, in any amount of its range, small ones as often as large ones.
pub(super) fn fault(dice: &mut Dice) -> Act {
    loop {
        let (instrument, fault) = (dice.pick(Instrument::ALL), dice.pick(Fault::ALL));
        let Some(fit) = fault.fit(instrument.kind()) else {
            continue;
        };
        if UNUSED.contains(&instrument.kind()) {
            continue;
        }
        let amount = fit.amount.map(|amount| {
            let most = LARGEST.iter().find(|(of, _)| *of == fault).map(|(_, most)| *most);
            let largest = most.unwrap_or(f64::INFINITY);
            let (low, high) = (amount.span.low.max(-largest), amount.span.high.min(largest));
            let whole = amount.span.unit.is_empty() && !matches!(fault, Fault::Noise | Fault::Slow);
            let number = if dice.chance(50.0) {
                dice.between(low, high)
            } else {
                let sign = if low < 0.0 && dice.chance(50.0) { -1.0 } else { 1.0 };
                sign * amount.usual * dice.between(0.2, 4.0)
            };
            let number = if whole { number.round() } else { rounded(number) };
            number.clamp(low, high)
        });
        return Act::Fault {
            instrument,
            fault,
            amount,
        };
    }
}

/// What no act has to end: buses that hang for a while.
pub(super) fn bus(dice: &mut Dice, longest_s: u32) -> (Act, f64) {
    let time_s = dice.up_to(longest_s);
    let for_us = 1_000_000 * u64::from(time_s);
    let bus = dice.below(3);
    let act = match dice.below(3) {
        0 => Act::BusStuck { bus, for_us },
        1 => Act::ClockStuck { bus, for_us },
        _ => Act::ChannelStuck {
            channel: dice.below(8),
            for_us,
        },
    };
    (act, f64::from(time_s))
}

/// Something that changes around a healthy rack or at its edges: nothing here is a reason to stop it.
pub(super) fn everyday(dice: &mut Dice) -> Act {
    let line = dice.pick(&HARMLESS);
    match dice.below(17) {
        0 | 1 => Act::Load {
            power_w: Some(dice.between(300.0, 8_000.0).round()),
        },
        2 => Act::Room {
            room_c: Some(dice.between(8.0, 26.0).round()),
        },
        3 | 4 => Act::Door {
            open: dice.chance(50.0),
        },
        5 => Act::FilterPresent {
            side: side(dice),
            present: dice.chance(50.0),
        },
        6 => Act::FilterResistance {
            side: side(dice),
            ratio: rounded(dice.between(0.5, 6.0)),
        },
        7 => Act::NewFilter { side: side(dice) },
        8 => Act::ExtinguisherHome {
            side: side(dice),
            home: dice.chance(50.0),
        },
        9 => Act::ContactStuck {
            line,
            on: dice.chance(60.0),
        },
        10 => Act::ContactStorm {
            line,
            per_s: if dice.chance(50.0) {
                0.0
            } else {
                dice.between(0.1, 200.0).round()
            },
        },
        11 => Act::ContactBounce {
            line: dice.pick(&[Input::Door, Input::FireButton, Input::EmergencyOff, Input::Key]),
            edges: 20,
            over_us: 10_000,
        },
        12 => Act::Relay {
            output: dice.pick(&RELAYS),
            relay: dice.pick(&[Relay::Well, Relay::Dead]),
        },
        13 => Act::HostCap {
            host: Pick::All,
            percent: Some(dice.between(10.0, 100.0).round()),
        },
        14 => Act::HostHang {
            host: Pick::All,
            on: dice.chance(50.0),
        },
        15 => Act::Humidity {
            percent: dice.between(5.0, 99.0).round(),
        },
        _ => Act::Line {
            line: dice.pick(&[Input::Seal, Input::Leak, Input::FilterLeft]),
            high: dice.chance(50.0),
        },
    }
}

/// Cooling is lost or heat comes.
pub(super) fn hot(dice: &mut Dice) -> Act {
    match dice.below(10) {
        0 | 1 => Act::BlowerJammed {
            on: dice.chance(60.0),
        },
        2 => Act::DischargeBlocked {
            percent: dice.pick(&[0.0, 50.0, 90.0, 98.0]),
        },
        3 => Act::BrownOut {
            percent: dice.between(40.0, 105.0).round(),
        },
        4 => Act::BlowerWear {
            blower: Side::Left,
            efficiency: dice.between(15.0, 100.0).round(),
        },
        5 => Act::Line {
            line: Input::Isolator,
            high: dice.chance(50.0),
        },
        6 => Act::Line {
            line: Input::Mains,
            high: dice.chance(50.0),
        },
        7 => Act::Load {
            power_w: Some(dice.between(2_000.0, 15_000.0).round()),
        },
        8 => Act::Room {
            room_c: Some(dice.between(18.0, 42.0).round()),
        },
        _ => Act::FilterResistance {
            side: side(dice),
            ratio: rounded(dice.between(1.0, 30.0)),
        },
    }
}
