//! What runs on the emulated rack: each test here is a program of its own, started by one in `mod.rs`.

use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, Read as _, Write as _};
use std::os::fd::AsFd as _;

use gpiocdev_uapi::v2::{self, Offsets, get_chip_info};
use gpiocdev_uapi::{Name, v1};
use i2cdev::core::{I2CDevice as _, I2CMessage as _, I2CTransfer as _};
use i2cdev::linux::{LinuxI2CBus, LinuxI2CDevice, LinuxI2CError, LinuxI2CMessage as Message};
use rustix::io::Errno;
use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};

use super::super::gpio::{CHIP, LINES};
use crate::exec::sys::ask;
use crate::rack::{INPUTS, Input, Output};

const FAN: u16 = 0x2E;

/// Says a word to whoever has started this.
fn say(word: &str) {
    println!("@{word}");
    std::io::stdout().flush().expect("it is heard");
}

/// Waits for a word.
fn wait() {
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).expect("a word");
    assert_eq!(line, "go\n");
}

fn bus(path: &str) -> LinuxI2CBus {
    LinuxI2CBus::new(path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Writes, then reads; gives the number of messages.
fn register(
    bus: &mut LinuxI2CBus,
    address: u16,
    register: &[u8],
    into: &mut [u8],
) -> Result<u32, LinuxI2CError> {
    bus.transfer(&mut [
        Message::write(register).with_address(address),
        Message::read(into).with_address(address),
    ])
}

fn errno(error: LinuxI2CError) -> Errno {
    let error = std::io::Error::from(error);
    Errno::from_io_error(&error).unwrap_or_else(|| panic!("{error}"))
}

/// The check byte of Sensirion's chips: polynomial 0x31, start 0xFF.
fn crc(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0xFF, |crc, byte| {
        (0..8).fold(crc ^ byte, |crc, _| {
            if crc & 0x80 == 0 {
                crc << 1
            } else {
                crc << 1 ^ 0x31
            }
        })
    })
}

#[test]
#[ignore = "a client of the emulated rack"]
fn reads_chips() {
    let mut air = bus("/dev/i2c-1");
    // The serial number of an SHT4x: two words with a check byte each.
    air.transfer(&mut [Message::write(&[0x89]).with_address(0x44)])
        .expect("it hears");
    let mut words = [0; 6];
    let read = loop {
        match air.transfer(&mut [Message::read(&mut words).with_address(0x44)]) {
            Ok(count) => break count,
            // It does not answer before it is done.
            Err(error) => assert_eq!(errno(error), Errno::NXIO),
        }
    };
    assert_eq!(
        (read, crc(&words[..2]), crc(&words[3..5])),
        (1, words[2], words[5])
    );
    // The identity of a TMP117 behind channel 2 of the multiplexer.
    air.transfer(&mut [Message::write(&[0x04]).with_address(0x70)])
        .expect("it switches");
    let mut identity = [0; 2];
    assert_eq!(
        register(&mut air, 0x49, &[0x0F], &mut identity).expect("it answers"),
        2
    );
    assert_eq!(identity, [0x01, 0x17]);
    // Nobody there.
    let mut byte = [0xA5];
    let error = register(&mut air, 0x50, &[0], &mut byte).expect_err("nobody answers");
    assert_eq!((errno(error), byte), (Errno::NXIO, [0xA5]));
    // A duplicate is the same bus, whatever becomes of the first.
    let first = File::open("/dev/i2c-3").expect("it opens");
    let second = first.try_clone().expect("it is duplicated");
    drop(first);
    ask(&second, 0x0703, &mut [], Some(u64::from(FAN))).expect("an address is chosen");
    // What is not emulated fails.
    let denied = |error: std::io::Error| Errno::from_io_error(&error).expect("an errno");
    assert_eq!(
        denied((&second).read(&mut [0]).expect_err("no plain reads")),
        Errno::AGAIN
    );
    assert_eq!(
        denied((&second).write(&[0]).expect_err("no plain writes")),
        Errno::BADF
    );
}

#[test]
#[ignore = "a client of the emulated rack"]
fn speaks_smbus() {
    let mut fan = LinuxI2CDevice::new("/dev/i2c-3", FAN).expect("it opens");
    assert_eq!(fan.smbus_read_byte_data(0xFD).expect("its product"), 0x34);
    assert_eq!(fan.smbus_read_byte_data(0xFE).expect("its maker"), 0x5D);
    assert_eq!(fan.smbus_read_word_data(0xFD).expect("both"), 0x5D34);
    assert_eq!(
        fan.smbus_read_i2c_block_data(0xFD, 2).expect("both"),
        [0x34, 0x5D]
    );
    fan.smbus_write_byte_data(0x30, 0x80).expect("its setting");
    assert_eq!(fan.smbus_read_byte_data(0x30).expect("its setting"), 0x80);
    fan.smbus_write_i2c_block_data(0x30, &[0x40])
        .expect("its setting");
    fan.smbus_write_byte(0x30).expect("a register");
    assert_eq!(fan.smbus_read_byte().expect("its setting"), 0x40);
    let found = |address| {
        let mut device = LinuxI2CDevice::new("/dev/i2c-3", address).expect("it opens");
        device.smbus_write_quick(false).map_err(errno)
    };
    let there: Vec<u16> = (0x08..0x78).filter(|address| found(*address).is_ok()).collect();
    assert_eq!(there, [0x25, 0x2E, 0x40, 0x41, 0x44, 0x49]);
    assert_eq!(found(0x50), Err(Errno::NXIO));
    assert_eq!(fan.smbus_read_block_data(0).map_err(errno), Err(Errno::OPNOTSUPP));
}

#[test]
#[ignore = "a client of the emulated rack"]
fn counts_messages() {
    let mut fan = bus("/dev/i2c-3");
    let mut identity = [0xA5; 2];
    assert_eq!(
        register(&mut fan, FAN, &[0xFD], &mut identity).expect("it answers"),
        2
    );
    assert_eq!(identity, [0x34, 0x5D]);
    say("whole");
    wait();
    identity = [0xA5; 2];
    assert_eq!(
        register(&mut fan, FAN, &[0xFD], &mut identity).expect("no errno"),
        0
    );
    assert_eq!(identity, [0xA5; 2], "nothing is handed over");
    say("nothing");
    wait();
    assert_eq!(
        register(&mut fan, FAN, &[0xFD], &mut identity).expect("no errno"),
        1
    );
    assert_eq!(identity, [0x34, 0xA5], "one byte is");
}

#[test]
#[ignore = "a client of the emulated rack"]
fn meets_a_stuck_bus() {
    let mut fan = bus("/dev/i2c-3");
    let mut byte = [0];
    register(&mut fan, FAN, &[0xFD], &mut byte).expect("it answers");
    say("well");
    wait();
    assert_eq!(
        register(&mut fan, FAN, &[0xFD], &mut byte).map_err(errno),
        Err(Errno::TIMEDOUT)
    );
    say("timed-out");
    wait();
    assert_eq!(
        register(&mut fan, FAN, &[0xFD], &mut byte).map_err(errno),
        Err(Errno::BUSY)
    );
    let mut fire = bus("/dev/i2c-2");
    let count = fire.transfer(&mut [Message::write(&[0x00]).with_address(0x20)]);
    assert_eq!(count.expect("another bus is well"), 1);
}

fn chip() -> File {
    OpenOptions::new()
        .read(true)
        .write(true)
        .open("/dev/gpiochip0")
        .expect("a chip")
}

fn request(offsets: &[u32], flags: v2::LineFlags) -> v2::LineRequest {
    v2::LineRequest {
        offsets: Offsets::from_slice(offsets),
        consumer: Name::from_bytes(b"client"),
        num_lines: u32::try_from(offsets.len()).expect("few"),
        config: v2::LineConfig {
            flags,
            ..Default::default()
        },
        ..Default::default()
    }
}

fn listening() -> v2::LineFlags {
    v2::LineFlags::INPUT | v2::LineFlags::EDGE_RISING | v2::LineFlags::EDGE_FALLING
}

fn output(line: Output) -> u32 {
    u32::try_from(INPUTS.len()).expect("few") + u32::from(line as u8)
}

/// Every event that is there, at least one.
fn events(lines: &File) -> Vec<v2::LineEdgeEvent> {
    let mut words = [0; 64 * 6];
    let count = gpiocdev_uapi::read_event(lines, &mut words).expect("events");
    let events = words[..count].chunks(v2::LineEdgeEvent::u64_size());
    events
        .map(|event| v2::LineEdgeEvent::from_slice(event).expect("whole").clone())
        .collect()
}

#[test]
#[ignore = "a client of the emulated rack"]
fn hears_an_edge() {
    let chip = chip();
    let info = get_chip_info(&chip).expect("what it is");
    assert_eq!(info.name.as_os_str(), CHIP.0);
    assert_eq!(info.label.as_os_str(), CHIP.1);
    assert_eq!(usize::try_from(info.num_lines).expect("few"), LINES);
    let [door, leak] = [Input::Door, Input::Leak].map(|line| u32::from(line as u8));
    let lines = v2::get_line(&chip, request(&[leak, door], listening())).expect("lines");
    let mut values = v2::LineValues::from_slice(&[true, true]);
    v2::get_line_values(&lines, &mut values).expect("values");
    assert_eq!(
        (values.get(0), values.get(1)),
        (Some(false), Some(true)),
        "dry, and the door is closed"
    );
    let info = v2::get_line_info(&chip, door).expect("a line");
    assert_eq!(info.name.as_os_str(), "door");
    assert_eq!(info.consumer.as_os_str(), "client");
    assert!(
        info.flags.contains(v2::LineFlags::USED | listening()),
        "{:?}",
        info.flags
    );
    say("listens");
    let first = events(&lines).remove(0);
    let word = |event: &v2::LineEdgeEvent| (event.kind, event.offset, event.seqno, event.line_seqno);
    assert_eq!(word(&first), (2, door, 1, 1), "it falls");
    say("heard");
    let second = events(&lines).remove(0);
    assert_eq!(word(&second), (1, door, 2, 2), "it rises");
    assert!(first.timestamp_ns < second.timestamp_ns);
}

#[test]
#[ignore = "a client of the emulated rack"]
fn is_behind_in_a_storm() {
    let chip = chip();
    let lines = v2::get_line(&chip, request(&[u32::from(Input::Door as u8)], listening())).expect("a line");
    let after = v2::get_line(&chip, request(&[u32::from(Input::Leak as u8)], listening())).expect("a line");
    say("listens");
    // Told behind the whole storm.
    assert_eq!(events(&after).len(), 1);
    let kept = events(&lines);
    let numbers: Vec<u32> = kept.iter().map(|event| event.seqno).collect();
    assert_eq!(
        numbers,
        (25..=40).collect::<Vec<_>>(),
        "the kernel's queue: sixteen for a line, the newest"
    );
    assert!(kept.iter().all(|event| event.line_seqno == event.seqno));
}

#[test]
#[ignore = "a client of the emulated rack"]
fn asks_twice() {
    let chip = chip();
    let inputs = || request(&[0, 1], v2::LineFlags::INPUT);
    let errno = |result: Result<File, gpiocdev_uapi::Error>| match result {
        Err(gpiocdev_uapi::Error::Os(errno)) => Errno::from_raw_os_error(errno.0),
        other => panic!("{other:?}"),
    };
    let lines = v2::get_line(&chip, inputs()).expect("they are free");
    assert_eq!(
        errno(v2::get_line(&chip, request(&[1], v2::LineFlags::INPUT))),
        Errno::BUSY
    );
    for _ in 0..100 {
        // Free at once, however quickly one asks.
        let other = v2::get_line(&chip, request(&[2], v2::LineFlags::INPUT)).expect("it is free");
        drop(other);
    }
    drop(lines);
    let lines = v2::get_line(&chip, inputs()).expect("they are free again");
    let set = v2::set_line_values(&lines, &v2::LineValues::from_slice(&[true]));
    assert!(matches!(set, Err(gpiocdev_uapi::Error::Os(errno)) if errno.0 == Errno::PERM.raw_os_error()));
    for bad in [
        request(&[5, 5], v2::LineFlags::INPUT),
        request(&[u32::try_from(LINES).expect("few")], v2::LineFlags::INPUT),
        request(&[], v2::LineFlags::INPUT),
        request(&[5], v2::LineFlags::INPUT | v2::LineFlags::OUTPUT),
        request(&[5], v2::LineFlags::EDGE_RISING),
    ] {
        let expected = if bad.num_lines == 2 {
            Errno::BUSY
        } else {
            Errno::INVAL
        };
        assert_eq!(errno(v2::get_line(&chip, bad)), expected);
    }
    let mut debounced = request(&[5], v2::LineFlags::INPUT);
    debounced.config.num_attrs = 1;
    debounced.config.add_debounce(1_000, 1);
    assert_eq!(errno(v2::get_line(&chip, debounced)), Errno::INVAL);
    v2::watch_line_info(&chip, 5).expect("a watch");
    assert!(v2::watch_line_info(&chip, 5).is_err(), "once");
    v2::unwatch_line_info(&chip, 5).expect("no watch");
}

#[test]
#[ignore = "a client of the emulated rack"]
fn drives_outputs() {
    let chip = chip();
    let both = [output(Output::Horn), output(Output::Beacon)];
    let mut asked = request(&both, v2::LineFlags::OUTPUT);
    asked.config.num_attrs = 1;
    asked
        .config
        .add_values(&v2::LineValues::from_slice(&[true, false]));
    let lines = v2::get_line(&chip, asked).expect("outputs");
    say("driven");
    wait();
    v2::set_line_values(&lines, &v2::LineValues::from_slice(&[true, true])).expect("they follow");
    let mut values = v2::LineValues::from_slice(&[false, false]);
    v2::get_line_values(&lines, &mut values).expect("values");
    assert_eq!((values.get(0), values.get(1)), (Some(true), Some(true)));
    say("both");
    wait();
    drop(lines);
    say("closed");
    wait();
    // Active low: inactive is a high coil; the other way round it falls.
    let low = request(
        &[output(Output::Fire)],
        v2::LineFlags::OUTPUT | v2::LineFlags::ACTIVE_LOW,
    );
    let lines = v2::get_line(&chip, low).expect("an output");
    let mut values = v2::LineValues::from_slice(&[true]);
    v2::get_line_values(&lines, &mut values).expect("a value");
    assert_eq!(values.get(0), Some(false));
    let back = u32::from(Input::FireBack as u8);
    let back = v2::get_line(&chip, request(&[back], v2::LineFlags::INPUT)).expect("its read-back");
    let mut read = || {
        v2::get_line_values(&back, &mut values).expect("a value");
        values.get(0)
    };
    assert_eq!(read(), Some(true), "the relay has followed");
    v2::set_line_values(&lines, &v2::LineValues::from_slice(&[true])).expect("it follows");
    assert_eq!(read(), Some(false));
    let config = v2::LineConfig {
        flags: v2::LineFlags::OUTPUT,
        ..Default::default()
    };
    v2::set_line_config(&lines, config).expect("no longer active low");
    assert_eq!(read(), Some(false));
}

#[test]
#[ignore = "a client of the emulated rack"]
fn holds_outputs() {
    let chip = chip();
    let mut asked = request(&[output(Output::Horn)], v2::LineFlags::OUTPUT);
    asked.config.num_attrs = 1;
    asked.config.add_values(&v2::LineValues::from_slice(&[true]));
    let lines = v2::get_line(&chip, asked).expect("an output");
    say("driven");
    let mut fan = bus("/dev/i2c-3");
    loop {
        // Killed in one of these, sooner or later.
        let mut byte = [0];
        register(&mut fan, FAN, &[0xFD], &mut byte).expect("it answers");
        v2::set_line_values(&lines, &v2::LineValues::from_slice(&[true])).expect("it follows");
    }
}

#[test]
#[ignore = "a client of the emulated rack"]
fn uses_the_first_version() {
    let chip = chip();
    let door = u32::from(Input::Door as u8);
    assert_eq!(
        v1::get_line_info(&chip, door).expect("a line").name.as_os_str(),
        "door"
    );
    let asked = v1::EventRequest {
        offset: door,
        handleflags: v1::HandleRequestFlags::INPUT,
        eventflags: v1::EventRequestFlags::BOTH_EDGES,
        consumer: Name::from_bytes(b"client"),
        ..Default::default()
    };
    let line = v1::get_line_event(&chip, asked).expect("a line");
    let mut values = v1::LineValues::default();
    v1::get_line_values(&line, &mut values).expect("a value");
    assert_eq!(values.get(0), 1);
    say("listens");
    let mut words = [0; 32];
    let count = gpiocdev_uapi::read_event(&line, &mut words).expect("an event");
    assert_eq!(count, 2);
    assert_eq!(v1::LineEdgeEvent::from_slice(&words).expect("whole").kind, 2);
    let asked = v1::HandleRequest {
        offsets: Offsets::from_slice(&[output(Output::Horn)]),
        flags: v1::HandleRequestFlags::OUTPUT,
        num_lines: 1,
        ..Default::default()
    };
    let horn = v1::get_line_handle(&chip, asked).expect("an output");
    v1::set_line_values(&horn, &v1::LineValues::from_slice(&[1])).expect("it follows");
    say("driven");
    wait();
}

#[test]
#[ignore = "a client of the emulated rack"]
fn asks_a_meter() {
    let mut line = OpenOptions::new()
        .read(true)
        .write(true)
        .open("/dev/ttyAMA0")
        .expect("a line");
    let speak = |line: &File, baud| {
        let mut settings = tcgetattr(line).expect("its settings");
        settings.make_raw();
        settings.set_speed(baud).expect("a speed");
        tcsetattr(line, OptionalActions::Now, &settings).expect("its settings");
    };
    speak(&line, 38_400);
    // Two input registers of unit 1 from register 0: the voltage of phase 1.
    let asked = [0x01, 0x04, 0x00, 0x00, 0x00, 0x02, 0x71, 0xCB];
    line.write_all(&asked).expect("it is sent");
    let mut reply = [0; 9];
    line.read_exact(&mut reply).expect("it is answered");
    assert_eq!(&reply[..3], &[0x01, 0x04, 0x04]);
    let volts = f32::from_be_bytes([reply[3], reply[4], reply[5], reply[6]]);
    assert!((200.0..260.0).contains(&volts), "{volts} V");
    // At another speed it is noise; at its own it is heard again.
    speak(&line, 9_600);
    line.write_all(&asked).expect("it is sent");
    assert!(!readable(&line, 200), "nobody understands");
    speak(&line, 38_400);
    line.write_all(&asked).expect("it is sent");
    line.read_exact(&mut reply).expect("it is answered");
}

/// Something comes within so many milliseconds.
fn readable(line: &File, ms: i64) -> bool {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    let wait = Timespec {
        tv_sec: 0,
        tv_nsec: ms * 1_000_000,
    };
    let mut ends = [PollFd::from_borrowed_fd(line.as_fd(), PollFlags::IN)];
    poll(&mut ends, Some(&wait)).expect("it is looked at") > 0
}

fn watchdog() -> File {
    OpenOptions::new()
        .write(true)
        .open("/dev/watchdog")
        .expect("a watchdog")
}

#[test]
#[ignore = "a client of the emulated rack"]
fn leaves_the_watchdog() {
    let mut dog = watchdog();
    let second = OpenOptions::new()
        .write(true)
        .open("/dev/watchdog0")
        .expect_err("it is taken");
    assert_eq!(Errno::from_io_error(&second), Some(Errno::BUSY));
    let mut seconds = 1_u32.to_ne_bytes();
    // WDIOC_SETTIMEOUT, WDIOC_GETTIMEOUT, WDIOC_GETSUPPORT.
    ask(&dog, 0xC004_5706, &mut seconds, None).expect("a time-out");
    let mut told = [0; 4];
    ask(&dog, 0x8004_5707, &mut told, None).expect("a time-out");
    assert_eq!(u32::from_ne_bytes(told), 1);
    let mut info = [0; 40];
    ask(&dog, 0x8028_5700, &mut info, None).expect("what it is");
    assert!(info[8..].starts_with(b"emulated"));
    dog.write_all(b"\0").expect("a stroke");
    say("opened");
    wait();
}

#[test]
#[ignore = "a client of the emulated rack"]
fn closes_the_watchdog_in_good_order() {
    let mut dog = watchdog();
    dog.write_all(b"V").expect("the magic byte");
    drop(dog);
    // It may be opened again at once.
    watchdog().write_all(b"V").expect("the magic byte");
}

#[test]
#[ignore = "a client of the emulated rack"]
fn closes_the_watchdog_in_haste() {
    watchdog().write_all(b"\0").expect("a stroke");
}
