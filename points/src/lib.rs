//! The words of the rack controller: no I/O, no clock, nothing of ours below it.
//!
//! A row of a table here is the only place where a point, setting, alarm, interlock or command is
//! declared; registers, web labels, metrics, the manual and the tests are walks over these tables.
#![no_std]

#[cfg(test)]
extern crate std;

pub mod alarm;
pub mod command;
mod date;
pub mod fixed;
pub mod hazard;
pub mod host;
pub mod input;
pub mod interlock;
pub mod point;
pub mod quantity;
pub mod reading;
mod refusal;
pub mod setting;
pub mod snapshot;
pub mod state;
pub mod text;
pub mod time;
pub mod unit;

pub use date::Date;
pub use quantity::{
    Ampere, Celsius, Count, CubicMetrePerSecond, Day, Hertz, Hour, Kelvin, Kilojoule, KilowattHour, Kind,
    Pascal, Percent, Quantity, Ratio, Rpm, Second, Volt, Watt,
};
pub use reading::{Absent, Quality, Reading};
pub use snapshot::Snapshot;
pub use state::{
    Blower, BlowerState, CommissioningResult, CommissioningState, DrillResult, DrillState, ExtinguisherState,
    Flag, HostState, LoopState, OutletState, ParityFinding, Regime, SelfTestResult, SelfTestState,
    SelfTestWait, ShutdownMode, ShutdownStage, StageReason,
};
pub use text::Text;
pub use time::{Moment, Span};
