//! Alarms against what the text says of them.

mod lives;
mod moments;
mod product;

use std::vec::Vec;

use points::alarm::{Display, Group, HIDDEN_MAX, Process};

use super::*;

fn set(alarms: &[Alarm]) -> AlarmSet {
    let mut set = AlarmSet::EMPTY;
    for alarm in alarms {
        set.put(*alarm, true);
    }
    set
}

fn act(alarm: Alarm) -> Act {
    Act {
        alarm,
        by: Name::new("Ann").expect("short"),
        why: Reason::new("probe is on order").expect("short"),
    }
}

/// Alarms with a clock.
struct Bench {
    alarms: Alarms,
    now: Moment,
    tick: u64,
}

impl Bench {
    fn new() -> Bench {
        Bench {
            alarms: Alarms::new(),
            now: Moment::ZERO,
            tick: 0,
        }
    }

    fn step(&mut self, stand: &[Alarm]) -> &AlarmStates {
        self.with(stand, &[])
    }

    fn with(&mut self, stand: &[Alarm], held: &[Alarm]) -> &AlarmStates {
        self.now += Span::ms(20);
        self.tick += 1;
        let conditions = Conditions {
            stand: set(stand).with(set(held)),
            held: set(held),
        };
        self.alarms.step(self.now, self.tick, conditions);
        self.alarms.states()
    }

    /// Long enough for every delay.
    fn stand(&mut self, stand: &[Alarm]) -> &AlarmStates {
        self.step(stand);
        self.now += Span::s(61);
        self.step(stand)
    }

    fn seen(&mut self, alarm: Alarm) {
        assert_eq!(self.alarms.acknowledge(self.now, act(alarm)), Ok(()));
    }

    fn display(&self, alarm: Alarm) -> Display {
        self.alarms.states().display(alarm)
    }
}

#[test]
fn what_came_stays_until_it_is_gone_and_seen_whichever_is_last() {
    for alarm in [Alarm::Untrusted, Alarm::Leak] {
        let mut bench = Bench::new();
        assert!(bench.stand(&[alarm]).raised.has(alarm));
        let states = bench.stand(&[]);
        assert!(
            states.raised.has(alarm) && !states.active.has(alarm),
            "nobody has seen it"
        );
        let latched = states.process(alarm) == Process::Latched;
        assert_eq!(latched, alarm.row().latching);
        bench.seen(alarm);
        assert!(bench.step(&[]).raised.is_empty());
        assert_eq!(
            bench.alarms.acknowledge(bench.now, act(alarm)),
            Err(Refusal::NotRaised)
        );

        bench.stand(&[alarm]);
        bench.seen(alarm);
        assert!(bench.step(&[alarm]).raised.has(alarm), "it stands");
        assert!(bench.stand(&[]).raised.is_empty());
    }
}

#[test]
fn a_latch_keeps_its_alarm_also_when_it_was_seen_and_a_new_cause_is_told() {
    let mut bench = Bench::new();
    bench.step(&[Alarm::Fire]);
    bench.seen(Alarm::Fire);
    let states = bench.with(&[], &[Alarm::Fire]);
    assert_eq!(states.process(Alarm::Fire), Process::Latched);
    assert!(
        states.raised.has(Alarm::Fire) && states.unacknowledged.is_empty() && states.active.has(Alarm::Fire)
    );
    let states = bench.step(&[Alarm::Fire]);
    assert!(
        states.unacknowledged.has(Alarm::Fire),
        "a second fire is another one"
    );
    bench.seen(Alarm::Fire);
    bench.with(&[], &[Alarm::Fire]);
    assert!(bench.step(&[]).raised.is_empty(), "the latch is reset");

    let mut restarted = Bench::new();
    let states = restarted.with(&[], &[Alarm::Fire]);
    assert!(states.unacknowledged.has(Alarm::Fire) && states.latched.has(Alarm::Fire));
    assert_eq!(
        restarted
            .alarms
            .desk()
            .first(Group::Fire)
            .map(|first| first.alarm),
        Some(Alarm::Fire)
    );
}

#[test]
fn delays_keep_a_flicker_out_and_hold_a_return() {
    let mut alarms = Alarms::new();
    let mut step = |at: u64, stands: bool| {
        let conditions = Conditions {
            stand: if stands {
                set(&[Alarm::Warm])
            } else {
                AlarmSet::EMPTY
            },
            held: AlarmSet::EMPTY,
        };
        alarms.step(Moment(at), at, conditions);
        alarms.states().active.has(Alarm::Warm)
    };
    assert!(!step(0, true) && !step(900_000, false) && !step(1_000_000, true));
    assert!(step(2_000_000, true));
    assert!(step(3_000_000, false));
    assert!(!step(8_000_000, false));
}

#[test]
fn a_shelved_alarm_is_judged_on_and_comes_back_at_its_time() {
    let mut bench = Bench::new();
    let at = bench.now;
    assert_eq!(
        bench.alarms.shelve(at, act(Alarm::DoorOpen), Shelf::Minutes(30)),
        Ok(())
    );
    let states = bench.stand(&[Alarm::DoorOpen]);
    assert!(states.active.has(Alarm::DoorOpen) && states.open().is_empty());
    let entry = bench.alarms.desk().hidden(Alarm::DoorOpen).copied();
    assert_eq!(
        entry.map(|entry| entry.until),
        Some(Until::Moment(at + Span::s(1800)))
    );
    assert_eq!(
        entry.map(|entry| (entry.by, entry.why)),
        Some((act(Alarm::DoorOpen).by, act(Alarm::DoorOpen).why))
    );
    bench.now = at + Span::s(1799);
    assert_eq!(
        bench.step(&[Alarm::DoorOpen]).display(Alarm::DoorOpen),
        Display::Shelved
    );
    bench.now = at + Span::s(1800);
    let states = bench.step(&[Alarm::DoorOpen]);
    assert!(states.open().has(Alarm::DoorOpen) && states.unacknowledged.has(Alarm::DoorOpen));
    assert_eq!(bench.alarms.act(Alarm::DoorOpen), None, "nobody brought it back");
    assert_eq!(bench.alarms.desk().hidden(Alarm::DoorOpen), None);
}

#[test]
fn shelved_once_it_comes_back_when_it_is_gone_or_at_its_limit() {
    let mut bench = Bench::new();
    bench.stand(&[Alarm::DoorOpen]);
    assert_eq!(
        bench.alarms.shelve(bench.now, act(Alarm::DoorOpen), Shelf::Once),
        Ok(())
    );
    assert_eq!(
        bench.stand(&[Alarm::DoorOpen]).display(Alarm::DoorOpen),
        Display::Shelved
    );
    assert_eq!(bench.stand(&[]).display(Alarm::DoorOpen), Display::Shown);

    assert_eq!(
        bench.alarms.shelve(bench.now, act(Alarm::DoorOpen), Shelf::Once),
        Ok(())
    );
    bench.now += Span::s(60 * u64::from(Alarm::DoorOpen.row().shelve_min));
    assert_eq!(bench.step(&[]).display(Alarm::DoorOpen), Display::Shown);
}

#[test]
fn a_shelf_has_limits_and_says_which_it_met() {
    let mut bench = Bench::new();
    let limit = Alarm::DoorOpen.row().shelve_min;
    let shelve = |bench: &mut Bench, alarm, shelf| bench.alarms.shelve(bench.now, act(alarm), shelf);
    assert_eq!(
        shelve(&mut bench, Alarm::DoorOpen, Shelf::Minutes(limit + 1)),
        Err(Refusal::ShelfTooLong)
    );
    assert_eq!(
        shelve(&mut bench, Alarm::DoorOpen, Shelf::Minutes(0)),
        Err(Refusal::OutOfSpan)
    );
    assert_eq!(
        shelve(&mut bench, Alarm::PreAlarm, Shelf::Once),
        Err(Refusal::NotShelvable)
    );
    assert_eq!(
        bench.alarms.take_out(bench.now, act(Alarm::Fire)),
        Err(Refusal::NotShelvable)
    );
    assert_eq!(
        bench.alarms.unshelve(act(Alarm::DoorOpen)),
        Err(Refusal::NotShelved)
    );
    assert_eq!(
        bench.alarms.take_back(act(Alarm::DoorOpen)),
        Err(Refusal::InService)
    );
    let some: Vec<Alarm> = AlarmSet::SHELVABLE.iter().take(HIDDEN_MAX + 1).collect();
    for alarm in &some[..HIDDEN_MAX] {
        assert_eq!(bench.alarms.take_out(bench.now, act(*alarm)), Ok(()));
    }
    let further = some[HIDDEN_MAX];
    assert_eq!(shelve(&mut bench, further, Shelf::Once), Err(Refusal::ShelfFull));
    assert_eq!(
        shelve(&mut bench, some[0], Shelf::Once),
        Err(Refusal::OutOfService)
    );
    assert_eq!(bench.alarms.take_back(act(some[0])), Ok(()));
    assert_eq!(shelve(&mut bench, further, Shelf::Once), Ok(()));
    assert_eq!(
        shelve(&mut bench, further, Shelf::Minutes(1)),
        Ok(()),
        "a shelf is renewed in its place"
    );
}

#[test]
fn a_consequence_is_folded_only_under_what_is_in_sight() {
    let mut bench = Bench::new();
    let both = [Alarm::DeviceAbsent, Alarm::Degraded];
    assert_eq!(bench.stand(&both).display(Alarm::Degraded), Display::Designed);
    assert_eq!(
        bench
            .alarms
            .shelve(bench.now, act(Alarm::DeviceAbsent), Shelf::Minutes(5)),
        Ok(())
    );
    bench.step(&both);
    assert_eq!(
        bench.display(Alarm::Degraded),
        Display::Shown,
        "what is shelved explains nothing"
    );
    assert_eq!(bench.alarms.unshelve(act(Alarm::DeviceAbsent)), Ok(()));
    assert_eq!(bench.step(&both).display(Alarm::Degraded), Display::Designed);
    bench.stand(&[Alarm::Degraded]);
    assert_eq!(bench.display(Alarm::Degraded), Display::Shown);
}

#[test]
fn the_first_of_a_group_is_held_until_the_group_is_clear_and_seen() {
    let mut bench = Bench::new();
    let first = |bench: &Bench, group| {
        bench
            .alarms
            .desk()
            .first(group)
            .map(|first| (first.alarm, first.tick))
    };
    bench.step(&[Alarm::Trip, Alarm::FanFailed]);
    assert_eq!(
        first(&bench, Group::Cooling),
        Some((Alarm::Trip, 1)),
        "one tick: by number"
    );
    bench.step(&[Alarm::Trip, Alarm::FanFailed, Alarm::Fire]);
    assert_eq!(first(&bench, Group::Fire), Some((Alarm::Fire, 2)));
    bench.seen(Alarm::Trip);
    bench.step(&[Alarm::FanFailed, Alarm::Fire]);
    assert_eq!(
        first(&bench, Group::Cooling),
        Some((Alarm::Trip, 1)),
        "the group is not clear"
    );
    bench.stand(&[]);
    assert_eq!(
        first(&bench, Group::Cooling),
        Some((Alarm::Trip, 1)),
        "nor all of it seen"
    );
    bench.seen(Alarm::FanFailed);
    bench.step(&[]);
    assert_eq!(first(&bench, Group::Cooling), None);
    assert_eq!(
        first(&bench, Group::Fire),
        Some((Alarm::Fire, 2)),
        "each group has its own"
    );
}

#[test]
fn what_stands_on_is_told_anew() {
    let mut bench = Bench::new();
    let alarm = Alarm::DoorOpen;
    bench.stand(&[alarm]);
    bench.seen(alarm);
    let again = Span::s(60 * u64::from(alarm.row().again_min));
    bench.now += again.left(Span::s(1));
    assert!(bench.step(&[alarm]).unacknowledged.is_empty());
    bench.now += Span::s(1);
    assert!(bench.step(&[alarm]).unacknowledged.has(alarm));
    assert!(
        !bench.alarms.states().chattering.has(alarm),
        "it did not come, it stands"
    );
}

#[test]
fn three_times_in_a_minute_is_chatter_until_it_is_quiet_for_one() {
    let mut bench = Bench::new();
    let blink = |bench: &mut Bench| {
        bench.step(&[Alarm::Watchdog]);
        bench.step(&[]);
    };
    blink(&mut bench);
    blink(&mut bench);
    assert!(bench.alarms.states().chattering.is_empty());
    blink(&mut bench);
    let states = bench.step(&[]);
    assert!(
        states.chattering.has(Alarm::Watchdog) && states.open().has(Alarm::Watchdog),
        "told, not hidden"
    );
    bench.now += Span::s(61);
    assert!(bench.step(&[]).chattering.is_empty());
}

#[test]
fn eleven_alarms_in_ten_minutes_are_a_flood_and_fewer_than_five_are_none() {
    let mut bench = Bench::new();
    let some: Vec<Alarm> = Alarm::ALL
        .iter()
        .copied()
        .filter(|alarm| alarm.row().on_delay_ms == 0 && alarm.row().explained_by.is_empty())
        .take(FLOOD_ABOVE + 1)
        .collect();
    assert_eq!(bench.step(&some[..FLOOD_ABOVE]).flood, None);
    let began = bench.step(&some).flood;
    assert_eq!(began, Some(bench.now));
    let mut all = some.clone();
    all.push(Alarm::NotRealtime);
    let states = bench.step(&all);
    assert!(states.folded.has(Alarm::NotRealtime) && !states.folded.has(Alarm::Fire));
    bench.now += FLOOD_TIME.left(Span::s(1));
    assert_eq!(bench.step(&all).flood, began);
    bench.now += Span::s(2);
    let states = bench.step(&all);
    assert!(
        states.flood.is_none() && states.folded.is_empty(),
        "they stand, but none came"
    );
}

#[test]
fn a_quiet_tick_changes_no_number_and_every_act_does() {
    let mut bench = Bench::new();
    bench.stand(&[Alarm::Leak]);
    let before = bench.alarms.states().sequence;
    bench.step(&[Alarm::Leak]);
    assert_eq!(bench.alarms.states().sequence, before);
    bench.seen(Alarm::Leak);
    assert_eq!(bench.step(&[Alarm::Leak]).sequence, before + 1);
    assert_eq!(
        bench.alarms.act(Alarm::Leak).map(|act| act.by),
        Name::new("Ann").ok()
    );
}
