use super::*;

pub(super) const SECOND: u64 = 1_000_000;

pub(super) fn up() -> Emc2305 {
    let mut chip = Emc2305::new();
    chip.power(0, true);
    chip
}

pub(super) fn put(chip: &mut Emc2305, now_us: u64, bytes: &[u8]) {
    chip.write(now_us, bytes).unwrap();
}

pub(super) fn get<const N: usize>(chip: &mut Emc2305, now_us: u64, register: u8) -> [u8; N] {
    let mut buf = [0xA5; N];
    put(chip, now_us, &[register]);
    chip.read(now_us, &mut buf).unwrap();
    buf
}

pub(super) fn one(chip: &mut Emc2305, now_us: u64, register: u8) -> u8 {
    get::<1>(chip, now_us, register)[0]
}

/// The speed that gives this count with two poles, five edges and range `m`.
fn rpm(count: u16, m: f64) -> Option<f64> {
    Some(3_932_160.0 * m / f64::from(count))
}

#[test]
fn identity_and_reset_values() {
    let mut chip = up();
    for (register, value) in [
        (0xFD, 0x34),
        (0xFE, 0x5D),
        (0xFF, 0x80),
        (0xFC, 0x00),
        (0x20, 0x40),
        (0x2A, 0x00),
        (0x2B, 0x00),
        (0xEF, 0x00),
        (0x34, 0x00),
        (0x00, 0x00),
        (0x80, 0x00),
    ] {
        assert_eq!(one(&mut chip, 0, register), value, "{register:02X}");
    }
    for base in [0x30, 0x40, 0x50, 0x60, 0x70] {
        let registers: [u8; 16] = get(&mut chip, 0, base);
        assert_eq!(
            registers,
            [
                0, 1, 0x2B, 0x28, 0, 0x2A, 0x19, 0x10, 0x66, 0xF5, 0, 0, 0xF8, 0xFF, 0xFF, 0xF0
            ]
        );
    }
}

#[test]
fn straps_give_address_code_and_power_up_drive() {
    let mut chip = Emc2305::strapped(Strap::K22, Strap::K10);
    chip.power(0, true);
    assert_eq!(Strap::K22.address(), 0x4C);
    assert_eq!(one(&mut chip, 0, 0xFC), (4 << 3) | 2);
    assert_eq!(one(&mut chip, 0, 0x30), 0x80);
    let mut chip = Emc2305::strapped(Strap::K10, Strap::K22);
    chip.power(0, true);
    assert_eq!((Strap::K10.address(), one(&mut chip, 0, 0x30)), (0x2C, 0x00));
}

#[test]
fn tach_vectors() {
    for (config1, count, m, bytes) in [
        (0x2B, 648, 2.0, [0x14, 0x40]),
        (0x2B, 1310, 2.0, [0x28, 0xF0]),
        (0x2B, 492, 2.0, [0x0F, 0x60]),
        (0x2B, 1192, 2.0, [0x25, 0x40]),
        (0x0B, 7840, 1.0, [0xF5, 0x00]),
        (0x0B, 3937, 1.0, [0x7B, 0x08]),
        (0x4B, 2000, 4.0, [0x3E, 0x80]),
        (0x6B, 2000, 8.0, [0x3E, 0x80]),
        (0x33, 2000, 3.0, [0x3E, 0x80]),
    ] {
        let mut chip = up();
        chip.set_tach(0, 0, rpm(count, m));
        put(&mut chip, 0, &[0x32, config1]);
        assert_eq!(get::<2>(&mut chip, 0, 0x3E), bytes, "{count}");
    }
    let mut chip = up();
    chip.set_tach(0, 0, Some(12_136.3));
    assert_eq!(get::<2>(&mut chip, 0, 0x3E), [0x14, 0x40]);
    for stopped in [None, Some(0.0), Some(-5.0), Some(f64::NAN), Some(900.0)] {
        chip.set_tach(0, 0, stopped);
        assert_eq!(get::<2>(&mut chip, 0, 0x3E), [0xFF, 0xF0], "{stopped:?}");
    }
}

#[test]
fn reading_the_high_byte_holds_the_low_one() {
    let mut chip = up();
    chip.set_tach(0, 1, rpm(1310, 2.0));
    assert_eq!(one(&mut chip, 0, 0x4E), 0x28);
    chip.set_tach(0, 1, rpm(1192, 2.0));
    assert_eq!(one(&mut chip, 0, 0x4F), 0xF0, "still of 0x28F0");
    assert_eq!(get::<2>(&mut chip, 0, 0x4E), [0x25, 0x40]);
}

#[test]
fn plain_reads_repeat_and_the_pointer_wraps() {
    let mut chip = up();
    assert_eq!(get::<4>(&mut chip, 0, 0xFD), [0x34, 0x5D, 0x80, 0x00]);
    let mut again = [0; 1];
    chip.read(0, &mut again).unwrap();
    assert_eq!(again, [0x34]);
    put(&mut chip, 0, &[0x37, 0x08, 0x4C]);
    assert_eq!(get::<2>(&mut chip, 0, 0x37), [0x08, 0x4C]);
}

#[test]
fn a_setting_acts_at_once_when_the_fan_turns() {
    let mut chip = up();
    put(&mut chip, 0, &[0x36, 0x20 | 0x19]);
    put(&mut chip, 0, &[0x30, 0x80]);
    let mut now_us = SECOND;
    for (value, share) in [
        (0x80, 0.502),
        (0xBF, 0.749),
        (0x4C, 0.298),
        (0x66, 0.4),
        (0xFF, 1.0),
        (0x00, 0.0),
    ] {
        put(&mut chip, now_us, &[0x30, value]);
        assert_eq!(one(&mut chip, now_us, 0x30), value);
        assert!((chip.drive(0, now_us) - share).abs() < 0.001);
        now_us += SECOND;
    }
    assert!(chip.drive(5, now_us).abs() < 1e-9);
}

#[test]
fn all_five_fans_have_their_own_setting() {
    let mut chip = up();
    for fan in 0..5_u8 {
        put(&mut chip, 0, &[0x30 + 0x10 * fan, 100 + fan]);
    }
    for fan in 0..5_u8 {
        assert_eq!(one(&mut chip, SECOND, 0x30 + 0x10 * fan), 100 + fan);
    }
}

#[test]
fn spin_up_is_a_kick_then_a_level_then_the_setting() {
    let mut chip = up();
    chip.set_tach(0, 0, Some(6_000.0));
    put(&mut chip, 0, &[0x30, 0x40]);
    for (now_us, drive) in [
        (0, 0xFF),
        (124_999, 0xFF),
        (125_000, 0x99),
        (499_999, 0x99),
        (500_000, 0x40),
    ] {
        assert_eq!(one(&mut chip, now_us, 0x30), drive, "{now_us}");
    }
    put(&mut chip, SECOND, &[0x30, 0x80]);
    assert_eq!(
        one(&mut chip, SECOND, 0x30),
        0x80,
        "no spin-up of a fan that is driven"
    );
    assert_eq!(one(&mut chip, SECOND, 0x26), 0);
    // Without the kick, 30 % for 2 s.
    put(&mut chip, SECOND, &[0x30, 0x00]);
    put(&mut chip, SECOND, &[0x36, 0x20 | 0x03]);
    put(&mut chip, SECOND, &[0x30, 0x80]);
    assert_eq!(one(&mut chip, SECOND, 0x30), 0x4C);
    put(&mut chip, 2 * SECOND, &[0x30, 0x90]);
    assert_eq!(
        one(&mut chip, 3 * SECOND - 1, 0x30),
        0x4C,
        "a new setting waits for the end of spin-up"
    );
    assert_eq!(one(&mut chip, 3 * SECOND, 0x30), 0x90);
    put(&mut chip, 3 * SECOND, &[0x30, 0x00]);
    put(&mut chip, 3 * SECOND, &[0x30, 0x80]);
    put(&mut chip, 3 * SECOND, &[0x30, 0x00]);
    assert_eq!(one(&mut chip, 3 * SECOND, 0x30), 0x00, "zero ends spin-up");
}

#[test]
fn a_fan_that_does_not_start_fails_spin_up_and_stalls() {
    let mut chip = up();
    for fan in [0, 2, 3, 4] {
        chip.set_tach(0, fan, Some(5_000.0));
    }
    put(&mut chip, 0, &[0x40, 0x80]);
    assert_eq!(
        get::<3>(&mut chip, 499_999, 0x25),
        [0, 0, 0],
        "masked while it spins up"
    );
    assert_eq!(get::<4>(&mut chip, 500_000, 0x24), [0x03, 0x02, 0x02, 0]);
    assert_eq!(
        get::<3>(&mut chip, 600_000, 0x25),
        [0x02, 0x02, 0],
        "persists with its cause"
    );
    chip.set_tach(700_000, 1, Some(5_000.0));
    assert_eq!(
        get::<3>(&mut chip, 800_000, 0x25),
        [0x02, 0x02, 0],
        "kept until read"
    );
    assert_eq!(get::<4>(&mut chip, 800_000, 0x24), [0, 0, 0, 0]);
}

#[test]
fn a_commanded_stop_is_a_stall_too() {
    let mut chip = up();
    for fan in 0..5 {
        chip.set_tach(0, fan, Some(5_000.0));
    }
    put(&mut chip, 0, &[0x30, 0x80]);
    put(&mut chip, SECOND, &[0x30, 0x00]);
    assert_eq!(one(&mut chip, SECOND, 0x25), 0);
    chip.set_tach(2 * SECOND, 0, None);
    assert_eq!(one(&mut chip, 3 * SECOND, 0x25), 0x01);
    // 1003 RPM is the default limit: 7840 counts at m = 2.
    chip.set_tach(3 * SECOND, 0, rpm(7_841, 2.0));
    assert_eq!(get::<1>(&mut chip, 3 * SECOND, 0x25), [0x01]);
    chip.set_tach(3 * SECOND, 0, rpm(7_840, 2.0));
    assert_eq!(one(&mut chip, 3 * SECOND, 0x25), 0x01);
    assert_eq!(one(&mut chip, 3 * SECOND, 0x25), 0x00);
}

#[test]
fn the_ramp_moves_one_step_per_update() {
    let mut chip = up();
    chip.set_tach(0, 0, Some(5_000.0));
    put(&mut chip, 0, &[0x30, 0x40]);
    put(&mut chip, SECOND, &[0x33, 0x68]);
    put(&mut chip, SECOND, &[0x30, 0x70]);
    let at = |chip: &mut Emc2305, ms: u64| one(chip, SECOND + ms * 1_000, 0x30);
    assert_eq!(
        [0, 399, 400, 799, 800, 1_200, 9_000].map(|ms| at(&mut chip, ms)),
        [0x40, 0x40, 0x50, 0x50, 0x60, 0x70, 0x70]
    );
    put(&mut chip, 11 * SECOND, &[0x30, 0x00]);
    assert_eq!(one(&mut chip, 12 * SECOND, 0x30), 0x50);
    put(&mut chip, 12 * SECOND, &[0x33, 0x28]);
    assert_eq!(one(&mut chip, 13 * SECOND, 0x30), 0x00);
}

#[test]
fn the_target_moves_with_its_high_byte() {
    let mut chip = up();
    chip.set_tach(0, 0, Some(5_000.0));
    put(&mut chip, 0, &[0x3C, 0xE8]);
    put(&mut chip, 0, &[0x3D, 0x51]);
    assert_eq!(get::<2>(&mut chip, 0, 0x3C), [0xE8, 0x51]);
    assert_eq!(chip.fans[0].read(0xC), 0xE8);
    put(&mut chip, 0, &[0x32, 0xAB]);
    put(&mut chip, 0, &[0x30, 0x12]);
    assert_ne!(one(&mut chip, 0, 0x30), 0x12, "read-only under speed control");
}

#[test]
fn speed_control_finds_its_target_and_gives_the_setting_back() {
    let mut chip = up();
    put(&mut chip, 0, &[0x30, 0x50]);
    chip.set_tach(0, 0, Some(4_000.0));
    // 6000 RPM at m = 2, for a fan of 47 RPM per step of drive.
    put(&mut chip, SECOND, &[0x3C, 0xF8]);
    put(&mut chip, SECOND, &[0x3D, 0x28]);
    put(&mut chip, SECOND, &[0x32, 0xAB]);
    for tick in 0..200 {
        let now_us = SECOND + tick * 100_000;
        let drive = chip.drive(0, now_us);
        chip.set_tach(now_us, 0, Some(47.0 * 255.0 * drive));
    }
    let speed = 47.0 * 255.0 * chip.drive(0, 20_900_000);
    assert!((speed - 6_000.0).abs() < 60.0, "{speed}");
    put(&mut chip, 40 * SECOND, &[0x3D, 0xFF]);
    assert_eq!(one(&mut chip, 41 * SECOND, 0x30), 0x00, "target FF stops");
    put(&mut chip, 41 * SECOND, &[0x3D, 0x28]);
    assert_eq!(one(&mut chip, 41 * SECOND, 0x30), 0xFF, "and back is a spin-up");
    put(&mut chip, 50 * SECOND, &[0x32, 0x2B]);
    assert_eq!(one(&mut chip, 50 * SECOND, 0x30), 0x50);
}

#[test]
fn speed_control_reports_stall_spin_and_drive_failures() {
    let mut chip = up();
    put(&mut chip, 0, &[0x36, 0x59]);
    put(&mut chip, 0, &[0x3C, 0xF8]);
    put(&mut chip, 0, &[0x3D, 0x28]);
    put(&mut chip, 0, &[0x32, 0xAB]);
    assert_eq!(one(&mut chip, 600_000, 0x26), 0x01, "it retries for ever");
    chip.set_tach(SECOND, 0, Some(3_000.0));
    // 3000 RPM at full drive against 6000: after 16 updates of 0.4 s at 0xFF.
    let _ = get::<3>(&mut chip, 2 * SECOND, 0x25);
    assert_eq!(one(&mut chip, 3 * SECOND, 0x27), 0x00);
    assert_eq!(get::<4>(&mut chip, 20 * SECOND, 0x24)[3], 0x01);
    assert_eq!(one(&mut chip, 20 * SECOND, 0x24) & DRIVE_FAIL, DRIVE_FAIL);
}

#[test]
fn the_polarity_register_turns_the_pin_round() {
    let mut chip = up();
    put(&mut chip, 0, &[0x2A, 0x02]);
    put(&mut chip, 0, &[0x30, 0x33]);
    put(&mut chip, 0, &[0x40, 0x33]);
    assert!((chip.drive(0, SECOND) - 0.2).abs() < 1e-9);
    assert!((chip.drive(1, SECOND) - 0.8).abs() < 1e-9);
}

#[test]
fn very_long_gaps_end() {
    let mut chip = up();
    put(&mut chip, 0, &[0x32, 0xA8]);
    put(&mut chip, 0, &[0x3D, 0x28]);
    let _ = one(&mut chip, u64::MAX / 2, 0x30);
    let _ = one(&mut chip, u64::MAX, 0x30);
}
