//! `demo`: a parent that starts the emulated rack and the core, restarts a dead core after 6 s as a service manager
//! would, and stops both in order within 5 s.

use std::io::Write as _;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use hil_rig::plant::{PowerMap, Profile, RoomMap, trace_file};
use hil_rig::rack::{Rack, RackConfig};

mod companion;
mod show;

use crate::cli::complain;
use crate::config;
use crate::listen::Listeners;
use crate::rig_page;

/// Wait before a dead core is started anew.
const RESTART: Duration = Duration::from_secs(6);
/// Time a part gets to stop by itself.
const STOP: Duration = Duration::from_secs(2);
/// Time the rig gets to open its socket.
const RIG_START: Duration = Duration::from_secs(10);
const LOOK: Duration = Duration::from_millis(20);

/// Arguments of `demo`.
#[derive(Clone, Debug, clap::Args)]
pub struct Arguments {
    /// Virtual seconds per second, at most 10.
    #[arg(long, default_value_t = 1.0, value_parser = speed)]
    pub speed: f64,
    /// Where everything listens.
    #[command(flatten)]
    pub listeners: Listeners,
    /// The data directory; a fresh one that is removed at the end when absent.
    #[arg(long)]
    pub data: Option<PathBuf>,
    /// A configuration file instead of the built-in one; it must say `simulated = true`.
    #[arg(long)]
    pub config: Option<PathBuf>,
    /// Where the rack's load comes from.
    #[arg(long, value_enum, default_value_t = Load::Synthetic)]
    pub load: Load,
    /// Hold the load at this power instead, W.
    #[arg(long)]
    pub load_w: Option<f64>,
    /// Seed of the emulated rack.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Play this scenario, a name of the library or a file, on the rack that is shown; then the rack lives on.
    #[arg(long, value_name = "NAME|FILE", conflicts_with_all = ["data", "config", "load", "load_w", "seed"])]
    pub scenario: Option<String>,
    /// No live status on the terminal.
    #[arg(long)]
    pub quiet: bool,
    /// Serve the rig's own page here as well, to break the rack from a browser; port 0 picks a free one. Off when absent.
    #[arg(long)]
    pub listen_rig_page: Option<SocketAddr>,
}

impl Default for Arguments {
    fn default() -> Self {
        Arguments {
            speed: 1.0,
            listeners: Listeners::DEFAULT,
            data: None,
            config: None,
            load: Load::Synthetic,
            load_w: None,
            seed: 1,
            scenario: None,
            quiet: false,
            listen_rig_page: None,
        }
    }
}

/// Where a load comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Load {
    /// Steps and ramps between 3.5 and 9.5 kW.
    #[default]
    Synthetic,
    /// The cluster trace and the weather year of the folder `RIG_DATA`.
    Recorded,
}

/// Arguments of the hidden `rig`.
#[derive(Clone, Debug, clap::Args)]
pub struct RigArguments {
    /// The socket; one in the temporary directory when absent.
    #[arg(long)]
    pub socket: Option<PathBuf>,
    /// Where the rig's own page listens; port 0 picks a free one.
    #[arg(long)]
    pub listen_page: Option<SocketAddr>,
    /// The page of a controller that is attached, such as http://127.0.0.1:8080: what it reads stands beside the truth.
    #[arg(long)]
    pub controller: Option<String>,
    /// Virtual seconds per second.
    #[arg(long, default_value_t = 1.0, value_parser = speed)]
    pub speed: f64,
    /// Where the load comes from.
    #[arg(long, value_enum, default_value_t = Load::Synthetic)]
    pub load: Load,
    /// Hold the load at this power instead, W.
    #[arg(long)]
    pub load_w: Option<f64>,
    /// Seed.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
}

/// A speed that the rig serves.
///
/// # Errors
/// When it is none.
pub fn speed(text: &str) -> Result<f64, String> {
    let most = hil_rig::server::SPEED_MAX;
    text.parse()
        .ok()
        .filter(|speed: &f64| (0.1..=most).contains(speed))
        .ok_or_else(|| format!("a speed from 0.1 to {most}; faster runs are in process (`hil-rig run`)"))
}

/// The rack that the arguments describe.
///
/// # Errors
/// When recorded data is asked for and cannot be read.
pub fn rack(seed: u64, load: Load, load_w: Option<f64>) -> std::io::Result<Rack> {
    let mut rack = RackConfig {
        seed,
        load: Profile::synthetic_load(seed),
        ..RackConfig::default()
    };
    if load == Load::Recorded {
        let folder =
            std::env::var_os("RIG_DATA").map_or_else(|| PathBuf::from("../shared/data"), PathBuf::from);
        (rack.load, rack.room) = recorded(&folder)?;
    }
    if let Some(power_w) = load_w {
        rack.load = Profile::constant(power_w);
    }
    Ok(Rack::new(rack))
}

/// Files of a folder of recordings: a cluster's processor load and a weather year.
pub const RECORDED: [&str; 2] = [
    "nab_cpu_utilization_asg_misconfiguration.csv",
    "tmy3_723170_greensboro_reduced.csv",
];

/// Load and room of a folder of recordings.
///
/// # Errors
/// When a file is not there or cannot be read.
pub fn recorded(folder: &Path) -> std::io::Result<(Profile, Profile)> {
    let load = trace_file::open(&folder.join(RECORDED[0]), |reader, name| {
        trace_file::cluster_load(reader, name, &PowerMap::default())
    });
    let room = trace_file::open(&folder.join(RECORDED[1]), |reader, name| {
        trace_file::weather_room(reader, name, &RoomMap::default())
    });
    Ok((
        load.map_err(std::io::Error::other)?,
        room.map_err(std::io::Error::other)?,
    ))
}

/// Serves the emulated rack until it is told to stop.
///
/// # Errors
/// When recorded data or the socket is not to be had.
pub fn rig(arguments: &RigArguments) -> std::io::Result<()> {
    let rack = rack(arguments.seed, arguments.load, arguments.load_w)?;
    let socket = arguments
        .socket
        .clone()
        .unwrap_or_else(|| std::env::temp_dir().join(format!("hil-rig-{}.sock", std::process::id())));
    let server = hil_rig::server::Server::bind(rack, &socket, arguments.speed)?;
    stop_when_told(server.rig())?;
    let page = match arguments.listen_page {
        Some(listen) => {
            let options = rig_page::Options {
                listen,
                socket: socket.clone(),
                controller: arguments.controller.clone(),
            };
            Some(rig_page::start(server.rig(), &options)?)
        }
        None => None,
    };
    let page = page.map(|address| format!("http://{address}"));
    let ready = serde_json::json!({ "ready": true, "page": page, "socket": socket.display().to_string() });
    // A closed standard output is no reason to stop a rig.
    let _ = writeln!(std::io::stdout(), "{ready}");
    let _ = std::io::stdout().flush();
    server.run()
}

/// Ends the rig in order when the process is told to end, so that its socket does not stay behind.
fn stop_when_told(rig: hil_rig::server::Rig) -> std::io::Result<()> {
    let told = [signal_hook::consts::SIGTERM, signal_hook::consts::SIGINT];
    let mut signals = signal_hook::iterator::Signals::new(told)?;
    let wait = move || {
        if signals.forever().next().is_some() {
            rig.stop();
        }
    };
    std::thread::Builder::new()
        .name("rig-signals".into())
        .spawn(wait)
        .map(drop)
}

struct Demo {
    directory: PathBuf,
    data: PathBuf,
    config: PathBuf,
    socket: PathBuf,
}

/// Runs the demo until it is interrupted.
pub fn run(arguments: &Arguments) -> ExitCode {
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [signal_hook::consts::SIGTERM, signal_hook::consts::SIGINT] {
        if let Err(error) = signal_hook::flag::register(signal, Arc::clone(&stop)) {
            complain(&error.to_string());
            return ExitCode::FAILURE;
        }
    }
    if let Some(name) = &arguments.scenario {
        return show::run(name, arguments, &stop);
    }
    // Of its own name and nobody else's: whoever is root does not walk into what somebody has prepared.
    let directory = tempfile::Builder::new().prefix("rack-controller-").tempdir();
    let result = directory.and_then(|directory| {
        // The front is another user; journal and history below are its own.
        std::fs::set_permissions(directory.path(), std::fs::Permissions::from_mode(0o711))?;
        prepare(arguments, directory.path()).and_then(|demo| live(arguments, &demo, &stop))
    });
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&format!("demo: {error}"));
            ExitCode::FAILURE
        }
    }
}

fn prepare(arguments: &Arguments, directory: &Path) -> std::io::Result<Demo> {
    std::fs::create_dir_all(directory)?;
    let data = arguments.data.clone().unwrap_or_else(|| directory.join("data"));
    let fresh = !data.join(crate::core::store::LATCHES).exists();
    if fresh {
        crate::core::store::commission(&data, crate::core::clock::today(0)).map_err(std::io::Error::other)?;
    }
    let config = match &arguments.config {
        Some(path) => path.clone(),
        None => {
            let path = directory.join("rack.toml");
            std::fs::write(&path, config::commented(&config::builtin()))?;
            path
        }
    };
    Ok(Demo {
        data,
        config,
        socket: directory.join("rig.sock"),
        directory: directory.to_owned(),
    })
}

fn live(arguments: &Arguments, demo: &Demo, stop: &AtomicBool) -> std::io::Result<()> {
    let mut rig = start_rig(arguments, demo)?;
    let page = arguments
        .listen_rig_page
        .map(|_| companion::page(&mut rig))
        .transpose()?;
    let page = page.as_deref();
    let began = Instant::now();
    while !demo.socket.exists() {
        if let Some(status) = rig.try_wait()? {
            return Err(std::io::Error::other(format!(
                "the emulated rack ended: {status}"
            )));
        }
        if began.elapsed() > RIG_START {
            return Err(std::io::Error::other(format!(
                "no socket in {}",
                demo.directory.display()
            )));
        }
        std::thread::sleep(LOOK);
    }
    complain(&format!(
        "demo: the rack's socket is {}; see `hil-rig act --help`",
        demo.socket.display()
    ));
    let mut core = Some(start_core(arguments, demo, page)?);
    let mut died = None;
    while !stop.load(Ordering::Relaxed) {
        std::thread::sleep(LOOK);
        if let Some(status) = core.as_mut().map(Child::try_wait).transpose()?.flatten() {
            if status.code() == Some(78) || status.code() == Some(2) {
                end(&mut rig);
                return Err(std::io::Error::other(format!(
                    "the core refuses its configuration: {status}"
                )));
            }
            complain(&format!(
                "demo: the core ended ({status}); starting it again in {} s",
                RESTART.as_secs()
            ));
            (core, died) = (None, Some(Instant::now()));
        }
        if died.is_some_and(|at: Instant| at.elapsed() >= RESTART) {
            (core, died) = (Some(start_core(arguments, demo, page)?), None);
        }
        if rig.try_wait()?.is_some() {
            if let Some(mut core) = core {
                end(&mut core);
            }
            return Err(std::io::Error::other("the emulated rack ended"));
        }
    }
    if let Some(mut core) = core {
        end(&mut core);
    }
    end(&mut rig);
    Ok(())
}

fn start_rig(arguments: &Arguments, demo: &Demo) -> std::io::Result<Child> {
    let mut command = Command::new("/proc/self/exe");
    command.arg("rig").arg("--socket").arg(&demo.socket);
    command
        .arg("--speed")
        .arg(arguments.speed.to_string())
        .arg("--seed")
        .arg(arguments.seed.to_string());
    if arguments.load == Load::Recorded {
        command.arg("--load").arg("recorded");
    }
    if let Some(power) = arguments.load_w {
        command.arg("--load-w").arg(power.to_string());
    }
    let mut stdout = Stdio::null();
    if let Some(listen) = arguments.listen_rig_page {
        command.arg("--listen-page").arg(listen.to_string());
        stdout = Stdio::piped();
    }
    // A group of its own: an interrupt at the terminal reaches the parent alone, which stops everything in order.
    std::os::unix::process::CommandExt::process_group(&mut command, 0)
        .stdin(Stdio::null())
        .stdout(stdout)
        .spawn()
}

/// Starts a core; with a page of the rig, its ready line names that as well, and the page is told of the core.
fn start_core(arguments: &Arguments, demo: &Demo, page: Option<&str>) -> std::io::Result<Child> {
    let mut command = Command::new("/proc/self/exe");
    command
        .arg("run")
        .arg("--config")
        .arg(&demo.config)
        .arg("--data")
        .arg(&demo.data);
    command
        .arg("--rig")
        .arg(&demo.socket)
        .args(arguments.listeners.arguments());
    if !arguments.quiet {
        command.arg("--status");
    }
    if page.is_some() {
        command.stdout(Stdio::piped());
    }
    let mut core = std::os::unix::process::CommandExt::process_group(&mut command, 0)
        .stdin(Stdio::null())
        .spawn()?;
    if let (Some(page), Some(said)) = (page, core.stdout.take()) {
        companion::introduce(page.to_owned(), said)?;
    }
    Ok(core)
}

/// Asks a part to stop, then insists.
fn end(child: &mut Child) {
    let pid = i32::try_from(child.id())
        .ok()
        .and_then(rustix::process::Pid::from_raw);
    if let Some(pid) = pid {
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
    }
    let began = Instant::now();
    while began.elapsed() < STOP {
        if !matches!(child.try_wait(), Ok(None)) {
            return;
        }
        std::thread::sleep(LOOK);
    }
    let _ = child.kill();
    let _ = child.wait();
}
