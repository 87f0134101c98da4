//! `hil-rig exec`: a controller, or any program, on the emulated rack by the paths of a real computer.

use std::path::Path;
use std::process::{Child, Command, ExitCode};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use hil_rig::exec::Board;
use hil_rig::rack::{Rack, RackConfig};
use hil_rig::server::Server;
use rustix::process::Signal;

use super::rig_stand::{self, Program, Way};
use super::{pace, runner, verbs};

/// Between two looks at a program's end, or at the watchdog's.
const LOOK: Duration = Duration::from_millis(50);

/// Arguments of `exec`.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Names of the library or files. Without one, the program behind `--` runs on a healthy rack and its exit status is
    /// the verdict.
    #[arg(required_unless_present = "command")]
    scenario: Vec<String>,
    /// Seed of every random stream; each scenario's own when absent.
    #[arg(long)]
    seed: Option<u64>,
    /// Verdicts as JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    reported: verbs::Reported,
    /// The program with its arguments; the shipped controller when absent. `{config}` and `{data}` stand for the run's
    /// configuration file and data directory. Beside a scenario it must print the ready line of the shipped one.
    #[arg(last = true)]
    command: Vec<String>,
}

/// Runs scenarios, or a program alone.
pub(super) fn main(arguments: Arguments) -> ExitCode {
    if !arguments.json {
        crate::cli::complain(&format!(
            "emulated devices, system calls of {}, real time",
            std::env::consts::ARCH
        ));
    }
    if arguments.scenario.is_empty() {
        return match alone(&arguments.command, arguments.seed) {
            Ok(code) => code,
            Err(error) => {
                crate::cli::complain(&error);
                ExitCode::FAILURE
            }
        };
    }
    let program = if arguments.command.is_empty() {
        Program::Shipped
    } else {
        Program::Own(arguments.command)
    };
    verbs::run(
        &arguments.scenario,
        arguments.seed,
        (runner::Over::Exec(program), pace::Pace::Max),
        arguments.json,
        &verbs::Kept::reported(arguments.reported),
    )
}

/// Runs a program on a healthy rack; its exit status is the answer. Its rack can be acted on: the socket is told.
fn alone(words: &[String], seed: Option<u64>) -> Result<ExitCode, String> {
    let directory = tempfile::Builder::new()
        .prefix("hil-rig-")
        .tempdir()
        .map_err(|error| format!("a directory for the run: {error}"))?;
    // A controller's front is another user; what it may read is its own directory below.
    let passable = std::os::unix::fs::PermissionsExt::from_mode(0o711);
    std::fs::set_permissions(directory.path(), passable)
        .map_err(|error| format!("a directory for the run: {error}"))?;
    let socket = directory.path().join("rig.sock");
    let rack = Rack::new(RackConfig {
        seed: seed.unwrap_or(RackConfig::default().seed),
        ..RackConfig::default()
    });
    let server = Server::bind(rack, &socket, 1.0).map_err(|error| format!("the rack's socket: {error}"))?;
    let rig = server.rig();
    let board = Board::new(rig.clone()).map_err(|error| error.to_string())?;
    crate::cli::complain(&format!("acts: hil-rig act --socket {}", socket.display()));
    let served = std::thread::spawn(move || server.run());
    let command = command(words, directory.path())?;
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [signal_hook::consts::SIGTERM, signal_hook::consts::SIGINT] {
        signal_hook::flag::register(signal, Arc::clone(&stop)).map_err(|error| error.to_string())?;
    }
    let ended = board
        .spawn(command)
        .map_err(|error| error.to_string())
        .and_then(|child| wait(child, &board, &stop));
    rig.stop();
    let _ = served.join();
    ended
}

/// Waits for a program's end: its devices outlive it, so that it can end in good order when this one is told to.
fn wait(mut child: Child, board: &Board, stop: &AtomicBool) -> Result<ExitCode, String> {
    loop {
        if let Some(status) = child.try_wait().map_err(|error| error.to_string())? {
            let code = status.code().and_then(|code| u8::try_from(code).ok());
            return Ok(code.map_or(ExitCode::FAILURE, ExitCode::from));
        }
        if stop.swap(false, Ordering::Relaxed) {
            rig_stand::signal_to(child.id(), Signal::TERM);
        }
        if board.wait_for_reset(LOOK) {
            let _ = child.kill();
            let _ = child.wait();
            return Err("the watchdog was not stroked in time: the machine resets".to_owned());
        }
    }
}

/// The program with its arguments; what it may need of a run is made where it asks for it.
fn command(words: &[String], directory: &Path) -> Result<Command, String> {
    let (config, data) = (directory.join("rack.toml"), directory.join("data"));
    let asks = |for_what: &str| words.iter().any(|word| word.contains(for_what));
    if asks("{config}") {
        let site = rig_stand::site(crate::config::builtin(), &Way::Exec(Program::Shipped));
        let written = std::fs::write(&config, crate::config::commented(&site));
        written.map_err(|error| format!("{}: {error}", config.display()))?;
    }
    if asks("{data}") {
        let made = crate::core::store::commission(&data, crate::core::clock::today(0));
        made.map_err(|error| error.to_string())?;
    }
    rig_stand::own(words, &config, &data).map_err(|error| error.to_string())
}
