//! In the guest: reads chips and lines through the kernel and says what came back, byte by byte.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::time::{Duration, Instant};

use gpiocdev_uapi::v2::{LineConfig, LineEdgeEvent, LineFlags, LineRequest, LineValues};
use gpiocdev_uapi::{Name, read_event, v2, wait_event};
use i2cdev::core::{I2CMessage as _, I2CTransfer as _};
use i2cdev::linux::{LinuxI2CBus, LinuxI2CMessage};

/// What a buffer holds before it is read into: no chip answers with it.
const NOTHING: u8 = 0xA5;
/// How often what is timed is done.
const TIMED: usize = 1_000;
/// Contacts of the rack: the first lines of the chip.
const CONTACTS: u32 = 21;

/// Number of a rising edge in an event (linux/gpio.h, `GPIO_V2_LINE_EVENT_RISING_EDGE`).
const RISING: u32 = 1;
/// Faults that the host shows one after the other.
const FAULTS: usize = 5;
/// Longest the door takes.
const PATIENCE: Duration = Duration::from_secs(20);

type Failure = Box<dyn std::error::Error>;

/// Says all of it.
pub fn tell_all() -> Result<(), Failure> {
    let path = |bus: u8| format!("/dev/i2c-{bus}");
    let mut buses = [
        LinuxI2CBus::new(path(0))?,
        LinuxI2CBus::new(path(1))?,
        LinuxI2CBus::new(path(2))?,
    ];
    for (bus, name) in (0..).zip(["air", "fire", "fan"]) {
        let file = format!("/sys/bus/i2c/devices/i2c-{bus}/name");
        println!(
            "probe: bus {bus} {name} is {}",
            std::fs::read_to_string(file)?.trim()
        );
    }
    // SDP8xx, product number: write 0x36 0x7C, write 0xE1 0x02, read 18 bytes.
    tell("sdp8xx product", write(&mut buses[0], 0x25, &[0x36, 0x7C]));
    tell(
        "sdp8xx product",
        write_read(&mut buses[0], 0x25, &[0xE1, 0x02], 18),
    );
    // SHT4x, serial number: write 0x89, read six bytes.
    tell("sht4x serial", write(&mut buses[1], 0x44, &[0x89]));
    std::thread::sleep(Duration::from_millis(2));
    tell("sht4x serial", read(&mut buses[1], 0x44, 6));
    // TMP117 behind channel 2 of the multiplexer: device number in register 0x0F, then the temperature.
    tell("mux channel 2", write(&mut buses[0], 0x70, &[0x04]));
    tell("mux reads back", read(&mut buses[0], 0x70, 1));
    tell("tmp117 id", write_read(&mut buses[0], 0x49, &[0x0F], 2));
    tell("tmp117 temperature", write_read(&mut buses[0], 0x49, &[0x00], 2));
    // EMC2305: product and manufacturer.
    tell("emc2305 id", write_read(&mut buses[2], 0x2E, &[0xFD], 2));
    // Nobody is at 0x50: the kernel says so by a count and not by an error.
    tell("absent read", read(&mut buses[0], 0x50, 2));
    tell("absent write-read", write_read(&mut buses[0], 0x50, &[0], 2));
    meter()?;
    lines()?;
    timed(&mut buses[2])?;
    stuck(&mut buses[0])?;
    println!("probe: done");
    Ok(())
}

/// How many messages of a transfer went well, and what was read.
type Transferred = Result<(u32, Vec<u8>), i2cdev::linux::LinuxI2CError>;

fn write(bus: &mut LinuxI2CBus, address: u16, bytes: &[u8]) -> Transferred {
    let mut messages = [LinuxI2CMessage::write(bytes).with_address(address)];
    Ok((bus.transfer(&mut messages)?, Vec::new()))
}

fn read(bus: &mut LinuxI2CBus, address: u16, count: usize) -> Transferred {
    let mut bytes = vec![NOTHING; count];
    let mut messages = [LinuxI2CMessage::read(&mut bytes).with_address(address)];
    let good = bus.transfer(&mut messages)?;
    Ok((good, bytes))
}

fn write_read(bus: &mut LinuxI2CBus, address: u16, first: &[u8], count: usize) -> Transferred {
    let mut bytes = vec![NOTHING; count];
    let mut messages = [
        LinuxI2CMessage::write(first).with_address(address),
        LinuxI2CMessage::read(&mut bytes).with_address(address),
    ];
    let good = bus.transfer(&mut messages)?;
    Ok((good, bytes))
}

fn tell(what: &str, transferred: Transferred) {
    match transferred {
        Ok((good, bytes)) => println!("probe: {what}: count {good} bytes {bytes:02x?}"),
        Err(error) => println!("probe: {what}: error {error}"),
    }
}

/// Asks a meter on the serial line for two registers.
fn meter() -> Result<(), Failure> {
    let mut line = File::options().read(true).write(true).open("/dev/ttyS1")?;
    line.write_all(&[1, 4, 0, 0, 0, 2, 0x71, 0xCB])?;
    let mut reply = [0; 9];
    line.read_exact(&mut reply)?;
    println!("probe: meter replies {reply:02x?}");
    Ok(())
}

/// Finds lines by their names, drives one, and waits for an edge of another.
fn lines() -> Result<(), Failure> {
    let chip = File::open("/dev/gpiochip0")?;
    let info = v2::get_chip_info(&chip)?;
    println!(
        "probe: gpiochip0 {} lines {}",
        info.label.as_os_str().to_string_lossy(),
        info.num_lines
    );
    let offset = |name: &str| -> Result<u32, Failure> {
        let lines = (0..info.num_lines).map(|line| v2::get_line_info(&chip, line));
        for line in lines {
            let line = line?;
            if line.name.as_os_str() == name {
                return Ok(line.offset);
            }
        }
        Err(format!("no line {name}").into())
    };
    println!("probe: driving the door {}", driven(&chip, offset("door")?));
    let horn = request(&chip, &[offset("horn")?], LineFlags::OUTPUT)?;
    let back = request(&chip, &[offset("horn-back")?], LineFlags::INPUT)?;
    for high in [true, false] {
        v2::set_line_values(&horn, &LineValues::from_slice(&[high]))?;
        // A relay takes its time.
        std::thread::sleep(Duration::from_millis(50));
        println!("probe: horn {high} reads back {}", level(&back)?);
    }
    let contact = request(&chip, &[offset("door")?], LineFlags::INPUT)?;
    println!("probe: door {}", level(&contact)?);
    drop(contact);
    let both = LineFlags::INPUT | LineFlags::EDGE_RISING | LineFlags::EDGE_FALLING;
    let door = request(&chip, &[offset("door")?], both)?;
    println!("probe: waits for the door");
    let mut event = vec![0; LineEdgeEvent::u64_size()];
    for _ in 0..2 {
        if !wait_event(&door, PATIENCE)? {
            return Err("the door does not move".into());
        }
        read_event(&door, &mut event)?;
        let edge = LineEdgeEvent::from_slice(&event)?;
        let kind = if edge.kind == RISING { "rising" } else { "falling" };
        println!("probe: door edge {kind} number {}", edge.seqno);
    }
    Ok(())
}

fn request(chip: &File, offsets: &[u32], flags: LineFlags) -> Result<File, Failure> {
    let wanted = LineRequest {
        offsets: v2::Offsets::from_slice(offsets),
        consumer: Name::from("vm-probe"),
        config: LineConfig {
            flags,
            ..LineConfig::default()
        },
        num_lines: u32::try_from(offsets.len())?,
        ..LineRequest::default()
    };
    Ok(v2::get_line(chip, wanted)?)
}

/// How the attempt ends to drive a contact.
fn driven(chip: &File, offset: u32) -> String {
    request(chip, &[offset], LineFlags::OUTPUT)
        .map_or_else(|error| format!("fails: {error}"), |_| "works".to_owned())
}

fn level(line: &File) -> Result<bool, Failure> {
    let mut values = LineValues::default();
    values.unset_mask(0);
    values.mask = 1;
    v2::get_line_values(line, &mut values)?;
    Ok(values.get(0).unwrap_or_default())
}

/// Waits for the host to say on what it has broken meanwhile, and reads again.
fn stuck(bus: &mut LinuxI2CBus) -> Result<(), Failure> {
    println!("probe: waits for faults");
    let began = Instant::now();
    for _ in 0..FAULTS {
        // What the host breaks is seen by the first transfer that is not as before.
        loop {
            let now = write_read(bus, 0x49, &[0x0F], 2);
            if !matches!(&now, Ok((2, bytes)) if bytes[..] == [0x01, 0x17]) {
                tell("tmp117 with a fault", now);
                break;
            }
            if began.elapsed() > PATIENCE {
                return Err("nothing breaks".into());
            }
        }
        loop {
            let now = write_read(bus, 0x49, &[0x0F], 2);
            if matches!(&now, Ok((2, bytes)) if bytes[..] == [0x01, 0x17]) {
                println!("probe: tmp117 mended");
                break;
            }
            if began.elapsed() > PATIENCE {
                return Err("nothing is mended".into());
            }
        }
    }
    Ok(())
}

/// What a transfer costs, and a look at all contacts, as the guest sees it.
fn timed(bus: &mut LinuxI2CBus) -> Result<(), Failure> {
    tell_times("transfer", || {
        let (good, _) = write_read(bus, 0x2E, &[0xFD], 2)?;
        (good == 2)
            .then_some(())
            .ok_or_else(|| "a timed transfer did not go well".into())
    })?;
    let chip = File::open("/dev/gpiochip0")?;
    let offsets: Vec<u32> = (0..CONTACTS).collect();
    let contacts = request(&chip, &offsets, LineFlags::INPUT)?;
    tell_times("all contacts", || {
        let mut values = LineValues {
            bits: 0,
            mask: (1 << CONTACTS) - 1,
        };
        Ok(v2::get_line_values(&contacts, &mut values)?)
    })
}

fn tell_times(what: &str, mut once: impl FnMut() -> Result<(), Failure>) -> Result<(), Failure> {
    let mut took: Vec<Duration> = Vec::with_capacity(TIMED);
    for _ in 0..TIMED {
        let began = Instant::now();
        once()?;
        took.push(began.elapsed());
    }
    took.sort();
    let at = |share: usize| took.get(TIMED * share / 1_000).map_or(0, Duration::as_micros);
    println!("probe: {what} median {} us, p99 {} us", at(500), at(990));
    Ok(())
}
