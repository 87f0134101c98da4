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
    command: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
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
    /// Acts on an emulated rack that is served, and says what is really so.
    Act {
        /// Its socket; `demo` prints it.
        #[arg(long)]
        socket: std::path::PathBuf,
        /// Acts as JSON, one after the other: '{"door":{"open":true}}', '{"smoke":{"channel":"left","level":"alarm"}}'.
        act: Vec<String>,
    },
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
        Verb::Run { scenario, seed, json } => builtin::run(&scenario, seed, json),
        Verb::Serve(arguments) => match crate::demo::rig(&arguments) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                crate::cli::complain(&error.to_string());
                ExitCode::FAILURE
            }
        },
        Verb::Act { socket, act } => match act_on(&socket, &act) {
            Ok(report) => crate::cli::print(&report),
            Err(error) => {
                crate::cli::complain(&error);
                ExitCode::FAILURE
            }
        },
        Verb::Speed { seconds, tick_ms } => builtin::speed(seconds, tick_ms),
    }
}

/// Sends acts to a served rack and asks for its report.
fn act_on(socket: &std::path::Path, acts: &[String]) -> Result<String, String> {
    use hil_rig::wire::{Hello, Reply, Request, Role, VERSION, Welcome, receive, send};
    let parse = |text: &String| {
        serde_json::from_str(text)
            .map(Request::Act)
            .map_err(|error| format!("`{text}` is no act: {error}"))
    };
    let mut requests = acts.iter().map(parse).collect::<Result<Vec<Request>, String>>()?;
    requests.push(Request::Report);
    let lost = |error: std::io::Error| format!("{}: {error}", socket.display());
    let mut stream = std::os::unix::net::UnixStream::connect(socket).map_err(lost)?;
    send(
        &mut stream,
        &Hello {
            version: VERSION,
            role: Role::Control,
        },
    )
    .map_err(lost)?;
    if let Welcome::Refused(why) = receive(&mut stream).map_err(lost)? {
        return Err(why);
    }
    let mut told = String::new();
    for request in requests {
        send(&mut stream, &request).map_err(lost)?;
        if let Reply::Report(report) = receive(&mut stream).map_err(lost)? {
            told = format!("{}\n", serde_json::json!(report));
        }
    }
    Ok(told)
}
