//! The optima that are kept: a table in a text file, one course a line, each with a digest of what it depends on.

use super::{Optimum, OptimumError, least};
use crate::bench::{Course, LIMITS, START_SPEED};
use crate::plant::PlantConfig;

/// The table, compiled in.
const TABLE: &str = include_str!("../optima.txt");
/// First lines of the table.
const HEAD: &str = "\
# The least energy of each course, by bench/optimum. Made by `hil-rig bench --optimum`.
# Energies in kWh; starts and mesh in parts per million of E*; driven is the plant with a prompt blower, as-is the whole
# plant with slew, lag and buffeting; peaks of exhaust and chips in deg C.
# course            digest            E*         bound      starts  mesh    driven     exhaust chips  as-is      exhaust chips
";
/// Time between two samples of a course that its digest takes in, s.
const SAMPLE_S: f64 = 10.0;
/// Samples count in steps of this: what rounds differently elsewhere is the same course.
const QUANTUM: f64 = 1e-5;
const FNV_BASIS: u64 = 0xcbf2_9ce4_8422_2325;
const FNV_PRIME: u64 = 0x0100_0000_01b3;
const PPM: f64 = 1e6;

/// A line of the table.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The course.
    pub course: String,
    /// What it was computed from: see [`digest`].
    pub digest: u64,
    /// The rest in the order of the table's columns.
    figures: [f64; 10],
}

impl Row {
    /// The line of an optimum.
    #[must_use]
    pub fn of(course: &Course, config: &PlantConfig, optimum: &Optimum) -> Self {
        let (driven, as_is) = (&optimum.driven, &optimum.as_it_is);
        Self {
            course: course.name.clone(),
            digest: digest(course, config),
            figures: [
                optimum.energy_kwh,
                optimum.bound_kwh,
                PPM * optimum.starts_share,
                PPM * optimum.mesh_share,
                driven.energy_kwh,
                driven.exhaust_c,
                driven.chips_c,
                as_is.energy_kwh,
                as_is.exhaust_c,
                as_is.chips_c,
            ],
        }
    }

    /// E*, kWh.
    #[must_use]
    pub fn energy_kwh(&self) -> f64 {
        self.figures[0]
    }

    /// What nobody falls below, kWh.
    #[must_use]
    pub fn bound_kwh(&self) -> f64 {
        self.figures[1]
    }

    fn read(line: &str) -> Option<Self> {
        let mut words = line.split_whitespace();
        let course = words.next()?.to_owned();
        let digest = u64::from_str_radix(words.next()?, 16).ok()?;
        let mut figures = [0.0; 10];
        for figure in &mut figures {
            *figure = words.next()?.parse().ok()?;
        }
        words.next().is_none().then_some(Self {
            course,
            digest,
            figures,
        })
    }
}

impl std::fmt::Display for Row {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [
            energy,
            bound,
            starts,
            mesh,
            driven,
            air,
            chips,
            as_is,
            air_is,
            chips_is,
        ] = self.figures;
        write!(
            f,
            "{:<19} {:016x}  {energy:<10.6} {bound:<10.6} {starts:<7.0} {mesh:<7.0} {driven:<10.6} {air:<7.2} \
             {chips:<6.2} {as_is:<10.6} {air_is:<7.2} {chips_is:.2}",
            self.course, self.digest
        )
    }
}

/// The kept E* of a course, kWh, on the rack as it is built by default. None where the course, the rack, the limits or
/// the start are not those it was computed for: compute it anew.
#[must_use]
pub fn optimum_of(course: &Course) -> Option<f64> {
    let digest = digest(course, &PlantConfig::default());
    rows(TABLE)
        .find(|row| row.course == course.name && row.digest == digest)
        .map(|row| row.energy_kwh())
}

fn rows(table: &str) -> impl Iterator<Item = Row> {
    table
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(Row::read)
}

/// The optima of these courses, computed anew: seconds to a minute each.
///
/// # Errors
/// At the first course whose optimum does not count.
pub fn recompute(courses: &[Course], config: &PlantConfig) -> Result<Vec<Row>, OptimumError> {
    courses
        .iter()
        .map(|course| least(course, config).map(|optimum| Row::of(course, config, &optimum)))
        .collect()
}

/// The table's text.
#[must_use]
pub fn table(rows: &[Row]) -> String {
    let lines = rows.iter().map(|row| format!("{row}\n"));
    std::iter::once(HEAD.to_owned()).chain(lines).collect()
}

/// What an optimum depends on, in one number: load, room and filters of the course, the rack, the limits, the start.
/// FNV-1a over samples and over the rack's description.
#[must_use]
pub fn digest(course: &Course, config: &PlantConfig) -> u64 {
    let mut sum = FNV_BASIS;
    let mut take = |bytes: &[u8]| {
        for byte in bytes {
            sum = (sum ^ u64::from(*byte)).wrapping_mul(FNV_PRIME);
        }
    };
    let quantised = |value: f64| (value / QUANTUM).round().to_bits().to_le_bytes();
    take(&quantised(course.length_s));
    take(&quantised(course.resistance));
    let mut t_s = 0.0;
    while t_s < course.length_s {
        take(&quantised(course.load.at(t_s)));
        take(&quantised(course.room.at(t_s)));
        t_s += SAMPLE_S;
    }
    take(
        format!(
            "{config:?} {:?} {:?} {START_SPEED:?}",
            LIMITS.exhaust_c, LIMITS.chips_c
        )
        .as_bytes(),
    );
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::courses;

    #[test]
    fn the_table_has_every_course_once_and_is_as_it_is_written() {
        let kept: Vec<Row> = rows(TABLE).collect();
        assert_eq!(table(&kept), TABLE, "made by hand, or a line is damaged");
        for course in courses(None).expect("made") {
            let energy_kwh = optimum_of(&course);
            assert!(
                energy_kwh.is_some_and(|kwh| kwh > 0.1),
                "{} is not kept: run `cargo run --release -p hil-rig --example optimum > hil-rig/src/bench/optima.txt`",
                course.name
            );
        }
        for recorded in ["day", "day-clogged"] {
            assert_eq!(kept.iter().filter(|row| row.course == recorded).count(), 1);
        }
    }

    #[test]
    fn every_kept_optimum_is_above_its_bound_and_counts() {
        for row in rows(TABLE) {
            let share = row.bound_kwh() / row.energy_kwh();
            assert!(share > 0.6 && share < 1.0, "{row}");
            let [_, _, starts, mesh, ..] = row.figures;
            assert!(starts.max(mesh) <= PPM * super::super::AGREE_SHARE, "{row}");
        }
    }

    #[test]
    fn a_course_that_has_changed_is_refused() {
        let mut course = courses(None).expect("made").swap_remove(0);
        assert!(optimum_of(&course).is_some());
        course.resistance = 1.1;
        assert_eq!(optimum_of(&course), None);
        course.resistance = 1.0;
        course.load = course.load.map(|load_w| load_w + 0.01);
        assert_eq!(optimum_of(&course), None);
    }

    #[test]
    fn the_digest_sees_the_rack_and_not_the_name() {
        let mut course = courses(None).expect("made").swap_remove(0);
        let mut config = PlantConfig::default();
        let before = digest(&course, &config);
        course.name = "another".to_owned();
        assert_eq!(digest(&course, &config), before);
        config.heat.chips_j_k += 1.0;
        assert_ne!(digest(&course, &config), before);
    }

    #[test]
    fn a_damaged_line_is_no_row() {
        for line in [
            "",
            "steps",
            "steps 12 0.3",
            "steps zz 1 2 3 4 5 6 7 8 9 10",
            "s 1 1 2 3 4 5 6 7 8 9 10 11",
        ] {
            assert_eq!(Row::read(line), None, "{line}");
        }
    }
}
