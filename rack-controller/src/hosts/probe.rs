//! Probes: a TCP port and ICMP echoes.
//!
//! A connection that is refused was answered by a running host; only silence, or a router that says "unreachable", shows it
//! off. ICMP goes over the kernel's ping sockets, which need no privilege but its leave
//! (`net.ipv4.ping_group_range`, icmp(7)).

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
    let (mut tcp, mut icmp, mut number) = (Judge::default(), Judge::default(), 0u16);
    let mut unable = false;
    loop {
        let began = Instant::now();
        let note = |by, says: Option<Says>| {
            if let Some(says) = says {
                let now = Instant::now();
                sightings.note(place, by, says, now, orders.told(now).incident);
            }
        };
        if let Some(at) = probe.tcp {
            note(Observation::Tcp, tcp.heard(port_answers(at)));
        }
        if let Some(at) = probe.icmp {
            number = number.wrapping_add(1);
            match echo(at, number) {
                Ok(answers) => note(Observation::Icmp, icmp.heard(answers)),
                Err(error) if !unable => {
                    unable = true;
                    log::line(&format!(
                        "{name}: no ICMP echoes: {error}; allow them with `sysctl net.ipv4.ping_group_range=\"0 2147483647\"`"
                    ));
                }
                Err(_) => {}
            }
        }
        std::thread::sleep(EVERY.saturating_sub(began.elapsed()));
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
fn port_answers(at: SocketAddr) -> bool {
    match std::net::TcpStream::connect_timeout(&at, PATIENCE) {
        Ok(_) => true,
        Err(error) => matches!(
            error.kind(),
            io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionReset
        ),
    }
}

/// Types of messages: RFC 792 and RFC 4443.
const ECHO: (u8, u8) = (8, 128);
const ECHO_REPLY: (u8, u8) = (0, 129);

/// Whether an address answers an echo. The kernel fills in identity and check sum.
fn echo(at: IpAddr, number: u16) -> io::Result<bool> {
    let (family, protocol, kind, reply) = match at {
        IpAddr::V4(_) => (AddressFamily::INET, ipproto::ICMP, ECHO.0, ECHO_REPLY.0),
        IpAddr::V6(_) => (AddressFamily::INET6, ipproto::ICMPV6, ECHO.1, ECHO_REPLY.1),
    };
    let socket = rustix::net::socket(family, SocketType::DGRAM, Some(protocol))?;
    rustix::net::sockopt::set_socket_timeout(&socket, rustix::net::sockopt::Timeout::Recv, Some(PATIENCE))?;
    let [high, low] = number.to_be_bytes();
    let message = [kind, 0, 0, 0, 0, 0, high, low];
    match rustix::net::sendto(&socket, &message, SendFlags::empty(), &SocketAddr::new(at, 0)) {
        Ok(_) => {}
        // No way there: as silent as it can be.
        Err(rustix::io::Errno::HOSTUNREACH | rustix::io::Errno::NETUNREACH) => return Ok(false),
        Err(error) => return Err(error.into()),
    }
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
            Err(_) => return Ok(false),
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
        assert!(port_answers(at));
        drop(listener);
        assert!(port_answers(at), "a closed port of a running host");
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
            Ok(answers) => assert!(answers),
            Err(error) => println!("skipped: ICMP echoes are not allowed here: {error}"),
        }
    }
}
