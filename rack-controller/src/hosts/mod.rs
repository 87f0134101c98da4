//! The channels to the hosts, one file each: they bring about what the core has committed and say what they see.
//!
//! ```text
//!  core's order, picture --> told --> nut, agent, redfish, ... --> hosts
//!  core <-- link <-- sightings <----- what each channel sees of a target
//! ```
//! They live in the front's process and decide nothing: who goes down when is judged by the core (`safety`), from evidence
//! that it drops when it is old or of another incident.

pub mod agent;
pub mod bmc;
pub mod certificates;
mod client;
pub mod drill;
pub mod nut;
pub mod order;
pub mod outlets;
pub mod plan;
pub mod power;
pub mod probe;
mod redfish;
#[cfg(test)]
mod redfish_fake;
pub mod rehearsal;
pub mod sightings;
pub mod told;
pub mod webhook;
