//! Both databases against files that are missing, broken, foreign, older, newer, locked, or on a disk that refuses.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use rusqlite::Connection;

use super::error::StoreError;
use super::health::{Health, Status};
use super::keeper::Keeper;
use super::schema::{self, Schema};
use super::{Store, events, open, samples};

const SCHEMAS: [Schema; 2] = [events::SCHEMA, samples::SCHEMA];

/// Waits for something that must come soon.
pub(super) fn soon(what: &str, mut there: impl FnMut() -> bool) {
    let until = Instant::now() + Duration::from_secs(20);
    while !there() {
        assert!(Instant::now() < until, "{what} did not come");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// What a killed process leaves: the files as they are just now, in another directory.
pub(super) fn killed(directory: &Path) -> tempfile::TempDir {
    let after = tempfile::tempdir().expect("a directory");
    for entry in std::fs::read_dir(directory).expect("it is read").flatten() {
        // The log's index is not kept: it is in memory that is gone.
        if !entry.file_name().to_string_lossy().ends_with("-shm") {
            std::fs::copy(entry.path(), after.path().join(entry.file_name())).expect("it is copied");
        }
    }
    after
}

fn opened(schema: &Schema, path: &Path) -> Result<Connection, StoreError> {
    open::open(schema, path, open::Check::Quick, SystemTime::now())
}

fn number(connection: &Connection, sql: &str) -> i64 {
    connection.query_row(sql, [], |row| row.get(0)).expect("a number")
}

fn names(directory: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(directory).expect("it is read").flatten();
    entries
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect()
}

fn set_aside(directory: &Path) -> usize {
    let names = names(directory);
    let aside = names
        .iter()
        .filter(|name| name.contains(".damaged-") && name.ends_with('Z'));
    aside.count()
}

/// The version that a file of this schema has.
fn version(schema: &Schema) -> i64 {
    i64::try_from(schema.steps.len()).expect("a few steps")
}

#[test]
fn a_missing_or_empty_file_is_made() {
    for schema in SCHEMAS {
        for empty in [false, true] {
            let directory = tempfile::tempdir().expect("a directory");
            let path = directory.path().join("data").join(schema.file);
            if empty {
                std::fs::create_dir(directory.path().join("data")).expect("a directory");
                std::fs::write(&path, b"").expect("a file");
            }
            let made = opened(&schema, &path).expect("it is made");
            assert_eq!(number(&made, "PRAGMA user_version"), version(&schema));
            assert_eq!(
                number(&made, "PRAGMA application_id"),
                i64::from(schema.application_id)
            );
            assert_eq!(number(&made, "PRAGMA auto_vacuum"), 2);
            let synchronous = if schema.synchronous == "FULL" { 2 } else { 1 };
            assert_eq!(number(&made, "PRAGMA synchronous"), synchronous);
            let mode: String = made
                .query_row("PRAGMA journal_mode", [], |row| row.get(0))
                .expect("a mode");
            assert_eq!(mode, "wal");
            drop(made);
            drop(opened(&schema, &path).expect("it opens again"));
            assert_eq!(set_aside(path.parent().expect("a parent")), 0);
        }
    }
}

/// One way to spoil a file.
type Way<'a> = (&'static str, &'a dyn Fn(&Path));

#[test]
fn what_is_no_database_of_ours_is_set_aside_whole() {
    let foreign = |path: &Path| {
        let other = Connection::open(path).expect("it opens");
        other
            .execute_batch("CREATE TABLE other (a); INSERT INTO other VALUES (1)")
            .expect("it is written");
    };
    let random = |path: &Path| {
        let bytes: Vec<u8> = (0u32..20_000)
            .map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes()[0])
            .collect();
        std::fs::write(path, bytes).expect("it is written");
    };
    let short = |path: &Path| std::fs::write(path, [0x5A; 600]).expect("it is written");
    let sibling = |path: &Path| {
        let events = path.file_name().is_some_and(|name| name == events::FILE);
        drop(opened(&SCHEMAS[usize::from(events)], path).expect("it is made"));
    };
    let ways: [Way<'_>; 4] = [
        ("foreign", &foreign),
        ("random", &random),
        ("short", &short),
        ("the other store's", &sibling),
    ];
    for schema in SCHEMAS {
        for (way, spoil) in ways {
            let directory = tempfile::tempdir().expect("a directory");
            let path = directory.path().join(schema.file);
            spoil(&path);
            let before = std::fs::read(&path).expect("it is read");
            let made = opened(&schema, &path).unwrap_or_else(|error| panic!("{way}: {error}"));
            assert_eq!(number(&made, "PRAGMA user_version"), version(&schema), "{way}");
            let aside = names(directory.path())
                .into_iter()
                .find(|name| name.contains(".damaged-"))
                .expect(way);
            let after = std::fs::read(directory.path().join(aside)).expect("it is read");
            assert_eq!(after, before, "{way}");
        }
    }
}

#[test]
fn a_broken_page_is_found_at_start_and_few_broken_files_are_kept() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join(samples::FILE);
    for round in 0..5 {
        let made = opened(&samples::SCHEMA, &path).expect("it opens");
        made.execute_batch(
            "WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 3000) \
             INSERT INTO chunk SELECT 0, i, 1, zeroblob(60) FROM n; PRAGMA wal_checkpoint(TRUNCATE)",
        )
        .expect("rows");
        drop(made);
        let mut bytes = std::fs::read(&path).expect("it is read");
        let middle = bytes.len() / 2;
        bytes[middle..middle + 6000].fill(0x5A);
        std::fs::write(&path, bytes).expect("it is written");
        let at = SystemTime::UNIX_EPOCH + Duration::from_secs(1_764_000_000 + round);
        let again = open::open(&samples::SCHEMA, &path, open::Check::Quick, at).expect("a new one");
        assert_eq!(number(&again, "SELECT count(*) FROM chunk"), 0);
    }
    assert_eq!(set_aside(directory.path()), 3, "{:?}", names(directory.path()));
}

#[test]
fn a_cut_log_and_a_stale_index_lose_only_what_was_cut() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join(samples::FILE);
    let made = opened(&samples::SCHEMA, &path).expect("it opens");
    for row in 0..50 {
        made.execute("INSERT INTO chunk VALUES (0, ?1, 1, zeroblob(60))", [row])
            .expect("a row");
    }
    let left = killed(directory.path());
    let wal = left.path().join("samples.db-wal");
    let bytes = std::fs::read(&wal).expect("a log");
    std::fs::write(&wal, &bytes[..bytes.len() - 3000]).expect("it is cut");
    std::fs::write(left.path().join("samples.db-shm"), vec![0xA5; 32_768]).expect("a stale index");
    let again = opened(&samples::SCHEMA, &left.path().join(samples::FILE)).expect("it opens");
    let rows = number(&again, "SELECT count(*) FROM chunk");
    assert!((45..50).contains(&rows), "{rows}");
    assert_eq!(set_aside(left.path()), 0);
}

#[test]
fn a_newer_schema_is_refused_and_untouched() {
    for schema in SCHEMAS {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join(schema.file);
        let made = opened(&schema, &path).expect("it opens");
        made.pragma_update(None, "user_version", 7).expect("a version");
        drop(made);
        let before = std::fs::read(&path).expect("it is read");
        let refused = opened(&schema, &path).expect_err("it is newer");
        assert!(
            matches!(
                refused,
                StoreError::Newer {
                    found: 7,
                    known,
                    ..
                } if known == version(&schema)
            ),
            "{refused}"
        );
        assert!(refused.to_string().contains("run the newer version"), "{refused}");
        assert_eq!(std::fs::read(&path).expect("it is read"), before);
    }
}

#[test]
fn an_older_schema_is_brought_up_with_a_copy_kept_or_left_as_it_was() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("old.db");
    let at = |steps: &'static [&'static str]| Schema {
        file: "old.db",
        steps,
        ..samples::SCHEMA
    };
    const FIRST: &str = "CREATE TABLE a (x INTEGER)";
    let made = opened(&at(&[FIRST]), &path).expect("it is made");
    made.execute("INSERT INTO a VALUES (41)", []).expect("a row");
    drop(made);
    let broken = opened(
        &at(&[FIRST, "ALTER TABLE a ADD y INTEGER; CREATE TABLE a (z)"]),
        &path,
    );
    assert!(broken.is_err(), "a step that fails");
    let still = opened(&at(&[FIRST]), &path).expect("it is as it was");
    assert_eq!(number(&still, "SELECT count(*) FROM pragma_table_info('a')"), 1);
    drop(still);
    let steps = &[FIRST, "ALTER TABLE a ADD y INTEGER", "UPDATE a SET y = x + 1"];
    let newer = opened(&at(steps), &path).expect("it is brought up");
    assert_eq!(number(&newer, "SELECT y FROM a"), 42);
    assert_eq!(number(&newer, "PRAGMA user_version"), 3);
    let copy = Connection::open(schema::copy_of(&path, 1)).expect("a copy");
    assert_eq!(number(&copy, "PRAGMA user_version"), 1);
    assert_eq!(number(&copy, "SELECT x FROM a"), 41);
}

#[test]
fn a_full_database_fails_keeps_what_it_has_and_recovers() {
    let directory = tempfile::tempdir().expect("a directory");
    let health = Arc::new(Health::new(samples::FILE));
    let small = Schema {
        pages_max: 20,
        ..samples::SCHEMA
    };
    let mut keeper = Keeper::new(small, directory.path(), Arc::clone(&health));
    let add = |keeper: &mut Keeper| {
        keeper.work("filling it", |connection, _| {
            let sql = "INSERT INTO chunk SELECT 0, 1 + coalesce(max(start), 0), 1, zeroblob(3000) FROM chunk";
            connection.execute(sql, [])
        })
    };
    let mut rows = 0;
    while add(&mut keeper).is_some() {
        rows += 1;
        assert!(rows < 100, "the bound holds");
    }
    let Status::Failing { since, text } = health.status() else {
        panic!("it says that it fails")
    };
    assert!(
        text.contains("filling it") && text.contains("free space"),
        "{text}"
    );
    assert!(add(&mut keeper).is_none(), "it is not due again");
    soon("another failure", || {
        add(&mut keeper);
        health.failures.load(std::sync::atomic::Ordering::Relaxed) >= 2
    });
    assert!(matches!(health.status(), Status::Failing { since: still, .. } if still == since));
    keeper.schema.pages_max = 10_000;
    soon("the recovery", || add(&mut keeper).is_some());
    assert_eq!(health.status(), Status::Working);
    let kept = keeper.work("counting", |connection, _| {
        Ok(number(connection, "SELECT count(*) FROM chunk"))
    });
    assert_eq!(kept, Some(rows + 1));
}

#[test]
fn a_directory_that_cannot_be_is_a_status_and_nothing_else() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("file");
    std::fs::write(&file, b"in the way").expect("a file");
    for place in [file.as_path(), Path::new("/proc/rack-controller")] {
        let store = Store::open(place).expect("threads");
        soon("the failure", || {
            let failing = |(_, status): &(_, Status)| matches!(status, Status::Failing { .. });
            store.status().iter().all(failing)
        });
        assert!(store.events.journal(events::Page::Newest, 10).is_err());
        assert!(store.samples.history(&[], 0, 1000, 10).is_err());
        let began = Instant::now();
        for second in 0..2000 {
            store.samples.sample(second * 1000, &points::Snapshot::default());
        }
        assert!(
            began.elapsed() < Duration::from_secs(2),
            "nobody waits for the disk"
        );
        assert!(store.close(Duration::from_secs(5)));
    }
}

#[test]
fn a_damaged_store_works_again_by_itself() {
    let directory = tempfile::tempdir().expect("a directory");
    for file in [events::FILE, samples::FILE] {
        std::fs::write(directory.path().join(file), vec![0x5A; 9000]).expect("it is written");
    }
    let store = Store::open(directory.path()).expect("threads");
    soon("both", || {
        store
            .status()
            .iter()
            .all(|(_, status)| *status == Status::Working)
    });
    assert_eq!(set_aside(directory.path()), 2);
    let journal = store
        .events
        .journal(events::Page::Newest, 10)
        .expect("an empty page");
    assert_eq!(journal, events::Journal::default());
    assert!(store.close(Duration::from_secs(5)));
}

#[test]
fn a_store_is_asked_from_any_thread() {
    fn shared<T: Send + Sync>() {}
    shared::<Store>();
}
