//! Probes: a TCP port and ICMP echoes.
//!
//! A connection that is refused was answered by a running host; only silence, or somebody who says "host unreachable", shows it
//! off. Where this machine itself has no way there, because its network, route or link is down, nothing was looked at and nothing
//! is said: all hosts would seem off at once ([`route`]). ICMP goes over the kernel's ping sockets, which need no privilege but its leave
//! (`net.ipv4.ping_group_range`, icmp(7)).

mod route;

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use points::host::{Observation, Says};
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketType, ipproto};
use serde::{Deserialize, Serialize};

use super::order::Orders;
use super::plan::Plan;
use super::sightings::Sightings;
use crate::log;

/// Time between two probes of one host.
const EVERY: Duration = Duration::from_secs(2);
/// A host that does not answer for so long is silent.
const PATIENCE: Duration = Duration::from_millis(1500);
/// Silences in a row that show it off: one packet may be lost.
pub const SILENCES: u32 = 2;
/// Stack of a thread, in bytes.
const STACK: usize = 256 << 10;

/// What of a target is probed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProbePlan {
    /// A TCP port.
    pub tcp: Option<SocketAddr>,
    /// An address that answers ICMP echoes.
    pub icmp: Option<IpAddr>,
}

/// Starts a thread for every target that is probed: a host that takes its time holds up no other. They live as long as the
/// process.
///
/// # Errors
/// When a thread cannot be started.
pub fn start(plan: &Plan, orders: &Orders, sightings: &Sightings) -> io::Result<()> {
    for (place, target) in plan.targets.iter().enumerate() {
        let Some(probe) = target.probe else { continue };
        let (orders, sightings, name) = (orders.clone(), sightings.clone(), target.name.clone());
        std::thread::Builder::new()
            .name(format!("probe-{place}"))
            .stack_size(STACK)
            .spawn(move || watch(place, &name, probe, &orders, &sightings))?;
    }
    Ok(())
}

fn watch(place: usize, name: &str, probe: ProbePlan, orders: &Orders, sightings: &Sightings) {
    let (mut tcp, mut icmp, mut number) = (Way::default(), Way::default(), 0u16);
    loop {
        let began = Instant::now();
        let note = |by, says: Option<Says>| {
            if let Some(says) = says {
                let now = Instant::now();
                sightings.note(place, by, says, now, orders.told(now).incident);
            }
        };
        if let Some(at) = probe.tcp {
            let heard = tcp.heard(name, "port", checked(at.ip(), port_answers(at)));
            note(Observation::Tcp, heard);
        }
        if let Some(at) = probe.icmp {
            number = number.wrapping_add(1);
            let heard = icmp.heard(name, "ICMP echo", checked(at, echo(at, number)));
            note(Observation::Icmp, heard);
        }
        std::thread::sleep(EVERY.saturating_sub(began.elapsed()));
    }
}

/// What came of a probe.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Heard {
    /// Somebody answers.
    Answer,
    /// Nobody does.
    Silence,
    /// Nothing was looked at, and why.
    Nothing(String),
}

/// A silence is one of the host only while this machine's own link there is up.
fn checked(at: IpAddr, heard: Heard) -> Heard {
    match (&heard, route::dead_link(at)) {
        (Heard::Silence, Some(link)) => Heard::Nothing(format!("this machine's own link {link} is down")),
        (Heard::Answer | Heard::Silence | Heard::Nothing(_), _) => heard,
    }
}

/// What an error of a probe says: of the host, or of this machine.
fn judged(error: &io::Error) -> Heard {
    use io::ErrorKind as Kind;
    let kind = error.kind();
    if matches!(kind, Kind::ConnectionRefused | Kind::ConnectionReset) {
        Heard::Answer
    } else if matches!(kind, Kind::TimedOut | Kind::WouldBlock | Kind::HostUnreachable) {
        // Nobody answers for that address on the own network either, or a router says so.
        Heard::Silence
    } else {
        Heard::Nothing(error.to_string())
    }
}

/// One way of probing: its word, and its trouble, told once for each episode.
#[derive(Debug, Default)]
struct Way {
    judge: Judge,
    unable: bool,
}

impl Way {
    fn heard(&mut self, name: &str, what: &str, heard: Heard) -> Option<Says> {
        let answers = match heard {
            Heard::Answer => true,
            Heard::Silence => false,
            Heard::Nothing(why) => {
                // A silence of before is no half of one that comes after.
                self.judge = Judge::default();
                if !std::mem::replace(&mut self.unable, true) {
                    log::line(&format!(
                        "{name}: its {what} is not looked at, nothing is said of it: {why}"
                    ));
                }
                return None;
            }
        };
        if std::mem::replace(&mut self.unable, false) {
            log::line(&format!("{name}: its {what} is looked at again"));
        }
        self.judge.heard(answers)
    }
}

/// Turns answers into a word: one answer says up at once, silence has to last.
#[derive(Debug, Default)]
struct Judge(u32);

impl Judge {
    fn heard(&mut self, answers: bool) -> Option<Says> {
        self.0 = if answers { 0 } else { self.0.saturating_add(1) };
        match self.0 {
            0 => Some(Says::Up),
            silences if silences >= SILENCES => Some(Says::Off),
            _ => None,
        }
    }
}

/// Whether somebody answers at a port, be it with a refusal.
fn port_answers(at: SocketAddr) -> Heard {
    match std::net::TcpStream::connect_timeout(&at, PATIENCE) {
        Ok(_) => Heard::Answer,
        Err(error) => judged(&error),
    }
}

/// Types of messages: RFC 792 and RFC 4443.
const ECHO: (u8, u8) = (8, 128);
const ECHO_REPLY: (u8, u8) = (0, 129);

/// Whether an address answers an echo.
fn echo(at: IpAddr, number: u16) -> Heard {
    match ask_echo(at, number) {
        Ok(true) => Heard::Answer,
        Ok(false) => Heard::Silence,
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Heard::Nothing(format!(
            "{error}; allow echoes with `sysctl net.ipv4.ping_group_range=\"0 2147483647\"`"
        )),
        Err(error) => judged(&error),
    }
}

/// Whether an echo comes back in time. The kernel fills in identity and check sum.
fn ask_echo(at: IpAddr, number: u16) -> io::Result<bool> {
    let (family, protocol, kind, reply) = match at {
        IpAddr::V4(_) => (AddressFamily::INET, ipproto::ICMP, ECHO.0, ECHO_REPLY.0),
        IpAddr::V6(_) => (AddressFamily::INET6, ipproto::ICMPV6, ECHO.1, ECHO_REPLY.1),
    };
    let socket = rustix::net::socket(family, SocketType::DGRAM, Some(protocol))?;
    rustix::net::sockopt::set_socket_timeout(&socket, rustix::net::sockopt::Timeout::Recv, Some(PATIENCE))?;
    let [high, low] = number.to_be_bytes();
    let message = [kind, 0, 0, 0, 0, 0, high, low];
    rustix::net::sendto(&socket, &message, SendFlags::empty(), &SocketAddr::new(at, 0))?;
    let until = Instant::now() + PATIENCE;
    let mut bytes = [0u8; 64];
    while Instant::now() < until {
        match rustix::net::recv(&socket, &mut bytes, RecvFlags::empty()) {
            Ok((got, _)) => {
                let own = bytes.get(..got).is_some_and(|bytes| {
                    bytes.first() == Some(&reply) && bytes.get(6..8) == Some(&[high, low])
                });
                if own {
                    return Ok(true);
                }
            }
            Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_an_answer_and_silence_has_to_last() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let at = listener.local_addr().expect("its address");
        assert_eq!(port_answers(at), Heard::Answer);
        drop(listener);
        assert_eq!(port_answers(at), Heard::Answer, "a closed port of a running host");
        let mut judge = Judge::default();
        let heard: Vec<_> = [true, false, false, false, true]
            .map(|answers| judge.heard(answers))
            .into();
        assert_eq!(
            heard,
            [
                Some(Says::Up),
                None,
                Some(Says::Off),
                Some(Says::Off),
                Some(Says::Up)
            ]
        );
    }

    #[test]
    fn an_echo_comes_back_where_the_kernel_allows_them() {
        match echo(IpAddr::from([127, 0, 0, 1]), 7) {
            Heard::Nothing(why) => println!("skipped: ICMP echoes are not allowed here: {why}"),
            heard @ (Heard::Answer | Heard::Silence) => assert_eq!(heard, Heard::Answer),
        }
    }

    #[test]
    fn what_is_wrong_with_this_machine_shows_no_host_off() {
        use rustix::io::Errno;
        let of = |errno: Errno| judged(&io::Error::from(errno));
        for errno in [
            Errno::NETUNREACH,
            Errno::NETDOWN,
            Errno::ADDRNOTAVAIL,
            Errno::PERM,
            Errno::MFILE,
        ] {
            assert!(matches!(of(errno), Heard::Nothing(_)), "{errno}");
        }
        // Nobody on the own network has that address, or a router there knows it to be gone.
        assert_eq!(
            (of(Errno::HOSTUNREACH), of(Errno::TIMEDOUT)),
            (Heard::Silence, Heard::Silence)
        );
        // A silence, trouble of this machine, a silence: not two in a row.
        let mut way = Way::default();
        let nothing = || Heard::Nothing("no route".into());
        let heard = [
            Heard::Silence,
            nothing(),
            nothing(),
            Heard::Silence,
            Heard::Silence,
        ];
        let said = heard.map(|heard| way.heard("web-1", "port", heard));
        assert_eq!(said, [None, None, None, None, Some(Says::Off)]);
    }

    #[test]
    fn an_address_without_a_way_there_is_not_silent() {
        // To a broadcast no connection leads: the kernel says that the network cannot be reached, on any machine.
        let heard = port_answers(SocketAddr::from(([127, 255, 255, 255], 9)));
        assert!(matches!(heard, Heard::Nothing(_)), "{heard:?}");
    }
}
