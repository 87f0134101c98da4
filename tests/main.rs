//! Whole-system tests: the shipped binaries, the emulated rack, real signals, real sockets.
//!
//! One binary, one module per promise. Every test has its own directory, sockets and ports, so that all of them run
//! at the same time. What a figure may be is the product's promise, never a measured value with some slack; measured
//! values are printed (`--nocapture` shows them).

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test states what must hold by panicking, and tells what it measured"
)]

mod support;

mod agent;
mod arrows;
mod balance;
mod bus_stuck;
mod campaign;
mod configuration;
mod control;
mod core_death;
mod database;
mod drill;
mod evidence;
mod exec;
mod faults;
mod filter_life;
mod fire_stop;
mod fitted;
mod foresight;
mod front_death;
mod guest;
mod hazards;
mod history;
mod host_down;
mod hosts;
mod kills;
mod metrics;
mod modbus;
mod nut;
mod nut_hosts;
mod nut_limits;
mod nut_stock;
mod nut_tiers;
mod nut_tls;
mod outlets;
mod outlets_tls;
mod over_rig;
mod pairs;
mod parity;
mod persons;
mod printing;
mod rehearsal;
mod reset;
mod rig_page;
mod scenarios;
mod self_test;
mod show;
mod simulated;
mod stage_ordeals;
mod stages;
mod start;
mod two_blowers;
