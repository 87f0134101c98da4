//! The same questions to this server and to the stock one: answers are the same to the byte, but for those that are listed
//! with their reason.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

use points::host::TierSet;
use rack_controller::hosts::nut::plan::{Digest, User};
use rack_controller::hosts::plan::Plan;

use super::nut_hosts::{Served, runs};
use super::support::{Process, directory, eventually, seconds};

const UPSD: &str = "/lib/nut/upsd";
const DRIVER: &str = "/lib/nut/dummy-ups";
/// Attempts to take a port that was free a moment ago: the stock server cannot choose one itself.
const PORTS: usize = 5;

/// The stock server with a UPS `rack` that has the variables of ours, and a user who may do what an `upsmon` may and set
/// variables.
pub(super) struct Stock {
    pub(super) at: SocketAddr,
    _server: Process,
    _driver: Process,
    _directory: tempfile::TempDir,
}

impl Stock {
    pub(super) fn start() -> Option<Stock> {
        if !runs(&[UPSD, DRIVER]) {
            return None;
        }
        let directory = directory();
        let path = directory.path();
        let write = |name: &str, text: &str| {
            let file = path.join(name);
            std::fs::write(&file, text).expect("a file");
            std::fs::set_permissions(&file, PermissionsExt::from_mode(0o600)).expect("its owner may");
        };
        let device = path.join("rack.dev");
        write(
            "ups.conf",
            &format!(
                "[rack]\ndriver = dummy-ups\nport = {}\nmode = dummy-once\ndesc = \"Rack\"\n",
                device.display()
            ),
        );
        write(
            "rack.dev",
            "device.mfr: rack-controller\ndevice.model: rack\ndevice.type: rack\nups.mfr: rack-controller\n\
             ups.model: rack\nups.realpower: 2500\nups.status: OL\nups.temperature: 31.4\n",
        );
        write(
            "upsd.users",
            "[host]\npassword = sesame\nupsmon primary\nactions = SET\n",
        );
        let place = |command: &mut Command| {
            command.env("NUT_CONFPATH", path).env("NUT_STATEPATH", path);
        };
        let mut driver = Command::new(DRIVER);
        place(driver.args(["-F", "-u", "root", "-a", "rack"]));
        let driver = Process::start("dummy-ups", &mut driver);
        eventually("the driver listens", seconds(10.0), || {
            path.join("dummy-ups-rack").exists().then_some(())
        });
        for _ in 0..PORTS {
            let free = TcpListener::bind("127.0.0.1:0").expect("a port");
            let at = free.local_addr().expect("it listens");
            drop(free);
            write("upsd.conf", &format!("LISTEN 127.0.0.1 {}\n", at.port()));
            let mut command = Command::new(UPSD);
            place(command.args(["-F", "-u", "root"]));
            let mut server = Process::start("upsd", &mut command);
            let answers = eventually("the stock server answers or ends", seconds(10.0), || {
                if server.ended().is_some() {
                    return Some(false);
                }
                let mut talk = Talk::to(at)?;
                (talk.ask("GET VAR rack ups.status") == "VAR rack ups.status \"OL\"\n").then_some(true)
            });
            if answers {
                return Some(Stock {
                    at,
                    _server: server,
                    _driver: driver,
                    _directory: directory,
                });
            }
        }
        panic!("the stock server got no port");
    }

    /// So many are logged in.
    #[track_caller]
    pub(super) fn logged_in(&self, count: usize) {
        let expected = format!("NUMLOGINS rack {count}\n");
        eventually("logins at the stock server", seconds(20.0), || {
            (Talk::to(self.at)?.ask("GET NUMLOGINS rack") == expected).then_some(())
        });
    }
}

/// A dialogue.
pub(super) struct Talk {
    stream: TcpStream,
    answers: BufReader<TcpStream>,
}

impl Talk {
    pub(super) fn to(at: SocketAddr) -> Option<Talk> {
        let stream = TcpStream::connect(at).ok()?;
        stream.set_read_timeout(Some(seconds(5.0))).ok()?;
        let answers = BufReader::new(stream.try_clone().ok()?);
        Some(Talk { stream, answers })
    }

    /// The whole answer: a line, or a list to its end.
    pub(super) fn ask(&mut self, line: &str) -> String {
        self.stream
            .write_all(format!("{line}\n").as_bytes())
            .expect("it is taken");
        let mut text = String::new();
        loop {
            let from = text.len();
            if self.answers.read_line(&mut text).expect("an answer") == 0 {
                return text + "(closed)";
            }
            if !text.starts_with("BEGIN LIST") || text[from..].starts_with("END LIST") {
                return text;
            }
        }
    }
}

/// Every request of the protocol, right and wrong, in one dialogue: first by nobody, then by a user, then logged in.
const ASKED: &[&str] = &[
    "GET",
    "GET VAR",
    "GET VAR rack",
    "GET VAR rack ups.status",
    "get var \"RACK\" UPS.STATUS x",
    "GET VAR nix ups.status",
    "GET VAR rack nix",
    "GET VAR rack ups.realpower",
    "GET VAR rack server.info",
    "GET VAR rack server.version",
    "GET TYPE rack ups.status",
    "GET TYPE rack ups.temperature",
    "GET TYPE rack nix",
    "GET TYPE nix ups.status",
    "GET TYPE rack server.info",
    "GET DESC rack ups.status",
    "GET DESC rack ups.temperature",
    "GET DESC rack device.type",
    "GET DESC rack nix",
    "GET DESC nix ups.status",
    "GET CMDDESC rack nix",
    "GET CMDDESC rack load.off",
    "GET CMDDESC nix load.off",
    "GET UPSDESC rack",
    "GET UPSDESC nix",
    "GET UPSDESC",
    "GET NUMLOGINS rack",
    "GET NUMLOGINS nix",
    "GET NUMLOGINS",
    "GET TRACKING",
    "GET TRACKING 1",
    "GET NIX rack",
    "LIST",
    "LIST UPS",
    "LIST UPS x",
    "LIST VAR rack",
    "LIST VAR",
    "LIST VAR nix",
    "LIST RW rack",
    "LIST RW nix",
    "LIST CMD rack",
    "LIST CMD nix",
    "LIST ENUM rack ups.status",
    "LIST ENUM rack nix",
    "LIST ENUM rack",
    "LIST ENUM nix ups.status",
    "LIST RANGE rack ups.status",
    "LIST RANGE rack nix",
    "LIST RANGE nix ups.status",
    "LIST CLIENT rack",
    "LIST CLIENT",
    "LIST CLIENT nix",
    "LIST NIX rack",
    "VER",
    "VER x",
    "NETVER",
    "netver",
    "NETVER x",
    "PROTVER",
    "HELP",
    "HELP x",
    "STARTTLS",
    "STARTTLS x",
    "FSD",
    "FSD rack",
    "SET",
    "SET VAR rack",
    "SET VAR rack ups.status OL",
    "SET NIX rack a b",
    "SET TRACKING ON",
    "INSTCMD",
    "INSTCMD rack",
    "INSTCMD rack load.off",
    "LOGIN",
    "LOGIN rack",
    "PRIMARY rack",
    "MASTER rack",
    "USERNAME",
    "USERNAME a b",
    "USERNAME host",
    "USERNAME host",
    "FSD nix",
    "LOGIN rack",
    "PASSWORD",
    "PASSWORD sesame",
    "PASSWORD sesame",
    "FSD",
    "FSD nix",
    "SET",
    "SET VAR rack",
    "SET VAR rack ups.status",
    "SET VAR nix ups.status OL",
    "SET VAR rack nix 1",
    "SET VAR rack ups.status OL",
    "SET NIX rack a b",
    "SET TRACKING 1",
    "SET TRACKING OFF",
    "INSTCMD",
    "INSTCMD rack",
    "INSTCMD rack nix",
    "INSTCMD nix nix",
    "PRIMARY",
    "PRIMARY nix",
    "PRIMARY rack",
    "MASTER nix",
    "MASTER rack",
    "LOGIN",
    "LOGIN nix",
    "LOGIN rack",
    "LOGIN rack",
    "LOGIN nix",
    "GET NUMLOGINS rack",
    "LIST CLIENT rack",
    "NIX",
    "",
    "  ",
    "# a comment",
    "GET VAR rack \"ups.status\" # poll",
    "GET VAR rack ups\\.status",
    "FSD rack",
    "LOGOUT x",
    "LOGOUT",
];

/// What a wrong password hears.
const ASKED_BY_A_STRANGER: &[&str] = &[
    "USERNAME host",
    "PASSWORD no",
    "LOGIN rack",
    "PRIMARY rack",
    "MASTER rack",
    "LOGIN nix",
    "GET VAR rack ups.temperature",
    "GET NUMLOGINS rack",
    "LIST CLIENT rack",
    "FSD rack",
    "INSTCMD rack nix",
    "LOGOUT",
];

/// Where the answers differ: the request, ours, the stock server's, and why.
const APART: &[(&str, &str, &str, &str)] = &[
    (
        "GET VAR rack server.version",
        concat!("VAR rack server.version \"", env!("CARGO_PKG_VERSION"), "\"\n"),
        "VAR rack server.version \"2.8.0\"\n",
        "it is another server",
    ),
    (
        "GET VAR rack server.info",
        concat!(
            "VAR rack server.info \"rack-controller ",
            env!("CARGO_PKG_VERSION"),
            " - NUT protocol 1.3\"\n"
        ),
        "VAR rack server.info \"Network UPS Tools upsd 2.8.0 - http://www.networkupstools.org/\"\n",
        "it is another server",
    ),
    (
        "VER",
        concat!(
            "rack-controller ",
            env!("CARGO_PKG_VERSION"),
            " - NUT protocol 1.3\n"
        ),
        "Network UPS Tools upsd 2.8.0 - http://www.networkupstools.org/\n",
        "it is another server",
    ),
    (
        "GET TYPE rack ups.status",
        "TYPE rack ups.status STRING:64\n",
        "TYPE rack ups.status RW STRING:32\n",
        "dummy-ups lets everything be written, this server nothing; texts may be longer",
    ),
    (
        "GET TYPE rack ups.temperature",
        "TYPE rack ups.temperature NUMBER\n",
        "TYPE rack ups.temperature RW NUMBER\n",
        "dummy-ups lets everything be written, this server nothing",
    ),
    (
        "GET DESC rack device.type",
        "DESC rack device.type \"Device type (ups, pdu, scd, psu)\"\n",
        "DESC rack device.type \"Description unavailable\"\n",
        "its table of texts lacks this one; a newer one has it",
    ),
    (
        "LIST RW rack",
        "BEGIN LIST RW rack\nEND LIST RW rack\n",
        "BEGIN LIST RW rack\nRW rack device.mfr \"rack-controller\"\nRW rack device.model \"rack\"\n\
         RW rack device.type \"rack\"\nRW rack ups.mfr \"rack-controller\"\nRW rack ups.model \"rack\"\n\
         RW rack ups.realpower \"2500\"\nRW rack ups.status \"OL\"\nRW rack ups.temperature \"31.4\"\nEND LIST RW rack\n",
        "dummy-ups lets everything be written, this server nothing",
    ),
    (
        "SET VAR rack ups.status OL",
        "ERR READONLY\n",
        "OK\n",
        "nothing is written from the network",
    ),
    (
        "LIST CMD rack",
        "BEGIN LIST CMD rack\nEND LIST CMD rack\n",
        "BEGIN LIST CMD rack\nCMD rack load.off\nEND LIST CMD rack\n",
        "no command is taken from the network",
    ),
    (
        "GET CMDDESC rack load.off",
        "CMDDESC rack load.off \"Description unavailable\"\n",
        "CMDDESC rack load.off \"Turn off the load immediately\"\n",
        "it has no such command",
    ),
    (
        "SET TRACKING OFF",
        "ERR FEATURE-NOT-CONFIGURED\n",
        "OK\n",
        "nothing is ever tracked: there is nothing to track",
    ),
    (
        "FSD rack",
        "ERR ACCESS-DENIED\n",
        "OK FSD-SET\n",
        "only the core orders a shutdown, nobody on the network",
    ),
];

fn served() -> Served {
    let mut plan = Plan::default();
    plan.nut.users.push(User {
        name: "host".into(),
        password: Digest::of(b"sesame"),
        tiers: TierSet::EMPTY.with(0),
    });
    Served::start(plan)
}

/// Without what the stock server says of its driver, which this one has not.
fn without_driver(answer: &str) -> String {
    let of_driver = |line: &&str| !line.contains("driver.");
    answer.split_inclusive('\n').filter(of_driver).collect::<String>()
}

#[test]
fn the_answers_are_those_of_the_stock_server() {
    let Some(stock) = Stock::start() else { return };
    let served = served();
    let mut used = std::collections::BTreeSet::new();
    let (mut same, mut wrong) = (0, Vec::new());
    for asked in [ASKED_BY_A_STRANGER, ASKED] {
        let [mut ours, mut theirs] = [served.at, stock.at].map(|at| Talk::to(at).expect("it listens"));
        for line in asked {
            let (ours, theirs) = (ours.ask(line), without_driver(&theirs.ask(line)));
            let listed = APART
                .iter()
                .position(|(request, our, their, _)| request == line && *our == ours && *their == theirs);
            if ours == theirs {
                same += 1;
            } else if let Some(place) = listed {
                used.insert(place);
            } else {
                wrong.push(format!("{line:?}: {ours:?}, the stock server {theirs:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(used.len(), APART.len(), "every exception is still one: {used:?}");
    println!("{same} answers are the same, {} differ as listed", used.len());
}

#[test]
fn the_stock_tools_show_the_same() {
    let tools = ["/usr/bin/upsc", "/usr/bin/upsrw", "/usr/bin/upscmd"];
    if !runs(&tools) {
        return;
    }
    let Some(stock) = Stock::start() else { return };
    let served = served();
    let run = |at: SocketAddr, line: &str| {
        let line = line.replace('@', &format!("@{at}"));
        let line = line.replace("HOST", &at.to_string());
        let mut words = line.split(' ');
        let output = Command::new(words.next().expect("a tool"))
            .args(words)
            .stdin(Stdio::null())
            .output()
            .expect("it runs");
        let text = [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
        let text = text.concat().replace(&at.to_string(), "HOST");
        (output.status.code(), without_driver(&text))
    };
    for line in [
        "upsc -l HOST",
        "upsc -L HOST",
        "upsc rack@",
        "upsc rack@ ups.status",
        "upsc rack@ nix",
        "upsc nix@",
        "upsc -c rack@",
        "upscmd -u host -p sesame rack@ nix",
        "upsrw -s nix=1 -u host -p sesame rack@",
        "upscmd -l nix@",
        "upsrw nix@",
    ] {
        assert_eq!(run(served.at, line), run(stock.at, line), "{line}");
    }
    // What differs by intent: nothing can be written or commanded here.
    let refused = |line: &str, why: &str| {
        let (code, text) = run(served.at, line);
        assert!(code != Some(0) && text.contains(why), "{line}: {code:?} {text}");
    };
    refused("upsrw -s ups.status=OB -u host -p sesame rack@", "READONLY");
    refused("upscmd -u host -p sesame rack@ load.off", "CMD-NOT-SUPPORTED");
    assert_eq!(run(served.at, "upsrw rack@").0, Some(0));
    assert_eq!(run(served.at, "upscmd -l rack@").0, Some(0));
}
