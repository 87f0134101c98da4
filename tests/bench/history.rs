//! The history of a month: what it costs to write, what it takes on disk, how long questions wait.
//!
//! `cargo bench -p rack-controller --bench history [-- DAYS]`. A month of one sample a second of 100 points goes
//! through the door that the front uses, as fast as the writer takes it. Every answer is compared with a naive
//! computation, and a question whose median is more than 50 ms ends the run; what a disk that has forgotten everything
//! adds to that is shown beside it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a benchmark states what must hold by panicking and prints its table"
)]

use std::path::Path;
use std::time::{Duration, Instant};

use points::alarm::Alarm;
use points::point::{self, Point};
use points::{Moment, Snapshot, fixed};
use rack_controller::front::store::events::{Page, Recorded};
use rack_controller::front::store::samples::{History, SampleStore, Sampled};
use rack_controller::front::store::{Status, Store};
use rack_controller::transition::{Change, Transition};

const POINTS: usize = 100;
/// Points whose every value is kept here too, to answer naively.
const KEPT: usize = 5;
/// 2026-01-01 00:00 UTC.
const START: i64 = 1_767_225_600;
const DAY: i64 = 86_400;
const BUCKETS: usize = 1000;
const LIMIT: Duration = Duration::from_millis(50);
const SOON: Duration = Duration::from_secs(120);

/// A rack at work: measured points wander slowly and carry a few counts of noise, states change seldom.
struct Rack {
    points: Vec<Point>,
    counts: Vec<i64>,
    random: u64,
    snapshot: Snapshot,
}

impl Rack {
    fn new() -> Rack {
        // Measured points first, then states: in a rack of 100 points about a third are states.
        let (states, measured): (Vec<Point>, Vec<Point>) =
            point::all().partition(|point| !point.row.kind.states.is_empty());
        let points: Vec<Point> = measured.into_iter().take(66).chain(states).take(POINTS).collect();
        assert_eq!(points.len(), POINTS);
        Rack {
            counts: vec![0; points.len()],
            points,
            random: 0x9E37_79B9_7F4A_7C15,
            snapshot: Snapshot::default(),
        }
    }

    fn random(&mut self) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random
    }

    /// The picture of this second; gives the values of the first points.
    fn picture(&mut self, second: i64) -> [f64; KEPT] {
        self.snapshot.now = Moment((second - START) as u64 * 1_000_000);
        let mut kept = [0.0; KEPT];
        for at in 0..self.points.len() {
            let random = self.random();
            let (point, count) = (&self.points[at], &mut self.counts[at]);
            let row = point.row;
            let value = if row.kind.states.is_empty() {
                let step = 10f64.powi(-i32::from(row.decimals));
                // A slow walk that is drawn to the middle, and noise of one count to either side.
                if random.is_multiple_of(16) {
                    let up = (random >> 8) % 401 < (200 - *count).clamp(0, 400).cast_unsigned();
                    *count += if up { 1 } else { -1 };
                }
                let noise = ((random >> 32) % 3).cast_signed() - 1;
                f64::midpoint(row.low, row.high) + step * (*count + noise) as f64
            } else {
                if random.is_multiple_of(100_000) {
                    *count = (*count + 1) % row.kind.states.len() as i64;
                }
                *count as f64
            };
            self.snapshot.cells[point.index].value = Ok(value);
            if let Some(kept) = kept.get_mut(at) {
                *kept = fixed::decode(row, fixed::encode(row, Some(value))).expect("a value");
            }
        }
        kept
    }
}

/// Median and greatest, in microseconds.
fn spread(times: &mut [Duration]) -> (f64, f64) {
    times.sort();
    let us = |time: Duration| time.as_secs_f64() * 1e6;
    (us(times[times.len() / 2]), us(times[times.len() - 1]))
}

fn working(directory: &Path) -> Store {
    let store = Store::open(directory).expect("threads");
    let until = Instant::now() + SOON;
    while store
        .status()
        .iter()
        .any(|(_, status)| *status != Status::Working)
    {
        assert!(Instant::now() < until, "{:?}", store.samples.status());
        std::thread::sleep(Duration::from_micros(200));
    }
    store
}

/// Hands over a picture; where the queue is full it waits, as the front does not.
fn hand(store: &SampleStore, second: i64, snapshot: &Snapshot) -> Duration {
    loop {
        let began = Instant::now();
        let sampled = store.sample(second * 1000, snapshot);
        let took = began.elapsed();
        match sampled {
            Sampled::Taken => return took,
            Sampled::Full => std::thread::sleep(Duration::from_micros(200)),
            Sampled::SameSecond | Sampled::NoTime => panic!("{sampled:?}"),
        }
    }
}

/// The least and greatest of what touches each bucket, by slots of `slot` seconds.
fn naive(values: &[f64], slot: usize, from_ms: i64, to_ms: i64) -> Vec<(f64, f64)> {
    let (span, count) = (to_ms - from_ms, BUCKETS as i64);
    let width = slot as i64 * 1000;
    let bucket = |number: i64| {
        let starts = START * 1000;
        // The slots that end after the bucket's start and start before its end.
        let first = (from_ms + number * span / count - starts).div_euclid(width);
        let end_ms = from_ms + ((number + 1) * span + count - 1) / count - starts;
        let last = (end_ms + width - 1).div_euclid(width);
        let (first, last) = (first as usize * slot, (last as usize * slot).min(values.len()));
        values[first..last]
            .iter()
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(min, max), value| {
                (min.min(*value), max.max(*value))
            })
    };
    (0..count).map(bucket).collect()
}

fn check(answer: &History, kept: &[Vec<f64>]) {
    for (series, values) in answer.series.iter().zip(kept) {
        let expected = naive(values, answer.resolution_s as usize, answer.from_ms, answer.to_ms);
        for (number, (low, high)) in expected.into_iter().enumerate() {
            let found = series.min[number].zip(series.max[number]).expect("no hole");
            assert!(
                (found.0 - low).abs() < 1e-9 && (found.1 - high).abs() < 1e-9,
                "{} bucket {number}: {found:?} is not {low} to {high}",
                series.point
            );
        }
    }
}

/// Makes the system forget what it holds of the files.
fn forget(directory: &Path) {
    for entry in std::fs::read_dir(directory).expect("a directory").flatten() {
        let file = std::fs::File::open(entry.path()).expect("a file");
        file.sync_all().expect("it is on disk");
        rustix::fs::fadvise(&file, 0, None, rustix::fs::Advice::DontNeed).expect("it is forgotten");
    }
}

fn status_kb(name: &str) -> i64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("a status");
    let line = status
        .lines()
        .find(|line| line.starts_with(name))
        .expect("a line");
    line.split_whitespace()
        .nth(1)
        .and_then(|kb| kb.parse().ok())
        .expect("a number")
}

fn written_bytes() -> i64 {
    let io = std::fs::read_to_string("/proc/self/io").expect("counters");
    let line = io.lines().find(|line| line.starts_with("wchar")).expect("a line");
    line.split_whitespace()
        .nth(1)
        .and_then(|bytes| bytes.parse().ok())
        .expect("a number")
}

fn main() {
    let days: i64 = std::env::args()
        .filter_map(|argument| argument.parse().ok())
        .next()
        .unwrap_or(31);
    let directory = tempfile::tempdir().expect("a directory");
    let (size, resident) = (status_kb("VmSize"), status_kb("VmRSS"));
    let store = working(directory.path());
    let opened = (status_kb("VmSize") - size, status_kb("VmRSS") - resident);
    let mut rack = Rack::new();
    let room = (days * DAY) as usize + 3700;
    let mut kept: Vec<Vec<f64>> = (0..KEPT).map(|_| Vec::with_capacity(room)).collect();

    let (mut taken, began) = (Vec::new(), Instant::now());
    let end = START + days * DAY;
    for second in START..end {
        let values = rack.picture(second);
        for (kept, value) in kept.iter_mut().zip(values) {
            kept.push(value);
        }
        let took = hand(&store.samples, second, &rack.snapshot);
        if second % 37 == 0 {
            taken.push(took);
        }
    }
    assert!(store.samples.flush(SOON), "{:?}", store.samples.status());
    let month = began.elapsed();
    let (median, most) = spread(&mut taken);
    println!("| ingest | |\n|---|---|");
    println!(
        "| {days} days of {POINTS} points through the writer | {:.1} s, {:.1} million samples a second |",
        month.as_secs_f64(),
        (days * DAY) as f64 * POINTS as f64 / month.as_secs_f64() / 1e6
    );
    println!("| a picture that is taken, median and most | {median:.2} us, {most:.0} us |");
    let began = Instant::now();
    for _ in 0..1_000_000 {
        assert_eq!(
            store.samples.sample(end * 1000 - 1, &rack.snapshot),
            Sampled::SameSecond
        );
    }
    println!(
        "| a picture of the same second | {:.1} ns |",
        began.elapsed().as_secs_f64() * 1e3
    );

    // An hour at its own pace: a batch each 10 seconds.
    let (before, mut batches) = (written_bytes(), Vec::new());
    for second in end..end + 3600 {
        let values = rack.picture(second);
        for (kept, value) in kept.iter_mut().zip(values) {
            kept.push(value);
        }
        hand(&store.samples, second, &rack.snapshot);
        if second % 10 == 9 {
            let began = Instant::now();
            assert!(store.samples.flush(SOON));
            batches.push(began.elapsed());
        }
    }
    let end = end + 3600;
    let written = written_bytes() - before;
    let (median, most) = spread(&mut batches);
    println!("| a batch of 10 s, median and most | {median:.0} us, {most:.0} us |");
    println!(
        "| written a day at that pace | {:.1} MB |",
        written as f64 * 24.0 / 1e6
    );
    println!(
        "| memory of an open store, addresses and resident | {} kB, {} kB |",
        opened.0, opened.1
    );
    println!(
        "| the same after the month | {} kB, {} kB (of these {} kB are the benchmark's) |",
        status_kb("VmSize") - size,
        status_kb("VmRSS") - resident,
        KEPT * room * 8 / 1024
    );
    assert!(store.close(SOON));
    drop(store);
    disk(directory.path(), days);
    journal();
    questions(directory.path(), &rack.points[..KEPT], &kept, end, days);
}

/// What a transition costs in the journal.
fn journal() {
    const MANY: u64 = 100_000;
    let directory = tempfile::tempdir().expect("a directory");
    let store = working(directory.path());
    let record = |sequence: u64| {
        let change = Change::Alarm(
            Alarm::ALL[sequence as usize % Alarm::ALL.len()],
            sequence.is_multiple_of(2),
        );
        let transition = Transition {
            sequence,
            at: Moment(sequence * 20_000),
            change,
            note: None,
        };
        let recorded = Recorded {
            run: u64::MAX / 3,
            time_ms: (START + sequence as i64) * 1000,
            transition,
            said: None,
        };
        while store.events.record(recorded.clone()).is_err() {
            std::thread::sleep(Duration::from_micros(200));
        }
    };
    let committed = |sequence| {
        while store.events.committed(u64::MAX / 3) < sequence {
            std::thread::sleep(Duration::from_micros(50));
        }
    };
    let mut alone: Vec<Duration> = (1..=200)
        .map(|sequence| {
            let began = Instant::now();
            record(sequence);
            committed(sequence);
            began.elapsed()
        })
        .collect();
    let (median, most) = spread(&mut alone);
    let began = Instant::now();
    (201..=MANY).for_each(record);
    committed(MANY);
    let rate = (MANY - 200) as f64 / began.elapsed().as_secs_f64();
    let began = Instant::now();
    let page = store.events.journal(Page::Newest, 100).expect("a page");
    let page_us = began.elapsed().as_secs_f64() * 1e6;
    assert_eq!((page.entries.len(), page.entries[0].sequence), (100, MANY));
    assert!(store.close(SOON));
    drop(store);
    let bytes = std::fs::metadata(directory.path().join("events.db"))
        .expect("a file")
        .len();
    println!("\n| journal | |\n|---|---|");
    println!("| one transition to its commit, median and most | {median:.0} us, {most:.0} us |");
    println!("| many, a second | {rate:.0} |");
    println!("| bytes a row | {:.1} |", bytes as f64 / MANY as f64);
    println!("| the newest 100 entries, first question | {page_us:.0} us |");
}

/// What is on disk, by level.
fn disk(directory: &Path, days: i64) {
    let path = directory.join("samples.db");
    let bytes = std::fs::metadata(&path).expect("a file").len();
    let file = rusqlite::Connection::open(&path).expect("it opens");
    let mut levels = file
        .prepare("SELECT level, count(*), sum(length(data)), count(DISTINCT start) FROM chunk GROUP BY level")
        .expect("a statement");
    let levels: Vec<(u8, f64, f64, f64)> = levels
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))
        .expect("rows")
        .map(|row| row.expect("a row"))
        .collect();
    // A row's key, header and place in its page take about 15 bytes; the file is shared out by that.
    let whole: f64 = levels.iter().map(|(_, rows, data, _)| data + 15.0 * rows).sum();
    println!(
        "\n| level | rows a day | bytes of data a day | bytes on disk a day | bytes a sample or slot |\n|---|---|---|---|---|"
    );
    for (level, rows, data, chunks) in levels {
        let chunks_a_day = [1440.0, 24.0, 1.0][usize::from(level)];
        let on_disk = bytes as f64 * (data + 15.0 * rows) / whole;
        let slots = rows * [60.0, 60.0, 24.0][usize::from(level)];
        let a_day = chunks_a_day / chunks;
        println!(
            "| {level} | {:.0} | {:.0} | {:.0} | {:.2} |",
            rows * a_day,
            data * a_day,
            on_disk * a_day,
            on_disk / slots
        );
    }
    let began = Instant::now();
    let check: String = file
        .query_row("PRAGMA quick_check(1)", [], |row| row.get(0))
        .expect("a check");
    assert_eq!(check, "ok");
    println!(
        "\nThe file after {days} days: {:.1} MB; its check at start takes {:.0} ms.",
        bytes as f64 / 1e6,
        began.elapsed().as_secs_f64() * 1e3
    );
}

fn questions(directory: &Path, points: &[Point], kept: &[Vec<f64>], end: i64, days: i64) {
    println!(
        "\n| 1,000 buckets over | points | resolution | cold, median us | cold, most us | warm, median us | warm, most us |\n|---|---|---|---|---|---|---|"
    );
    let spans = [
        ("1 h", 3600),
        ("1 day", DAY),
        ("7 days", 7 * DAY),
        ("the whole", days * DAY),
    ];
    for (name, span) in spans.into_iter().filter(|(_, span)| *span <= days * DAY) {
        for count in [1, KEPT] {
            let ask = |store: &Store| {
                let began = Instant::now();
                let answer = store
                    .samples
                    .history(&points[..count], (end - span) * 1000, end * 1000, BUCKETS)
                    .expect("an answer");
                (began.elapsed(), answer)
            };
            let mut cold = Vec::new();
            for _ in 0..5 {
                let store = working(directory);
                forget(directory);
                let (took, answer) = ask(&store);
                cold.push(took);
                check(&answer, kept);
                assert!(store.close(SOON));
            }
            let store = working(directory);
            let (_, answer) = ask(&store);
            let mut warm: Vec<Duration> = (0..200).map(|_| ask(&store).0).collect();
            check(&ask(&store).1, kept);
            let ((cold, cold_most), (warm, warm_most)) = (spread(&mut cold), spread(&mut warm));
            println!(
                "| {name} | {count} | {} s | {cold:.0} | {cold_most:.0} | {warm:.0} | {warm_most:.0} |",
                answer.resolution_s
            );
            // A disk that has forgotten everything reads a page for each hour of a month; that time is the disk's.
            assert!(
                warm < LIMIT.as_secs_f64() * 1e6,
                "{name} of {count} points takes {warm:.0} us"
            );
            assert!(store.close(SOON));
        }
    }
}
