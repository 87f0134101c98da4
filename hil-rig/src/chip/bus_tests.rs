use super::super::{Ads1115, Emc2305, Ina226, Sdp8xx, Sht4x, Tca9548a, sdp8xx::Model};
use super::*;

const SHT: u8 = 0x44;
const SDP: u8 = 0x25;
const MUX: u8 = 0x70;
/// Long past every power-up.
const START: u64 = 100_000;

fn write(bus: &mut Bus, now_us: u64, address: u8, bytes: &[u8]) -> Result<(), BusError> {
    bus.transfer(now_us, address, &mut [Operation::Write(bytes)])
}

fn read<const N: usize>(bus: &mut Bus, now_us: u64, address: u8) -> Result<[u8; N], BusError> {
    let mut buf = [0xA5; N];
    bus.transfer(now_us, address, &mut [Operation::Read(&mut buf)])
        .map(|()| buf)
}

fn write_read<const N: usize>(
    bus: &mut Bus,
    now_us: u64,
    address: u8,
    bytes: &[u8],
) -> Result<[u8; N], BusError> {
    let mut buf = [0xA5; N];
    bus.transfer(
        now_us,
        address,
        &mut [Operation::Write(bytes), Operation::Read(&mut buf)],
    )
    .map(|()| buf)
}

/// A measurement at 25 C and 50 %, fetched in time.
fn measure(bus: &mut Bus, now_us: u64) -> Result<[u8; 6], BusError> {
    write(bus, now_us, SHT, &[0xFD])?;
    read(bus, now_us + 8_300, SHT)
}

const GOOD: [u8; 6] = [0x66, 0x66, 0x93, 0x72, 0xB0, 0xDC];

fn with_sht() -> (Bus, ChipId) {
    let mut bus = Bus::new(400_000);
    let id = bus.add(SHT, None, Sht4x::new(1));
    bus.power(0, true);
    (bus, id)
}

/// A multiplexer with one humidity sensor of its own serial number behind each channel.
fn with_mux() -> (Bus, ChipId, [ChipId; 8]) {
    let mut bus = Bus::new(400_000);
    let mux = bus.add(MUX, None, Tca9548a::new());
    let chips = [0_u8, 1, 2, 3, 4, 5, 6, 7]
        .map(|channel| bus.add(SHT, Some(channel), Sht4x::new(u32::from(channel))));
    bus.power(0, true);
    (bus, mux, chips)
}

fn serial(bus: &mut Bus, now_us: u64) -> Result<u8, BusError> {
    write(bus, now_us, SHT, &[0x89])?;
    Ok(read::<6>(bus, now_us + 1_000, SHT)?[4])
}

#[test]
fn absent_and_unpowered_chips_do_not_acknowledge() {
    let (mut bus, _) = with_sht();
    for address in [0x01, 0x45, 0x7F, 0x80, 0xFF] {
        assert_eq!(write(&mut bus, START, address, &[0]), Err(BusError::NackAddress));
        assert_eq!(read::<1>(&mut bus, START, address), Err(BusError::NackAddress));
    }
    assert_eq!(measure(&mut bus, START), Ok(GOOD));
    bus.power(200_000, false);
    assert_eq!(measure(&mut bus, 300_000), Err(BusError::NackAddress));
}

#[test]
fn write_then_read_is_a_repeated_start() {
    let (mut bus, _) = with_sht();
    bus.add(0x48, None, Ads1115::new());
    bus.power(0, true);
    assert_eq!(write_read(&mut bus, START, 0x48, &[1]), Ok([0x85, 0x83]));
    // A measuring sensor refuses the read header that follows its command at once.
    assert_eq!(
        write_read::<6>(&mut bus, START, SHT, &[0xFD]),
        Err(BusError::NackAddress)
    );
    assert_eq!(
        read(&mut bus, START + 8_300, SHT),
        Ok(GOOD),
        "but the command has been taken"
    );
}

#[test]
fn neighbours_of_one_kind_are_one_phase() {
    let mut bus = Bus::new(400_000);
    bus.add(0x2E, None, Emc2305::new());
    bus.power(0, true);
    let (mut first, mut rest) = ([0; 1], [0; 2]);
    bus.transfer(
        START,
        0x2E,
        &mut [
            Operation::Write(&[0x37]),
            Operation::Write(&[0x08, 0x4C]),
            Operation::Write(&[]),
            Operation::Read(&mut first),
            Operation::Read(&mut rest),
            Operation::Write(&[0xFE]),
        ],
    )
    .unwrap();
    assert_eq!((first, rest), ([0x08], [0x4C, 0xF5]));
    assert_eq!(read(&mut bus, START, 0x2E), Ok([0x5D]));
    let long = [0; 400];
    let two = &mut [Operation::Write(&long), Operation::Write(&long)];
    assert_eq!(
        bus.transfer(START, 0x2E, two),
        Err(BusError::ShortTransfer { done: 0 })
    );
    assert_eq!(bus.transfer(START, 0x2E, &mut []), Ok(()));
}

#[test]
fn wire_time_counts_bytes_starts_stops_and_stretches() {
    let (mut bus, _) = with_sht();
    bus.add(SDP, None, Sdp8xx::new(Model::Sdp810Pa125, 1));
    bus.power(0, true);
    write(&mut bus, START, SHT, &[0xFD]).unwrap();
    // 1 + 9 + 9 + 1 clocks of 2.5 us.
    assert_eq!(bus.wire_us(), 50);
    let _ = read::<6>(&mut bus, START, SHT);
    assert_eq!(bus.wire_us(), 50 + 27, "only the refused address");
    let before_us = bus.wire_us();
    write(&mut bus, START, SDP, &[0x37, 0x2D]).unwrap();
    let reply: [u8; 9] = read(&mut bus, START + 10_000, SDP).unwrap();
    assert_eq!(reply[6..8], [0x00, 0xF0]);
    assert!((40_000..40_500).contains(&(bus.wire_us() - before_us)));
    bus.faults().stretch_limit_us = 10_000;
    write(&mut bus, 2 * START, SDP, &[0x37, 0x2D]).unwrap();
    assert_eq!(read::<9>(&mut bus, 2 * START, SDP), Err(BusError::Timeout));
    assert!(read::<9>(&mut bus, 2 * START + 40_000, SDP).is_ok());
}

#[test]
fn general_call_reset_reaches_everyone_who_listens() {
    let mut bus = Bus::new(400_000);
    bus.add(0x2E, None, Emc2305::new());
    bus.power(0, true);
    assert_eq!(
        write(&mut bus, START, 0x00, &[0x06]),
        Err(BusError::NackAddress),
        "nobody listens"
    );
    bus.add(SHT, None, Sht4x::new(1));
    bus.add(SDP, None, Sdp8xx::new(Model::Sdp810Pa125, 1));
    bus.add(0x48, None, Ads1115::new());
    bus.power(0, true);
    write(&mut bus, START, SHT, &[0xFD]).unwrap();
    write(&mut bus, START, SDP, &[0x36, 0x15]).unwrap();
    write(&mut bus, START, 0x48, &[1, 0x42, 0x83]).unwrap();
    write(&mut bus, START, 0x2E, &[0x30, 0x40]).unwrap();
    write(&mut bus, START + 9_000, 0x00, &[0x06]).unwrap();
    assert_eq!(
        write(&mut bus, START + 9_100, SHT, &[]),
        Err(BusError::NackAddress)
    );
    assert_eq!(
        read::<6>(&mut bus, START + 20_000, SHT),
        Err(BusError::NackAddress)
    );
    assert_eq!(
        read::<9>(&mut bus, START + 20_000, SDP),
        Err(BusError::NackAddress)
    );
    assert_eq!(write_read(&mut bus, START + 20_000, 0x48, &[1]), Ok([0x85, 0x83]));
    assert_eq!(
        write_read(&mut bus, 2_000_000, 0x2E, &[0x30]),
        Ok([0x40]),
        "no general call here"
    );
    assert_eq!(read::<1>(&mut bus, START, 0x00), Err(BusError::NackAddress));
}

#[test]
fn the_multiplexer_joins_after_its_stop() {
    let (mut bus, mux, _) = with_mux();
    assert_eq!(read(&mut bus, START, MUX), Ok([0x00]));
    assert_eq!(serial(&mut bus, START), Err(BusError::NackAddress));
    assert_eq!(write_read(&mut bus, START, MUX, &[0x04]), Ok([0x04]));
    assert_eq!(serial(&mut bus, START), Ok(2));
    write(&mut bus, START, MUX, &[0x80]).unwrap();
    assert_eq!(serial(&mut bus, START + 5_000), Ok(7));
    write(&mut bus, START, MUX, &[0x00]).unwrap();
    assert_eq!(serial(&mut bus, START + 10_000), Err(BusError::NackAddress));
    write(&mut bus, START, MUX, &[0x01]).unwrap();
    bus.reset_mux();
    assert_eq!(read(&mut bus, START, MUX), Ok([0x00]));
    assert_eq!((bus.channel(mux), bus.chip(mux).is_some()), (None, true));
}

#[test]
fn two_channels_at_once_are_wired_and() {
    let (mut bus, _, _) = with_mux();
    write(&mut bus, START, MUX, &[0b0110_0000]).unwrap();
    assert_eq!(serial(&mut bus, START), Ok(5 & 6));
}

#[test]
fn crossed_and_mislatched_channels() {
    let (mut bus, mux, _) = with_mux();
    bus.set_fault(mux, 0, ChipFault::MuxCrossed { by: 1 }, true);
    assert_eq!(write_read(&mut bus, START, MUX, &[0x01]), Ok([0x01]));
    assert_eq!(serial(&mut bus, START), Ok(1));
    bus.set_fault(mux, 0, ChipFault::MuxCrossed { by: 1 }, false);
    assert_eq!(serial(&mut bus, START + 5_000), Ok(0));
    bus.set_fault(mux, 0, ChipFault::MuxMislatched { by: 3 }, true);
    assert_eq!(write_read(&mut bus, START, MUX, &[0x01]), Ok([0x08]));
    assert_eq!(serial(&mut bus, START + 10_000), Ok(3));
}

#[test]
fn a_general_call_stops_at_a_channel_that_is_parted() {
    let (mut bus, _, _) = with_mux();
    write(&mut bus, START, MUX, &[0x01]).unwrap();
    write(&mut bus, START, SHT, &[0xFD]).unwrap();
    write(&mut bus, START, MUX, &[0x02]).unwrap();
    write(&mut bus, START + 1, 0x00, &[0x06]).unwrap();
    write(&mut bus, START + 2, MUX, &[0x01]).unwrap();
    assert_eq!(read(&mut bus, START + 8_300, SHT), Ok(GOOD));
}

#[test]
fn a_stuck_bus_frees_itself_in_time() {
    let (mut bus, _) = with_sht();
    bus.faults().stuck_low_until = Some(START + 1_000);
    assert_eq!(measure(&mut bus, START + 999), Err(BusError::StuckLow));
    assert_eq!(bus.wire_us(), 0);
    assert_eq!(measure(&mut bus, START + 1_000), Ok(GOOD));
    bus.faults().clock_low_until = Some(u64::MAX);
    assert_eq!(measure(&mut bus, 2 * START), Err(BusError::Timeout));
}

#[test]
fn a_stuck_channel_hurts_only_while_joined_and_then_everyone() {
    let (mut bus, _, _) = with_mux();
    bus.faults().channel_stuck_low_until[3] = Some(u64::MAX);
    write(&mut bus, START, MUX, &[0x04]).unwrap();
    assert_eq!(serial(&mut bus, START), Ok(2));
    write(&mut bus, START, MUX, &[0x08]).unwrap();
    assert_eq!(serial(&mut bus, START), Err(BusError::StuckLow));
    assert_eq!(
        write(&mut bus, START, MUX, &[0x00]),
        Err(BusError::StuckLow),
        "it cannot even be parted"
    );
    bus.reset_mux();
    write(&mut bus, START, MUX, &[0x04]).unwrap();
    assert_eq!(serial(&mut bus, START + 5_000), Ok(2));
}

#[test]
fn byte_faults() {
    let zeros = [0; 6];
    let ones = [0xFF; 6];
    let mut bad_crc = GOOD;
    bad_crc[2] = 0x92;
    bad_crc[5] = 0xDD;
    let mut flipped = GOOD;
    flipped[4] ^= 1;
    for (fault, seen) in [
        (ChipFault::Nack, Err(BusError::NackAddress)),
        (ChipFault::BadCrc, Ok(bad_crc)),
        (ChipFault::FlipBit { byte: 4 }, Ok(flipped)),
        (ChipFault::FlipBit { byte: 6 }, Ok(GOOD)),
        (ChipFault::AllZero, Ok(zeros)),
        (ChipFault::AllOnes, Ok(ones)),
        (ChipFault::ShortTransfer, Err(BusError::ShortTransfer { done: 3 })),
        (ChipFault::MuxCrossed { by: 1 }, Ok(GOOD)),
    ] {
        let (mut bus, id) = with_sht();
        let other = bus.add(0x48, None, Ads1115::new());
        bus.power(0, true);
        bus.set_fault(id, 0, fault, true);
        assert_eq!(measure(&mut bus, START), seen, "{fault:?}");
        assert_eq!(
            write_read(&mut bus, START, 0x48, &[1]),
            Ok([0x85, 0x83]),
            "the neighbour is well"
        );
        bus.set_fault(id, 0, fault, false);
        assert_eq!(measure(&mut bus, 2 * START), Ok(GOOD), "{fault:?} off");
        bus.set_fault(other, 0, ChipFault::BadCrc, true);
        assert_eq!(
            write_read(&mut bus, START, 0x48, &[1]),
            Ok([0x85, 0x83]),
            "no check byte to spoil"
        );
    }
}

#[test]
fn a_line_shorted_low_acknowledges_everything() {
    let (mut bus, id) = with_sht();
    bus.set_fault(id, 0, ChipFault::AllZero, true);
    assert_eq!(read(&mut bus, START, SHT), Ok([0; 6]), "even without a result");
    assert_eq!(write(&mut bus, START, SHT, &[0xAA]), Ok(()));
}

#[test]
fn frozen_chips_talk_and_do_not_move() {
    let mut bus = Bus::new(400_000);
    let sht = bus.add(SHT, None, Sht4x::new(1));
    let adc = bus.add(0x48, None, Ads1115::new());
    let rail = bus.add(0x40, None, Ina226::new());
    let fans = bus.add(0x2E, None, Emc2305::new());
    bus.power(0, true);
    let drive = |bus: &mut Bus, now_us: u64, value: f64| {
        for id in [sht, adc, rail, fans] {
            match bus.chip_mut(id) {
                Some(Chip::Sht4x(chip)) => chip.set(now_us, value, value),
                Some(Chip::Ads1115(chip)) => chip.set_input(now_us, 0, value / 50.0),
                Some(Chip::Ina226(chip)) => chip.set(now_us, 0.0, value),
                Some(Chip::Emc2305(chip)) => chip.set_tach(now_us, 0, Some(value * 100.0)),
                Some(
                    Chip::Sdp8xx(_)
                    | Chip::Tca9548a(_)
                    | Chip::Tmp117(_)
                    | Chip::Ina228(_)
                    | Chip::Mcp23017(_),
                )
                | None => {}
            }
        }
    };
    let look = |bus: &mut Bus, now_us: u64| {
        let humidity = measure(bus, now_us).unwrap();
        write(bus, now_us, 0x48, &[1, 0xC3, 0x83]).unwrap();
        let input: [u8; 2] = write_read(bus, now_us + 9_000, 0x48, &[0]).unwrap();
        let volts: [u8; 2] = write_read(bus, now_us, 0x40, &[2]).unwrap();
        let tach: [u8; 2] = write_read(bus, now_us, 0x2E, &[0x3E]).unwrap();
        (humidity, input, volts, tach)
    };
    drive(&mut bus, 0, 30.0);
    let before = look(&mut bus, START);
    for id in [sht, adc, rail, fans] {
        bus.set_fault(id, 0, ChipFault::Frozen, true);
    }
    drive(&mut bus, 2 * START, 20.0);
    assert_eq!(look(&mut bus, 3 * START), before);
    for id in [sht, adc, rail, fans] {
        bus.set_fault(id, 0, ChipFault::Frozen, false);
    }
    drive(&mut bus, 4 * START, 20.0);
    let after = look(&mut bus, 5 * START);
    assert!(after.0 != before.0 && after.1 != before.1 && after.2 != before.2 && after.3 != before.3);
}

#[test]
fn an_adapter_that_says_nothing_reports_success_and_leaves_the_buffer() {
    let (mut bus, id) = with_sht();
    bus.set_fault(id, 0, ChipFault::QuietNack, true);
    assert_eq!(measure(&mut bus, START), Ok([0xA5; 6]));
    assert_eq!(bus.handed_over(), Some(0));
    assert_eq!(bus.handed_over(), None, "told once");
    bus.set_fault(id, 0, ChipFault::QuietNack, false);
    assert_eq!(
        read::<6>(&mut bus, START + 8_300, SHT),
        Err(BusError::NackAddress),
        "it never heard the command"
    );

    bus.set_fault(id, 0, ChipFault::QuietShort { bytes: 2 }, true);
    let mut short = [0xA5; 6];
    short[..2].copy_from_slice(&GOOD[..2]);
    assert_eq!(measure(&mut bus, 2 * START), Ok(short));
    assert_eq!(bus.handed_over(), Some(2));
    assert_eq!(
        read::<1>(&mut bus, 2 * START + 8_300, SHT),
        Err(BusError::NackAddress),
        "the chip has told all"
    );
    bus.set_fault(id, 0, ChipFault::QuietShort { bytes: 2 }, false);
    assert_eq!(
        (measure(&mut bus, 3 * START), bus.handed_over()),
        (Ok(GOOD), None)
    );
}

#[test]
fn a_cut_transfer_ends_at_its_first_read() {
    let mut bus = Bus::new(400_000);
    let id = bus.add(0x2E, None, Emc2305::new());
    bus.power(0, true);
    bus.set_fault(id, 0, ChipFault::QuietShort { bytes: 1 }, true);
    let (mut first, mut second) = ([0xA5; 2], [0xA5; 1]);
    bus.transfer(
        START,
        0x2E,
        &mut [
            Operation::Write(&[0xFE]),
            Operation::Read(&mut first),
            Operation::Write(&[0x30, 0x40]),
            Operation::Read(&mut second),
        ],
    )
    .unwrap();
    assert_eq!((first, second), ([0x5D, 0xA5], [0xA5]));
    bus.set_fault(id, 0, ChipFault::QuietShort { bytes: 1 }, false);
    assert_eq!(
        write_read(&mut bus, START, 0x2E, &[0x30]),
        Ok([0x00]),
        "what stood behind never happened"
    );
}

#[test]
fn a_chip_that_holds_the_clock_times_out_and_its_neighbour_does_not() {
    let (mut bus, id) = with_sht();
    bus.add(0x48, None, Ads1115::new());
    bus.power(0, true);
    bus.set_fault(id, 0, ChipFault::Timeout, true);
    assert_eq!(measure(&mut bus, START), Err(BusError::Timeout));
    assert_eq!(write_read(&mut bus, START, 0x48, &[1]), Ok([0x85, 0x83]));
    bus.set_fault(id, 0, ChipFault::Timeout, false);
    assert_eq!(measure(&mut bus, 2 * START), Ok(GOOD));
}

#[test]
fn an_intermittent_chip_misses_its_share_and_the_same_ones_again() {
    let run = |per_mille, seed| {
        let (mut bus, id) = with_sht();
        bus.set_fault(id, 0, ChipFault::Intermittent { per_mille, seed }, true);
        (0..4_000)
            .map(|k| write(&mut bus, START + k, SHT, &[]).is_err())
            .collect::<Vec<bool>>()
    };
    let missed = |all: &[bool]| all.iter().filter(|missed| **missed).count();
    let some = run(200, 7);
    assert!((700..900).contains(&missed(&some)), "{}", missed(&some));
    assert_eq!(some, run(200, 7));
    assert_ne!(some, run(200, 8));
    assert_eq!((missed(&run(0, 7)), missed(&run(1_000, 7))), (0, 4_000));
}

#[test]
fn an_unplugged_chip_comes_back_without_its_settings() {
    let mut bus = Bus::new(400_000);
    let id = bus.add(0x48, None, Ads1115::new());
    bus.power(0, true);
    write(&mut bus, START, 0x48, &[1, 0x42, 0x83]).unwrap();
    bus.set_fault(id, 2 * START, ChipFault::Unplugged, true);
    assert_eq!(
        write_read::<2>(&mut bus, 2 * START, 0x48, &[1]),
        Err(BusError::NackAddress)
    );
    bus.set_fault(id, 3 * START, ChipFault::Unplugged, false);
    assert_eq!(write_read(&mut bus, 3 * START, 0x48, &[1]), Ok([0x85, 0x83]));
}

#[test]
fn a_delayed_chip_converts_late_and_no_more_once_mended() {
    const BY_US: u64 = 50_000;
    let mut bus = Bus::new(400_000);
    let sht = bus.add(SHT, None, Sht4x::new(1));
    let sdp = bus.add(SDP, None, Sdp8xx::new(Model::Sdp810Pa125, 1));
    let adc = bus.add(0x48, None, Ads1115::new());
    let rail = bus.add(0x40, None, Ina226::new());
    bus.power(0, true);
    write(&mut bus, START, SDP, &[0x36, 0x15]).unwrap();
    assert!(read::<9>(&mut bus, START + 8_000, SDP).is_ok());
    let all = [sht, sdp, adc, rail];
    for id in all {
        bus.set_fault(id, 2 * START, ChipFault::Delayed { by_us: BY_US }, true);
    }
    assert_eq!(measure(&mut bus, 2 * START), Err(BusError::NackAddress));
    assert_eq!(read(&mut bus, 2 * START + 8_300 + BY_US, SHT), Ok(GOOD));
    assert_eq!(
        read::<9>(&mut bus, 3 * START - 60_000, SDP),
        Err(BusError::NackAddress)
    );
    assert!(read::<9>(&mut bus, 2 * START + 500 + BY_US, SDP).is_ok());
    // Idle shows in bit 15 of the converter's configuration, and in CVRF of the monitor's mask.
    write(&mut bus, 3 * START, 0x48, &[1, 0xC3, 0x83]).unwrap();
    let busy = |bus: &mut Bus, now_us| write_read::<2>(bus, now_us, 0x48, &[1]).unwrap()[0] & 0x80 == 0;
    assert!(busy(&mut bus, 3 * START + 9_000) && !busy(&mut bus, 3 * START + 9_000 + BY_US));
    write(&mut bus, 4 * START, 0x40, &[0, 0x41, 0x27]).unwrap();
    let done = |bus: &mut Bus, now_us| write_read::<2>(bus, now_us, 0x40, &[6]).unwrap()[1] & 0x08 != 0;
    assert!(!done(&mut bus, 4 * START + 3_000) && done(&mut bus, 4 * START + 3_000 + BY_US));
    for id in all {
        bus.set_fault(id, 5 * START, ChipFault::Delayed { by_us: BY_US }, false);
    }
    assert_eq!(measure(&mut bus, 5 * START), Ok(GOOD));
    assert!(read::<9>(&mut bus, 5 * START + 500, SDP).is_ok());
}
