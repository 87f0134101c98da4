//! Modbus as a building management sees it: a foreign client reads the self-test block in the right order, points say
//! what the page says, and bad requests get the answer of the book while the server goes on serving.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::Command;
use std::time::{Duration, Instant};

use points::fixed;
use points::point::{self, Point};
use points::{Quality, Span};
use serde_json::Value;
use tempfile::TempDir;

use super::support::{Core, ROOT, Rig, configuration, core, directory, eventually, seconds};

/// Longest an answer may take.
const PATIENCE: Duration = Duration::from_secs(3);
/// The owner's limit for a request that has begun, and what a busy machine may add.
const REQUEST_S: (f64, f64) = (5.0, 2.0);
/// Points of which each is read for itself and compared with the page.
const COMPARED: [&str; 20] = [
    "room.temperature",
    "rack.inlet.left.temperature",
    "rack.board.1.temperature",
    "rack.board.8.temperature",
    "rack.ceiling.temperature",
    "rack.exhaust.a.temperature",
    "rack.exhaust.temperature",
    "room.humidity",
    "rack.draft.pressure",
    "filter.left.pressure",
    "chamber.suction.pressure",
    "flow.extracted",
    "blower.a.speed",
    "blower.b.speed",
    "door.open",
    "smoke.a",
    "extinguisher.left.state",
    "feed.a.energy",
    "it.power",
    "controller.regime",
];

struct Served {
    core: Core,
    _rig: Rig,
    _directory: TempDir,
}

fn served() -> Served {
    let directory = directory();
    let rig = Rig::start(directory.path(), 1.0, 5000.0);
    let config = configuration(directory.path(), |_| {});
    let data = core::commissioned(directory.path());
    let core = Core::start(&config, &data, &rig);
    core.served(20.0);
    Served {
        core,
        _rig: rig,
        _directory: directory,
    }
}

fn connect(at: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect_timeout(&at, PATIENCE).expect("the server listens");
    stream.set_read_timeout(Some(PATIENCE)).expect("a socket");
    stream.set_nodelay(true).expect("a socket");
    stream
}

fn framed(transaction: u16, unit: u8, pdu: &[u8]) -> Vec<u8> {
    let mut frame = transaction.to_be_bytes().to_vec();
    frame.extend([0, 0]);
    frame.extend(u16::try_from(pdu.len() + 1).expect("short").to_be_bytes());
    frame.push(unit);
    frame.extend(pdu);
    frame
}

/// One answer: its transaction and its PDU.
fn receive(stream: &mut TcpStream, unit: u8) -> (u16, Vec<u8>) {
    let mut head = [0; 7];
    stream.read_exact(&mut head).expect("an answer");
    assert_eq!((head[2], head[3], head[6]), (0, 0, unit), "{head:?}");
    let mut pdu = vec![0; usize::from(u16::from_be_bytes([head[4], head[5]])) - 1];
    stream.read_exact(&mut pdu).expect("a whole answer");
    (u16::from_be_bytes([head[0], head[1]]), pdu)
}

fn ask(stream: &mut TcpStream, unit: u8, pdu: &[u8]) -> Vec<u8> {
    stream
        .write_all(&framed(0x5A5A, unit, pdu))
        .expect("the server listens");
    let (transaction, answer) = receive(stream, unit);
    assert_eq!(transaction, 0x5A5A);
    answer
}

fn registers(stream: &mut TcpStream, function: u8, first: u16, count: u16) -> Vec<u16> {
    let ([a, b], [c, d]) = (first.to_be_bytes(), count.to_be_bytes());
    let answer = ask(stream, 1, &[function, a, b, c, d]);
    assert_eq!(answer[0], function, "{first}+{count}: {answer:?}");
    assert_eq!(usize::from(answer[1]), 2 * usize::from(count));
    let pairs = answer[2..].chunks_exact(2);
    pairs.map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect()
}

/// Waits until the server closes the connection; gives what came before and how long it took.
fn closed(stream: &mut TcpStream, within: f64) -> (Vec<u8>, Duration) {
    let began = Instant::now();
    stream.set_read_timeout(Some(seconds(within))).expect("a socket");
    let mut rest = Vec::new();
    match stream.read_to_end(&mut rest) {
        Ok(_) => {}
        Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset, "it stays open"),
    }
    (rest, began.elapsed())
}

/// A point's value and quality against the page's, from pictures of one tick.
fn agree(stream: &mut TcpStream, core: &Core, point: &Point) {
    agree_by(core, point, |first, count| {
        Some(registers(stream, 4, first, count))
    });
}

/// The same by whatever reads registers; nothing when it cannot run.
fn agree_by(core: &Core, point: &Point, mut read: impl FnMut(u16, u16) -> Option<Vec<u16>>) {
    let block = point::BLOCKS
        .iter()
        .find(|block| (block.first..=block.last).contains(&point.register))
        .expect("a point lies in a block");
    let what = format!("{point} on the page and in the registers of one tick");
    let (picture, words) = eventually(&what, seconds(10.0), || {
        let words = read(block.first, block.last - block.first + 1)?;
        let picture = core.snapshot()?;
        assert_eq!(words.first(), words.last(), "a block is of one picture");
        (picture["tick"].as_u64()? & 0xFFFF == u64::from(words[0])).then_some((picture, words))
    });
    let at = usize::from(point.register - block.first);
    let value = fixed::decode(point.row, [words[at], words[at + 1]]);
    let status = words[at + usize::from(point.row.words)];
    let page: &Value = &picture["points"][point.to_string()];
    let (Some(a), Some(b)) = (value, page["value"].as_f64()) else {
        assert_eq!((value, page["value"].as_f64()), (None, None), "{point}");
        return same_quality(point, status, page);
    };
    let step = 0.5 * 0.1_f64.powi(point.row.decimals.into());
    assert!(
        (a - b).abs() < step,
        "{point}: {a} in its register, {b} on the page"
    );
    same_quality(point, status, page);
}

fn same_quality(point: &Point, status: u16, page: &Value) {
    let all = [
        Quality::Good,
        Quality::Stale,
        Quality::OutOfRange,
        Quality::Absent,
        Quality::Substituted,
        Quality::Forced,
        Quality::Simulated,
    ];
    let quality = all
        .into_iter()
        .find(|one| fixed::status(*one, Span::ZERO) == status & 0xF000);
    assert_eq!(quality.map(Quality::text), page["quality"].as_str(), "{point}");
    let age = f64::from(status & 0x0FFF);
    let page_age = page["age_s"].as_f64().expect("an age").min(4095.0);
    assert!(
        age <= page_age && page_age < age + 1.1,
        "{point}: {age} s, {page_age} s"
    );
}

#[test]
fn the_registers_say_what_the_page_says() {
    let served = served();
    let mut stream = connect(served.core.modbus);
    let test = registers(&mut stream, 3, 900, 8);
    assert_eq!(
        test,
        [0x1234, 0x1234, 0x5678, 0x42F6, 0xE979, 0x4142, 0x4344, 0xFFFF]
    );
    let head = registers(&mut stream, 4, 0, 14);
    assert_eq!(head[0], point::MAP_VERSION);
    assert_eq!(usize::from(head[1]), point::COUNT);
    assert!(head[13] < 20, "a picture younger than two seconds: {}", head[13]);
    let later = eventually("the heartbeat goes on", seconds(5.0), || {
        let now = registers(&mut stream, 4, 10, 1)[0];
        (now != head[10]).then_some(now)
    });
    assert!(
        (1..=3).contains(&later.wrapping_sub(head[10])),
        "{later} after {}",
        head[10]
    );
    for name in COMPARED {
        agree(&mut stream, &served.core, &point::find(name).expect("a point"));
    }
    let (raised, shown) = eventually("the alarms of one tick", seconds(10.0), || {
        let summary = registers(&mut stream, 3, 100, 100);
        let picture = served.core.snapshot()?;
        let one = picture["tick"].as_u64()? & 0xFFFF == u64::from(summary[0]);
        one.then(|| (summary[2], picture["alarms"].as_array().map_or(0, Vec::len)))
    });
    assert_eq!(usize::from(raised), shown, "alarms raised");
    foreign_client(served.core.modbus);
}

/// The same by two clients of other hands: `mbpoll` reads blocks, pymodbus reads identification, self-test, points,
/// their floats and the settings.
#[test]
fn foreign_clients_read_what_the_page_says() {
    let served = served();
    for name in COMPARED {
        agree_by(
            &served.core,
            &point::find(name).expect("a point"),
            |first, count| {
                let printed = mbpoll(served.core.modbus, "3:hex", first, count)?;
                let words = printed.lines().filter_map(|line| line.split_once("0x"));
                words
                    .map(|(_, word)| u16::from_str_radix(word.trim(), 16).ok())
                    .collect()
            },
        );
    }
    let Some(python) = std::env::var_os("PYMODBUS_PYTHON") else {
        println!("NOTICE: PYMODBUS_PYTHON names no Python with pymodbus: that client was not tried");
        return;
    };
    let mut command = Command::new(python);
    command
        .arg(format!("{ROOT}/tests/peers/pymodbus_poll.py"))
        .args([
            served.core.modbus.ip().to_string(),
            served.core.modbus.port().to_string(),
        ])
        .arg(format!("http://{}", served.core.web))
        .args(COMPARED);
    let output = command.output().expect("Python runs");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{said}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert_eq!(
        said.lines().count(),
        COMPARED.len() + 3,
        "every check was made: {said}"
    );
    print!("{said}");
}

/// What `mbpoll` (libmodbus, nothing of ours) prints; nothing when it is not installed.
fn mbpoll(at: SocketAddr, kind: &str, first: u16, count: u16) -> Option<String> {
    let mut command = Command::new("mbpoll");
    command.args([
        "-m",
        "tcp",
        "-a",
        "1",
        "-0",
        "-1",
        "-B",
        "-q",
        "-p",
        &at.port().to_string(),
    ]);
    command.args(["-t", kind, "-r", &first.to_string(), "-c", &count.to_string()]);
    match command.arg(at.ip().to_string()).output() {
        Ok(output) => {
            let text = String::from_utf8_lossy(&output.stdout).into_owned();
            assert!(
                output.status.success(),
                "{text} {}",
                String::from_utf8_lossy(&output.stderr)
            );
            Some(text)
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            println!("NOTICE: mbpoll is not installed: no foreign client was tried");
            None
        }
        Err(error) => panic!("mbpoll: {error}"),
    }
}

/// Word and byte order as a foreign client sees them.
fn foreign_client(at: SocketAddr) {
    let Some(words) = mbpoll(at, "3:hex", 900, 8) else {
        return;
    };
    let has = |text: &str, line: &str| {
        let squeezed = text.replace([' ', '\t'], "");
        assert!(squeezed.lines().any(|one| one == line), "no {line} in {text}");
    };
    for (register, word) in (900..).zip(["1234", "1234", "5678", "42F6", "E979", "4142", "4344", "FFFF"]) {
        has(&words, &format!("[{register}]:0x{word}"));
    }
    has(&mbpoll(at, "4:int", 901, 1).expect("mbpoll"), "[901]:305419896");
    has(&mbpoll(at, "3:float", 903, 1).expect("mbpoll"), "[903]:123.456");
}

/// Requests that a client gets wrong, and the answer of the book.
const BOOK: &[(&str, u8, &[u8], &[u8])] = &[
    ("M05 function 00h", 1, &[0x00], &[0x80, 1]),
    ("M05 function 63h", 1, &[0x63, 0], &[0xE3, 1]),
    ("M05 function 80h", 1, &[0x80, 0], &[0x80, 1]),
    ("M06 no registers", 1, &[3, 0, 0, 0, 0], &[0x83, 3]),
    ("M07 126 registers", 1, &[4, 0, 0, 0, 126], &[0x84, 3]),
    ("2000 registers", 1, &[3, 0, 0, 0x07, 0xD0], &[0x83, 3]),
    ("a truncated request", 1, &[3, 0, 0], &[0x83, 3]),
    (
        "a request with a byte too many",
        1,
        &[3, 3, 0x84, 0, 1, 0],
        &[0x83, 3],
    ),
    ("M08 over the last address", 1, &[3, 0xFF, 0xFF, 0, 2], &[0x83, 2]),
    ("M09 a hole", 1, &[3, 7, 0x6C, 0, 1], &[0x83, 2]),
    ("M10 a write", 1, &[6, 0x03, 0xE8, 0, 1], &[0x86, 1]),
    ("M10 a coil", 1, &[5, 0, 0, 0xFF, 0], &[0x85, 1]),
    ("M15 byte count", 1, &[0x10, 3, 0xE8, 0, 2, 2, 0, 1], &[0x90, 3]),
    (
        "M15 2000 coils in a byte",
        1,
        &[0x0F, 0, 0, 7, 0xD0, 1, 0],
        &[0x8F, 3],
    ),
    ("M16 coil 1234h", 1, &[5, 0, 0, 0x12, 0x34], &[0x85, 3]),
    ("M17 unit 17", 17, &[3, 0, 0, 0, 1], &[0x83, 0x0B]),
    ("unit 0", 0, &[3, 3, 0x84, 0, 1], &[3, 2, 0x12, 0x34]),
    ("unit 255", 255, &[3, 3, 0x84, 0, 1], &[3, 2, 0x12, 0x34]),
    ("echo", 1, &[8, 0, 0, 0xA5, 0x37], &[8, 0, 0, 0xA5, 0x37]),
    ("level 5", 1, &[0x2B, 0x0E, 5, 0], &[0xAB, 3]),
    ("interface 0Dh", 1, &[0x2B, 0x0D, 1, 0], &[0xAB, 1]),
];

#[test]
fn bad_requests_get_the_answer_of_the_book() {
    let served = served();
    let at = served.core.modbus;
    let mut good = connect(at);
    for (name, unit, request, answer) in BOOK {
        assert_eq!(ask(&mut good, *unit, request), *answer, "{name}");
    }
    let longest = ask(&mut good, 1, &[3, 0x07, 0xD0, 0, 125]);
    assert_eq!((longest.len(), longest[1]), (252, 250), "125 registers");
    let identification = ask(&mut good, 1, &[0x2B, 0x0E, 1, 0]);
    assert_eq!(identification[..4], [0x2B, 0x0E, 1, 0x83]);
    assert_eq!(identification[6], 3, "three objects of the basic level");

    let broken: [(&str, &[u8]); 5] = [
        ("M01 protocol 1", &[0, 1, 0, 1, 0, 6, 1, 3, 0, 0, 0, 1]),
        ("M02 length 0", &[0, 1, 0, 0, 0, 0]),
        ("M02 length 1", &[0, 1, 0, 0, 0, 1, 1]),
        ("M03 length 255", &[0, 1, 0, 0, 0, 255]),
        ("M03 length 65,535", &[0, 1, 0, 0, 0xFF, 0xFF]),
    ];
    for (name, bytes) in broken {
        let mut stream = connect(at);
        stream.write_all(bytes).expect("the server listens");
        let (rest, took) = closed(&mut stream, 3.0);
        assert!(
            rest.is_empty() && took < seconds(2.0),
            "{name}: {rest:?} after {took:?}"
        );
    }

    pipelined(at);
    slow(at);
    assert_eq!(ask(&mut good, 1, &[3, 3, 0x84, 0, 1]), [3, 2, 0x12, 0x34]);
}

/// M19: a thousand requests in one go are answered in their order, and M20: one number twice is answered twice.
fn pipelined(at: SocketAddr) {
    let mut stream = connect(at);
    let numbers: Vec<u16> = (0..1000).chain([999]).collect();
    let request = [3, 7, 0xD0, 0, 100];
    let all: Vec<u8> = numbers.iter().flat_map(|n| framed(*n, 1, &request)).collect();
    let mut sender = stream.try_clone().expect("a socket");
    let sending = std::thread::spawn(move || sender.write_all(&all).expect("the server takes them"));
    for number in numbers {
        let (transaction, answer) = receive(&mut stream, 1);
        assert_eq!((transaction, answer.len()), (number, 202), "M19");
    }
    sending.join().expect("all were sent");
}

/// M04: half a frame, and a byte now and then; the others do not notice.
fn slow(at: SocketAddr) {
    let mut half = connect(at);
    let mut other = connect(at);
    half.write_all(&[0, 1, 0]).expect("the server listens");
    let began = Instant::now();
    let mut dripping = half.try_clone().expect("a socket");
    let drip = std::thread::spawn(move || {
        for byte in [0, 0, 6, 1, 3, 0, 0] {
            std::thread::sleep(Duration::from_secs(1));
            if dripping.write_all(&[byte]).is_err() {
                return;
            }
        }
    });
    let answered = ask(&mut other, 1, &[3, 3, 0x84, 0, 1]);
    assert_eq!(answered, [3, 2, 0x12, 0x34]);
    assert!(began.elapsed() < seconds(1.0), "one slow client holds up nobody");
    let (rest, _) = closed(&mut half, REQUEST_S.0 + REQUEST_S.1);
    let took = began.elapsed().as_secs_f64();
    assert!(rest.is_empty() && took > REQUEST_S.0 - 0.5 && took < REQUEST_S.0 + REQUEST_S.1);
    println!("a request that never ends is closed after {took:.2} s");
    drip.join().expect("it ends");
}
