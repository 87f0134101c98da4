//! `rack-agent`: what a person or a service manager types. Exit codes: 0, 1 failure, 2 usage, 78 configuration.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use rack_agent::agent::config::Config;
use rack_agent::agent::disk::Disk;
use rack_agent::agent::{enrol, line, run};

/// Exit code of a configuration that cannot be used (`EX_CONFIG` of sysexits.h).
const EX_CONFIG: u8 = 78;

/// Agent of the rack controller on a host: caps its power, drains it, shuts it down in order.
#[derive(Debug, Parser)]
#[command(name = "rack-agent", version)]
struct Cli {
    /// The configuration; without the file its defaults hold.
    #[arg(long, global = true, default_value = "/etc/rack-agent/agent.toml")]
    config: PathBuf,
    #[command(subcommand)]
    command: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// Runs; the service does this.
    Run,
    /// Enrols this host: what `rack-controller agent-claim HOST` prints at the rack.
    Enrol {
        /// Where the controller is: a name or address, and a port.
        #[arg(long)]
        controller: String,
        /// The claim code; it is good for 15 minutes, once.
        #[arg(long)]
        claim: String,
    },
    /// Gives back the power limits that an agent which is gone has lowered.
    Release,
    /// Validates the configuration, and says who this host is.
    Check,
    /// Prints a configuration in which the defaults stand.
    Defaults,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let config = match Config::load(&cli.config) {
        Ok(config) => config,
        Err(error) => {
            line(&error.to_string());
            return ExitCode::from(EX_CONFIG);
        }
    };
    let done = match cli.command {
        Act::Run => block(run::run(config)).map(|()| String::new()),
        Act::Enrol { controller, claim } => block(async {
            let disk = Disk::open(&config.state)?;
            let host = enrol::enrol(&disk, &controller, &claim).await?;
            Ok::<_, enrol::EnrolError>(format!(
                "enrolled as {host}; start the service: systemctl enable rack-agent; systemctl restart rack-agent\n"
            ))
        }),
        Act::Release => run::release(&config).map_err(|error| error.to_string()),
        Act::Check => Disk::open(&config.state)
            .and_then(|disk| disk.identity())
            .map(|identity| {
                let who = identity.map_or_else(
                    || "this host is not enrolled".to_owned(),
                    |identity| format!("enrolled as {} at {}", identity.host, identity.controller),
                );
                format!("{}: good; {who}\n", cli.config.display())
            })
            .map_err(|error| error.to_string()),
        Act::Defaults => Ok(Config::text()),
    };
    match done {
        Ok(text) => {
            // A closed pipe is no failure.
            let _ = std::io::stdout().write_all(text.as_bytes());
            ExitCode::SUCCESS
        }
        Err(text) => {
            line(&text);
            ExitCode::FAILURE
        }
    }
}

/// Runs on one thread: whatever waits here waits for others.
fn block<T, E: std::fmt::Display>(future: impl Future<Output = Result<T, E>>) -> Result<T, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| error.to_string())?;
    runtime.block_on(future).map_err(|error| error.to_string())
}
