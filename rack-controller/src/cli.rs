//! What a person types. Exit codes: 0, 1 failure, 2 usage, 78 configuration.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use clap::{Parser, Subcommand, ValueEnum};

use crate::config::{self, Config, ConfigError};
use crate::core::alone;
use crate::core::kind::{self, Kind};
use crate::core::persons::client::{self, ActArguments, AgentHost, ClientError, RespondArguments, User};
use crate::core::run::{Options, Recording};
use crate::core::supervise::FrontOptions;
use crate::listen::{Listeners, Overrides};
use crate::site::Site;
use crate::{alarm_book, demo, dictionary, front, log};

/// Exit code of a configuration that cannot be used (`EX_CONFIG` of sysexits.h).
const EX_CONFIG: u8 = 78;
/// The last configuration that ran, kept in the data directory.
const LAST_GOOD: &str = "last-good.toml";

/// Directory of journal and history in the data directory: the front's own.
const HISTORY: &str = "history";

/// Controller of a server rack with indirect venturi cooling.
#[derive(Debug, Parser)]
#[command(name = "rack-controller", version)]
struct Cli {
    /// Without a command: `demo`.
    #[command(subcommand)]
    command: Option<Act>,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// The controller on the built-in emulated rack.
    Demo(demo::Arguments),
    /// The controller on the rack that a configuration describes.
    Run(RunArguments),
    /// Validates a configuration: every error with line, column and the fix.
    Check {
        /// The configuration file.
        file: PathBuf,
        /// Problems as JSON.
        #[arg(long)]
        json: bool,
    },
    /// The register map and dictionary of this very version.
    Points {
        /// How.
        #[arg(long, value_enum, default_value_t = dictionary::Format::Md)]
        format: dictionary::Format,
        /// The same as `--format json`.
        #[arg(long)]
        json: bool,
    },
    /// Looks at the hardware that a configuration names: what is there, what is not, and what to do next.
    Scan {
        /// The configuration file.
        file: PathBuf,
        /// The data directory of the controller that must not be running meanwhile.
        #[arg(long, default_value = "/var/lib/rack-controller")]
        data: PathBuf,
        /// Print what was found as JSON.
        #[arg(long)]
        json: bool,
    },
    /// The configuration's schema, or the built-in rack's configuration with comments.
    Schema {
        /// How.
        #[arg(long, value_enum, default_value_t = SchemaFormat::Json)]
        format: SchemaFormat,
        /// The same as `--format toml`.
        #[arg(long)]
        toml: bool,
    },
    /// The cause-and-effect matrix of this very version, as Markdown.
    Matrix,
    /// The alarms of this very version, each with its record of rationalisation.
    Alarms {
        /// How.
        #[arg(long, value_enum, default_value_t = alarm_book::Format::Md)]
        format: alarm_book::Format,
    },
    /// The HTTP interface of this very version, as OpenAPI.
    Openapi,
    /// Plays a recording to the machine again: exit status 0 means the same to the last bit.
    Replay {
        /// The recording.
        log: PathBuf,
    },
    /// Marks a new data directory as one in which nothing was ever latched.
    Commission {
        /// The data directory.
        #[arg(long)]
        data: PathBuf,
    },
    /// Who may act at this rack: enrolled through the running controller's local socket.
    #[command(subcommand)]
    User(User),
    /// A person's act at this machine, through the running controller's local socket.
    #[command(name = "act")]
    Deed(ActArguments),
    /// A claim for a host's agent: prints the one line to type on that host within 15 minutes.
    AgentClaim(AgentHost),
    /// Takes a host's certificate away: its agent is not heard any more.
    AgentRemove(AgentHost),
    /// The response of a person's key to a challenge; needs no controller.
    Respond(RespondArguments),
    /// The process that owns the network; started by the core.
    #[command(hide = true)]
    Front {
        #[command(flatten)]
        listeners: Listeners,
        #[arg(long)]
        memory_limit_mib: u64,
        #[arg(long)]
        history: PathBuf,
    },
    /// The emulated rack on a socket; started by `demo`.
    #[command(hide = true)]
    Rig(demo::RigArguments),
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum SchemaFormat {
    /// JSON schema, for editors.
    Json,
    /// The built-in rack's configuration with comments; the same as `rack`.
    Toml,
    /// The built-in rack's configuration with comments.
    Rack,
    /// The same rack on the header of a Raspberry Pi 5, to begin a site's own file with.
    #[value(name = "raspberry-pi-5")]
    RaspberryPi5,
}

#[derive(Debug, clap::Args)]
struct RunArguments {
    /// The configuration file.
    #[arg(long)]
    config: PathBuf,
    /// The data directory: latch records and the last good configuration.
    #[arg(long, default_value = "/var/lib/rack-controller")]
    data: PathBuf,
    #[command(flatten)]
    listen: Overrides,
    /// Socket of the emulated rack; only where the configuration says `simulated = true`.
    #[arg(long)]
    rig: Option<PathBuf>,
    /// Show the live status on the terminal.
    #[arg(long)]
    status: bool,
    /// Record what every tick sees into this file; `rack-controller replay FILE` plays it again.
    #[arg(long)]
    record: Option<PathBuf>,
}

/// Runs the command line.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    match cli.command.unwrap_or(Act::Demo(demo::Arguments::default())) {
        Act::Demo(arguments) => demo::run(&arguments),
        Act::Run(arguments) => run(&arguments),
        Act::Check { file, json } => check(&file, json),
        Act::Scan { file, data, json } => match load(&file) {
            Ok((_, _, site)) => crate::scan::run(&file, &site, &data, json),
            Err(_) => check(&file, json),
        },
        Act::Points { format, json } => print(&dictionary::text(if json {
            dictionary::Format::Json
        } else {
            format
        })),
        Act::Schema { format, toml } => match if toml { SchemaFormat::Toml } else { format } {
            SchemaFormat::Json => print(&format!("{:#}\n", config::schema())),
            SchemaFormat::Toml | SchemaFormat::Rack => print(&config::commented(&config::builtin())),
            SchemaFormat::RaspberryPi5 => print(&config::commented(&config::raspberry_pi_5())),
        },
        Act::User(arguments) => typed(client::user(&arguments)),
        Act::Deed(arguments) => typed(client::act(&arguments)),
        Act::AgentClaim(host) => typed(client::agent_claim(&host)),
        Act::AgentRemove(host) => typed(client::agent_remove(&host)),
        Act::Respond(arguments) => typed(client::respond_to(&arguments)),
        Act::Matrix => print(&dictionary::matrix()),
        Act::Alarms { format } => print(&alarm_book::text(format)),
        Act::Openapi => print(&web::openapi::text()),
        Act::Replay { log } => replay(&log),
        Act::Commission { data } => commission(&data),
        Act::Front {
            listeners,
            memory_limit_mib,
            history,
        } => end(front::run(&front::Options {
            listeners,
            memory_limit_mib,
            history,
        })),
        Act::Rig(arguments) => end(demo::rig(&arguments)),
    }
}

/// Prints on standard output; a closed pipe is no failure.
pub fn print(text: &str) -> ExitCode {
    let _ = std::io::stdout().write_all(text.as_bytes());
    ExitCode::SUCCESS
}

/// Replays a recording and prints what happened.
pub fn replay(log: &Path) -> ExitCode {
    match crate::tape::run(log, &mut std::io::stdout().lock()) {
        Ok(true) => ExitCode::SUCCESS,
        // A reader that stops reading is no failure of the replay, but it has not been seen to its end either.
        Ok(false) | Err(_) => ExitCode::FAILURE,
    }
}

/// The name this program was called by: `rack-controller` and `hil-rig` share their verbs.
fn program() -> String {
    let called = std::env::args_os().next();
    let name = called.as_deref().and_then(|path| Path::new(path).file_name());
    name.map_or_else(
        || "rack-controller".to_owned(),
        |name| name.to_string_lossy().into_owned(),
    )
}

/// Says on standard error what went wrong.
pub fn complain(text: &str) {
    let _ = writeln!(std::io::stderr(), "{}: {text}", program());
}

fn end<E: std::fmt::Display>(result: Result<(), E>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error.to_string());
            ExitCode::FAILURE
        }
    }
}

fn load(path: &Path) -> Result<(Config, String, Site), ConfigError> {
    let (config, text) = Config::load(path)?;
    let site = Site::build(&config, Some(&text))?;
    Ok((config, text, site))
}

/// The same without certificates, keys and passwords that cannot be read.
fn load_lacking(path: &Path) -> Option<(Config, Site)> {
    let (config, text) = Config::load(path).ok()?;
    let (site, _) = Site::build_lacking(&config, Some(&text)).ok()?;
    Some((config, site))
}

fn check(file: &Path, json: bool) -> ExitCode {
    let found = load(file);
    if json {
        let problems = found
            .as_ref()
            .err()
            .map(|error| error.problems.as_slice())
            .unwrap_or_default();
        let list: Vec<serde_json::Value> = problems
            .iter()
            .map(|p| serde_json::json!({ "line": p.line, "column": p.column, "message": p.message }))
            .collect();
        let remarks = found
            .as_ref()
            .map_or_else(|_| Vec::new(), |(.., site)| remarks(site));
        print(&format!(
            "{}\n",
            serde_json::json!({ "file": file.display().to_string(), "problems": list, "remarks": remarks })
        ));
        return if problems.is_empty() {
            ExitCode::SUCCESS
        } else {
            ExitCode::from(EX_CONFIG)
        };
    }
    match found {
        Ok((_, _, site)) => {
            let mut text = format!(
                "{}: good. {} buses, {} devices, {} contacts, {} outputs\n",
                file.display(),
                site.buses.len(),
                site.devices.len(),
                site.contacts.len(),
                site.outputs.len()
            );
            for remark in remarks(&site) {
                text += &format!("{}: remark: {remark}\n", file.display());
            }
            print(&text)
        }
        Err(error) => {
            for line in error.to_string().lines() {
                complain(&format!("{}:{line}", file.display()));
            }
            ExitCode::from(EX_CONFIG)
        }
    }
}

/// What is taken and could be better.
fn remarks(site: &Site) -> Vec<String> {
    let doubt = |target: &crate::hosts::plan::TargetPlan| {
        let doubt = target.doubt()?;
        Some(format!("host {}: {doubt}", target.name))
    };
    site.hosts.targets.iter().filter_map(doubt).collect()
}

fn commission(data: &Path) -> ExitCode {
    match crate::core::store::commission(data, crate::core::clock::today(0)) {
        Ok(true) => print(&format!(
            "{}: commissioned; nothing was ever latched here\n",
            data.display()
        )),
        Ok(false) => {
            complain(&format!(
                "{}: latch records are there already; they are left as they are",
                data.display()
            ));
            ExitCode::FAILURE
        }
        Err(error) => {
            complain(&error.to_string());
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &RunArguments) -> ExitCode {
    let (config, site, fallback) = match start_with(arguments) {
        Ok(found) => found,
        Err(text) => {
            complain(&text);
            return ExitCode::from(EX_CONFIG);
        }
    };
    if arguments.rig.is_some() && !config.simulated {
        complain("--rig is taken only where the configuration says `simulated = true`");
        return ExitCode::from(EX_CONFIG);
    }
    let rig = arguments
        .rig
        .clone()
        .or(config.rig_socket.clone().map(PathBuf::from));
    if config.simulated && rig.is_none() {
        complain("the configuration names no `rig_socket` and no --rig is given");
        return ExitCode::from(EX_CONFIG);
    }
    // Held until this process ends.
    let _alone = match alone::alone(&arguments.data) {
        Ok(lock) => lock,
        Err(error) => {
            // Not a matter of the configuration: a service manager may try again.
            complain(&error.to_string());
            return ExitCode::FAILURE;
        }
    };
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [signal_hook::consts::SIGTERM, signal_hook::consts::SIGINT] {
        if let Err(error) = signal_hook::flag::register(signal, Arc::clone(&stop)) {
            complain(&error.to_string());
            return ExitCode::FAILURE;
        }
    }
    die_on_panic();
    log::line(&format!("core of {} starts", site.name));
    let options = Options {
        data: arguments.data.clone(),
        rig,
        front: FrontOptions {
            listeners: arguments.listen.over(config.listeners()),
            memory_limit_mib: config.front.memory_limit_mib,
            run_as: config.front.run_as,
            history: arguments.data.join(HISTORY),
        },
        fallback,
        status: arguments.status,
        record: arguments.record.clone().map(|file| Recording {
            file,
            site: config::commented(&config),
        }),
    };
    end(crate::core::run::run(&site, &options, &stop))
}

/// Prints what a person's act has given, or complains.
fn typed(result: Result<String, ClientError>) -> ExitCode {
    match result {
        Ok(text) => print(&text),
        Err(error) => {
            complain(&error.to_string());
            ExitCode::FAILURE
        }
    }
}

/// The configuration to run with, and whether it is the last good one because the file is broken. It is of the kind that
/// the data directory is of.
fn start_with(arguments: &RunArguments) -> Result<(Config, Site, bool), String> {
    let last_good = arguments.data.join(LAST_GOOD);
    let claim = |config: &Config| {
        kind::claim(&arguments.data, Kind::of(config.simulated)).map_err(|error| error.to_string())
    };
    let error = match load(&arguments.config) {
        Ok((config, text, site)) => {
            claim(&config)?;
            keep(&last_good, &text);
            return Ok((config, site, false));
        }
        Err(error) => error,
    };
    for line in error.to_string().lines() {
        complain(&format!("{}:{line}", arguments.config.display()));
    }
    // What it lacks are files of the site: everything else that it says is in force.
    if let Some((config, site)) = load_lacking(&arguments.config) {
        claim(&config)?;
        complain("running without what cannot be read");
        return Ok((config, site, true));
    }
    let Some((config, site)) = load_lacking(&last_good) else {
        return Err("no earlier configuration has run here; mend the file and start again".to_owned());
    };
    // A file that is wrong elsewhere still says whether its rack is emulated; the last good one does not overrule it.
    if let Ok((asked, _)) = Config::load(&arguments.config)
        && asked.simulated != config.simulated
    {
        return Err(format!(
            "the last good configuration says `simulated = {}` and the file `simulated = {}`; mend the file and start again",
            config.simulated, asked.simulated
        ));
    }
    claim(&config)?;
    complain(&format!(
        "running the last good configuration, {}",
        last_good.display()
    ));
    Ok((config, site, true))
}

/// Keeps the text of a configuration that is good, whole or not at all.
fn keep(path: &Path, text: &str) {
    let write = || -> std::io::Result<()> {
        if let Some(directory) = path.parent() {
            std::fs::create_dir_all(directory)?;
        }
        let new = path.with_extension("new");
        std::fs::write(&new, text)?;
        std::fs::rename(&new, path)
    };
    if let Err(error) = write() {
        complain(&format!(
            "{}: {error}; a later start with a broken file will not have this one",
            path.display()
        ));
    }
}

/// A panic anywhere in the core writes a line and aborts: the hardware goes to its safe state by itself, and the
/// supervisor of this process starts it anew.
fn die_on_panic() {
    std::panic::set_hook(Box::new(|info| {
        complain(&format!("core panics and aborts: {info}"));
        std::process::abort();
    }));
}
