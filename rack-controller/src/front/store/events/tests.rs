//! The journal against resent, refused, killed, locked and repeated times.

use std::time::{Duration, Instant};

use points::alarm::Alarm;
use points::command::{Name, Reason};
use points::interlock::{Cause, Effect, Latch};
use points::{HostState, Moment, Regime, ShutdownStage, StageReason};
use rusqlite::Connection;

use super::*;
use crate::front::store::tests::{killed, soon};
use crate::hosts::plan::TargetPlan;
use crate::transition::{Because, Change, Note};

const RUN: u64 = 0xFEDC_BA98_7654_3210;

fn recorded(sequence: u64, change: Change) -> Recorded {
    Recorded {
        run: RUN,
        time_ms: 1_764_000_000_000,
        transition: Transition {
            sequence,
            at: Moment(sequence * 20_000),
            change,
            note: None,
        },
        said: said(&change, None),
    }
}

fn door(sequence: u64) -> Recorded {
    recorded(sequence, Change::Alarm(Alarm::DoorOpen, sequence % 2 == 1))
}

fn store(directory: &Path) -> EventStore {
    EventStore::open(directory).expect("a thread")
}

fn whole(store: &EventStore) -> Vec<Entry> {
    let (mut entries, mut after) = (Vec::new(), 0);
    loop {
        let page = store.journal(Page::After(after), 1000).expect("a page");
        after = page.entries.last().map_or(after, |entry| entry.sequence);
        entries.extend(page.entries);
        if !page.more {
            return entries;
        }
    }
}

fn sequences(page: &Journal) -> Vec<u64> {
    page.entries.iter().map(|entry| entry.sequence).collect()
}

#[test]
fn entries_come_in_pages_in_the_words_of_their_day() {
    let directory = tempfile::tempdir().expect("a directory");
    let store = store(directory.path());
    let changes = [
        Change::Alarm(Alarm::DoorOpen, true),
        Change::Cause(Cause::C13Door, true),
        Change::Effect(Effect::ALL[0], false),
        Change::Latch(Latch::Fire, true),
        Change::Regime(Regime::Degraded),
        Change::Alarm(Alarm::DoorOpen, false),
    ];
    for (change, sequence) in changes.iter().zip(1..) {
        store.record(recorded(sequence, *change)).expect("there is room");
    }
    soon("the commit", || store.committed(RUN) == 6);
    assert_eq!(store.committed(RUN + 1), 0);
    let page = |page, limit| store.journal(page, limit).expect("a page");
    let newest = page(Page::Newest, 2);
    assert_eq!((sequences(&newest), newest.more), (vec![6, 5], true));
    let before = page(Page::Before(5), 4);
    assert_eq!((sequences(&before), before.more), (vec![4, 3, 2, 1], false));
    let after = page(Page::After(3), 2);
    assert_eq!((sequences(&after), after.more), (vec![4, 5], true));
    assert_eq!(sequences(&page(Page::After(6), 0)), [] as [u64; 0]);
    assert_eq!(sequences(&page(Page::Before(u64::MAX), 0)), [6]);
    let all = page(Page::After(0), usize::MAX).entries;
    let door = &all[0];
    assert_eq!(
        (
            door.kind.as_str(),
            door.name.as_str(),
            door.on,
            door.text.as_str()
        ),
        ("alarm", "door.open", true, "The door is open")
    );
    assert_eq!(
        (door.priority.as_deref(), door.run, door.moment_us, door.time_ms),
        (Some("medium"), RUN, 20_000, 1_764_000_000_000)
    );
    assert_eq!(
        (all[4].kind.as_str(), all[4].name.as_str(), all[4].on),
        ("regime", "degraded", true)
    );
    let kinds: Vec<&str> = all.iter().map(|entry| entry.kind.as_str()).collect();
    assert_eq!(kinds, ["alarm", "cause", "effect", "latch", "regime", "alarm"]);
    assert!(
        all.iter()
            .all(|entry| !entry.name.is_empty() && !entry.text.is_empty())
    );
    assert!(all[1].priority.is_none());
}

#[test]
fn what_is_sent_again_is_one_row_and_another_run_is_another() {
    let directory = tempfile::tempdir().expect("a directory");
    let store = store(directory.path());
    for sequence in [1, 2, 3, 1, 2, 3, 4] {
        store.record(door(sequence)).expect("there is room");
    }
    let mut other = door(1);
    other.run = 7;
    store.record(other).expect("there is room");
    soon("the commits", || store.committed(7) == 1);
    assert_eq!(store.committed(RUN), 4);
    let all = whole(&store);
    let rows: Vec<(u64, u64)> = all
        .iter()
        .map(|entry| (entry.run, entry.moment_us / 20_000))
        .collect();
    assert_eq!(rows, [(RUN, 1), (RUN, 2), (RUN, 3), (RUN, 4), (7, 1)]);
}

#[test]
fn a_killed_front_finds_all_that_was_committed_and_how_far_it_came() {
    let directory = tempfile::tempdir().expect("a directory");
    let first = store(directory.path());
    for sequence in 1..=500 {
        first.record(door(sequence)).expect("there is room");
    }
    // Killed in the middle: whatever was said to be committed is there, in order and without a gap.
    soon("some of it", || first.committed(RUN) > 0);
    let committed = first.committed(RUN);
    let left = killed(directory.path());
    let second = store(left.path());
    soon("what it knew", || second.committed(RUN) >= committed);
    let known = second.committed(RUN);
    let found: Vec<u64> = whole(&second)
        .iter()
        .map(|entry| entry.moment_us / 20_000)
        .collect();
    assert_eq!(found, (1..=known).collect::<Vec<u64>>());
    // The core sends again what it was not told of.
    for sequence in committed + 1..=500 {
        second.record(door(sequence)).expect("there is room");
    }
    soon("the rest", || second.committed(RUN) == 500);
    assert_eq!(whole(&second).len(), 500);
}

#[test]
fn a_locked_database_bounds_the_queue_and_nothing_is_overtaken() {
    let directory = tempfile::tempdir().expect("a directory");
    let store = store(directory.path());
    store.record(door(1)).expect("there is room");
    soon("the first", || store.committed(RUN) == 1);
    let other = Connection::open(directory.path().join(FILE)).expect("it opens");
    other.execute_batch("BEGIN EXCLUSIVE").expect("it is locked");
    let began = Instant::now();
    let refused = (2..)
        .find(|sequence| store.record(door(*sequence)).is_err())
        .expect("the queue is bounded");
    assert!(refused > QUEUE as u64, "a ring fits: {refused}");
    assert!(began.elapsed() < Duration::from_secs(2), "nobody waits");
    soon("the failure", || matches!(store.status(), Status::Failing { .. }));
    let Status::Failing { text, .. } = store.status() else {
        panic!("it fails")
    };
    assert!(text.contains("another process holds it"), "{text}");
    assert!(
        store.journal(Page::Newest, 1).is_ok(),
        "what is there can be read"
    );
    other.execute_batch("ROLLBACK").expect("it is free");
    soon("the rest", || store.committed(RUN) == refused - 1);
    assert_eq!(store.status(), Status::Working);
    assert_eq!(
        store.record(door(refused + 1)),
        Err(Full),
        "not before the refused one"
    );
    assert_eq!(store.committed(RUN), refused - 1);
    store.record(door(refused)).expect("it comes again");
    store.record(door(refused + 1)).expect("and the next");
    soon("all", || store.committed(RUN) == refused + 1);
    assert_eq!(whole(&store).len() as u64, refused + 1);
}

#[test]
fn numbers_the_core_lost_do_not_stop_what_follows() {
    let directory = tempfile::tempdir().expect("a directory");
    let store = store(directory.path());
    for sequence in [40, 41, 90, 91] {
        store.record(door(sequence)).expect("there is room");
    }
    soon("the last", || store.committed(RUN) == 91);
    assert_eq!(whole(&store).len(), 4);
}

#[test]
fn only_the_newest_rows_are_kept_and_numbers_go_on() {
    let directory = tempfile::tempdir().expect("a directory");
    let store = EventStore::with(directory.path(), SCHEMA, 100).expect("a thread");
    for sequence in 1..=1000 {
        store.record(door(sequence)).expect("there is room");
    }
    soon("all", || store.committed(RUN) == 1000);
    assert!(store.close(Duration::from_secs(5)));
    let again = EventStore::with(directory.path(), SCHEMA, 100).expect("a thread");
    again.record(door(1001)).expect("there is room");
    soon("one more", || again.committed(RUN) == 1001);
    let all = whole(&again);
    assert_eq!(all.len(), 100);
    assert_eq!(all.last().map(|entry| entry.moment_us / 20_000), Some(1001));
    assert!(all.windows(2).all(|pair| pair[0].sequence < pair[1].sequence));
}

#[test]
fn times_that_go_back_or_are_absurd_stay_labels() {
    let directory = tempfile::tempdir().expect("a directory");
    let store = store(directory.path());
    let times = [0, i64::MAX, -1, i64::MIN, 4_294_967_296_000, 5, 5];
    for (time_ms, sequence) in times.into_iter().zip(1..) {
        let recorded = Recorded {
            time_ms,
            ..door(sequence)
        };
        store.record(recorded).expect("there is room");
    }
    assert!(store.close(Duration::from_secs(5)), "what waits is written");
    let found: Vec<i64> = whole(&store).iter().map(|entry| entry.time_ms).collect();
    assert_eq!(found, times);
}

#[test]
fn a_person_s_part_in_a_change_is_kept_with_it() {
    let directory = tempfile::tempdir().expect("a directory");
    let store = store(directory.path());
    let mut shelved = recorded(1, Change::Shelved(Alarm::DoorOpen, true));
    shelved.transition.note = Some(Note {
        by: Name::new("Ann").expect("it fits"),
        why: Reason::new("filter change").expect("it fits"),
    });
    store.record(shelved).expect("there is room");
    store
        .record(recorded(2, Change::Shelved(Alarm::DoorOpen, false)))
        .expect("there is room");
    soon("the commit", || store.committed(RUN) == 2);
    let kept = whole(&store);
    let said = |entry: &Entry| (entry.kind.clone(), entry.on, entry.by.clone(), entry.why.clone());
    let ann = (Some("Ann".to_owned()), Some("filter change".to_owned()));
    assert_eq!(said(&kept[0]), ("shelve".to_owned(), true, ann.0, ann.1));
    assert_eq!(said(&kept[1]), ("shelve".to_owned(), false, None, None));
}

#[test]
fn tiers_and_hosts_are_told_by_the_site_s_names_and_kept_by_those_of_their_points() {
    let directory = tempfile::tempdir().expect("a directory");
    let store = store(directory.path());
    let mut site = Plan::default();
    site.tiers[0].name = "storage".into();
    site.targets.push(TargetPlan {
        name: "san".into(),
        tier: 0,
        addresses: Vec::new(),
        off_by: None,
        ..TargetPlan::default()
    });
    let tier = Change::Tier {
        place: 0,
        stage: ShutdownStage::Commit,
        reason: StageReason::Settled,
        because: Because::default(),
    };
    let host = |place| Change::Host {
        place,
        state: HostState::OffVerified,
    };
    for (sequence, change) in (1..).zip([tier, host(0), host(1)]) {
        let named = Recorded {
            said: said(&change, Some(&site)),
            ..recorded(sequence, change)
        };
        store.record(named).expect("there is room");
    }
    soon("three rows", || store.committed(RUN) == 3);
    let entries = whole(&store);
    let told: Vec<_> = entries
        .iter()
        .map(|entry| (entry.kind.as_str(), entry.name.as_str(), entry.text.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            (
                "tier",
                "tier.1",
                "Tier storage: shutting down, because the tiers before are down"
            ),
            ("host", "host.1", "Host san: off, verified"),
            ("host", "host.2", "off, verified"),
        ]
    );
    assert!(entries.iter().all(|entry| entry.on));
}

#[test]
fn the_last_reports_are_kept_once_each_and_outlive_the_front() {
    let directory = tempfile::tempdir().expect("a directory");
    let report = |run: u64, number: u32| Report {
        run,
        number,
        text: format!("{{\"number\":{number}}}"),
    };
    let first = store(directory.path());
    let kept = |store: &EventStore| store.reports().unwrap_or_default();
    for number in 1..=25 {
        first.keep(report(RUN, number));
        soon("it is kept", || {
            kept(&first).first() == Some(&report(RUN, number).text)
        });
    }
    assert_eq!(kept(&first).len(), REPORTS_KEPT);
    // The core sends its last one again, and another core counts anew after its record was lost.
    first.keep(report(RUN, 25));
    first.keep(report(7, 25));
    first.keep(report(7, 26));
    soon("the newest", || kept(&first).first() == Some(&report(7, 26).text));
    let texts = kept(&first);
    assert_eq!(
        texts.iter().filter(|text| **text == report(RUN, 25).text).count(),
        2
    );
    assert!(first.close(Duration::from_secs(5)));
    let second = store(directory.path());
    soon("the next front reads them", || kept(&second) == texts);
}
