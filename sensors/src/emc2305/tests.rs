use super::*;
use crate::driver::BusFault;
use crate::mock::{Mock, Transfer, fails, w, wr};
use proptest::prelude::*;
use std::vec::Vec;

const A: u8 = 0x2E;

fn raw(config1: u8, tach: [u8; 2]) -> Raw {
    Raw::new(&[0, 0x20, 0, 0, config1, 0x80, tach[0], tach[1]])
}

fn speed(config1: u8, tach: [u8; 2]) -> Result<f64, Absent> {
    decode(&raw(config1, tach)).map(|sample| sample.speed.get())
}

/// A register written and read back.
fn set(register: u8, value: u8) -> [Transfer; 2] {
    [w(A, &[register, value]), wr(A, &[register], &[value])]
}

fn preparation(fan: u8, configuration: u8) -> Vec<Transfer> {
    preparation_beside(0, fan, configuration)
}

/// With outputs that are push-pull already.
fn preparation_beside(outputs: u8, fan: u8, configuration: u8) -> Vec<Transfer> {
    let base = 0x10 * fan;
    let mut script = Vec::from([wr(A, &[0xFD], &[0x34]), wr(A, &[0xFE], &[0x5D])]);
    script.extend(set(0x20, configuration));
    script.extend([wr(A, &[0x2A], &[0x00]), wr(A, &[0x2B], &[outputs])]);
    script.extend(set(0x2B, outputs | 1 << fan));
    script.extend(set(0x33 + base, 0x28));
    script.extend(set(0x36 + base, 0x19));
    script.extend(set(0x32 + base, 0x0B));
    script
}

#[test]
fn speeds_decode() {
    let near = |config1, tach, rpm: f64| {
        let found = speed(config1, tach).unwrap();
        assert!((found - rpm).abs() < 0.05, "{tach:x?}: {found} instead of {rpm}");
    };
    near(0x2B, [0x14, 0x40], 12136.3);
    near(0x2B, [0x28, 0xF0], 6003.3);
    near(0x2B, [0x0F, 0x60], 15984.4);
    near(0x2B, [0x25, 0x40], 6597.6);
    near(0x0B, [0xF5, 0x00], 501.55);
    near(0x0B, [0x7B, 0x08], 998.77);
    // The ends of the blower: 3 932 160 / 7021 and / 1404.
    near(0x0B, [0xDB, 0x68], 560.06);
    near(0x0B, [0x2B, 0xE0], 2800.7);
    // Nine edges, m = 8.
    near(0x7B, [0xFF, 0xE8], 7682.8);
}

#[test]
fn a_stopped_fan_has_no_speed_and_noise_is_no_speed() {
    for config1 in [0x0B, 0x2B, 0x4B, 0x6B] {
        assert_eq!(speed(config1, [0xFF, 0xF0]), Ok(0.0));
        assert_eq!(speed(config1, [0xFF, 0xF8]), Ok(0.0));
        assert_eq!(speed(config1, [0xFF, 0xFF]), Ok(0.0));
        assert_eq!(speed(config1, [0x00, 0x00]), Err(Absent::OverRange));
    }
    // 3 932 160 / 245 is 16 049.6, / 246 is 15 984.4.
    assert_eq!(speed(0x0B, [0x07, 0xA8]), Err(Absent::OverRange));
    assert!(speed(0x0B, [0x07, 0xB0]).is_ok());
    // Three edges would reach 240 rpm; at or below 480 it is not believed.
    assert_eq!(speed(0x03, [0xFF, 0xE8]), Ok(0.0));
}

#[test]
fn flags_decode() {
    let flags = |bytes: [u8; 8]| {
        let sample = decode(&Raw::new(&bytes)).unwrap();
        (sample.watchdog_enabled, sample.watchdog_tripped, sample.stalled)
    };
    assert_eq!(
        flags([2, 0x20, 0x00, 0x00, 0x0B, 0x80, 0x28, 0xF0]),
        (true, false, false)
    );
    assert_eq!(
        flags([2, 0x40, 0x80, 0x00, 0x0B, 0xFF, 0x28, 0xF0]),
        (false, true, false)
    );
    assert_eq!(
        flags([2, 0x60, 0x01, 0x04, 0x0B, 0x80, 0xFF, 0xF0]),
        (true, false, true)
    );
    // Another fan's stall, and a fan told to stand still.
    assert_eq!(
        flags([2, 0x20, 0x01, 0x1B, 0x0B, 0x80, 0x28, 0xF0]),
        (true, false, false)
    );
    assert_eq!(
        flags([2, 0x20, 0x01, 0x04, 0x0B, 0x00, 0xFF, 0xF0]),
        (true, false, false)
    );
    assert_eq!(
        decode(&Raw::new(&[5, 0x20, 0, 0, 0x0B, 0x80, 0x28, 0xF0])),
        Err(Absent::WrongChannel)
    );
    assert_eq!(decode(&Raw::new(&[0, 0x20])), Err(Absent::ShortTransfer));
    assert_eq!(decode(&Raw::new(&[0x00; 8])), Err(Absent::OverRange));
    assert_eq!(decode(&Raw::new(&[0xFF; 8])), Err(Absent::WrongChannel));
}

#[test]
fn drives_become_settings() {
    for (percent, byte) in [
        (0.0, 0),
        (30.0, 0x4C),
        (40.0, 0x66),
        (50.0, 0x80),
        (75.0, 0xBF),
        (100.0, 0xFF),
        (-5.0, 0),
        (1e9, 0xFF),
    ] {
        assert_eq!(setting(Percent::of(percent)), byte, "{percent} %");
    }
}

#[test]
fn prepare_reads_everything_back_and_never_writes_a_drive() {
    for fan in 0..5 {
        let mut bus = Mock::new(preparation(fan, 0x20));
        assert_eq!(Emc2305::new(A, fan).prepare(&mut bus, 0), Ok(Progress::Ready));
        bus.done();
    }
}

#[test]
fn a_watchdog_once_disabled_stays_so_through_a_preparation() {
    let mut chip = Emc2305::new(A, 0);
    let mut bus = Mock::new([fails(w(A, &[0x20, 0x00]), BusFault::NoAnswer)]);
    chip.disable_watchdog(&mut bus).unwrap_err();
    let mut bus = Mock::new(preparation(0, 0x00));
    assert_eq!(chip.prepare(&mut bus, 0), Ok(Progress::Ready));
    bus.done();
    let mut bus = Mock::new(set(0x20, 0x20));
    assert_eq!(chip.enable_watchdog(&mut bus), Ok(()));
    bus.done();
}

#[test]
fn a_watchdog_bit_that_does_not_take_is_a_fault() {
    for found in [0x40, 0x00, 0xFF] {
        let mut bus = Mock::new([w(A, &[0x20, 0x20]), wr(A, &[0x20], &[found])]);
        let fault = differs(Register::Configuration, found, 0x20);
        assert_eq!(Emc2305::new(A, 0).enable_watchdog(&mut bus), Err(fault));
    }
    let mut bus = Mock::new([w(A, &[0x20, 0x00]), wr(A, &[0x20], &[0x20])]);
    let fault = differs(Register::Configuration, 0x20, 0x00);
    assert_eq!(Emc2305::new(A, 0).disable_watchdog(&mut bus), Err(fault));
}

#[test]
fn another_chip_is_refused_before_anything_is_written() {
    for found in [0x35, 0x37, 0x00, 0xFF] {
        let mut bus = Mock::new([wr(A, &[0xFD], &[found])]);
        let register = Register::ProductId.name();
        let fault = Fault::WrongChip {
            register,
            found: u16::from(found),
            expected: 0x34,
        };
        assert_eq!(Emc2305::new(A, 0).prepare(&mut bus, 0), Err(fault));
    }
    let mut bus = Mock::new([wr(A, &[0xFD], &[0x34]), wr(A, &[0xFE], &[0x4D])]);
    assert_eq!(
        Emc2305::new(A, 0).prepare(&mut bus, 0).unwrap_err().absent(),
        Absent::WrongChip
    );
}

#[test]
fn an_inverted_output_is_set_right() {
    let mut script = preparation(1, 0x20);
    script[4] = wr(A, &[0x2A], &[0x1F]);
    let [write, read] = set(0x2A, 0x1D);
    script.insert(5, write);
    script.insert(6, read);
    let mut bus = Mock::new(script);
    assert_eq!(Emc2305::new(A, 1).prepare(&mut bus, 0), Ok(Progress::Ready));
    bus.done();
}

/// Commands `percent` when the chip reads back `found`.
fn drive(chip: &mut Emc2305, percent: f64, found: u8) -> Result<(), Fault> {
    let drive = Percent::of(percent);
    let mut bus = Mock::new([w(A, &[0x50, setting(drive)]), wr(A, &[0x50], &[found])]);
    let result = chip.set_drive(&mut bus, drive);
    bus.done();
    result
}

#[test]
fn a_drive_is_written_and_confirmed() {
    let mut chip = Emc2305::new(A, 2);
    assert_eq!(drive(&mut chip, 50.0, 0x80), Ok(()));
    assert_eq!(drive(&mut chip, 75.0, 0xBF), Ok(()));
    // It runs already: now nothing excuses another drive.
    assert_eq!(
        drive(&mut chip, 50.0, 0xFF),
        Err(differs(Register::FanSetting, 0xFF, 0x80))
    );
    assert_eq!(
        drive(&mut chip, 50.0, 0x40),
        Err(differs(Register::FanSetting, 0x40, 0x80))
    );
    assert_eq!(drive(&mut chip, 0.0, 0x00), Ok(()));
}

#[test]
fn a_spin_up_is_accepted_until_it_ends() {
    let mut chip = Emc2305::new(A, 2);
    assert_eq!(drive(&mut chip, 0.0, 0x00), Ok(()));
    assert_eq!(drive(&mut chip, 30.0, 0xFF), Ok(()));
    assert_eq!(drive(&mut chip, 40.0, 0x99), Ok(()));
    assert_eq!(drive(&mut chip, 40.0, 0x66), Ok(()));
    assert_eq!(
        drive(&mut chip, 40.0, 0x99),
        Err(differs(Register::FanSetting, 0x99, 0x66))
    );
    // Only the levels of a spin-up are excused, and not for ever.
    assert_eq!(drive(&mut chip, 0.0, 0x00), Ok(()));
    drive(&mut chip, 40.0, 0x4C).unwrap_err();
    assert_eq!(drive(&mut chip, 0.0, 0x00), Ok(()));
    for _ in 0..32 {
        assert_eq!(drive(&mut chip, 40.0, 0xFF), Ok(()));
    }
    drive(&mut chip, 40.0, 0xFF).unwrap_err();
}

#[test]
fn a_stop_is_only_confirmed_by_zero() {
    for found in [0x01, 0x99, 0xFF] {
        let mut chip = Emc2305::new(A, 2);
        assert_eq!(
            drive(&mut chip, 0.0, found),
            Err(differs(Register::FanSetting, found, 0))
        );
    }
}

fn fetching(config1: u8, tach: &[u8]) -> Vec<Transfer> {
    let mut script = Vec::from([
        wr(A, &[0x52], &[config1]),
        wr(A, &[0x20], &[0x20]),
        wr(A, &[0x50], &[0x80]),
    ]);
    script.extend([
        wr(A, &[0x5E], tach),
        wr(A, &[0x25], &[0x04]),
        wr(A, &[0x24], &[0x81]),
    ]);
    script
}

#[test]
fn fetch_reads_the_tach_in_one_transfer_and_the_status_last() {
    let mut bus = Mock::new(fetching(0x0B, &[0x7B, 0x08]));
    let fetched = Emc2305::new(A, 2).fetch(&mut bus).unwrap();
    bus.done();
    assert_eq!(fetched, Raw::new(&[2, 0x20, 0x81, 0x04, 0x0B, 0x80, 0x7B, 0x08]));
    let sample = decode(&fetched).unwrap();
    assert!(sample.watchdog_enabled && sample.watchdog_tripped && sample.stalled);
    assert!((sample.drive.get() - 50.2).abs() < 0.01 && (sample.speed.get() - 998.77).abs() < 0.01);
}

#[test]
fn a_restarted_chip_and_a_dead_bus_are_never_a_reading() {
    for found in [0x2B, 0x00, 0xFF] {
        let mut bus = Mock::new([wr(A, &[0x52], &[found])]);
        let fault = differs(Register::FanConfiguration1, found, 0x0B);
        assert_eq!(Emc2305::new(A, 2).fetch(&mut bus), Err(fault));
        bus.done();
    }
}

#[test]
fn a_short_or_failed_transfer_is_never_a_reading() {
    for moved in [&[][..], &[0x7B]] {
        let mut script = fetching(0x0B, moved);
        script[4] = script[3].clone();
        let fault = Emc2305::new(A, 2).fetch(&mut Mock::new(script)).unwrap_err();
        assert_eq!(
            fault,
            Fault::Bus {
                fault: BusFault::ShortTransfer,
                register: Register::TachReading.name()
            }
        );
    }
    for index in 0..6 {
        let mut script = fetching(0x0B, &[0x7B, 0x08]);
        script[index] = fails(script[index].clone(), BusFault::StuckLow);
        let fault = Emc2305::new(A, 2).fetch(&mut Mock::new(script)).unwrap_err();
        assert_eq!(fault.absent(), Absent::BusStuck);
    }
}

#[test]
fn a_fan_that_does_not_exist_is_never_written() {
    let mut bus = Mock::new([]);
    let mut chip = Emc2305::new(A, 5);
    let fault = Fault::Configuration {
        register: "EMC2305 fan number",
        found: 5,
        written: 4,
    };
    assert_eq!(chip.prepare(&mut bus, 0), Err(fault));
    assert_eq!(chip.set_drive(&mut bus, Percent::of(50.0)), Err(fault));
    assert_eq!(chip.fetch(&mut bus), Err(fault));
    assert_eq!(chip.enable_watchdog(&mut bus), Err(fault));
    assert_eq!(chip.release(&mut bus), Ok(()));
    assert_eq!(chip.start(&mut bus), Ok(Span::ZERO));
}

proptest! {
    #[test]
    fn any_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..=16)) {
        prop_assert!(bytes.len() == 8 || decode(&Raw::new(&bytes)) == Err(Absent::ShortTransfer));
    }

    #[test]
    fn any_registers_are_in_range_or_none(fan in 0_u8..6, registers: [u8; 7]) {
        let [a, b, c, d, e, f, g] = registers;
        if let Ok(sample) = decode(&Raw::new(&[fan, a, b, c, d, e, f, g])) {
            prop_assert!(fan < 5);
            prop_assert!((0.0..=100.0).contains(&sample.drive.get()));
            let rpm = sample.speed.get();
            prop_assert!(rpm.abs() < 1e-9 || (480.0..=16_000.0).contains(&rpm));
        }
    }

    #[test]
    fn any_drive_is_within_half_a_step(percent in 0.0_f64..=100.0) {
        let back = f64::from(setting(Percent::of(percent))) * 100.0 / 255.0;
        prop_assert!((back - percent).abs() <= 50.0 / 255.0 + 1e-9);
    }
}

/// Two blowers on one chip, a driver each: neither touches the other's bits or its drive, and a watchdog's trip is told to
/// the first that fetches.
#[test]
fn two_fans_of_one_chip_are_prepared_driven_and_read_beside_each_other() {
    let (mut first, mut second) = (Emc2305::new(A, 0), Emc2305::new(A, 1));
    let mut script = preparation(0, 0x20);
    // The second finds the first one's output push-pull and leaves it so.
    script.extend(preparation_beside(0x01, 1, 0x20));
    script.extend([w(A, &[0x30, 0x80]), wr(A, &[0x30], &[0x80])]);
    script.extend([w(A, &[0x40, 0x00]), wr(A, &[0x40], &[0x00])]);
    let fetched = |base: u8, setting: u8, tach: [u8; 2], status: u8| {
        [
            wr(A, &[0x32 + base], &[0x0B]),
            wr(A, &[0x20], &[0x20]),
            wr(A, &[0x30 + base], &[setting]),
            wr(A, &[0x3E + base], &tach),
            wr(A, &[0x25], &[0x00]),
            wr(A, &[0x24], &[status]),
        ]
    };
    script.extend(fetched(0, 0x80, [0x57, 0xC0], 0x80));
    script.extend(fetched(0x10, 0x00, [0xFF, 0xF0], 0x00));
    let mut bus = Mock::new(script);
    assert_eq!(first.prepare(&mut bus, 0), Ok(Progress::Ready));
    assert_eq!(second.prepare(&mut bus, 0), Ok(Progress::Ready));
    assert_eq!(first.set_drive(&mut bus, Percent::of(50.0)), Ok(()));
    assert_eq!(
        second.set_drive(&mut bus, Percent::of(0.0)),
        Ok(()),
        "one stands by"
    );
    let sample = |raw: Result<Raw, Fault>| decode(&raw.unwrap()).unwrap();
    let (a, b) = (sample(first.fetch(&mut bus)), sample(second.fetch(&mut bus)));
    assert!(
        (a.speed.get() - 1_400.0).abs() < 1.0 && a.watchdog_tripped,
        "{a:?}"
    );
    assert!(b.speed.get().abs() < 1e-9 && b.drive.get().abs() < 1e-9 && b.watchdog_enabled);
    bus.done();
}
