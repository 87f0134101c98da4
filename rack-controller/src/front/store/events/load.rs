//! What the journal says of the alarms' load: a pass over the newest rows, oldest first.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use rusqlite::Connection;
use web::kpi::Load;

/// Rows of one question. Of more the oldest are left out, and it says so.
pub const ROWS_MAX: i64 = 200_000;
/// The time in which a worst case is counted, milliseconds.
const WINDOW_MS: i64 = 600_000;

/// A row as the pass needs it.
#[derive(Clone, Debug)]
struct Line {
    time_ms: i64,
    run: i64,
    moment_us: i64,
    kind: String,
    name: String,
    on: bool,
    priority: String,
}

const SQL: &str = "SELECT time_ms, run, moment_us, kind, name, \"on\", priority \
    FROM transition JOIN word ON word.id = transition.word \
    WHERE sequence > (SELECT coalesce(max(sequence), 0) FROM transition) - ?1 AND time_ms BETWEEN ?2 AND ?3 \
      AND kind IN ('alarm', 'shelve', 'service', 'design', 'chatter', 'flood') \
    ORDER BY sequence";
/// The first row that is looked at: before it nothing is known.
const BEGIN: &str = "SELECT time_ms, sequence > (SELECT min(sequence) FROM transition) FROM transition \
    WHERE sequence > (SELECT max(sequence) FROM transition) - ?1 ORDER BY sequence LIMIT 1";

pub(super) fn read(connection: &Connection, from_ms: i64, to_ms: i64) -> rusqlite::Result<Load> {
    use rusqlite::OptionalExtension as _;
    let begin: Option<(i64, bool)> = connection
        .prepare_cached(BEGIN)?
        .query_row([ROWS_MAX], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let (first_ms, older) = begin.unwrap_or((to_ms, false));
    let mut statement = connection.prepare_cached(SQL)?;
    let lines = statement.query_map([ROWS_MAX, from_ms, to_ms], |row| {
        Ok(Line {
            time_ms: row.get(0)?,
            run: row.get(1)?,
            moment_us: row.get(2)?,
            kind: row.get(3)?,
            name: row.get(4)?,
            on: row.get(5)?,
            priority: row.get(6)?,
        })
    })?;
    let mut pass = Pass::new(from_ms.max(first_ms).min(to_ms), to_ms);
    for line in lines {
        pass.take(line?);
    }
    let mut load = pass.end();
    load.cut = older && first_ms > from_ms;
    Ok(load)
}

/// The pass over the rows.
struct Pass {
    load: Load,
    run: Option<i64>,
    /// Alarms that came and may still turn out to follow from another in the same tick.
    fresh: Vec<Line>,
    aside: BTreeSet<(&'static str, String)>,
    told: BTreeMap<(String, String), u64>,
    window: VecDeque<i64>,
    chattered: BTreeSet<String>,
    flood: Option<i64>,
    last_ms: i64,
}

impl Pass {
    fn new(from_ms: i64, to_ms: i64) -> Pass {
        Pass {
            load: Load {
                from_ms,
                to_ms,
                ..Load::default()
            },
            run: None,
            fresh: Vec::new(),
            aside: BTreeSet::new(),
            told: BTreeMap::new(),
            window: VecDeque::new(),
            chattered: BTreeSet::new(),
            flood: None,
            last_ms: from_ms,
        }
    }

    fn take(&mut self, line: Line) {
        if self.run != Some(line.run) {
            // Another run of the controller: nothing is put aside in it yet, and no flood goes on.
            self.settle();
            self.aside.clear();
            self.end_flood(self.last_ms);
            self.run = Some(line.run);
        }
        if self
            .fresh
            .first()
            .is_some_and(|fresh| fresh.moment_us != line.moment_us)
        {
            self.settle();
        }
        self.last_ms = line.time_ms;
        match line.kind.as_str() {
            "alarm" if line.on => self.fresh.push(line),
            "shelve" => self.put_aside("shelve", line),
            "service" => self.put_aside("service", line),
            "design" => self.put_aside("design", line),
            "chatter" if line.on => {
                self.chattered.insert(line.name);
            }
            "flood" if line.on => self.flood = Some(line.time_ms),
            "flood" => self.end_flood(line.time_ms),
            _ => {}
        }
    }

    fn put_aside(&mut self, how: &'static str, line: Line) {
        if line.on {
            self.aside.insert((how, line.name));
        } else {
            self.aside.remove(&(how, line.name));
        }
    }

    /// Counts what came and is put aside by nobody and nothing.
    fn settle(&mut self) {
        for line in std::mem::take(&mut self.fresh) {
            let hidden = ["shelve", "service", "design"]
                .into_iter()
                .any(|how| self.aside.contains(&(how, line.name.clone())));
            if hidden {
                continue;
            }
            *self.told.entry((line.name, line.priority)).or_default() += 1;
            self.window.push_back(line.time_ms);
            while self
                .window
                .front()
                .is_some_and(|first| line.time_ms - first >= WINDOW_MS)
            {
                self.window.pop_front();
            }
            self.load.worst = self.load.worst.max(self.window.len() as u64);
        }
    }

    fn end_flood(&mut self, at_ms: i64) {
        if let Some(began) = self.flood.take() {
            self.load.flood_ms += (at_ms - began).max(0);
        }
    }

    fn end(mut self) -> Load {
        self.settle();
        self.end_flood(self.load.to_ms);
        let told = self.told.into_iter();
        self.load.told = told
            .map(|((name, priority), count)| (name, priority, count))
            .collect();
        self.load.chattered = self.chattered.len() as u64;
        self.load
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(minute: i64, kind: &str, name: &str, on: bool) -> Line {
        Line {
            time_ms: minute * 60_000,
            run: 1,
            moment_us: minute * 60_000_000,
            kind: kind.to_owned(),
            name: name.to_owned(),
            on,
            priority: "low".to_owned(),
        }
    }

    fn passed(lines: &[Line]) -> Load {
        let mut pass = Pass::new(0, 60 * 60_000);
        lines.iter().cloned().for_each(|line| pass.take(line));
        pass.end()
    }

    #[test]
    fn what_is_put_aside_or_follows_from_another_is_not_told() {
        let load = passed(&[
            line(1, "alarm", "a", true),
            line(1, "alarm", "b", true),
            line(1, "design", "b", true),
            line(2, "shelve", "c", true),
            line(3, "alarm", "c", true),
            line(4, "shelve", "c", false),
            line(5, "alarm", "c", false),
            line(6, "alarm", "c", true),
        ]);
        let told: Vec<_> = load
            .told
            .iter()
            .map(|(name, _, count)| (name.as_str(), *count))
            .collect();
        assert_eq!(told, [("a", 1), ("c", 1)]);
    }

    #[test]
    fn the_worst_ten_minutes_slide() {
        let lines: Vec<Line> = [1, 8, 9, 12, 17, 40]
            .map(|minute| line(minute, "alarm", "a", true))
            .into();
        assert_eq!(passed(&lines).worst, 4, "8, 9, 12 and 17 lie within ten minutes");
    }

    #[test]
    fn a_flood_counts_to_its_end_or_to_that_of_its_run() {
        let mut other_run = line(30, "alarm", "a", true);
        other_run.run = 2;
        let load = passed(&[
            line(5, "flood", "flood", true),
            line(10, "flood", "flood", false),
            line(20, "flood", "flood", true),
            line(25, "chatter", "a", true),
            other_run,
            line(31, "chatter", "a", true),
        ]);
        assert_eq!((load.flood_ms, load.chattered), (10 * 60_000, 1));
    }
}
