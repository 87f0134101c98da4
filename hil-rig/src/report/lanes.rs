//! What is plotted: one lane for each quantity, in the order in which they stand, one under the other.
//!
//! A lane has at most three traces: what the controller measured, what it commanded, and what was really so. They are told
//! apart by their line, not by a colour.

use points::interlock::Effect;
use points::point::{blower, derived, flow, power, shutdown, temperature};
use points::setting::{self, Setting, Settings};
use points::{Celsius, Quantity, Snapshot, point::Tag};

use crate::rack::Report;

/// Where a trace's numbers come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trace {
    /// The controller's reading.
    Measured,
    /// The controller's command.
    Commanded,
    /// The rack's truth.
    Truth,
}

impl Trace {
    /// In words.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Trace::Measured => "measured",
            Trace::Commanded => "commanded",
            Trace::Truth => "truth",
        }
    }
}

/// How a number is taken from a look; none where there is none.
pub type Take = fn(&Snapshot, &Report) -> Option<f64>;

/// A limit drawn into a lane.
#[derive(Clone, Copy, Debug)]
pub struct Limit {
    /// Its word.
    pub name: &'static str,
    /// The set point.
    pub setting: Setting<Celsius>,
}

/// One lane.
#[derive(Clone, Copy, Debug)]
pub struct Lane {
    /// Its title.
    pub title: &'static str,
    /// Its unit.
    pub unit: &'static str,
    /// Least height of its scale, in its unit: calm looks calm.
    pub least: f64,
    /// Decimals of its figures.
    pub decimals: usize,
    /// Its traces.
    pub traces: &'static [(Trace, Take)],
    /// Limits of the controller that are drawn where they lie in the scale.
    pub limits: &'static [Limit],
    /// It is left out where it stays at zero.
    pub rare: bool,
}

fn read<Q: Quantity>(picture: &Snapshot, tag: Tag<Q>) -> Option<f64> {
    picture.get(tag).number()
}

fn hottest(picture: &Snapshot) -> Option<f64> {
    let boards = temperature::BOARD.iter().filter_map(|board| read(picture, board));
    boards.reduce(f64::max)
}

const M3_H: f64 = 3_600.0;

/// Every lane.
pub const LANES: &[Lane] = &[
    Lane {
        title: "Exhaust air",
        unit: "°C",
        least: 10.0,
        decimals: 1,
        traces: &[
            (Trace::Measured, |p, _| read(p, temperature::EXHAUST_VOTED)),
            (Trace::Truth, |_, r| Some(r.exhaust_c)),
        ],
        limits: &[
            Limit {
                name: "warn",
                setting: setting::WARN,
            },
            Limit {
                name: "high",
                setting: setting::HIGH,
            },
            Limit {
                name: "trip",
                setting: setting::TRIP,
            },
            Limit {
                name: "damage",
                setting: setting::HARD,
            },
        ],
        rare: false,
    },
    Lane {
        title: "Hottest board, air",
        unit: "°C",
        least: 10.0,
        decimals: 1,
        traces: &[
            (Trace::Measured, |p, _| hottest(p)),
            (Trace::Truth, |_, r| {
                r.truth.boards_c.iter().copied().reduce(f64::max)
            }),
        ],
        limits: &[],
        rare: false,
    },
    Lane {
        title: "Chips with heat sinks",
        unit: "°C",
        least: 10.0,
        decimals: 1,
        traces: &[(Trace::Truth, |_, r| Some(r.chips_c))],
        limits: &[],
        rare: false,
    },
    Lane {
        title: "Air under the ceiling",
        unit: "°C",
        least: 10.0,
        decimals: 1,
        traces: &[
            (Trace::Measured, |p, _| read(p, temperature::CEILING)),
            (Trace::Truth, |_, r| Some(r.truth.ceiling_c)),
        ],
        limits: &[],
        rare: false,
    },
    Lane {
        title: "Room",
        unit: "°C",
        least: 4.0,
        decimals: 1,
        traces: &[
            (Trace::Measured, |p, _| read(p, temperature::ROOM)),
            (Trace::Truth, |_, r| Some(r.room_c)),
        ],
        limits: &[],
        rare: false,
    },
    Lane {
        title: "Rack draft",
        unit: "Pa",
        least: 4.0,
        decimals: 1,
        traces: &[
            (Trace::Measured, |p, _| read(p, flow::RACK_DRAFT)),
            (Trace::Truth, |_, r| Some(r.draft_pa)),
        ],
        limits: &[],
        rare: false,
    },
    Lane {
        title: "Suction chamber",
        unit: "Pa",
        least: 4.0,
        decimals: 1,
        traces: &[
            (Trace::Measured, |p, _| read(p, flow::SUCTION)),
            (Trace::Truth, |_, r| Some(r.truth.suction_chamber_pa)),
        ],
        limits: &[],
        rare: false,
    },
    Lane {
        title: "Left filter, drop",
        unit: "Pa",
        least: 4.0,
        decimals: 1,
        traces: &[
            (Trace::Measured, |p, _| read(p, flow::FILTER_DROP.at(0))),
            (Trace::Truth, |_, r| Some(r.truth.filter_left_pa)),
        ],
        limits: &[],
        rare: false,
    },
    Lane {
        title: "Right filter, drop",
        unit: "Pa",
        least: 4.0,
        decimals: 1,
        traces: &[
            (Trace::Measured, |p, _| read(p, flow::FILTER_DROP.at(1))),
            (Trace::Truth, |_, r| Some(r.truth.filter_right_pa)),
        ],
        limits: &[],
        rare: false,
    },
    Lane {
        title: "Air drawn out",
        unit: "m³/h",
        least: 100.0,
        decimals: 0,
        traces: &[
            (Trace::Measured, |p, _| {
                read(p, flow::EXTRACTED).map(|m3_s| M3_H * m3_s)
            }),
            (Trace::Truth, |_, r| Some(M3_H * r.extracted_m3_s)),
        ],
        limits: &[],
        rare: false,
    },
    Lane {
        title: "Blower speed",
        unit: "rpm",
        least: 200.0,
        decimals: 0,
        traces: &[
            (Trace::Measured, |p, _| read(p, blower::SPEED.at(0))),
            (Trace::Truth, |_, r| Some(r.rpm)),
        ],
        limits: &[],
        rare: false,
    },
    Lane {
        title: "Blower drive",
        unit: "%",
        least: 20.0,
        decimals: 0,
        traces: &[
            (Trace::Measured, |p, _| read(p, blower::DUTY.at(0))),
            (Trace::Commanded, |p, _| Some(p.fan.drive.get())),
            (Trace::Truth, |_, r| Some(100.0 * r.drive)),
        ],
        limits: &[],
        rare: false,
    },
    Lane {
        title: "Blower power",
        unit: "W",
        least: 50.0,
        decimals: 0,
        traces: &[
            (Trace::Measured, |p, _| read(p, blower::POWER.at(0))),
            (Trace::Truth, |_, r| Some(r.truth.blower_power_w)),
        ],
        limits: &[],
        rare: false,
    },
    Lane {
        title: "Power of the hosts",
        unit: "kW",
        least: 1.0,
        decimals: 2,
        traces: &[
            (Trace::Measured, |p, _| read(p, power::IT_POWER).map(|w| w / 1e3)),
            (Trace::Truth, |_, r| Some(r.it_power_w / 1e3)),
        ],
        limits: &[],
        rare: false,
    },
    Lane {
        title: "Power cap asked of the hosts",
        unit: "%",
        least: 100.0,
        decimals: 0,
        traces: &[(Trace::Commanded, |p, _| {
            read(p, derived::POWER_CAP).filter(|percent| *percent < 100.0)
        })],
        limits: &[],
        rare: true,
    },
    Lane {
        title: "Time to damage, and what the stages need",
        unit: "s",
        least: 60.0,
        decimals: 0,
        traces: &[
            (Trace::Measured, |p, _| read(p, shutdown::TIME_LEFT)),
            (Trace::Commanded, |p, _| {
                read(p, shutdown::LEAD).filter(|_| p.effects.has(Effect::HostDown))
            }),
        ],
        limits: &[],
        rare: true,
    },
    Lane {
        title: "Heat of fires",
        unit: "kW",
        least: 1.0,
        decimals: 1,
        traces: &[(Trace::Truth, |_, r| Some(r.fire_w / 1e3))],
        limits: &[],
        rare: true,
    },
    Lane {
        title: "Smoke at the detectors, modelled",
        unit: "%/m",
        least: 1.0,
        decimals: 1,
        traces: &[(Trace::Truth, |_, r| {
            r.hazards.smoke_percent_m.iter().copied().reduce(f64::max)
        })],
        limits: &[],
        rare: true,
    },
];

/// Traces of all lanes.
pub(super) const TRACES: usize = {
    let (mut sum, mut lane) = (0, 0);
    while lane < LANES.len() {
        sum += LANES[lane].traces.len();
        lane += 1;
    }
    sum
};

/// Place of a lane's first trace among all of them.
pub(super) fn first(lane: usize) -> usize {
    LANES.iter().take(lane).map(|lane| lane.traces.len()).sum()
}

/// The set points of a scenario's site: the defaults with the scenario's changes.
pub(super) fn settings(scenario: &crate::scenario::Scenario) -> Settings {
    let mut settings = Settings::default();
    for change in &scenario.site {
        match change {
            crate::scenario::SiteChange::Setting(name, value) => {
                // The parser has checked name and span.
                let _ = settings.set_named(name, *value);
            }
            crate::scenario::SiteChange::WithoutFanContact
            | crate::scenario::SiteChange::OneWireBoard
            | crate::scenario::SiteChange::SecondBlower => {}
        }
    }
    settings
}
