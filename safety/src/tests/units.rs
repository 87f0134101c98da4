//! Extinguisher units: what is remembered of them, over random lives of their holders, their record and the wall clock.

use std::collections::BTreeSet;
use std::format;
use std::string::{String, ToString};

use proptest::prelude::*;

use super::Bench;
use super::bench::healthy;
use crate::{
    Climate, Inputs, Life, NewUnit, RecordError, UNIT_RECORD_BYTES, UnitRecord, Units, crc32c, newer,
};
use points::alarm::Alarm;
use points::command::Refusal;
use points::interlock::{Cause, Latch};
use points::setting::Settings;
use points::unit::{Serial, Side};
use points::{
    Absent, Celsius, Date, Day, ExtinguisherState, Flag, LoopState, Moment, Percent, Reading, Span,
};

const START: Date = Date::from_days(20_000);
const DAY: Span = Span::s(86_400);

fn serial(text: &str) -> Serial {
    Serial::new(text).expect("a serial number")
}

fn air(degrees: f64, humidity: f64) -> Climate {
    Climate {
        temperature: [Reading::good(Celsius::of(degrees), Moment::ZERO); 2],
        humidity: Reading::good(Percent::of(humidity), Moment::ZERO),
    }
}

fn new(text: &str) -> NewUnit {
    NewUnit {
        unit: Side::Left,
        serial: serial(text),
        installed: None,
        inspected: true,
    }
}

/// Units, their signals, and a clock that goes.
struct Shelf {
    units: Units,
    inputs: Inputs,
    settings: Settings,
    now: Moment,
    wall: Option<Date>,
    air: Climate,
}

impl Shelf {
    fn new() -> Shelf {
        let mut shelf = Shelf {
            units: Units::new(Some(&UnitRecord::commissioned(Some(START))), Moment::ZERO),
            inputs: healthy(),
            settings: Settings::default(),
            now: Moment::ZERO,
            wall: Some(START),
            air: air(40.0, 40.0),
        };
        shelf.pass(Span::ZERO);
        shelf
    }

    fn pass(&mut self, span: Span) {
        self.now += span;
        self.units.watch(self.now, &self.inputs);
        self.units.age(self.now, self.wall, &self.air, &self.settings);
    }

    fn days(&mut self, days: u32) {
        for _ in 0..days {
            self.wall = self.wall.map(|wall| wall.after(1));
            self.pass(DAY);
        }
    }

    fn replace(&mut self, new: &NewUnit) -> Result<(), Refusal> {
        self.units.replace(new, &self.inputs, &self.settings)
    }

    fn wire(&mut self, state: LoopState) {
        self.inputs.break_wire[0].value = Ok(state);
        self.pass(Span::ms(100));
    }

    /// A person takes the unit out and hangs one in.
    fn swap(&mut self) {
        self.inputs.extinguisher_home[0].value = Ok(Flag::Clear);
        self.wire(LoopState::Open);
        self.pass(Span::s(2));
        self.inputs.extinguisher_home[0].value = Ok(Flag::Set);
        self.wire(LoopState::Normal);
    }

    fn told(&self, alarm: Alarm) -> bool {
        self.units.conditions().has(alarm)
    }

    fn days_left(&self) -> Option<f64> {
        self.units.figures(&self.settings)[0].0.ok().map(Day::get)
    }
}

#[test]
fn a_unit_that_has_fired_is_replaced_by_another_one_and_by_nothing_less() {
    let mut shelf = Shelf::new();
    assert_eq!(shelf.replace(&new("A1")), Ok(()), "entered where it hangs");
    shelf.wire(LoopState::Alarm);
    shelf.wire(LoopState::Normal);
    assert_eq!(shelf.units.life()[0], Life::Fired, "whatever its wire says since");
    assert_eq!(shelf.replace(&new("")), Err(Refusal::Unsigned));
    assert_eq!(shelf.replace(&new("A1")), Err(Refusal::SerialUsed));
    assert_eq!(shelf.replace(&new("A2")), Err(Refusal::UnitNotRemoved));
    shelf.swap();
    shelf.wire(LoopState::Between);
    assert_eq!(shelf.replace(&new("A2")), Err(Refusal::UnitNotHome));
    shelf.wire(LoopState::Normal);
    shelf.inputs.extinguisher_home[0].value = Err(Absent::NoAnswer);
    assert_eq!(shelf.replace(&new("A2")), Err(Refusal::UnitNotHome));
    shelf.inputs.extinguisher_home[0].value = Ok(Flag::Set);
    let plain = NewUnit {
        inspected: false,
        ..new("A2")
    };
    assert_eq!(shelf.replace(&plain), Err(Refusal::NotInspected));
    for (days, answer) in [
        (-1, Err(Refusal::DateWrong)),
        (1_825, Err(Refusal::DateWrong)),
        (1_824, Ok(())),
    ] {
        let installed = Date::from_days(START.days().saturating_add_signed(-days));
        let tried = NewUnit {
            installed: Some(installed),
            ..new("A2")
        };
        assert_eq!(shelf.replace(&tried), answer, "{installed}");
    }
    assert_eq!(shelf.units.life()[0], Life::Good);
    // The one before is remembered: it does not come back, here or on the other side.
    shelf.swap();
    assert_eq!(shelf.replace(&new("A1")), Err(Refusal::SerialUsed));
    let right = NewUnit {
        unit: Side::Right,
        ..new("A2")
    };
    assert_eq!(shelf.replace(&right), Err(Refusal::SerialUsed));
    let plain = NewUnit {
        inspected: false,
        ..new("A3")
    };
    assert_eq!(
        shelf.replace(&plain),
        Ok(()),
        "a plain replacement needs no inspection"
    );
}

#[test]
fn a_unit_expires_by_its_date_and_is_told_thirty_days_before() {
    let mut shelf = Shelf::new();
    shelf.days(1_794);
    assert!((shelf.days_left(), shelf.told(Alarm::UnitExpiring)) == (Some(31.0), false));
    shelf.days(1);
    assert!((shelf.days_left(), shelf.told(Alarm::UnitExpiring)) == (Some(30.0), true));
    shelf.days(29);
    assert_eq!(shelf.units.life()[0], Life::Good);
    shelf.days(1);
    assert_eq!(
        (shelf.units.life()[0], shelf.days_left()),
        (Life::Expired, Some(0.0))
    );
    assert!(shelf.told(Alarm::UnitExpired) && !shelf.told(Alarm::UnitExpiring));
    shelf.swap();
    assert_eq!(shelf.replace(&new("B1")), Ok(()));
    assert_eq!(
        (shelf.units.life()[0], shelf.days_left()),
        (Life::Good, Some(1_825.0))
    );
}

#[test]
fn a_clock_that_jumps_or_is_unknown_makes_no_unit_expire_or_un_expire() {
    let mut shelf = Shelf::new();
    for wall in [
        Some(START.after(9_000)),
        Some(START.after(3)),
        Some(Date::from_days(1)),
        None,
    ] {
        shelf.wall = wall;
        shelf.pass(Span::s(10));
        assert_eq!(
            (shelf.units.life()[0], shelf.days_left()),
            (Life::Good, None),
            "{wall:?}"
        );
        assert!(shelf.told(Alarm::DateDoubted));
        // Nor over a restart.
        let record = shelf.units.record();
        shelf.units = Units::new(Some(&record), shelf.now);
        shelf.wall = Some(START);
        shelf.pass(Span::s(10));
        assert!(!shelf.told(Alarm::DateDoubted));
    }
    // A person has looked at the clock: then it counts.
    shelf.wall = Some(START.after(2_000));
    shelf.pass(Span::s(10));
    shelf.units.confirm_date(shelf.now, &shelf.settings);
    assert_eq!(shelf.units.life()[0], Life::Expired);
    for wall in [Some(START), None] {
        shelf.wall = wall;
        shelf.pass(Span::s(10));
        assert_eq!(shelf.units.life()[0], Life::Expired, "{wall:?}");
        let record = shelf.units.record();
        let mut later = Units::new(Some(&record), shelf.now);
        later.age(shelf.now, wall, &shelf.air, &shelf.settings);
        assert_eq!(later.life()[0], Life::Expired, "{wall:?}");
    }
    // And a wrong confirmation is taken back by a right one.
    shelf.wall = Some(START);
    shelf.pass(Span::s(10));
    shelf.units.confirm_date(shelf.now, &shelf.settings);
    assert_eq!(shelf.units.life()[0], Life::Good);
}

#[test]
fn a_change_of_zone_takes_back_no_expiry() {
    let mut shelf = Shelf::new();
    shelf.days(1_825);
    assert_eq!(shelf.units.life()[0], Life::Expired);
    shelf.wall = Some(START.after(1_824));
    shelf.pass(Span::s(10));
    assert!(!shelf.told(Alarm::DateDoubted));
    assert_eq!(shelf.units.life()[0], Life::Expired);
}

#[test]
fn hours_in_heat_and_damp_count_and_unreadable_ones_too() {
    let gone = Err(Absent::NoAnswer);
    let missing = Err(Absent::NotFitted);
    type Seen = Result<f64, Absent>;
    let cases: [(Seen, Seen, bool); 7] = [
        (Ok(40.0), Ok(40.0), false),
        (Ok(50.1), Ok(40.0), true),
        (Ok(50.0), Ok(70.0), false),
        (Ok(40.0), Ok(70.1), true),
        (gone, Ok(40.0), true),
        (Ok(40.0), gone, true),
        (missing, missing, false),
    ];
    for (degrees, humidity, ages) in cases {
        let mut shelf = Shelf::new();
        shelf.air.temperature = [Reading {
            value: degrees.map(Celsius::of),
            at: Moment::ZERO,
        }; 2];
        shelf.air.humidity.value = humidity.map(Percent::of);
        shelf.days(1);
        let used = shelf.units.figures(&shelf.settings)[0]
            .1
            .map_or(0.0, Percent::get);
        assert_eq!(used > 0.0, ages, "{degrees:?} {humidity:?}");
        shelf.days(165);
        assert_eq!(
            shelf.units.life()[0] == Life::Expired,
            ages && humidity == Ok(40.0) && degrees != Ok(40.0)
        );
    }
    let mut shelf = Shelf::new();
    shelf.air = air(60.0, 40.0);
    shelf.days(74);
    assert!(!shelf.told(Alarm::UnitExpiring), "74 days are 1776 h of 2000");
    shelf.days(1);
    assert!(shelf.told(Alarm::UnitExpiring) && shelf.units.life()[0] == Life::Good);
    shelf.days(9);
    assert_eq!(shelf.units.life()[0], Life::Expired);
    // No clock takes that back.
    shelf.units.confirm_date(shelf.now, &shelf.settings);
    assert_eq!(shelf.units.life()[0], Life::Expired);
}

#[test]
fn what_is_not_fitted_is_not_told() {
    let mut shelf = Shelf::new();
    shelf.units = Units::new(None, shelf.now);
    shelf.pass(Span::s(1));
    assert!(shelf.told(Alarm::UnitUnknown));
    for reading in &mut shelf.inputs.extinguisher_home {
        reading.value = Err(Absent::NotFitted);
    }
    for reading in &mut shelf.inputs.break_wire {
        reading.value = Err(Absent::NotFitted);
    }
    shelf.wall = None;
    shelf.pass(Span::s(1));
    assert!(shelf.units.conditions().is_empty());
    assert_eq!(
        shelf.units.figures(&shelf.settings)[1],
        (Err(Absent::NotFitted), Err(Absent::NotFitted))
    );
}

#[test]
fn an_unreadable_record_makes_units_suspect_until_they_are_entered_and_stops_nothing() {
    let mut bench = Bench::new();
    let mut units = Units::new(None, bench.now);
    bench.inputs.unit_life = units.life();
    let verdict = bench.run(10.0);
    assert_eq!(verdict.extinguisher, [ExtinguisherState::Suspect; 2]);
    assert!(bench.has(Cause::C14Extinguisher) && !bench.off() && !verdict.host_down);
    let settings = Settings::default();
    for unit in Side::ALL {
        let entered = NewUnit {
            unit,
            installed: Some(START),
            inspected: false,
            serial: serial(unit.text()),
        };
        assert_eq!(
            units.replace(&entered, &bench.inputs, &settings),
            Err(Refusal::NotInspected)
        );
        let entered = NewUnit {
            inspected: true,
            ..entered
        };
        assert_eq!(
            units.replace(&entered, &bench.inputs, &settings),
            Ok(()),
            "no clock is needed"
        );
    }
    bench.inputs.unit_life = units.life();
    assert_eq!(bench.run(1.0).extinguisher, [ExtinguisherState::Armed; 2]);
}

#[test]
fn a_fire_is_not_reset_over_a_unit_that_is_empty_or_expired() {
    for life in [Life::Fired, Life::Expired, Life::Unknown] {
        let mut bench = Bench::new();
        bench.inputs.manual_fire.value = Ok(Flag::Set);
        bench.run(1.0);
        bench.inputs.manual_fire.value = Ok(Flag::Clear);
        bench.inputs.unit_life[1] = life;
        bench.run(700.0);
        assert_eq!(
            bench.reset(Latch::Fire),
            Err(Refusal::ExtinguisherNotReady),
            "{life:?}"
        );
        bench.inputs.unit_life[1] = Life::Good;
        bench.run(1.0);
        assert_eq!(bench.reset(Latch::Fire), Ok(()));
    }
}

fn sample() -> UnitRecord {
    let mut shelf = Shelf::new();
    assert_eq!(shelf.replace(&new("LEFT-1")), Ok(()));
    shelf.air = air(60.0, 90.0);
    shelf.days(3);
    shelf.swap();
    assert_eq!(shelf.replace(&new("LEFT-2")), Ok(()));
    shelf.days(2);
    shelf.wire(LoopState::Alarm);
    shelf.units.record()
}

#[test]
fn a_record_comes_back_as_it_was_written_and_no_flipped_bit_passes() {
    let record = sample();
    let memory = record.memory();
    assert!(memory[0].fired && !memory[1].fired && memory[0].serial == serial("LEFT-2"));
    let bytes = record.to_bytes(5);
    assert_eq!(UnitRecord::from_bytes(&bytes), Ok((record, 5)));
    for bit in 0..UNIT_RECORD_BYTES * 8 {
        let mut bad = bytes;
        bad[bit / 8] ^= 1 << (bit % 8);
        assert!(UnitRecord::from_bytes(&bad).is_err(), "bit {bit}");
    }
    let sealed = |change: &dyn Fn(&mut [u8])| {
        let mut bytes = bytes;
        change(&mut bytes);
        let check = crc32c(&bytes[..252]);
        bytes[252..].copy_from_slice(&check.to_le_bytes());
        UnitRecord::from_bytes(&bytes).err()
    };
    assert_eq!(sealed(&|bytes| bytes[4] = 2), Some(RecordError::Version));
    assert_eq!(sealed(&|bytes| bytes[6] = 2), Some(RecordError::Version));
    assert_eq!(sealed(&|bytes| bytes[16] = 16), Some(RecordError::Nonsense));
    for length in [25, 255] {
        assert_eq!(sealed(&|bytes| bytes[17] = length), Some(RecordError::Nonsense));
    }
    assert_eq!(sealed(&|bytes| bytes[18] = 0xFF), Some(RecordError::Nonsense));
    assert_eq!(sealed(&|bytes| bytes[18] = b'\n'), Some(RecordError::Nonsense));
    assert_eq!(sealed(&|bytes| bytes[96] = 30), Some(RecordError::Nonsense));
    assert_eq!(
        UnitRecord::from_bytes(&[0; UNIT_RECORD_BYTES]),
        Err(RecordError::Magic)
    );
}

/// Something that happens to the left holder or to its record.
#[derive(Clone, Debug)]
enum Event {
    /// The unit that hangs there bursts, and its wire breaks.
    Burst,
    /// Somebody bridges the wire, or it breaks as the loop's states go.
    Wire(LoopState),
    /// The unit is taken out.
    Out,
    /// One is hung in with a whole wire.
    Hang,
    /// Somebody enters a serial number.
    Enter(u8, bool),
    /// Time passes, and the wall clock jumps.
    Days(u8, i16),
    /// The unit bursts, and the core dies while that is written, after so many bytes, and starts again.
    Torn(usize),
    /// It dies and starts again.
    Restart,
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        2 => Just(Event::Burst),
        3 => prop::sample::select(LoopState::ALL).prop_map(Event::Wire),
        3 => Just(Event::Out),
        4 => Just(Event::Hang),
        6 => (0_u8..5, any::<bool>()).prop_map(|(name, inspected)| Event::Enter(name, inspected)),
        2 => (0_u8..100, -3_000_i16..3_000).prop_map(|(days, jump)| Event::Days(days, jump)),
        2 => (0_usize..=UNIT_RECORD_BYTES).prop_map(Event::Torn),
        1 => Just(Event::Restart),
    ]
}

/// A holder, its record on disk as the store writes it, and what was ever remembered as fired.
struct Holder {
    shelf: Shelf,
    slots: [[u8; UNIT_RECORD_BYTES]; 2],
    epoch: u32,
    written: UnitRecord,
    fired: BTreeSet<String>,
}

impl Holder {
    fn new() -> Holder {
        let shelf = Shelf::new();
        let written = shelf.units.record();
        Holder {
            slots: [written.to_bytes(0), written.to_bytes(1)],
            epoch: 1,
            written,
            shelf,
            fired: BTreeSet::new(),
        }
    }

    fn save(&mut self) {
        let record = self.shelf.units.record();
        if record != self.written {
            for _ in 0..2 {
                self.epoch += 1;
                self.slots[(self.epoch % 2) as usize] = record.to_bytes(self.epoch);
            }
            self.written = record;
        }
    }

    /// The newer slot that reads back, after a write that was torn.
    fn restart(&mut self, torn: usize) {
        let next = (self.epoch + 1) % 2;
        let bytes = self.shelf.units.record().to_bytes(self.epoch + 1);
        self.slots[next as usize][..torn].copy_from_slice(&bytes[..torn]);
        let read = |slot: &[u8; UNIT_RECORD_BYTES]| UnitRecord::from_bytes(slot).ok();
        let (record, epoch) = newer(read(&self.slots[0]), read(&self.slots[1])).expect("one slot is whole");
        (self.written, self.epoch) = (record, epoch);
        self.shelf.units = Units::new(Some(&record), self.shelf.now);
    }

    fn happen(&mut self, event: &Event) -> bool {
        let shelf = &mut self.shelf;
        match event {
            Event::Burst => shelf.wire(LoopState::Alarm),
            Event::Wire(state) => shelf.wire(*state),
            Event::Out => {
                shelf.inputs.extinguisher_home[0].value = Ok(Flag::Clear);
                shelf.wire(LoopState::Open);
                shelf.pass(Span::s(2));
            }
            Event::Hang => {
                shelf.inputs.extinguisher_home[0].value = Ok(Flag::Set);
                shelf.wire(LoopState::Normal);
            }
            Event::Enter(name, inspected) => {
                let entered = NewUnit {
                    inspected: *inspected,
                    ..new(&format!("U{name}"))
                };
                return shelf.replace(&entered).is_ok();
            }
            Event::Days(days, jump) => {
                let wall = shelf.wall.unwrap_or(START).days();
                shelf.wall = Some(Date::from_days(
                    wall.saturating_add_signed(i32::from(*jump)).max(1),
                ));
                for _ in 0..*days {
                    shelf.pass(DAY);
                }
            }
            // The wire shows what it showed: a core that comes back looks again.
            Event::Torn(cut) => {
                shelf.wire(LoopState::Alarm);
                self.restart(*cut);
                self.shelf.pass(Span::ms(100));
            }
            Event::Restart => {
                self.restart(0);
                self.shelf.pass(Span::ms(100));
            }
        }
        false
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    /// H17: once it is on disk that a unit has fired, no wire, no clock, no torn record and no restart makes it good; a
    /// serial number that has fired never comes back.
    #[test]
    fn no_way_leads_from_fired_to_armed_but_a_new_serial_number(events in prop::collection::vec(event(), 1..60)) {
        let mut life = Holder::new();
        for event in &events {
            let before = life.shelf.units.life()[0];
            let entered = life.happen(event);
            let (after, memory) = (life.shelf.units.life()[0], life.shelf.units.memory()[0]);
            prop_assert!(before != Life::Fired || after == Life::Fired || entered, "{event:?}: {before:?} to {after:?}");
            life.save();
            let name = memory.serial.to_string();
            if after == Life::Fired && !name.is_empty() {
                life.fired.insert(name);
            } else if after != Life::Fired {
                prop_assert!(!life.fired.contains(&name), "{name} is back");
            }
        }
    }
}
