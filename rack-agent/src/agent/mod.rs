//! What runs on a host.
//!
//! ```text
//!  talk (TLS, gate) --order--> duty (pure) --acts--> cap (sysfs), hooks, bus (systemd, logind)
//!       <--ack, progress, hold-- duty <--what became of them--
//! ```
//! A rehearsal goes past duty to `rehearse`, which looks and does nothing. `duty` decides and is pure: time and what happened are arguments. Everything outside has a place in the agent's
//! configuration: sysfs, the bus, the hooks' folder, the state's folder, the command that stops the machine.

pub mod bus;
pub mod cap;
pub mod config;
pub mod disk;
pub mod duty;
pub mod enrol;
pub mod heat;
pub mod hooks;
pub mod notify;
pub mod power_off;
pub mod rehearse;
pub mod run;
pub mod talk;

use std::io::Write as _;

/// One line on standard error, where the service manager's journal takes it.
pub fn line(text: &str) {
    // A closed standard error is no reason to stop an agent.
    let _ = writeln!(std::io::stderr(), "rack-agent: {text}");
}
