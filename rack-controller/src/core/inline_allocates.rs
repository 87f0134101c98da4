//! A tick allocates nothing: on any of its ways, counted.

use super::*;
use crate::config::builtin;
use hil_rig::plant::Profile;
use hil_rig::rack::{Fault, Input, Instrument, Quantity, RackConfig, Watch};
use points::command::{Command, Name, Reason};
use points::point::{commissioning, derived, self_test};
use points::{CommissioningResult, SelfTestResult};

fn inline(tick_ms: u64, rack: RackConfig) -> Inline {
    let mut config = builtin();
    config.core.tick_ms = tick_ms;
    let site = Site::build(&config, None).unwrap_or_else(|error| panic!("{error}"));
    Inline::new(site, Rack::new(rack)).unwrap_or_else(|error| panic!("{error}"))
}

/// Also with an alarm on its way; only the history of the test itself may grow, so its room is made before.
#[test]
fn a_tick_allocates_nothing() {
    let mut inline = inline(20, RackConfig::default());
    inline.run(60.0);
    inline.history.reserve(100);
    let instrument = Instrument::ExhaustA;
    let counted = allocation_counter::measure(|| {
        inline.run(5.0);
        inline.act(&Act::Door { open: true });
        inline.run(15.0);
    });
    assert_eq!(counted.count_total, 0, "{counted:?}");
    // Nor where faults come and go by themselves.
    let waits = |at_us, act| inline.rack.borrow_mut().schedule(at_us, act).is_ok();
    let now_us = inline.rack.borrow().now_us();
    let line = Input::Leak;
    for (after_s, act) in (1..).zip([
        Act::Fault {
            instrument,
            fault: Fault::Intermittent,
            amount: None,
        },
        Act::Fault {
            instrument,
            fault: Fault::Spike,
            amount: None,
        },
        Act::ContactBounce {
            line,
            edges: 9,
            over_us: 5_000,
        },
        Act::Line { line, high: true },
        Act::MendEverything,
    ]) {
        assert!(waits(now_us + 1_000_000 * after_s, act));
    }
    let watch = Watch {
        quantity: Quantity::Exhaust,
        above: false,
        value: 0.0,
    };
    assert_eq!(inline.rack.borrow_mut().when(watch, Act::MendEverything), Ok(()));
    let counted = allocation_counter::measure(|| inline.run(10.0));
    assert_eq!(counted.count_total, 0, "{counted:?}");
    assert!(inline.picture().alarms.raised.has(points::alarm::Alarm::DoorOpen));
}

/// Nor do a self-test, a commissioning run with its fit, a base regulator that takes over, and a blower that is lost.
#[test]
fn tests_fits_and_foresight_allocate_nothing() {
    let rack = RackConfig {
        load: Profile::constant(5e3),
        ..RackConfig::default()
    };
    let mut inline = inline(100, rack);
    inline.run(900.0);
    inline.history.reserve(400);
    let (by, reason) = (
        Name::new("mara").expect("short"),
        Reason::new("count").expect("short"),
    );
    let quietly = |inline: &mut Inline, what: &str, seconds: f64| {
        let counted = allocation_counter::measure(|| inline.run(seconds));
        assert_eq!(counted.count_total, 0, "{what}: {counted:?}");
    };
    assert_eq!(inline.command(&Command::SelfTest { by, reason }), Ok(()));
    quietly(&mut inline, "a self-test", 300.0);
    let tested = inline.picture().get(self_test::RESULT).ok();
    assert!(
        tested.is_some_and(|result| result != SelfTestResult::None),
        "{tested:?}"
    );
    assert_eq!(inline.command(&Command::Commissioning { by, reason }), Ok(()));
    quietly(&mut inline, "a commissioning run", 3_600.0);
    let fitted = inline.picture().get(commissioning::RESULT).ok();
    assert_eq!(fitted, Some(CommissioningResult::Fitted));
    inline.act(&Act::Fault {
        instrument: Instrument::Feeds,
        fault: Fault::Nack,
        amount: None,
    });
    quietly(&mut inline, "no power", 60.0);
    inline.act(&Act::MendEverything);
    quietly(&mut inline, "its return", 300.0);
    assert!(
        inline.picture().get(derived::TO_SHUTDOWN).value.is_err(),
        "nothing is in sight"
    );
    inline.act(&Act::BlowerJammed { on: true });
    quietly(&mut inline, "a blower that stands", 20.0);
    assert!(
        inline.picture().get(derived::TO_SHUTDOWN).ok().is_some(),
        "foresight tells the time"
    );
}
