//! `hil-rig`: runs the controller against the emulated rack in process, in virtual time.

use std::process::ExitCode;

use clap::{Parser, Subcommand};

mod builtin;

pub use builtin::{Check, Run, all};

/// The rig's command line.
#[derive(Debug, Parser)]
#[command(name = "hil-rig", version, about = "The emulated rack: scenarios, server")]
struct Cli {
    #[command(subcommand)]
    command: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// Runs built-in scenarios in process; the exit status is the verdict.
    Run {
        /// Names; all when none is given.
        scenario: Vec<String>,
        /// Seed of the emulated rack.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Verdicts as JSON.
        #[arg(long)]
        json: bool,
    },
    /// The emulated rack on a socket.
    Serve(crate::demo::RigArguments),
    /// Simulated seconds per second of plant, chips, drivers and tick together.
    Speed {
        /// Simulated seconds.
        #[arg(long, default_value_t = 200_000.0)]
        seconds: f64,
        /// Tick in milliseconds.
        #[arg(long, default_value_t = 100)]
        tick_ms: u64,
    },
}

/// Runs the rig's command line.
pub fn main() -> ExitCode {
    match Cli::parse().command {
        Act::Run { scenario, seed, json } => builtin::run(&scenario, seed, json),
        Act::Serve(arguments) => match crate::demo::rig(&arguments) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                crate::cli::complain(&error.to_string());
                ExitCode::FAILURE
            }
        },
        Act::Speed { seconds, tick_ms } => builtin::speed(seconds, tick_ms),
    }
}
