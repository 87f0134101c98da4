//! From bytes to trusted readings: chip drivers, and the plausibility that decides what is believed.
//!
//! A driver turns bus transfers into [`driver::Raw`] bytes and raw bytes into a sample; plausibility, voting and
//! the contact logic turn samples into readings. Nothing here reads a clock, a file or an environment variable,
//! and nothing allocates.
#![no_std]

#[cfg(test)]
extern crate std;

pub mod ads1115;
pub mod contact;
pub mod crc;
pub mod device;
pub mod dew;
pub mod driver;
pub mod ds18b20;
pub mod emc2305;
pub mod estimate;
pub mod hot;
pub mod ina226;
pub mod ina228;
pub mod kernel_value;
pub mod loops;
pub mod mcp23017;
pub mod ntc;
pub mod plausible;
pub mod relay_board;
pub mod rtu;
pub mod sdm630;
pub mod sdp8xx;
pub mod sht4x;
pub mod tca9548a;
pub mod tmp117;
pub mod worst;

#[cfg(test)]
mod mock;
