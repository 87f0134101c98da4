//! `hil-rig`: runs the controller against the emulated rack in process, in virtual time.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use hil_rig::rack::{Act, Quantity, TRUTHS, Watch};
use hil_rig::scenario::{Deed, deed};
use hil_rig::wire::{Hello, Reply, Request, Role, VERSION, Welcome, receive, send};

pub mod campaign;
pub mod claim;
pub mod compare;
pub mod coverage;
pub mod evidence;
mod exact;
mod exec;
pub mod library;
pub mod pace;
pub mod recording;
pub mod rig_stand;
pub mod runner;
mod speed;
pub mod stand;
mod trace;
pub mod uncovered;
mod verbs;
#[cfg(feature = "vm")]
mod vm_stand;
pub mod words;

/// The rig's command line.
#[derive(Debug, Parser)]
#[command(name = "hil-rig", version, about = "The emulated rack: scenarios, server")]
struct Cli {
    #[command(subcommand)]
    command: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Runs scenarios in process, in virtual time; the exit status is the verdict.
    Run {
        /// Names of the library or files; the whole library when none is given.
        scenario: Vec<String>,
        /// Seed of every random stream; each scenario's own when absent.
        #[arg(long)]
        seed: Option<u64>,
        /// Against the shipped processes over the rig's socket, instead of in this process.
        #[arg(long)]
        over_rig: bool,
        /// Virtual seconds per second, or `max`; over the rig's socket that is 10.
        #[arg(long, default_value = "max")]
        speed: pace::Pace,
        /// Verdicts as JSON.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        kept: verbs::Kept,
    },
    /// Runs scenarios against a controller that opens the paths of a real computer; or any program on such a rack.
    Exec(exec::Arguments),
    /// Plays scenarios with the controller in a virtual machine, on a stock kernel's own I2C, GPIO and serial drivers.
    #[cfg(feature = "vm")]
    Vm(vm_stand::Arguments),
    /// Runs scenarios in this process and over the rig's socket, and compares them change by change.
    Compare {
        /// Names of the library or files; all that say `over rig` when none is given.
        scenario: Vec<String>,
        /// Seed of every random stream; each scenario's own when absent.
        #[arg(long)]
        seed: Option<u64>,
        /// Virtual seconds per second over the rig's socket, at most 10.
        #[arg(long, default_value_t = 10.0, value_parser = crate::demo::speed)]
        speed: f64,
        /// Against the shipped controller on the paths of a real computer instead, in real time.
        #[arg(long, conflicts_with = "speed")]
        exec: bool,
    },
    /// Plays a recording of `run --record` to the machine again: exit status 0 means the same to the last bit.
    Replay {
        /// The recording.
        file: std::path::PathBuf,
    },
    /// Reads scenarios without running them: every mistake with file, line, column and the fix.
    Check {
        /// Names of the library or files; the whole library when none is given.
        scenario: Vec<String>,
    },
    /// Replays the recorded cabinet fires: how soon every principle of a detector and every separator answers.
    Fires,
    /// What there is to write in a scenario, list by list; and the library.
    Words {
        /// One list alone: acts, causes, points, settings and so on.
        #[arg(value_parser = clap::builder::PossibleValuesParser::new(words::LISTS.iter().map(|list| list.name)))]
        list: Option<String>,
        /// All as the tables of the manual.
        #[arg(long, conflicts_with = "list")]
        markdown: bool,
    },
    /// Lives random lives of the rack and judges each by its lines and by what must never happen.
    Campaign(campaign::Arguments),
    /// Names and titles of the library.
    List,
    /// Runs the library and prints which hazards it covers in which situation, and what is open.
    Coverage {
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// The emulated rack on a socket, with its own page.
    Serve(ServeArguments),
    /// Acts on an emulated rack that is served, and says what is really so.
    Act {
        /// Its socket; `demo` prints it.
        #[arg(long)]
        socket: std::path::PathBuf,
        /// Acts, one after the other, as in a scenario: 'door open', 'smoke a alarm', 'when exhaust above 70 °C do fault
        /// exhaust-a nack'; or as JSON: '{"door":{"open":true}}'. `hil-rig words` lists them.
        act: Vec<String>,
        /// Act at this time of the rack's clock, in seconds, instead of now.
        #[arg(long, conflicts_with = "when")]
        at: Option<f64>,
        /// Act as soon as a quantity of the rack's truth passes a value: `--when exhaust above 70`.
        #[arg(long, num_args = 3, value_names = ["QUANTITY", "SIDE", "VALUE"])]
        when: Vec<String>,
        /// Forget every act that waits before anything else.
        #[arg(long)]
        clear: bool,
    },
    /// Simulated seconds per second of plant, chips, drivers and tick together.
    Speed {
        /// Simulated seconds.
        #[arg(long, default_value_t = 200_000.0)]
        seconds: f64,
        /// Tick in milliseconds.
        #[arg(long, default_value_t = 100)]
        tick_ms: u64,
        /// Measure only, without the proof.
        #[arg(long)]
        only: bool,
        /// The figures as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Drives the shipped control and its peers through the control benchmark: blower energy at equal safety.
    Bench {
        /// Seeds of the sensors' noise: a controller has to keep every course with every one of them.
        #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=100))]
        seeds: u64,
        /// Look for the best tuning of every family first, the same number of tunings for each.
        #[arg(long)]
        tune: bool,
        /// Compute the least possible energies anew and print them as they are kept: minutes. With `--racks`: those of
        /// the drawn racks, a minute for each course.
        #[arg(long, conflicts_with = "tune")]
        optimum: bool,
        /// So many drawn racks instead, each off its plan by up to a fifth and commissioned by the shipped sweep first.
        #[arg(long, conflicts_with_all = ["tune", "seeds"], value_parser = clap::value_parser!(u64).range(1..=1000))]
        racks: Option<u64>,
        /// Drive everybody through recorded weeks too, with the offset that the courses ask of each: minutes.
        #[arg(long, conflicts_with_all = ["optimum", "racks"])]
        replay: bool,
        /// Draw every course with everybody on it as a page, into this file.
        #[arg(long, value_name = "FILE", conflicts_with_all = ["optimum", "racks"])]
        html: Option<std::path::PathBuf>,
        /// The figures as JSON.
        #[arg(long)]
        json: bool,
    },
}

/// Where the rig's page listens unless told otherwise.
const PAGE: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8090);

#[derive(Debug, clap::Args)]
struct ServeArguments {
    #[command(flatten)]
    rig: crate::demo::RigArguments,
    /// The socket alone, without a page.
    #[arg(long, conflicts_with = "listen_page")]
    no_page: bool,
}

impl ServeArguments {
    fn rig(self) -> crate::demo::RigArguments {
        let page = (!self.no_page).then_some(PAGE);
        crate::demo::RigArguments {
            listen_page: self.rig.listen_page.or(page),
            ..self.rig
        }
    }
}

/// Runs the rig's command line.
pub fn main() -> ExitCode {
    match Cli::parse().command {
        Verb::Run {
            scenario,
            seed,
            over_rig,
            speed,
            json,
            kept,
        } => {
            let run = |over: runner::Over, pace| verbs::run(&scenario, seed, (over, pace), json, &kept);
            match (over_rig, speed.over_rig()) {
                (false, _) => run(runner::Over::Process, speed),
                // The served rack keeps the pace.
                (true, Ok(times)) => run(runner::Over::Rig(times), pace::Pace::Max),
                (true, Err(error)) => {
                    crate::cli::complain(&error);
                    ExitCode::from(2)
                }
            }
        }
        #[cfg(feature = "vm")]
        Verb::Vm(arguments) => vm_stand::main(&arguments),
        Verb::Compare {
            scenario,
            seed,
            speed,
            exec,
        } => {
            let over = if exec {
                runner::Over::Exec(rig_stand::Program::Shipped)
            } else {
                runner::Over::Rig(speed)
            };
            verbs::compare(&scenario, seed, &over)
        }
        Verb::Exec(arguments) => exec::main(arguments),
        Verb::Replay { file } => crate::cli::replay(&file),
        Verb::Check { scenario } => verbs::check(&scenario),
        Verb::Fires => match hil_rig::plant::response::table(&recording::folder()) {
            Ok(table) => crate::cli::print(&table),
            Err(error) => {
                crate::cli::complain(&format!("{error}; set RIG_DATA to the folder of the recordings"));
                ExitCode::FAILURE
            }
        },
        Verb::Words { markdown: true, .. } => crate::cli::print(&words::markdown()),
        Verb::Words { list, .. } => crate::cli::print(&words::text(list.as_deref())),
        Verb::Campaign(arguments) => campaign::main(&arguments),
        Verb::List => verbs::list(),
        Verb::Coverage { json } => verbs::coverage(json),
        Verb::Serve(arguments) => match crate::demo::rig(&arguments.rig()) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                crate::cli::complain(&error.to_string());
                ExitCode::FAILURE
            }
        },
        Verb::Act {
            socket,
            act,
            at,
            when,
            clear,
        } => match requests(&act, at, &when, clear).and_then(|requests| ask(&socket, &requests)) {
            Ok(report) => crate::cli::print(&report),
            Err(error) => {
                crate::cli::complain(&error);
                ExitCode::FAILURE
            }
        },
        Verb::Speed {
            seconds,
            tick_ms,
            only,
            json,
        } => speed::speed(seconds, tick_ms, only, json),
        Verb::Bench {
            seeds,
            tune,
            optimum,
            racks,
            replay,
            html,
            json,
        } => {
            let asked = crate::bench::Asked {
                seeds,
                tune,
                optimum,
                racks,
                replay,
                page: html,
                json,
            };
            crate::bench::bench(&asked, &recording::folder())
        }
    }
}

/// What `hil-rig act` asks, its report last.
fn requests(
    acts: &[String],
    at_s: Option<f64>,
    when: &[String],
    clear: bool,
) -> Result<Vec<Request>, String> {
    let watch = watch(when)?;
    let parse = |text: &String| {
        let (watch, act) = match deed_of(text)? {
            Deed::Now(act) => (watch, act),
            Deed::When(own, act) if at_s.is_none() && watch.is_none() => (Some(own), act),
            Deed::When(..) => return Err(format!("`{text}` says itself when; leave out --at and --when")),
        };
        Ok(match (at_s, watch) {
            (Some(at_s), _) => Request::At {
                at_us: points::Span::from_s(at_s)
                    .ok_or_else(|| format!("`--at {at_s}` is no time in seconds"))?
                    .as_us(),
                act,
            },
            (None, Some(watch)) => Request::When { watch, act },
            (None, None) => Request::Act(act),
        })
    };
    let acts = acts.iter().map(parse).collect::<Result<Vec<Request>, String>>()?;
    let clear = clear.then_some(Request::Clear);
    Ok(clear.into_iter().chain(acts).chain([Request::Report]).collect())
}

/// An act as in a scenario, or as JSON.
fn deed_of(text: &str) -> Result<Deed, String> {
    if !text.trim_start().starts_with('{') {
        return deed(text)
            .map_err(|problem| format!("`{text}`, column {}: {}", problem.column, problem.message));
    }
    let act: Act = serde_json::from_str(text).map_err(|error| format!("`{text}` is no act: {error}"))?;
    if act.fits() {
        Ok(Deed::Now(act))
    } else {
        Err(format!(
            "`{act}` is out of range; `hil-rig words` lists the ranges"
        ))
    }
}

/// `QUANTITY above|below VALUE`.
fn watch(words: &[String]) -> Result<Option<Watch>, String> {
    let [name, side, value] = words else {
        return Ok(None);
    };
    let quantity = Quantity::named(name).ok_or_else(|| {
        let names: Vec<&str> = TRUTHS.iter().map(|row| row.name).collect();
        format!(
            "`{name}` is no quantity of the rack's truth; there are {}",
            names.join(", ")
        )
    })?;
    let above = match side.as_str() {
        "above" => true,
        "below" => false,
        other => return Err(format!("`{other}` is no side; write `above` or `below`")),
    };
    let value = value
        .parse()
        .map_err(|_| format!("`{value}` is no number in {}", quantity.row().unit))?;
    Ok(Some(Watch {
        quantity,
        above,
        value,
    }))
}

/// Asks a served rack one thing after the other; gives its last report.
fn ask(socket: &std::path::Path, requests: &[Request]) -> Result<String, String> {
    let lost = |error: std::io::Error| format!("{}: {error}", socket.display());
    let mut stream = std::os::unix::net::UnixStream::connect(socket).map_err(lost)?;
    let hello = Hello {
        version: VERSION,
        role: Role::Control,
    };
    send(&mut stream, &hello).map_err(lost)?;
    if let Welcome::Refused(why) = receive(&mut stream).map_err(lost)? {
        return Err(why);
    }
    let mut told = String::new();
    for request in requests {
        send(&mut stream, request).map_err(lost)?;
        match receive(&mut stream).map_err(lost)? {
            Reply::Report(report) => told = format!("{}\n", serde_json::json!(report)),
            Reply::Refused(why) => return Err(why),
            Reply::Done
            | Reply::Inputs(_)
            | Reply::Faults(_)
            | Reply::Transferred(_)
            | Reply::Exchanged(_)
            | Reply::Text(_) => {}
        }
    }
    Ok(told)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strings(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn an_act_waits_as_the_command_line_says() {
        let door = strings(&[r#"{"door":{"open":true}}"#]);
        let act = Act::Door { open: true };
        let asked = |at_s, when: &[&str], clear| requests(&door, at_s, &strings(when), clear);
        assert_eq!(
            asked(None, &[], false),
            Ok(vec![Request::Act(act), Request::Report])
        );
        assert_eq!(
            asked(Some(12.5), &[], true),
            Ok(vec![
                Request::Clear,
                Request::At {
                    at_us: 12_500_000,
                    act
                },
                Request::Report
            ])
        );
        let watch = Watch {
            quantity: Quantity::Exhaust,
            above: false,
            value: 40.0,
        };
        assert_eq!(
            asked(None, &["exhaust", "below", "40"], false),
            Ok(vec![Request::When { watch, act }, Request::Report])
        );
        for wrong in [
            ["exhaust", "over", "40"],
            ["exhale", "above", "40"],
            ["exhaust", "above", "x"],
        ] {
            assert!(asked(None, &wrong, false).is_err(), "{wrong:?}");
        }
        assert!(asked(Some(-1.0), &[], false).is_err());
    }

    #[test]
    fn an_act_is_text_as_in_a_scenario_or_json() {
        let one = |text: &str, at_s| requests(&strings(&[text]), at_s, &[], false);
        let door = Request::Act(Act::Door { open: true });
        for text in ["door open", r#" {"door":{"open":true}}"#] {
            assert_eq!(one(text, None), Ok(vec![door.clone(), Request::Report]), "{text}");
        }
        let waits = "when exhaust above 70 °C do door open";
        assert!(matches!(
            one(waits, None).as_deref(),
            Ok([Request::When { .. }, Request::Report])
        ));
        for (text, at_s, part) in [
            ("door ajar", None, "column 6"),
            (waits, Some(5.0), "leave out"),
            (r#"{"load":{"power_w":1e9}}"#, None, "out of range"),
            (r#"{"door":{}}"#, None, "no act"),
        ] {
            let error = one(text, at_s).expect_err(text);
            assert!(error.contains(part), "{error}");
        }
    }
}
