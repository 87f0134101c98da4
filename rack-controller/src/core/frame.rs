//! What a tick sees: raw bytes and their age for each device, levels of the lines, the state of the front.
//!
//! This is the seam at which a run is recorded and replayed; nothing behind it knows whether the rack is real.

use points::host::{OutletOrder, Seen};
use points::{Absent, Blower, Date, Moment, Percent};
use sensors::driver::Raw;

use super::publication::Progress;

/// The last that came from one device.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DeviceFrame {
    /// The bytes, or why there are none.
    pub result: Result<Raw, Absent>,
    /// When they were fetched or the attempt failed.
    pub at: Moment,
    /// Counts fetches and failures; a tick decodes a frame once.
    pub count: u32,
}

impl DeviceFrame {
    /// Nothing yet.
    pub const STARTING: DeviceFrame = DeviceFrame {
        result: Err(Absent::Starting),
        at: Moment::ZERO,
        count: 0,
    };
}

/// The process beside the core, and how the core itself is doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Health {
    /// The front answers.
    pub front_alive: bool,
    /// Times it was started anew.
    pub front_restarts: u32,
    /// Latest a tick began after its deadline in the last minute, s.
    pub lateness_s: f64,
    /// Lateness that 99 of 100 ticks of the last half minute stayed below, s.
    pub lateness_p99_s: f64,
    /// Ticks more than 100 ms late since start.
    pub late_ticks: u32,
    /// Transitions lost since start.
    pub transitions_lost: u64,
    /// Real-time scheduling and locked memory were granted.
    pub realtime: bool,
    /// Starts of the core on this data directory.
    pub boots: u32,
    /// The last run ended without saying so.
    pub watchdog_acted: bool,
    /// A latch record waits for a disk that does not take it.
    pub latch_not_written: bool,
    /// The configuration in force is the last good one, not the file.
    pub fallback: bool,
    /// The front writes history.
    pub history: bool,
    /// The hosts' shutdown on its way over the network.
    pub publication: Progress,
    /// The day by the wall clock; none where that is not set. How far it is believed is not decided here.
    pub wall: Option<Date>,
    /// Minute of that day (UTC).
    pub wall_minute: u16,
}

impl Health {
    /// Takes the wall clock in: day and minute of it.
    pub fn set_wall(&mut self, wall: Option<(Date, u16)>) {
        self.wall = wall.map(|(day, _)| day);
        self.wall_minute = wall.map_or(0, |(_, minute)| minute);
    }
}

/// Everything a tick sees.
#[derive(Clone, Debug)]
pub struct Frame {
    /// Devices in the order of the site.
    pub devices: Vec<DeviceFrame>,
    /// Levels of the input lines, one bit each in the order of the site.
    pub lines: Result<u64, Absent>,
    /// The rest.
    pub health: Health,
    /// What the front has seen of the hosts.
    pub hosts: Seen,
}

impl Frame {
    /// Nothing seen yet.
    pub fn starting(devices: usize) -> Self {
        Frame {
            devices: vec![DeviceFrame::STARTING; devices],
            lines: Err(Absent::Starting),
            health: Health::default(),
            hosts: Seen::NOTHING,
        }
    }
}

/// What the tick orders from the bus threads.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Orders {
    /// When the last complete tick gave them. Old orders silence the fan chip, so that its watchdog acts.
    pub at: Moment,
    /// Drive of each blower, A and B; what is there for one that the site does not have, nobody takes.
    pub drives: [Percent; 2],
    /// The fan chip's own watchdog may demand full speed. Not while a fire stop has no contact to rely on (D3).
    pub watchdog: bool,
    /// What switched outlets are asked.
    pub outlets: OutletOrder,
}

impl Orders {
    /// The orders that follow from outputs.
    pub fn new(at: Moment, outputs: &safety::Outputs, contact_fitted: bool) -> Self {
        Orders {
            at,
            drives: Blower::BOTH.map(|blower| outputs.drive_of(blower)),
            watchdog: contact_fitted || !outputs.contact_open(),
            outlets: OutletOrder::NONE,
        }
    }

    /// The same, and this for switched outlets.
    #[must_use]
    pub fn with_outlets(mut self, outlets: OutletOrder) -> Self {
        self.outlets = outlets;
        self
    }
}
