//! How the controller is joined to the rack: over the rig's socket, or by the paths of a real computer that it opens.

use std::io;
use std::path::Path;
use std::process::{Child, Command};
use std::time::Duration;

use hil_rig::exec::{Board, PATHS, Place};
use hil_rig::rack::Rack;
use hil_rig::rack::wired::SERIAL_BAUD;
use hil_rig::scenario::StandError;
use hil_rig::server::{Rig, Server};
use points::Span;

use super::machine::Machine;
use crate::config::{BusKind, Config, on_header, with_real_buses};
use crate::listen::Listeners;

/// How the controller is joined to the rack.
#[derive(Clone, Debug, PartialEq)]
pub enum Way {
    /// Over the rig's socket, at so many virtual seconds per second, at most [`hil_rig::server::SPEED_MAX`].
    Socket(f64),
    /// By the paths of a real computer, under [`hil_rig::exec`], in real time.
    Exec(Program),
}

/// Which controller is run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Program {
    /// The one that ships, beside this program.
    #[default]
    Shipped,
    /// This program with its arguments, in which `{config}` and `{data}` stand for the run's configuration file and data
    /// directory. It says where it listens as the shipped one does.
    Own(Vec<String>),
}

impl Program {
    /// It keeps its journal where the run can read it.
    pub(super) fn keeps_journal(&self) -> bool {
        match self {
            Program::Shipped => true,
            Program::Own(words) => words.iter().any(|word| word.contains("{data}")),
        }
    }

    /// Its name in messages.
    pub(in crate::scenario) fn name(&self) -> &str {
        match self {
            Program::Shipped => "rack-controller",
            Program::Own(words) => words.first().map_or("", String::as_str),
        }
    }
}

/// The rack's side of the join.
pub(super) enum Joined {
    Socket,
    Exec(Board, Program),
}

impl Joined {
    /// The rack on its socket; acts and truth go through that either way. `grid` is the common multiple of the times
    /// between measurements.
    pub(super) fn serve(way: &Way, rack: Rack, socket: &Path, grid: Span) -> io::Result<Server> {
        match way {
            Way::Socket(speed) => Server::bind(rack, socket, *speed),
            // The core measures on whole multiples by the machine's clock; then they are that by the rack's, too.
            Way::Exec(_) => Server::bind_in_step(rack, socket, Duration::from_micros(grid.as_us())),
        }
    }

    pub(super) fn new(way: &Way, rig: Rig) -> Result<Self, StandError> {
        match way {
            Way::Socket(_) => Ok(Joined::Socket),
            Way::Exec(program) => {
                let board = Board::new(rig).map_err(|error| StandError(error.to_string()))?;
                Ok(Joined::Exec(board, program.clone()))
            }
        }
    }

    /// Starts the controller on the files of a run's directory.
    pub(super) fn start(
        &self,
        directory: &Path,
        machine: &Machine,
        listeners: &Listeners,
        prepare: impl FnOnce(&mut Command),
    ) -> Result<Child, StandError> {
        let (config, data) = (directory.join("rack.toml"), directory.join("data"));
        let mut command = match self {
            Joined::Exec(_, Program::Own(words)) => own(words, &config, &data)?,
            Joined::Socket | Joined::Exec(_, Program::Shipped) => {
                let mut command = Command::new(super::beside("rack-controller")?);
                command.arg("run").arg("--config").arg(config);
                command.arg("--data").arg(data).args(listeners.arguments());
                if matches!(self, Joined::Socket) {
                    command.arg("--rig").arg(directory.join("rig.sock"));
                }
                command
            }
        };
        command.envs(machine.environment());
        prepare(&mut command);
        match self {
            Joined::Socket => command.spawn().map_err(|error| error.to_string()),
            Joined::Exec(board, _) => board.spawn(command).map_err(|error| error.to_string()),
        }
        .map_err(|error| StandError(format!("the core does not start: {error}")))
    }

    /// The machine's watchdog has expired.
    pub(super) fn resets(&self) -> bool {
        match self {
            Joined::Socket => false,
            Joined::Exec(board, _) => board.wait_for_reset(Duration::ZERO),
        }
    }
}

/// A program of one's own with the files of a run.
pub(in crate::scenario) fn own(words: &[String], config: &Path, data: &Path) -> Result<Command, StandError> {
    let put = |word: &String| {
        let word = word.replace("{config}", &config.display().to_string());
        word.replace("{data}", &data.display().to_string())
    };
    let mut words = words.iter().map(put);
    let program = words
        .next()
        .ok_or_else(|| StandError("no program is named".into()))?;
    let mut command = Command::new(program);
    command.args(words);
    Ok(command)
}

/// The site of a run by the paths of the emulated computer instead of the rig's names.
pub(in crate::scenario) fn site(mut config: Config, way: &Way) -> Config {
    if matches!(way, Way::Exec(_)) {
        with_real_buses(&mut config, path);
        on_header(&mut config);
        config.core.watchdog = PATHS
            .iter()
            .find(|(_, place)| *place == Place::Watchdog)
            .map(|(path, _)| (*path).to_owned());
        for bus in config.bus.iter_mut().filter(|bus| bus.kind == BusKind::Modbus) {
            bus.baud = Some(SERIAL_BAUD);
        }
    }
    config
}

/// The path of a bus, or of the `pins`.
fn path(name: &str) -> Option<String> {
    let found = PATHS.iter().find(|(_, place)| match place {
        Place::I2c(own) | Place::Serial(own) | Place::Texts(own) => *own == name,
        Place::Lines => name == "pins",
        Place::Watchdog => false,
    });
    found.map(|(path, _)| (*path).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{builtin, with_one_wire_board};
    use crate::site::Site;

    #[test]
    fn a_site_by_paths_is_a_real_one_with_every_bus() {
        let mut config = builtin();
        with_one_wire_board(&mut config);
        let config = site(config, &Way::Exec(Program::Shipped));
        let built = Site::build(&config, None).unwrap_or_else(|error| panic!("{error}"));
        assert!(!built.simulated);
        let paths: Vec<&str> = built.buses.iter().map(|bus| bus.path.as_str()).collect();
        assert!(paths.iter().all(|path| path.starts_with('/')), "{paths:?}");
        assert_eq!(built.watchdog.as_deref(), Some("/dev/watchdog"));
    }

    #[test]
    fn a_program_of_ones_own_gets_the_runs_files() {
        let words = ["prog", "--config={config}", "{data}/x"].map(str::to_owned);
        let command = own(&words, Path::new("/r/rack.toml"), Path::new("/r/data")).expect("a program");
        let words: Vec<_> = command
            .get_args()
            .map(|word| word.to_string_lossy().into_owned())
            .collect();
        assert_eq!(words, ["--config=/r/rack.toml", "/r/data/x"]);
        assert!(Program::Own(words).name().starts_with("--config"));
        assert!(own(&[], Path::new(""), Path::new("")).is_err());
    }
}
