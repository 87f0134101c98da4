//! The history against restarts, clocks, locks and broken chunks, and against a naive model.

use std::collections::BTreeMap;

use points::point::{blower, flow, temperature};
use points::{Celsius, Moment, Pascal, Reading};
use proptest::prelude::*;
use rusqlite::Connection;

use super::level::Level;
use super::slot::NOTHING;
use super::*;
use crate::front::store::tests::{killed, soon};

const SOON: Duration = Duration::from_secs(20);
/// A full hour: 2025-11-24 16:00:00 UTC.
const HOUR: i64 = 1_764_000_000;

/// A picture in which only the draft is fitted.
fn picture(draft: Result<f64, Absent>) -> Snapshot {
    let mut snapshot = Snapshot::default();
    let reading = match draft {
        Ok(value) => Reading::good(Pascal::of(value), Moment::ZERO),
        Err(reason) => Reading::absent(reason, Moment::ZERO),
    };
    snapshot.put(flow::RACK_DRAFT, reading);
    snapshot
}

fn draft() -> Point {
    point::find("rack.draft.pressure").expect("the draft")
}

/// Hands over a picture and waits where the queue is full, as the front does not.
fn put(store: &SampleStore, second: i64, value: Result<f64, Absent>) {
    let snapshot = picture(value);
    soon("room", || store.sample(second * 1000, &snapshot) != Sampled::Full);
}

fn started(directory: &Path) -> SampleStore {
    SampleStore::open(directory).expect("a thread")
}

fn ask(store: &SampleStore, from: i64, to: i64, count: usize) -> (u32, Vec<Option<(f64, f64)>>) {
    let history = store
        .history(&[draft()], from * 1000, to * 1000, count)
        .expect("an answer");
    let series = &history.series[0];
    let pairs = series.min.iter().zip(&series.max);
    let pairs = pairs.map(|(min, max)| min.zip(*max)).collect();
    (history.resolution_s, pairs)
}

fn single(value: f64) -> Option<(f64, f64)> {
    Some((value, value))
}

#[test]
fn the_newest_second_is_there_before_and_after_it_is_written_and_after_a_restart() {
    let directory = tempfile::tempdir().expect("a directory");
    let first = started(directory.path());
    soon("the store", || first.status() == Status::Working);
    for second in 0..5 {
        put(&first, HOUR + second, Ok(-9.4 - second as f64));
    }
    let expected: Vec<_> = (0..5).map(|second| single(-9.4 - f64::from(second))).collect();
    soon("the newest", || {
        ask(&first, HOUR, HOUR + 5, 5) == (1, expected.clone())
    });
    assert!(first.flush(SOON));
    assert_eq!(ask(&first, HOUR, HOUR + 5, 5), (1, expected.clone()));
    assert!(first.close(SOON));
    let second = started(directory.path());
    soon("the store", || second.status() == Status::Working);
    assert_eq!(ask(&second, HOUR, HOUR + 5, 5), (1, expected));
}

#[test]
fn one_picture_a_second_is_taken_and_absurd_times_are_not() {
    let directory = tempfile::tempdir().expect("a directory");
    let store = started(directory.path());
    let some = picture(Ok(1.0));
    assert_eq!(store.sample(HOUR * 1000, &some), Sampled::Taken);
    assert_eq!(store.sample(HOUR * 1000 + 999, &some), Sampled::SameSecond);
    assert_eq!(store.sample(HOUR * 1000 + 1000, &some), Sampled::Taken);
    assert_eq!(store.sample(HOUR * 1000, &some), Sampled::Taken);
    assert_eq!(store.sample(i64::MAX, &some), Sampled::NoTime);
    assert_eq!(store.sample(i64::MIN, &some), Sampled::NoTime);
}

#[test]
fn what_is_not_fitted_is_not_stored_and_an_absence_keeps_its_reason() {
    let directory = tempfile::tempdir().expect("a directory");
    let store = started(directory.path());
    let mut snapshot = picture(Err(Absent::NoAnswer));
    snapshot.put(temperature::ROOM, Reading::good(Celsius::of(21.26), Moment::ZERO));
    store.sample(HOUR * 1000, &snapshot);
    assert!(store.flush(SOON));
    let file = Connection::open(directory.path().join(FILE)).expect("it opens");
    let mut rows = file
        .prepare("SELECT name, data FROM chunk JOIN point ON point.id = chunk.point ORDER BY name")
        .expect("a statement");
    let rows: Vec<(String, Vec<u8>)> = rows
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .expect("rows")
        .map(|row| row.expect("a row"))
        .collect();
    assert_eq!(rows.len(), 2);
    let slots = chunk::decode(&rows[0].1, 60).expect("a chunk");
    assert_eq!(rows[0].0, "rack.draft.pressure");
    assert_eq!(slots[..2], [Slot::Absent(Absent::NoAnswer), Slot::Nothing]);
    let slots = chunk::decode(&rows[1].1, 60).expect("a chunk");
    let room = point::find(&rows[1].0).expect("a point");
    assert_eq!(slots[0], Slot::value(slot::count(room.row, 21.26)));
    assert_eq!(ask(&store, HOUR, HOUR + 2, 2).1, [None, None]);
}

#[test]
fn a_killed_front_loses_at_most_what_no_batch_had() {
    let directory = tempfile::tempdir().expect("a directory");
    let first = started(directory.path());
    for second in 0..130 {
        put(&first, HOUR + second, Ok(second as f64));
    }
    assert!(first.flush(SOON));
    for second in 130..140 {
        put(&first, HOUR + second, Ok(second as f64));
    }
    let left = killed(directory.path());
    let second = started(left.path());
    soon("the store", || second.status() == Status::Working);
    // Before any picture: the open minute's seconds stand in for the minute that is not closed.
    assert_eq!(
        ask(&second, HOUR, HOUR + 180, 3),
        (
            60,
            vec![Some((0.0, 59.0)), Some((60.0, 119.0)), Some((120.0, 129.0))]
        )
    );
    // It goes on in the same minute, and in the next hour: nothing is left open behind it.
    put(&second, HOUR + 150, Ok(150.0));
    put(&second, HOUR + 7200, Ok(-1.0));
    assert!(second.flush(SOON));
    let hours = [Some((0.0, 150.0)), None, single(-1.0)];
    assert_eq!(ask(&second, HOUR, HOUR + 3 * 3600, 3), (3600, hours.to_vec()));
    let minutes = ask(&second, HOUR, HOUR + 180, 3).1;
    assert_eq!(minutes[2], Some((120.0, 150.0)));
    let seconds = ask(&second, HOUR + 129, HOUR + 151, 22).1;
    assert_eq!((seconds[0], seconds[21]), (single(129.0), single(150.0)));
    assert!(seconds[1..21].iter().all(Option::is_none), "ten were in no batch");
}

#[test]
fn clocks_that_are_set_repeat_overwrite_or_leave_a_gap() {
    let directory = tempfile::tempdir().expect("a directory");
    let store = started(directory.path());
    let day = 86_400;
    // 1970, then right, an hour back, an hour ahead, before 1970, beyond 2038 and 2106, and right again.
    let times = [
        5,
        HOUR,
        HOUR - 3600,
        HOUR + 3600,
        -3 * day,
        2_147_483_648,
        4_294_967_296,
        253_402_300_799,
        HOUR + 1,
    ];
    for (time, value) in times.into_iter().zip(0i32..) {
        put(&store, time, Ok(f64::from(value)));
    }
    put(&store, HOUR - 3600, Ok(-7.0));
    assert!(store.flush(SOON));
    for (time, value) in times.into_iter().zip(0i32..) {
        let value = if time == HOUR - 3600 {
            -7.0
        } else {
            f64::from(value)
        };
        // What a wrong clock dated long ago is too old to be kept as soon as the clock is right.
        let found = Some(value).filter(|_| time > day).and_then(single);
        assert_eq!(ask(&store, time, time + 1, 1), (1, vec![found]), "{time}");
    }
    let hours = ask(&store, HOUR - 3600, HOUR + 7200, 3).1;
    assert_eq!(hours, [single(-7.0), Some((1.0, 8.0)), single(3.0)]);
    let all = ask(&store, i64::MIN / 1000, i64::MAX / 1000, 1).1;
    assert_eq!(all, [Some((-7.0, 8.0))]);
}

#[test]
fn old_seconds_go_and_their_minutes_stay() {
    let directory = tempfile::tempdir().expect("a directory");
    let store = started(directory.path());
    for second in 0..600 {
        put(&store, HOUR + second, Ok((second % 60) as f64));
    }
    assert!(store.flush(SOON));
    assert_eq!(ask(&store, HOUR, HOUR + 600, 600).0, 1);
    let later = HOUR + 8 * 86_400;
    for minute in 0..10 {
        put(&store, later + minute * 60, Ok(5.0));
        assert!(store.flush(SOON));
    }
    let (resolution, seconds) = ask(&store, HOUR, HOUR + 600, 600);
    assert_eq!(resolution, 60);
    assert!(seconds.iter().all(|bucket| *bucket == Some((0.0, 59.0))));
    let counters: BTreeMap<_, _> = store.counters().into_iter().collect();
    assert_eq!(counters["samples_pruned"], 10);
    assert_eq!(ask(&store, later, later + 1, 1), (1, vec![single(5.0)]));
}

/// A minute long ago, of which the minute's range is left and its seconds are gone.
fn long_ago(store: &SampleStore, days: i64) -> i64 {
    for second in 0..60 {
        put(store, HOUR + second, Ok(-10.0 - (second % 11) as f64));
    }
    let now = HOUR + days * 86_400;
    for second in 0..200 {
        put(store, now + second, Ok(-5.0));
    }
    assert!(store.flush(SOON));
    assert_eq!(ask(store, HOUR, HOUR + 60, 60).0, 60, "its seconds are gone");
    now + 200
}

#[test]
fn a_clock_set_back_beyond_the_seconds_adds_to_minutes_and_takes_nothing_from_them() {
    let directory = tempfile::tempdir().expect("a directory");
    let store = started(directory.path());
    let now = long_ago(&store, 8);
    for second in 5..8 {
        put(&store, HOUR + second, Ok(-30.0));
    }
    put(&store, now, Ok(-5.0));
    assert!(store.flush(SOON));
    assert_eq!(ask(&store, HOUR, HOUR + 60, 1).1, [Some((-30.0, -10.0))]);
    assert_eq!(ask(&store, HOUR, HOUR + 3600, 1).1, [Some((-30.0, -10.0))]);
}

#[test]
fn strays_of_a_wrong_clock_hide_nothing_that_is_kept() {
    let directory = tempfile::tempdir().expect("a directory");
    let store = started(directory.path());
    let now = long_ago(&store, 10);
    for minute in 0..20 {
        put(&store, HOUR - 20 * 86_400 + 60 * minute, Ok(-1.0));
        assert!(store.flush(SOON));
    }
    for second in 0..61 {
        put(&store, now + second, Ok(-5.0));
    }
    assert!(store.flush(SOON));
    assert_eq!(
        ask(&store, HOUR, HOUR + 60, 60),
        (60, vec![Some((-20.0, -10.0)); 60])
    );
}

#[test]
fn a_broken_chunk_is_counted_left_out_and_replaced() {
    let directory = tempfile::tempdir().expect("a directory");
    let store = started(directory.path());
    for second in 0..120 {
        put(&store, HOUR + second, Ok(1.0));
    }
    assert!(store.flush(SOON));
    let file = Connection::open(directory.path().join(FILE)).expect("it opens");
    let spoil = "UPDATE chunk SET data = x'017F' WHERE level = 0 AND start = (SELECT max(start) FROM chunk WHERE level = 0)";
    assert_eq!(file.execute(spoil, []).expect("it is spoilt"), 1);
    let (_, seconds) = ask(&store, HOUR, HOUR + 120, 120);
    assert!(seconds[..60].iter().all(|bucket| *bucket == single(1.0)));
    assert!(seconds[60..].iter().all(Option::is_none));
    put(&store, HOUR + 118, Ok(2.0));
    put(&store, HOUR + 120, Ok(3.0));
    assert!(store.flush(SOON));
    let (_, seconds) = ask(&store, HOUR + 117, HOUR + 121, 4);
    assert_eq!(seconds, [None, single(2.0), None, single(3.0)]);
    let counters: BTreeMap<_, _> = store.counters().into_iter().collect();
    assert_eq!(counters["samples_damaged"], 2);
    assert_eq!(store.status(), Status::Working);
}

#[test]
fn a_lock_costs_at_most_what_memory_may_hold_and_is_recovered_from() {
    let directory = tempfile::tempdir().expect("a directory");
    let store = started(directory.path());
    put(&store, HOUR, Ok(1.0));
    assert!(store.flush(SOON));
    let other = Connection::open(directory.path().join(FILE)).expect("it opens");
    other.execute_batch("BEGIN EXCLUSIVE").expect("it is locked");
    let (some, began) = (picture(Ok(2.0)), Instant::now());
    let mut refused = 0;
    for second in 1..5000 {
        refused += i64::from(store.sample((HOUR + second) * 1000, &some) == Sampled::Full);
    }
    assert!(began.elapsed() < Duration::from_millis(900), "nobody waits");
    assert!(!store.flush(SOON), "it says that it is not written");
    soon("the failure", || matches!(store.status(), Status::Failing { .. }));
    assert!(store.tail.lock().expect("a tail").minutes.len() <= tail::MINUTES_MAX);
    let counters: BTreeMap<_, _> = store.counters().into_iter().collect();
    assert!(refused > 0 && counters["samples_dropped"] > 0, "{counters:?}");
    other.execute_batch("ROLLBACK").expect("it is free");
    put(&store, HOUR + 6000, Ok(3.0));
    soon("the recovery", || store.flush(SOON));
    assert_eq!(store.status(), Status::Working);
    assert_eq!(ask(&store, HOUR + 6000, HOUR + 6001, 1).1, [single(3.0)]);
    assert_eq!(ask(&store, HOUR, HOUR + 1, 1).1, [single(1.0)]);
}

#[test]
fn a_point_whose_scale_changed_is_read_with_both() {
    let directory = tempfile::tempdir().expect("a directory");
    let store = started(directory.path());
    put(&store, HOUR + 60, Ok(-2.5));
    assert!(store.flush(SOON));
    let file = Connection::open(directory.path().join(FILE)).expect("it opens");
    let mut slots = NOTHING;
    slots[0] = Slot::value(-1234);
    let mut bytes = Vec::new();
    chunk::encode(&slots, &mut bytes);
    file.execute(
        "INSERT INTO point (id, name, decimals, unit) VALUES (9999, 'rack.draft.pressure', 3, 'Pa')",
        [],
    )
    .expect("a point");
    file.execute(
        "INSERT INTO chunk VALUES (0, ?1, 9999, ?2)",
        rusqlite::params![HOUR / 60, bytes],
    )
    .expect("a chunk");
    let seconds = ask(&store, HOUR, HOUR + 61, 61).1;
    assert_eq!((seconds[0], seconds[60]), (single(-1.234), single(-2.5)));
}

#[test]
fn questions_without_an_answer_are_refused() {
    let directory = tempfile::tempdir().expect("a directory");
    let store = started(directory.path());
    soon("the store", || store.status() == Status::Working);
    let all: Vec<Point> = point::all().take(POINTS_MAX + 1).collect();
    assert!(store.history(&all, 0, 1000, 10).is_err());
    for (from, to, count) in [(0, 1000, 0), (0, 1000, BUCKETS_MAX + 1), (5, 5, 10), (6, 5, 10)] {
        let refused = store.history(&all[..1], from, to, count);
        assert!(matches!(refused, Err(StoreError::Question(_))));
    }
    let most = store
        .history(&all[1..], i64::MIN, i64::MAX, BUCKETS_MAX)
        .expect("an answer");
    assert_eq!(most.series.len(), POINTS_MAX);
    let names: Vec<String> = most
        .series
        .iter()
        .map(|series| series.point.to_string())
        .collect();
    assert_eq!(names[0], all[1].to_string());
    let speed = point::find("blower.a.speed").or_else(|| {
        let tag = blower::ROWS.first().expect("a row");
        point::all().find(|point| std::ptr::eq(point.row, tag))
    });
    assert!(store.history(&[speed.expect("a point")], 0, 1000, 1).is_ok());
}

/// What the history must answer, from every second that was stored and the newest: open slots by their seconds.
fn naive(
    seconds: &BTreeMap<i64, Option<f64>>,
    now: i64,
    (from, to, count): (i64, i64, usize),
) -> Vec<Option<(f64, f64)>> {
    let (from_ms, to_ms) = (from * 1000, to * 1000);
    let level = Level::for_buckets(to_ms - from_ms, count as i64);
    let length = |second: i64| {
        let same = |width: i64| second.div_euclid(width) == now.div_euclid(width);
        match level {
            Level::Second => 1,
            Level::Minute | Level::Hour if same(60) => 1,
            Level::Minute => 60,
            Level::Hour if same(3600) => 60,
            Level::Hour => 3600,
        }
    };
    let mut buckets = vec![None; count];
    for (second, value) in seconds {
        let (Some(value), length) = (value, length(*second)) else {
            continue;
        };
        let start = second.div_euclid(length) * length;
        for (number, bucket) in (0i64..).zip(&mut buckets) {
            let (count, span) = (count as i64, to - from);
            if (start - from) * count < (number + 1) * span && (start + length - from) * count > number * span
            {
                let (low, high) = bucket.unwrap_or((*value, *value));
                *bucket = Some((f64::min(low, *value), f64::max(high, *value)));
            }
        }
    }
    buckets
}

/// A step of the clock and what is measured then.
type Step = (i64, Option<i32>);

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let ahead = prop_oneof![
        20 => Just(1i64),
        4 => 2i64..20,
        2 => 50i64..200,
        1 => 2000i64..9000,
        1 => -200i64..0,
        1 => -5000i64..0,
    ];
    let value = prop_oneof![8 => (-400i32..400).prop_map(Some), 1 => Just(None)];
    proptest::collection::vec((ahead, value), 1..400)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_history_agrees_with_a_naive_model(
        parts in proptest::collection::vec((steps(), 0u8..4), 1..4),
        questions in proptest::collection::vec((-9000i64..9000, 1i64..20_000, 1usize..400), 12),
    ) {
        let directory = tempfile::tempdir().expect("a directory");
        let (mut seconds, mut now) = (BTreeMap::new(), HOUR + 1700);
        let mut store = started(directory.path());
        for (steps, then) in parts {
            for (ahead, value) in steps {
                now += ahead;
                let value = value.map(|tenths| f64::from(tenths) / 10.0);
                put(&store, now, value.ok_or(Absent::Stale));
                seconds.insert(now, value);
            }
            match then {
                0 => {}
                1 => prop_assert!(store.flush(SOON)),
                _ => {
                    prop_assert!(store.close(SOON));
                    store = started(directory.path());
                }
            }
        }
        // After a restart the last minute stays open until the first picture tells the time.
        now += 1;
        put(&store, now, Ok(0.5));
        seconds.insert(now, Some(0.5));
        prop_assert!(store.flush(SOON));
        for (ahead, span, count) in questions {
            let from = HOUR + 1700 + ahead;
            let question = (from, from + span, count);
            let (_, found) = ask(&store, question.0, question.1, count);
            let expected = naive(&seconds, now, question);
            let differs = found.iter().zip(&expected).position(|(found, expected)| found != expected);
            let at = differs.map(|at| (at, found[at], expected[at]));
            prop_assert_eq!(at, None, "{:?} at {}", question, now);
        }
    }
}
