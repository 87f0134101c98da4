//! Profiles from recorded files: a cluster's processor load, a server's power, a year's weather, a cabinet fire.
//!
//! Every loader reads from anything that can be read and is told the file's name for its errors; [`open`] is the
//! one place that touches a disk.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use super::cabinet::{CabinetFire, Gas};
use super::trace::{Between, Profile, ProfileError};

/// More rows than this are a mistake, not a trace.
pub const ROWS_MAX: usize = 1_000_000;

/// Why a file gives no profile. Each names the file and, where there is one, the line.
#[derive(Debug, thiserror::Error)]
pub enum TraceError {
    /// The file cannot be opened.
    #[error("{file}: cannot be opened ({source}); name an existing file this user may read")]
    Open {
        /// The file.
        file: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// A line is no CSV.
    #[error(
        "{file}, line {line}: not readable as CSV ({source}); every line needs as many fields as the header"
    )]
    Csv {
        /// The file.
        file: String,
        /// The line, from 1.
        line: u64,
        /// What the reader said.
        source: csv::Error,
    },
    /// The header lacks a column.
    #[error("{file}, line 1: no column `{column}`; keep the header the file was published with")]
    Column {
        /// The file.
        file: String,
        /// The column that is missing.
        column: String,
    },
    /// A field is not a finite number.
    #[error("{file}, line {line}: `{text}` in column `{column}` is not a number; correct or delete the line")]
    Value {
        /// The file.
        file: String,
        /// The line, from 1.
        line: u64,
        /// The column.
        column: String,
        /// What stands there.
        text: String,
    },
    /// A field is not a time.
    #[error("{file}, line {line}: `{text}` is not a time; write it as YYYY-MM-DD HH:MM:SS")]
    Time {
        /// The file.
        file: String,
        /// The line, from 1.
        line: u64,
        /// What stands there.
        text: String,
    },
    /// A line is not later than the one before.
    #[error("{file}, line {line}: not later than the line before; sort the file by time and drop doubles")]
    Order {
        /// The file.
        file: String,
        /// The line, from 1.
        line: u64,
    },
    /// The file goes on and on.
    #[error("{file}, line {line}: more than {ROWS_MAX} rows; cut the file into pieces")]
    TooLong {
        /// The file.
        file: String,
        /// The first line too many.
        line: u64,
    },
    /// The rows make no profile.
    #[error("{file}: {source}; check that the file is complete")]
    Profile {
        /// The file.
        file: String,
        /// What is wrong with them.
        source: ProfileError,
    },
}

/// From processor load to heat: servers idle at a large share of their peak and rise about linearly from there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PowerMap {
    /// Heat of the rack at full load, W.
    pub power_max_w: f64,
    /// Share of it that idle hosts give off.
    pub idle_share: f64,
}

impl Default for PowerMap {
    fn default() -> Self {
        Self {
            power_max_w: 9_500.0,
            idle_share: 0.42,
        }
    }
}

impl PowerMap {
    /// Heat, W, at a processor load of 0..100 %; beyond that range it is taken as its end.
    #[must_use]
    pub fn power_w(&self, load_percent: f64) -> f64 {
        let load = (load_percent / 100.0).clamp(0.0, 1.0);
        self.power_max_w * (self.idle_share + (1.0 - self.idle_share) * load)
    }
}

/// From outdoors to the room: an air-conditioned room follows the weather by a small share and within limits.
/// Invented; with the defaults 15 deg C outside give 24 inside, 35 give 29.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RoomMap {
    /// Outdoor temperature at which the room holds its set point, deg C.
    pub outdoor_c: f64,
    /// That set point, deg C.
    pub room_c: f64,
    /// How much of a change outside is felt inside, share.
    pub follow: f64,
    /// The room is never cooler, deg C.
    pub room_c_min: f64,
    /// The room is never warmer, deg C.
    pub room_c_max: f64,
}

impl Default for RoomMap {
    fn default() -> Self {
        Self {
            outdoor_c: 15.0,
            room_c: 24.0,
            follow: 0.25,
            room_c_min: 18.0,
            room_c_max: 32.0,
        }
    }
}

impl RoomMap {
    /// Room temperature, deg C, at an outdoor dry bulb, deg C.
    #[must_use]
    pub fn room_c(&self, dry_bulb_c: f64) -> f64 {
        let wished_c = self.room_c + self.follow * (dry_bulb_c - self.outdoor_c);
        // Not `clamp`: limits the wrong way round must bend the curve, not end the run.
        wished_c.max(self.room_c_min).min(self.room_c_max)
    }
}

/// Opens `path` and hands it with its name to one of the loaders below.
///
/// # Errors
/// When the file cannot be opened, and whatever the loader finds.
pub fn open<T>(
    path: &Path,
    load: impl FnOnce(BufReader<File>, &str) -> Result<T, TraceError>,
) -> Result<T, TraceError> {
    let file = path.display().to_string();
    match File::open(path) {
        Ok(opened) => load(BufReader::new(opened), &file),
        Err(source) => Err(TraceError::Open { file, source }),
    }
}

/// Heat of the hosts, W, from a cluster's mean processor load: columns `timestamp`, `value` in % (as in the
/// Numenta Anomaly Benchmark). Time counts from the first row.
///
/// # Errors
/// When the file is not of that form.
pub fn cluster_load(reader: impl Read, file: &str, map: &PowerMap) -> Result<Profile, TraceError> {
    Ok(stamped(reader, file, "value")?.map(|percent| map.power_w(percent)))
}

/// Heat, W, of as many servers as `servers` says, each like the recorded one: columns `timestamp` and `powerave`
/// in W (as in the BioHPC statistics). Time counts from the first row.
///
/// # Errors
/// When the file is not of that form.
pub fn server_power(reader: impl Read, file: &str, servers: f64) -> Result<Profile, TraceError> {
    Ok(stamped(reader, file, "powerave")?.map(|power_w| servers * power_w))
}

/// Temperature of the room, deg C, from a typical year's hourly `dry_bulb_c` (TMY3). Rows are hours from the
/// year's first, whatever their date says: the months of such a year come from different years. The year repeats.
///
/// # Errors
/// When the file is not of that form.
pub fn weather_room(reader: impl Read, file: &str, map: &RoomMap) -> Result<Profile, TraceError> {
    let mut points: Vec<(f64, f64)> = Vec::new();
    let mut hour_s = 0.0;
    each_row(reader, file, ["dry_bulb_c"], |line, [text]| {
        points.push((hour_s, number(file, line, "dry_bulb_c", text)?));
        hour_s += 3_600.0;
        Ok(())
    })?;
    // The year closes on its own beginning, so that its repetition has no seam.
    if let Some((_, first_c)) = points.first().copied() {
        points.push((hour_s, first_c));
    }
    let year = Profile::points(points, Between::Lines).and_then(|year| year.repeating(0.0));
    Ok(year
        .map_err(|source| named(file, source))?
        .map(|dry_bulb_c| map.room_c(dry_bulb_c)))
}

/// Temperature of a room, deg C, from an hourly record in degrees Fahrenheit: columns `timestamp`, `value` (as the
/// Numenta Anomaly Benchmark's office). Time counts from the first row.
///
/// # Errors
/// When the file is not of that form.
pub fn office_room(reader: impl Read, file: &str) -> Result<Profile, TraceError> {
    let fahrenheit = stamped(reader, file, "value")?;
    Ok(fahrenheit.map(|fahrenheit| (fahrenheit - 32.0) / 1.8))
}

/// Heat a fire releases, W, from a cabinet test: columns `Time` in s and `HRR (NG)` in kW, units in the second
/// line (as in the NIST/NRC cabinet tests). The gas supply's rate, not the calorimeter's: the hood sees it later.
///
/// # Errors
/// When the file is not of that form.
pub fn fire_heat(reader: impl Read, file: &str) -> Result<Profile, TraceError> {
    let mut points = Vec::new();
    each_row(reader, file, ["Time", "HRR (NG)"], |line, [time, heat]| {
        if line == 2 && time == "s" {
            return Ok(());
        }
        let (t_s, heat_kw) = (
            number(file, line, "Time", time)?,
            number(file, line, "HRR (NG)", heat)?,
        );
        later(&mut points, file, line, (t_s, 1_000.0 * heat_kw.max(0.0)))
    })?;
    Profile::points(points, Between::Lines).map_err(|source| named(file, source))
}

/// Gas temperatures and heat of a cabinet test: columns `Time` in s, `HRR (NG)` in kW and `STC-1` to `STC-6` in
/// deg C, units in the second line (as in the NIST/NRC cabinet tests).
///
/// # Errors
/// When the file is not of that form.
pub fn cabinet_fire(reader: impl Read, file: &str) -> Result<CabinetFire, TraceError> {
    const COLUMNS: [&str; 8] = [
        "Time", "HRR (NG)", "STC-1", "STC-2", "STC-3", "STC-4", "STC-5", "STC-6",
    ];
    let mut rows: Vec<(f64, Gas)> = Vec::new();
    each_row(reader, file, COLUMNS, |line, texts| {
        if line == 2 && texts[0] == "s" {
            return Ok(());
        }
        let mut row = [0.0; 8];
        for ((figure, column), text) in row.iter_mut().zip(COLUMNS).zip(texts) {
            *figure = number(file, line, column, text)?;
        }
        let [t_s, heat_kw, column_c @ ..] = row;
        if rows.last().is_some_and(|(before_s, _)| t_s <= *before_s) {
            return Err(TraceError::Order {
                file: file.to_owned(),
                line,
            });
        }
        rows.push((
            t_s,
            Gas {
                column_c,
                heat_w: 1_000.0 * heat_kw.max(0.0),
            },
        ));
        Ok(())
    })?;
    CabinetFire::new(rows).map_err(|source| named(file, source))
}

fn stamped(reader: impl Read, file: &str, column: &str) -> Result<Profile, TraceError> {
    let (mut points, mut begin_s) = (Vec::new(), None);
    each_row(reader, file, ["timestamp", column], |line, [stamp, text]| {
        let at_s = stamp_s(stamp).ok_or_else(|| TraceError::Time {
            file: file.to_owned(),
            line,
            text: stamp.to_owned(),
        })?;
        let t_s = at_s - *begin_s.get_or_insert(at_s);
        later(&mut points, file, line, (t_s, number(file, line, column, text)?))
    })?;
    Profile::points(points, Between::Lines).map_err(|source| named(file, source))
}

/// Calls `take` with the line number and the named fields of every row.
fn each_row<const N: usize>(
    reader: impl Read,
    file: &str,
    columns: [&str; N],
    mut take: impl FnMut(u64, [&str; N]) -> Result<(), TraceError>,
) -> Result<(), TraceError> {
    let broken = |line, source| TraceError::Csv {
        file: file.to_owned(),
        line,
        source,
    };
    let mut rows = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(reader);
    let header = rows.headers().map_err(|source| broken(1, source))?.clone();
    let mut places = [0; N];
    for (place, column) in places.iter_mut().zip(columns) {
        let found = header
            .iter()
            .position(|name| name.trim_start_matches('\u{feff}') == column);
        *place = found.ok_or_else(|| TraceError::Column {
            file: file.to_owned(),
            column: column.to_owned(),
        })?;
    }
    let mut record = csv::StringRecord::new();
    let mut count = 0_usize;
    loop {
        let line = rows.position().line();
        if !rows
            .read_record(&mut record)
            .map_err(|source| broken(line, source))?
        {
            return Ok(());
        }
        let line = record.position().map_or(line, csv::Position::line);
        count += 1;
        if count > ROWS_MAX {
            return Err(TraceError::TooLong {
                file: file.to_owned(),
                line,
            });
        }
        take(line, places.map(|place| record.get(place).unwrap_or_default()))?;
    }
}

fn later(points: &mut Vec<(f64, f64)>, file: &str, line: u64, point: (f64, f64)) -> Result<(), TraceError> {
    if points.last().is_some_and(|(before_s, _)| point.0 <= *before_s) {
        return Err(TraceError::Order {
            file: file.to_owned(),
            line,
        });
    }
    points.push(point);
    Ok(())
}

fn number(file: &str, line: u64, column: &str, text: &str) -> Result<f64, TraceError> {
    text.parse::<f64>()
        .ok()
        .filter(|value| value.is_finite())
        .ok_or_else(|| TraceError::Value {
            file: file.to_owned(),
            line,
            column: column.to_owned(),
            text: text.to_owned(),
        })
}

fn named(file: &str, source: ProfileError) -> TraceError {
    TraceError::Profile {
        file: file.to_owned(),
        source,
    }
}

/// Seconds since an arbitrary fixed day of a `YYYY-MM-DD HH:MM:SS` with or without a fraction.
fn stamp_s(text: &str) -> Option<f64> {
    let (date, time) = text.split_once([' ', 'T'])?;
    let mut date = date.splitn(3, '-').map(|part| part.parse::<u32>().ok());
    let (year, month, day) = (date.next()??, date.next()??, date.next()??);
    let mut time = time.splitn(3, ':');
    let hour = time.next()?.parse::<u32>().ok().filter(|hour| *hour < 24)?;
    let minute = time.next()?.parse::<u32>().ok().filter(|minute| *minute < 60)?;
    let second = time
        .next()?
        .parse::<f64>()
        .ok()
        .filter(|second| (0.0..61.0).contains(second))?;
    let days = day_number(year, month, day)?;
    Some(f64::from(days) * 86_400.0 + f64::from(hour * 3_600 + minute * 60) + second)
}

/// Days since the begin of the year 1600, in the Gregorian calendar.
fn day_number(year: u32, month: u32, day: u32) -> Option<u32> {
    if !(1_600..10_000).contains(&year) {
        return None;
    }
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let lengths = [
        31,
        if leap { 29 } else { 28 },
        31,
        30,
        31,
        30,
        31,
        31,
        30,
        31,
        30,
        31,
    ];
    let index = usize::try_from(month.checked_sub(1)?).ok()?;
    if day == 0 || day > *lengths.get(index)? {
        return None;
    }
    let past = year - 1_600;
    // Leap years among the past ones; 1600 itself was one, and counts once it is past.
    let leaps = past.div_ceil(4) - past.div_ceil(100) + past.div_ceil(400);
    Some(past * 365 + leaps + lengths.iter().take(index).sum::<u32>() + day - 1)
}

#[cfg(test)]
#[path = "trace_file_tests.rs"]
mod tests;
