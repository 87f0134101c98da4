//! `hil-rig bench`: the shipped control and its peers on the same rack, by energy at equal safety.
//!
//! ```text
//!   courses x seeds --> drive --> smallest admissible offset --> energy / least possible energy --> table, JSON
//! ```
//! The benchmark is *rack-thermal-1* ([`hil_rig::bench`]). It is deterministic: the same seeds give the same bits on the
//! same kind of machine.

pub mod contender;
pub mod drive;
mod family;
mod page;
pub mod racks;
mod replay;
pub mod search;
mod table;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use hil_rig::bench::course::DAY_POWER;
use hil_rig::bench::optimum::{optimum_of, recompute, table as table_of};
use hil_rig::bench::{Course, courses};
use hil_rig::plant::{PlantConfig, trace_file};
use serde_json::json;

use crate::cli::{complain, print};
use contender::{KINDS, Kind};
use search::Entry;

/// The recorded day's file in the folder of the recordings.
const DAY: &str = "nab_cpu_utilization_asg_misconfiguration.csv";
/// Most threads that drive at once.
const THREADS: usize = 8;

/// What is asked of the benchmark.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Seeds of the noise, from 1.
    pub seeds: u64,
    /// Look for the best tuning of every family first.
    pub tune: bool,
    /// Compute the least energies anew instead, and print them as they are kept; with `racks`, those of the racks too.
    pub optimum: bool,
    /// So many drawn racks instead, each commissioned first.
    pub racks: Option<u64>,
    /// Drive everybody through the recorded weeks too, each with the offset that the courses ask of it.
    pub replay: bool,
    /// Draw the courses as a page, into this file.
    pub page: Option<PathBuf>,
    /// As JSON.
    pub json: bool,
}

/// Drives everybody and prints what came of it.
pub fn bench(asked: &Asked, recordings: &Path) -> ExitCode {
    let told = match asked.racks {
        Some(count) => drawn(count, asked, recordings),
        None if asked.optimum => optima(recordings),
        None => run(asked, recordings),
    };
    match told {
        Ok(text) => print(&text),
        Err(error) => {
            complain(&error);
            ExitCode::FAILURE
        }
    }
}

/// The courses, the recorded day among them where the recording is there.
fn all_courses(recordings: &Path) -> Result<Vec<Course>, String> {
    let file = recordings.join(DAY);
    let recorded = if file.exists() {
        let cluster = |reader, name: &str| trace_file::cluster_load(reader, name, &DAY_POWER);
        Some(trace_file::open(&file, cluster).map_err(|error| error.to_string())?)
    } else {
        complain(&format!(
            "{} is not there: the day is made, not recorded; set RIG_DATA to the folder of the recordings",
            file.display()
        ));
        None
    };
    courses(recorded.as_ref()).map_err(|error| error.to_string())
}

fn run(asked: &Asked, recordings: &Path) -> Result<String, String> {
    let courses = all_courses(recordings)?;
    let seeds: Vec<u64> = (1..=asked.seeds).collect();
    let work = |kind: &Kind| -> Result<Entry, String> {
        let kind = *kind;
        let tuned = |tuning| search::at_equal_safety(kind, tuning, &courses, &seeds);
        let tuning = if asked.tune {
            let best = search::tune(kind, &courses, 1).map_err(|error| error.to_string())?;
            best.map_or(kind.tuned(), |best| best.tuning)
        } else {
            kind.tuned()
        };
        tuned(tuning).map_err(|error| error.to_string())
    };
    let entries: Vec<Entry> = side_by_side(&KINDS, work).into_iter().collect::<Result<_, _>>()?;
    let least_wh: Vec<Option<f64>> = courses.iter().map(least_of).collect();
    if least_wh.iter().any(Option::is_none) {
        complain(
            "the least energy of a course is not known for this rack: no score; `hil-rig bench --optimum` computes it",
        );
    }
    let result = table::Result {
        courses: &courses,
        seeds: &seeds,
        least_wh: &least_wh,
        entries: &entries,
    };
    if let Some(file) = &asked.page {
        let page = page::page(&result).map_err(|error| error.to_string())?;
        std::fs::write(file, page).map_err(|error| {
            format!(
                "{}: {error}; name a file in a folder that can be written",
                file.display()
            )
        })?;
    }
    let replays = if asked.replay {
        let courses = replay::replays(recordings)
            .map_err(|error| format!("{error}; set RIG_DATA to the folder of the recordings"))?;
        Some(replay::Replays::drive(courses, &entries).map_err(|error| error.to_string())?)
    } else {
        None
    };
    if asked.json {
        let told = match &replays {
            // The table's form is kept where nothing else is asked.
            Some(replays) => json!({ "controllers": result.json(), "replays": replays.json() }),
            None => result.json(),
        };
        return Ok(format!("{told}\n"));
    }
    let mut text = result.text();
    if asked.tune {
        text.push_str("\n| controller | figures | tuning |\n|---|---|---|\n");
        for entry in &entries {
            let Entry { kind, tuning, .. } = entry;
            text.push_str(&format!(
                "| {} | {} | {}, {} |\n",
                kind.name(),
                kind.tuning(),
                tuning.0,
                tuning.1
            ));
        }
    }
    if let Some(replays) = &replays {
        text.push('\n');
        text.push_str(&replays.text());
        if let Some(lost) = replays.lost() {
            return Err(format!(
                "{text}\nours did not keep the limits on the replay `{lost}`"
            ));
        }
    }
    Ok(text)
}

/// Drawn racks.
fn drawn(count: u64, asked: &Asked, recordings: &Path) -> Result<String, String> {
    let mut courses = all_courses(recordings)?;
    if asked.optimum {
        // The day's optimum takes ten times as long as the others'.
        courses.retain(|course| !course.name.starts_with("day"));
    }
    let racks = racks::racks(count, &courses, asked.optimum).map_err(|error| error.to_string())?;
    Ok(if asked.json {
        format!("{}\n", racks.json())
    } else {
        racks.text()
    })
}

/// The least energy a course can be kept with, Wh.
fn least_of(course: &Course) -> Option<f64> {
    optimum_of(course).map(|least_kwh| 1e3 * least_kwh)
}

/// The optima anew, as the table that is compiled in: takes a minute or two a course.
fn optima(recordings: &Path) -> Result<String, String> {
    let mut all = all_courses(recordings)?;
    // The day that is made stands beside the recorded one.
    for course in courses(None).map_err(|error| error.to_string())? {
        if !all.iter().any(|known| known.name == course.name) {
            all.push(course);
        }
    }
    let rows = recompute(&all, &PlantConfig::default()).map_err(|error| error.to_string())?;
    Ok(table_of(&rows))
}

/// What `work` makes of everything, in its order; as many at once as there are processors.
fn side_by_side<T: Sync, R: Send>(all: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let threads = std::thread::available_parallelism()
        .map_or(1, usize::from)
        .min(THREADS);
    let (next, done) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let place = next.fetch_add(1, Ordering::Relaxed);
                    let Some(one) = all.get(place) else { break };
                    let made = work(one);
                    let mut done = done.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                    done.push((place, made));
                }
            });
        }
    });
    let mut done = done
        .into_inner()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    done.sort_by_key(|(place, _)| *place);
    done.into_iter().map(|(_, made)| made).collect()
}
