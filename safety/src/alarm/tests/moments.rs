//! The very moments at which alarms change, and what says when the next one is.

use super::load::Load;
use super::*;

fn of(stand: &[Alarm]) -> Conditions {
    Conditions {
        stand: set(stand),
        held: AlarmSet::EMPTY,
    }
}

fn at_s(seconds: u64) -> Moment {
    Moment::ZERO + Span::s(seconds)
}

/// The last moment before it.
fn before(moment: Moment) -> Moment {
    Moment(moment.0 - 1)
}

#[test]
fn a_shelf_and_a_telling_anew_are_over_in_the_tick_of_their_moment_and_not_before() {
    let (mut alarms, door) = (Alarms::new(), Alarm::DoorOpen);
    alarms.step(at_s(1), 1, of(&[door]));
    let limit = door.row().shelve_min;
    assert_eq!(
        alarms.shelve(at_s(1), act(door), Shelf::Minutes(limit)),
        Ok(()),
        "the limit itself is allowed"
    );
    let end = at_s(1 + 60 * u64::from(limit));
    alarms.step(before(end), 2, of(&[door]));
    assert_eq!(alarms.states().display(door), Display::Shelved);
    alarms.step(end, 3, of(&[door]));
    assert_eq!(alarms.states().display(door), Display::Shown);

    assert_eq!(alarms.acknowledge(end, act(door)), Ok(()));
    let again = end + Span::s(60 * u64::from(door.row().again_min));
    alarms.step(before(again), 4, of(&[door]));
    assert!(!alarms.states().unacknowledged.has(door));
    alarms.step(again, 5, of(&[door]));
    assert!(alarms.states().unacknowledged.has(door));
}

/// Only what was shelved once comes back because it is gone.
#[test]
fn what_was_put_aside_for_a_time_or_without_an_end_stays_so_when_it_goes() {
    let door = Alarm::DoorOpen;
    let shelve: fn(&mut Alarms) = |alarms| {
        let shelf = Shelf::Minutes(30);
        assert_eq!(alarms.shelve(at_s(2), act(Alarm::DoorOpen), shelf), Ok(()));
    };
    let take_out: fn(&mut Alarms) = |alarms| {
        assert_eq!(alarms.take_out(at_s(2), act(Alarm::DoorOpen)), Ok(()));
    };
    for (put_aside, display) in [(shelve, Display::Shelved), (take_out, Display::OutOfService)] {
        let mut alarms = Alarms::new();
        alarms.step(at_s(1), 1, of(&[door]));
        put_aside(&mut alarms);
        alarms.step(at_s(3), 2, of(&[door]));
        alarms.step(at_s(4), 3, of(&[]));
        alarms.step(at_s(100), 4, of(&[]));
        assert!(!alarms.states().active.has(door));
        assert_eq!(alarms.states().display(door), display);
        assert!(alarms.desk().hidden(door).is_some());
    }
}

#[test]
fn what_nothing_may_hide_says_so_whatever_time_was_asked_for() {
    let mut alarms = Alarms::new();
    for shelf in [Shelf::Once, Shelf::Minutes(0), Shelf::Minutes(1)] {
        let answer = alarms.shelve(at_s(1), act(Alarm::PreAlarm), shelf);
        assert_eq!(answer, Err(Refusal::NotShelvable), "{shelf:?}");
    }
}

#[test]
fn what_another_alarm_explained_is_shown_as_itself_again_once_it_is_gone() {
    let mut alarms = Alarms::default();
    let both = of(&[Alarm::DeviceAbsent, Alarm::Degraded]);
    alarms.step(at_s(1), 1, both);
    alarms.step(at_s(100), 2, both);
    assert_eq!(alarms.states().display(Alarm::Degraded), Display::Designed);
    assert_eq!(alarms.acknowledge(at_s(101), act(Alarm::Degraded)), Ok(()));
    let one = of(&[Alarm::DeviceAbsent]);
    alarms.step(at_s(200), 3, one);
    alarms.step(at_s(300), 4, one);
    assert!(!alarms.states().raised.has(Alarm::Degraded));
    assert_eq!(alarms.states().display(Alarm::Degraded), Display::Shown);
}

#[test]
fn whatever_changes_is_the_next_number() {
    let mut alarms = Alarms::new();
    let mut number = alarms.states().sequence;
    for (tick, stand) in (1..).zip([
        &[Alarm::DoorOpen][..],
        &[Alarm::DoorOpen, Alarm::Hot],
        &[Alarm::Hot],
    ]) {
        alarms.step(at_s(10 * tick), tick, of(stand));
        alarms.step(at_s(10 * tick + 9), tick, of(stand));
        number += 1;
        assert_eq!(alarms.states().sequence, number, "after {stand:?}");
    }
}

#[test]
fn what_is_gone_and_not_seen_is_not_told_as_standing_because_another_comes() {
    let mut alarms = Alarms::new();
    alarms.step(at_s(1), 1, of(&[Alarm::Watchdog]));
    alarms.step(at_s(2), 2, of(&[]));
    assert_eq!(alarms.states().process(Alarm::Watchdog), Process::Latched);
    alarms.step(at_s(3), 3, of(&[Alarm::DoorOpen]));
    assert_eq!(alarms.states().process(Alarm::Watchdog), Process::Latched);
    assert!(!alarms.states().active.has(Alarm::Watchdog));
}

#[test]
fn a_latch_that_outlives_its_cause_is_no_new_coming() {
    let mut alarms = Alarms::new();
    let latched = Conditions {
        stand: set(&[Alarm::Fire]),
        held: set(&[Alarm::Fire]),
    };
    for tick in 0..4 {
        alarms.step(at_s(10 * tick + 1), 2 * tick, of(&[Alarm::Fire]));
        assert_eq!(
            alarms.since()[Alarm::Fire.index()],
            at_s(10 * tick + 1),
            "it came"
        );
        alarms.step(at_s(10 * tick + 2), 2 * tick + 1, latched);
        assert_eq!(
            alarms.since()[Alarm::Fire.index()],
            at_s(10 * tick + 1),
            "its cause went"
        );
        assert_eq!(alarms.states().chattering.has(Alarm::Fire), tick >= 2);
    }
}

/// A tick in which nothing changes and nothing is due costs three comparisons: so the moment kept is exactly the next.
#[test]
fn what_is_due_next_is_the_nearest_of_all_that_wait() {
    let mut alarms = Alarms::new();
    alarms.step(at_s(1), 1, of(&[]));
    assert_eq!(alarms.due, Moment::NEVER, "nothing waits");
    alarms.step(at_s(2), 2, of(&[Alarm::Warm]));
    assert_eq!(alarms.due, at_s(2), "a delay runs: every tick is looked at");
    alarms.step(at_s(3), 3, of(&[]));
    assert_eq!(alarms.due, Moment::NEVER, "the delay was broken off");

    let both = of(&[Alarm::DoorOpen, Alarm::Leak]);
    alarms.step(at_s(4), 4, both);
    alarms.step(at_s(5), 5, both);
    assert_eq!(alarms.due, Moment::NEVER, "they wait for a person");
    assert_eq!(alarms.acknowledge(at_s(6), act(Alarm::Leak)), Ok(()));
    assert_eq!(alarms.due, Moment::ZERO, "a person's act is worked out at once");
    alarms.step(at_s(7), 6, both);
    assert_eq!(alarms.due, at_s(6 + 3600), "one is told anew after an hour");
    assert_eq!(alarms.acknowledge(at_s(8), act(Alarm::DoorOpen)), Ok(()));
    alarms.step(at_s(9), 7, both);
    assert_eq!(alarms.due, at_s(6 + 3600), "the earlier of the two");
    for (minutes, due) in [(90, 6 + 3600), (30, 10 + 1800)] {
        let shelf = Shelf::Minutes(minutes);
        assert_eq!(alarms.shelve(at_s(10), act(Alarm::DoorOpen), shelf), Ok(()));
        alarms.step(at_s(11), 8, both);
        assert_eq!(alarms.due, at_s(due), "{minutes} min");
    }
    assert_eq!(alarms.take_out(at_s(12), act(Alarm::Warm)), Ok(()));
    alarms.step(at_s(13), 9, both);
    assert_eq!(alarms.due, at_s(10 + 1800), "out of service has no end");
}

const ONE: Alarm = Alarm::Watchdog;
const OTHER: Alarm = Alarm::DoorOpen;

fn come(load: &mut Load, now: Moment, alarm: Alarm) {
    load.take(now, set(&[alarm]), set(&[alarm]));
    load.settle(now);
}

#[test]
fn chatter_is_three_in_less_than_a_minute_and_is_over_a_minute_after_the_last() {
    for (last, chatters) in [(before(at_s(61)), true), (at_s(61), false)] {
        let mut load = Load::new();
        for now in [at_s(1), at_s(30), last] {
            assert!(load.chattering().is_empty());
            come(&mut load, now, ONE);
        }
        assert_eq!(load.chattering(), if chatters { set(&[ONE]) } else { set(&[]) });
    }
    let mut load = Load::new();
    for now in [at_s(1), at_s(2), at_s(3), at_s(62)] {
        come(&mut load, now, ONE);
        come(&mut load, now, OTHER);
    }
    assert_eq!(
        load.chattering(),
        set(&[ONE, OTHER]),
        "it came before it was quiet"
    );
    come(&mut load, at_s(70), OTHER);
    assert_eq!(load.due(), Some(at_s(62 + 60)));
    load.settle(before(at_s(122)));
    assert!(load.chattering().has(ONE));
    load.settle(at_s(122));
    assert_eq!(load.chattering(), set(&[OTHER]));
    assert_eq!(load.due(), Some(at_s(70 + 60)));
    load.settle(at_s(130));
    assert_eq!((load.chattering(), load.due()), (set(&[]), None));
}

#[test]
fn a_flood_begins_above_ten_in_less_than_ten_minutes_and_ends_below_five() {
    let some: Vec<Alarm> = Alarm::ALL.iter().copied().take(FLOOD_ABOVE + 1).collect();
    for (last, floods) in [(before(at_s(601)), true), (at_s(601), false)] {
        let mut load = Load::new();
        for (second, alarm) in (1..).zip(&some[..FLOOD_ABOVE]) {
            come(&mut load, at_s(second), *alarm);
        }
        assert_eq!(load.flood(), None, "ten are none");
        come(&mut load, last, some[FLOOD_ABOVE]);
        assert_eq!(load.flood(), floods.then_some(last));
    }

    let mut load = Load::new();
    for (second, alarm) in (1..).zip(&some) {
        come(&mut load, at_s(second), *alarm);
    }
    come(&mut load, at_s(20), some[0]);
    assert_eq!(load.flood(), Some(at_s(11)), "it began with the eleventh");
    // Of 9, 10, 11 and 20 s four are left once the fifth newest, that of 8 s, is ten minutes old.
    assert_eq!(load.due(), Some(at_s(608)));
    load.settle(before(at_s(608)));
    assert!(load.flood().is_some());
    load.settle(at_s(608));
    assert_eq!((load.flood(), load.due()), (None, None));
}

#[test]
fn what_came_and_was_not_told_makes_no_flood() {
    let mut load = Load::new();
    for (second, alarm) in (1..).zip(Alarm::ALL) {
        load.take(at_s(second), set(&[*alarm]), AlarmSet::EMPTY);
    }
    assert_eq!((load.flood(), load.due()), (None, None));
}

#[test]
fn of_chatter_and_flood_the_one_that_is_over_first_is_due() {
    let mut load = Load::new();
    let some: Vec<Alarm> = Alarm::ALL.iter().copied().take(FLOOD_ABOVE + 1).collect();
    load.take(at_s(1), set(&some), set(&some));
    for now in [2, 3, 4, 589, 590, 591] {
        load.settle(before(at_s(now)));
        load.take(at_s(now), set(&[ONE]), AlarmSet::EMPTY);
        load.settle(at_s(now));
        assert!(load.flood().is_some());
        let chatters = load.chattering().has(ONE);
        assert_eq!(chatters, matches!(now, 4 | 591), "{now}");
        // Quiet comes at 4 + 60 and at 591 + 60, the flood's end at 1 + 600.
        let due = if now == 4 { 64 } else { 601 };
        assert_eq!(load.due(), Some(at_s(due)), "{now}");
    }
}
