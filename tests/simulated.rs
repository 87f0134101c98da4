//! An emulated rack says so on every protocol, and its data are never mixed with a real one's.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};

use points::{Quality, Span, fixed, point};

use super::support::{Core, Process, Rig, configuration, core, directory, http, seconds};

/// `EX_CONFIG` of sysexits.h.
const EX_CONFIG: i32 = 78;
/// A point that is measured soon after a start.
const EXHAUST: &str = "rack.exhaust.temperature";

/// The answer to one Modbus request, without its header.
fn modbus(at: SocketAddr, pdu: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(at).expect("it listens");
    stream.set_read_timeout(Some(seconds(5.0))).expect("a socket");
    let length = u8::try_from(pdu.len() + 1).expect("a short request");
    stream
        .write_all(&[&[0, 1, 0, 0, 0, length, 1], pdu].concat())
        .expect("it reads");
    let mut head = [0; 7];
    stream.read_exact(&mut head).expect("an answer");
    let mut answer = vec![0; usize::from(u16::from_be_bytes([head[4], head[5]])) - 1];
    stream.read_exact(&mut answer).expect("a whole answer");
    answer
}

/// The answer to one line of the NUT protocol.
fn nut(at: SocketAddr, line: &str) -> String {
    let mut stream = TcpStream::connect(at).expect("it listens");
    stream.set_read_timeout(Some(seconds(5.0))).expect("a socket");
    stream
        .write_all(format!("{line}\n").as_bytes())
        .expect("it reads");
    let mut answer = String::new();
    BufReader::new(stream).read_line(&mut answer).expect("an answer");
    answer
}

#[test]
fn every_protocol_says_that_the_rack_is_simulated() {
    let directory = directory();
    let rig = Rig::start(directory.path(), 1.0, 5000.0);
    let data = core::commissioned(directory.path());
    let core = Core::start(&configuration(directory.path(), |_| {}), &data, &rig);
    let picture = core.until("the exhaust is measured", 20.0, |picture| {
        core::number(picture, EXHAUST).is_some()
    });
    // The page's interface: as a whole and value by value.
    assert_eq!(picture["simulated"], true);
    let points = picture["points"].as_object().expect("points");
    let valued = points.iter().filter(|(_, point)| !point["value"].is_null());
    let other: Vec<&String> = valued
        .filter(|(_, point)| point["quality"] != "simulated")
        .map(|(name, _)| name)
        .collect();
    assert_eq!(other, Vec::<&String>::new(), "values without the mark");
    let site = http::get(core.web, "/api/v1/rack").expect("it answers");
    assert!(site.body.contains("\"simulated\":true"), "{}", site.body);
    // Metrics.
    let metrics = http::get(core.web, "/metrics").expect("it answers").body;
    for line in [
        "rack_simulated 1".to_owned(),
        format!("rack_point_quality{{point=\"{EXHAUST}\"}} 6"),
    ] {
        assert!(
            metrics.lines().any(|one| one.starts_with(&line)),
            "no `{line}` in\n{metrics}"
        );
    }
    // Modbus: the status behind the value, and the model of the identification.
    let exhaust = point::find(EXHAUST).expect("a point");
    let register = exhaust.register + u16::from(exhaust.row.words);
    let [high, low] = register.to_be_bytes();
    let answer = modbus(core.modbus, &[4, high, low, 0, 1]);
    let status = u16::from_be_bytes([answer[2], answer[3]]);
    assert_eq!(status & 0xF000, fixed::status(Quality::Simulated, Span::ZERO));
    let model = modbus(core.modbus, &[0x2B, 0x0E, 4, 5]);
    assert!(
        String::from_utf8_lossy(&model).contains("(simulated)"),
        "{model:?}"
    );
    // NUT.
    let model = nut(core.nut, "GET VAR rack ups.model");
    assert!(model.contains("(simulated)"), "{model}");
    let kind = std::fs::read_to_string(data.join("kind")).expect("the directory is marked");
    assert_eq!(kind, "simulated\n");
}

#[test]
fn the_data_of_a_real_rack_are_left_alone() {
    let directory = directory();
    let config = configuration(directory.path(), |_| {});
    let data = core::commissioned(directory.path());
    std::fs::write(data.join("kind"), "real\n").expect("a mark");
    let mut command = Core::command(&config, &data);
    let mut process = Process::start(
        "core",
        command.arg("--rig").arg(directory.path().join("rig.sock")),
    );
    assert_eq!(process.end(10.0).code(), Some(EX_CONFIG));
    assert!(process.said(0, "holds the data of a real rack"));
    let left: Vec<_> = std::fs::read_dir(&data)
        .expect("it is there")
        .flatten()
        .map(|entry| entry.file_name())
        .collect();
    assert_eq!(
        left.len(),
        3,
        "latches, extinguishers and mark, nothing else: {left:?}"
    );
}

#[test]
fn a_core_beside_another_on_one_directory_is_refused_and_leaves_it_alone() {
    let directory = directory();
    let config = configuration(directory.path(), |_| {});
    let data = core::commissioned(directory.path());
    let first = std::fs::File::open(&data).expect("the directory");
    first.try_lock().expect("nobody is there");
    let records = |name: &str| std::fs::read(data.join(name)).expect("a record");
    let before = records("latches.bin");
    let mut command = Core::command(&config, &data);
    let rig = directory.path().join("rig.sock");
    let mut process = Process::start("core", command.arg("--rig").arg(rig));
    assert_eq!(process.end(10.0).code(), Some(1));
    assert!(process.said(0, "another core runs on"));
    assert_eq!(records("latches.bin"), before);
}

#[test]
fn the_last_good_configuration_does_not_overrule_a_file_that_says_it_is_real() {
    let directory = directory();
    let config = configuration(directory.path(), |_| {});
    let data = core::commissioned(directory.path());
    let text = std::fs::read_to_string(&config).expect("the file");
    std::fs::write(data.join("last-good.toml"), &text).expect("a file");
    std::fs::write(&config, text.replace("simulated = true", "simulated = false")).expect("a file");
    let mut command = Core::command(&config, &data);
    let mut process = Process::start(
        "core",
        command.arg("--rig").arg(directory.path().join("rig.sock")),
    );
    assert_eq!(process.end(10.0).code(), Some(EX_CONFIG));
    assert!(process.said(0, "says `simulated = true` and the file `simulated = false`"));
}
