use super::*;
use crate::rack::{Act, Fault, Input, Instrument, Quantity, RackConfig, Watch};
use crate::wire::{receive, send};

/// A rack on a socket of its own, served until the test ends.
struct Served {
    path: PathBuf,
    rig: Rig,
    thread: Option<std::thread::JoinHandle<io::Result<()>>>,
}

impl Served {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("rig-{name}-{}.sock", std::process::id()));
        let server = Server::bind(Rack::new(RackConfig::default()), &path, 1.0).expect("a socket");
        Served {
            rig: server.rig(),
            thread: Some(std::thread::spawn(move || server.run())),
            path,
        }
    }

    fn connect(&self, role: Role) -> UnixStream {
        let mut stream = UnixStream::connect(&self.path).expect("it listens");
        let hello = Hello {
            version: VERSION,
            role,
        };
        send(&mut stream, &hello).expect("it hears");
        let welcome: Welcome = receive(&mut stream).expect("it answers");
        assert!(matches!(welcome, Welcome::Ready { .. }), "{welcome:?}");
        stream
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.rig.stop();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn ask(stream: &mut UnixStream, request: &Request) -> Reply {
    send(stream, request).expect("it hears");
    receive(stream).expect("it answers")
}

fn refused(reply: &Reply, why: &str) -> bool {
    matches!(reply, Reply::Refused(text) if text.contains(why))
}

#[test]
fn a_listener_is_told_every_edge_of_a_bounce_in_its_order() {
    let served = Served::new("edges");
    let mut edges = served.connect(Role::Edges);
    let mut levels = || {
        let told: Reply = receive(&mut edges).expect("it is told");
        let Reply::Inputs(levels) = told else {
            panic!("no levels but {told:?}")
        };
        levels
    };
    let mut was = levels();
    let line = Input::Door;
    served.rig.with(|rack| {
        rack.act(&Act::ContactBounce {
            line,
            edges: 9,
            over_us: 4_000,
        });
        rack.act(&Act::Door { open: true });
    });
    let mut seen = 0;
    while seen < 9 {
        let now = levels();
        // Told again once a second though nothing has changed.
        if now != was {
            assert_eq!(now ^ was, 1 << line as u8, "one edge at a time");
            (was, seen) = (now, seen + 1);
        }
    }
    assert_eq!(was >> line as u8 & 1, 0, "the door is open");
}

#[test]
fn acts_wait_and_faults_are_told_over_the_socket() {
    let served = Served::new("acts");
    let mut control = served.connect(Role::Control);
    let door = Act::Door { open: true };
    let past = Request::At { at_us: 1, act: door };
    assert!(refused(&ask(&mut control, &past), "has passed"));
    let watch = Watch {
        quantity: Quantity::Exhaust,
        above: true,
        value: f64::NAN,
    };
    assert!(refused(
        &ask(&mut control, &Request::When { watch, act: door }),
        "finite"
    ));
    let wild = Act::Fault {
        instrument: Instrument::Loops,
        fault: Fault::BadCrc,
        amount: None,
    };
    assert!(refused(&ask(&mut control, &Request::Act(wild)), "go together"));
    let late = Request::At {
        at_us: u64::MAX,
        act: door,
    };
    let watch = Watch { value: 1e6, ..watch };
    for request in [late, Request::When { watch, act: door }] {
        assert_eq!(ask(&mut control, &request), Reply::Done);
    }
    let waiting = || {
        served
            .rig
            .with(|rack| (rack.waiting().0.count(), rack.waiting().1.count()))
    };
    assert_eq!(waiting(), (1, 1));
    assert_eq!(ask(&mut control, &Request::Clear), Reply::Done);
    assert_eq!(waiting(), (0, 0));
    let drift = Act::Fault {
        instrument: Instrument::Draft,
        fault: Fault::Drift,
        amount: Some(2.0),
    };
    assert_eq!(ask(&mut control, &Request::Act(drift)), Reply::Done);
    assert_eq!(ask(&mut control, &Request::Faults), Reply::Faults(vec![drift]));
}

#[test]
fn what_a_silent_adapter_hands_over_is_all_that_is_sent() {
    let served = Served::new("silent");
    let mut bus = served.connect(Role::Bus("fan".into()));
    let identity = Request::Transfer {
        address: 0x2E,
        operations: vec![WireOperation::Write(vec![0xFD]), WireOperation::Read(2)],
    };
    assert_eq!(ask(&mut bus, &identity), Reply::Transferred(Ok(vec![0x34, 0x5D])));
    let instrument = Instrument::Fan;
    for (fault, amount, bytes) in [
        (Fault::QuietNack, None, vec![]),
        (Fault::QuietShort, Some(1.0), vec![0x34]),
    ] {
        served.rig.with(|rack| {
            rack.act(&Act::Fault {
                instrument,
                fault,
                amount,
            })
        });
        assert_eq!(
            ask(&mut bus, &identity),
            Reply::Transferred(Ok(bytes)),
            "{fault:?}"
        );
        served.rig.with(|rack| {
            rack.act(&Act::Mend {
                instrument,
                fault: None,
            })
        });
    }
    assert_eq!(ask(&mut bus, &identity), Reply::Transferred(Ok(vec![0x34, 0x5D])));
}

#[test]
fn a_rack_in_step_shows_the_machines_clock_but_for_whole_grids() {
    let path = std::env::temp_dir().join(format!("rig-step-{}.sock", std::process::id()));
    let grid = Duration::from_secs(10);
    let server = Server::bind_in_step(Rack::new(RackConfig::default()), &path, grid).expect("a socket");
    let clock = server.shared.clock;
    assert_eq!(clock.virtual_us % 10_000_000, clock.monotonic_us % 10_000_000);
    assert!(clock.virtual_us < crate::rack::START_US + 10_000_000);
    server.rig().stop();
    server.run().expect("it ends");
}
