use super::*;

/// Longest round with the power-up configuration, from power-down.
const ROUND_US: u64 = 2_460;

fn up(shunt_v: f64, bus_v: f64) -> Ina226 {
    let mut chip = Ina226::new();
    chip.set(0, shunt_v, bus_v);
    chip.power(0, true);
    chip
}

fn get(chip: &mut Ina226, now_us: u64, register: u8) -> u16 {
    let mut buf = [0; 2];
    chip.write(now_us, &[register]).unwrap();
    chip.read(now_us, &mut buf).unwrap();
    u16::from_be_bytes(buf)
}

#[test]
fn identity_and_reset_values() {
    let mut chip = up(0.0, 0.0);
    for (register, value) in [
        (0xFE, 0x5449),
        (0xFF, 0x2260),
        (0x00, 0x4127),
        (0x05, 0),
        (0x06, 0),
        (0x42, 0),
    ] {
        assert_eq!(get(&mut chip, 0, register), value);
    }
}

#[test]
fn vendor_example() {
    let mut chip = up(0.020, 11.98);
    chip.write(0, &[0x05, 0x0A, 0x00]).unwrap();
    let results = [1, 2, 4, 3].map(|register| get(&mut chip, ROUND_US, register));
    assert_eq!(results, [0x1F40, 0x2570, 0x2710, 0x12B8]);
}

#[test]
fn negative_and_clipped_inputs() {
    let mut chip = up(-0.010, 12.0);
    chip.write(0, &[0x05, 0x08, 0x00]).unwrap();
    assert_eq!(
        [1, 4].map(|register| get(&mut chip, ROUND_US, register)),
        [0xF060, 0xF060]
    );
    for (shunt_v, bus_v, shunt, bus) in [
        (-0.080, -1.0, 0x8300, 0),
        (1.0, 99.0, 0x7FFF, 0x7FFF),
        (-1.0, 0.00125, 0x8000, 1),
    ] {
        let mut chip = up(shunt_v, bus_v);
        assert_eq!(
            [1, 2].map(|register| get(&mut chip, ROUND_US, register)),
            [shunt, bus]
        );
    }
}

#[test]
fn without_calibration_current_and_power_are_zero() {
    let mut chip = up(0.020, 11.98);
    assert_eq!([3, 4].map(|register| get(&mut chip, ROUND_US, register)), [0, 0]);
    chip.write(ROUND_US, &[0x05, 0x0A, 0x00]).unwrap();
    assert_eq!(get(&mut chip, ROUND_US, 4), 0, "until the next round ends");
    assert_eq!(get(&mut chip, 2 * ROUND_US, 4), 0x2710);
    chip.power(10_000, false);
    chip.power(11_000, true);
    assert_eq!(
        [4, 5].map(|register| get(&mut chip, 20_000, register)),
        [0, 0],
        "a brown-out forgets it"
    );
}

#[test]
fn results_stay_until_the_averaged_round_ends() {
    let mut chip = up(0.0, 10.0);
    assert_eq!(get(&mut chip, ROUND_US - 1, 2), 0);
    assert_eq!(get(&mut chip, ROUND_US, 2), 8_000);
    // 16 averages of 2 x 1.1 ms.
    chip.write(3_000, &[0x00, 0x45, 0x27]).unwrap();
    chip.set(3_000, 0.0, 5.0);
    let round_us = 16 * 2 * 1_210;
    assert_eq!(get(&mut chip, 3_039 + round_us, 2), 8_000);
    chip.set(3_040 + round_us, 0.0, 1.0);
    assert_eq!(get(&mut chip, 3_040 + round_us, 2), 4_000);
    assert_eq!(get(&mut chip, 3_039 + 2 * round_us, 2), 4_000);
    assert_eq!(get(&mut chip, 3_040 + 2 * round_us, 2), 800);
}

#[test]
fn triggered_rounds_need_a_new_write_each() {
    let mut chip = up(0.0, 10.0);
    chip.write(0, &[0x00, 0x41, 0x22]).unwrap();
    assert_eq!(get(&mut chip, 1_249, 6), 0);
    assert_eq!(get(&mut chip, 1_250, 6), READY_FLAG);
    assert_eq!(get(&mut chip, 1_250, 6), 0, "cleared by reading");
    chip.set(2_000, 0.0, 5.0);
    assert_eq!((get(&mut chip, 90_000, 6), get(&mut chip, 90_000, 2)), (0, 8_000));
    chip.write(90_000, &[0x00, 0x41, 0x22]).unwrap();
    assert_eq!(get(&mut chip, 92_000, 2), 4_000);
    chip.write(92_000, &[0x00, 0x41, 0x20]).unwrap();
    assert_eq!(
        get(&mut chip, 92_000, 6),
        READY_FLAG,
        "power-down leaves the flag"
    );
    chip.write(92_000, &[0x00, 0x41, 0x22]).unwrap();
    assert_eq!(get(&mut chip, 92_000, 6), 0, "a new round clears it");
}

#[test]
fn alerts_take_the_highest_choice_and_latch_on_request() {
    let mut chip = up(0.010, 12.0);
    // Bus above 10 V, latched; the power choice below it is ignored.
    chip.write(0, &[0x07, 0x1F, 0x40]).unwrap();
    chip.write(0, &[0x06, 0x28, 0x01]).unwrap();
    chip.set(5_000, 0.010, 1.0);
    assert_eq!(get(&mut chip, 10_000, 6), 0x2801 | ALERT_FLAG | READY_FLAG);
    assert_eq!(get(&mut chip, 10_000, 6), 0x2801);
    // Transparent: follows the voltage.
    chip.write(10_000, &[0x06, 0x10, 0x00]).unwrap();
    assert_eq!(get(&mut chip, 20_000, 6) & ALERT_FLAG, ALERT_FLAG);
    chip.set(20_000, 0.010, 12.0);
    assert_eq!(get(&mut chip, 30_000, 6) & ALERT_FLAG, 0);
    chip.write(30_000, &[0x06, 0x80, 0x00]).unwrap();
    chip.write(30_000, &[0x07, 0x0F, 0x00]).unwrap();
    assert_eq!(get(&mut chip, 40_000, 6) & ALERT_FLAG, ALERT_FLAG, "4000 > 3840");
}

#[test]
fn overflow_and_reset_bit() {
    let mut chip = up(0.080, 36.0);
    chip.write(0, &[0x05, 0xFF, 0xFF]).unwrap();
    assert_eq!(get(&mut chip, 5_000, 5), 0x7FFF);
    assert_eq!(get(&mut chip, 5_000, 6), READY_FLAG | OVERFLOW_FLAG);
    chip.write(5_000, &[0x00, 0x80, 0x00]).unwrap();
    assert_eq!(
        [0, 5, 2].map(|register| get(&mut chip, 5_000, register)),
        [0x4127, 0, 0]
    );
    assert_eq!(get(&mut chip, 5_000 + ROUND_US, 2), 28_800);
}
