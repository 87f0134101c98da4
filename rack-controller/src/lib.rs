//! The rack controller: the one crate that opens anything.
//!
//! `tick` and what it calls are pure; `core` owns buses, pins, latches and the fan; `front` owns the network.

pub mod alarm_book;
pub mod bench;
pub(crate) mod blowers;
pub mod cli;
pub mod commissioning;
pub mod config;
pub mod control;
pub mod core;
mod date;
pub mod demo;
pub mod dictionary;
pub(crate) mod foresight;
pub mod front;
pub(crate) mod health;
pub mod hosts;
pub mod judge;
pub mod link;
pub mod listen;
pub mod log;
pub(crate) mod outlets;
mod parity;
mod proof;
pub mod rig_page;
pub mod scan;
pub mod scenario;
pub mod selftest;
pub(crate) mod shutdown;
pub mod site;
pub mod status;
pub mod tape;
pub mod tick;
pub mod transition;
