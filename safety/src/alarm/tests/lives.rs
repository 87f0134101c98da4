//! Lives of conditions and persons, drawn at random.

use std::collections::BTreeSet;

use points::alarm::{Display, Group, Priority};
use proptest::prelude::*;

use super::*;

/// What can be done to the bench in one step.
#[derive(Clone, Copy, Debug)]
enum Do {
    Toggle(usize),
    Latch(usize),
    Acknowledge(usize),
    Shelve(usize, u16),
    Once(usize),
    Unshelve(usize),
    TakeOut(usize),
    TakeBack(usize),
    Wait(u64),
}

fn doing() -> impl Strategy<Value = Do> {
    let one = 0..COUNT;
    prop_oneof![
        8 => one.clone().prop_map(Do::Toggle),
        1 => one.clone().prop_map(Do::Latch),
        3 => one.clone().prop_map(Do::Acknowledge),
        2 => (one.clone(), 0u16..3000).prop_map(|(alarm, minutes)| Do::Shelve(alarm, minutes)),
        1 => one.clone().prop_map(Do::Once),
        1 => one.clone().prop_map(Do::Unshelve),
        1 => one.clone().prop_map(Do::TakeOut),
        1 => one.prop_map(Do::TakeBack),
        3 => (1u64..200_000).prop_map(Do::Wait),
    ]
}

proptest! {
    /// I26, I27 and H41 over lives of conditions and persons: every raised alarm is in exactly one list, what is guarded
    /// is in the open one and keeps its line, and nothing that came goes before it is gone and seen.
    #[test]
    fn i26_i27_nothing_hides_what_is_guarded_and_nothing_unseen_goes(acts in proptest::collection::vec(doing(), 1..150)) {
        let mut bench = Bench::new();
        let (mut stand, mut held) = (AlarmSet::EMPTY, AlarmSet::EMPTY);
        for one in acts {
            let before = *bench.alarms.states();
            let now = bench.now;
            let mut acknowledged = None;
            match one {
                Do::Toggle(at) => stand.put(Alarm::ALL[at], !stand.has(Alarm::ALL[at])),
                Do::Latch(at) => held.put(Alarm::ALL[at], !held.has(Alarm::ALL[at]) && Alarm::ALL[at].row().latching),
                Do::Acknowledge(at) => {
                    let done = bench.alarms.acknowledge(now, act(Alarm::ALL[at]));
                    prop_assert_eq!(done.is_ok(), before.raised.has(Alarm::ALL[at]));
                    acknowledged = done.ok().map(|()| Alarm::ALL[at]);
                }
                Do::Shelve(at, minutes) => {
                    let done = bench.alarms.shelve(now, act(Alarm::ALL[at]), Shelf::Minutes(minutes));
                    prop_assert!(done.is_err() || minutes <= Alarm::ALL[at].row().shelve_min);
                }
                Do::Once(at) => drop(bench.alarms.shelve(now, act(Alarm::ALL[at]), Shelf::Once)),
                Do::Unshelve(at) => drop(bench.alarms.unshelve(act(Alarm::ALL[at]))),
                Do::TakeOut(at) => drop(bench.alarms.take_out(now, act(Alarm::ALL[at]))),
                Do::TakeBack(at) => drop(bench.alarms.take_back(act(Alarm::ALL[at]))),
                Do::Wait(ms) => bench.now += Span::ms(ms),
            }
            bench.now += Span::ms(20);
            bench.tick += 1;
            let conditions = Conditions { stand: stand.with(held), held: held.without(stand) };
            bench.alarms.step(bench.now, bench.tick, conditions);
            let states = *bench.alarms.states();
            for alarm in Alarm::ALL {
                let row = alarm.row();
                let guarded = row.priority == Priority::Critical || matches!(row.group, Group::Fire | Group::Stops);
                if guarded {
                    prop_assert_eq!(states.display(*alarm), Display::Shown, "I27 {:?}", alarm);
                    prop_assert!(!states.folded.has(*alarm), "H41 {:?}", alarm);
                }
                let (active, unseen) = (states.active.has(*alarm), states.unacknowledged.has(*alarm));
                prop_assert_eq!(states.raised.has(*alarm), active || unseen || states.latched.has(*alarm));
                if before.raised.has(*alarm) && !states.raised.has(*alarm) {
                    let seen = !before.unacknowledged.has(*alarm) || acknowledged == Some(*alarm);
                    prop_assert!(seen && !active, "I26 {:?}", alarm);
                }
                let entry = bench.alarms.desk().hidden(*alarm);
                prop_assert_eq!(entry.is_some(), states.hidden().has(*alarm), "{:?} has its entry", alarm);
            }
            let sets = [states.shelved, states.designed, states.out_of_service];
            prop_assert_eq!(sets.iter().map(|set| set.len()).sum::<usize>(),
                sets.into_iter().fold(AlarmSet::EMPTY, AlarmSet::with).len(), "one display each");
            prop_assert!(states.folded.without(states.open()).is_empty());
            prop_assert!(states.sequence >= before.sequence);
            let firsts: BTreeSet<_> = bench.alarms.desk().first.iter().flatten().map(|first| first.alarm).collect();
            for group in Group::ALL {
                let first = bench.alarms.desk().first(group);
                prop_assert!(first.is_none_or(|first| first.alarm.row().group == group));
                prop_assert!(first.is_none() || !states.open().and(AlarmSet::of_group(group)).is_empty());
            }
            prop_assert!(firsts.len() <= Group::ALL.len());
        }
    }
}
