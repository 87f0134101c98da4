use super::*;

const UP_US: u64 = 25_000;

fn idle(model: Model) -> Sdp8xx {
    let mut chip = Sdp8xx::new(model, 0x1122_3344_5566_7788);
    chip.power(0, true);
    chip
}

fn word(chip: &mut Sdp8xx, now_us: u64, word: u16) -> Result<(), Nack> {
    chip.write(now_us, &word.to_be_bytes())
}

fn nine(chip: &mut Sdp8xx, now_us: u64) -> Result<[u8; 9], Nack> {
    let mut buf = [0; 9];
    chip.read(now_us, &mut buf).map(|()| buf)
}

fn raw(chip: &mut Sdp8xx, now_us: u64) -> i16 {
    let reply = nine(chip, now_us).unwrap();
    i16::from_be_bytes([reply[0], reply[1]])
}

#[test]
fn byte_vectors() {
    for (model, pressure_pa, temperature_c, reply) in [
        (
            Model::Sdp810Pa125,
            -12.5,
            25.0,
            [0xF4, 0x48, 0x9E, 0x13, 0x88, 0x01, 0x00, 0xF0, 0x03],
        ),
        (
            Model::Sdp810Pa500,
            250.0,
            23.5,
            [0x3A, 0x98, 0x5D, 0x12, 0x5C, 0x35, 0x00, 0x3C, 0x39],
        ),
        (
            Model::Sdp810Pa125,
            0.00417,
            24.0,
            [0x00, 0x01, 0xB0, 0x12, 0xC0, 0x71, 0x00, 0xF0, 0x03],
        ),
        (
            Model::Sdp810Pa125,
            125.0,
            25.0,
            [0x75, 0x30, 0x08, 0x13, 0x88, 0x01, 0x00, 0xF0, 0x03],
        ),
        (
            Model::Sdp810Pa125,
            -200.0,
            25.0,
            [0x80, 0x00, 0xA2, 0x13, 0x88, 0x01, 0x00, 0xF0, 0x03],
        ),
    ] {
        for start in [0x3615, 0x361E, 0x3603, 0x3608] {
            let mut chip = idle(model);
            chip.set(0, pressure_pa, temperature_c);
            word(&mut chip, UP_US, start).unwrap();
            assert_eq!(nine(&mut chip, UP_US + 8_000), Ok(reply), "{start:04X}");
        }
    }
}

#[test]
fn identity_vectors_need_both_words() {
    let mut chip = idle(Model::Sdp810Pa125);
    let mut buf = [0; 18];
    assert_eq!(word(&mut chip, UP_US, 0xE102), Err(Nack::Data));
    assert_eq!(chip.read(UP_US, &mut buf), Err(Nack::Address));
    word(&mut chip, UP_US, 0x367C).unwrap();
    word(&mut chip, UP_US, 0xE102).unwrap();
    chip.read(UP_US, &mut buf).unwrap();
    assert_eq!(
        buf,
        [
            3, 2, 0xCE, 0x0B, 1, 0xAA, 0x11, 0x22, 0xFF, 0x33, 0x44, 0xE7, 0x55, 0x66, 0x0C, 0x77, 0x88, 0xD7
        ]
    );
    assert_eq!(chip.read(UP_US, &mut buf), Err(Nack::Address), "fetched once");

    let mut chip = Sdp8xx::new(Model::Sdp810Pa500, 0x1234_5678);
    chip.power(0, true);
    word(&mut chip, UP_US, 0x367C).unwrap();
    word(&mut chip, UP_US, 0xE102).unwrap();
    chip.read(UP_US, &mut buf).unwrap();
    assert_eq!(
        buf,
        [
            3, 2, 0xCE, 0x0A, 1, 0x5E, 0, 0, 0x81, 0, 0, 0x81, 0x12, 0x34, 0x37, 0x56, 0x78, 0x7D
        ]
    );
}

#[test]
fn continuous_mode_is_silent_for_8_ms_and_deaf_to_all_but_stop() {
    let mut chip = idle(Model::Sdp810Pa125);
    word(&mut chip, UP_US, 0x3615).unwrap();
    assert_eq!(nine(&mut chip, UP_US + 7_999), Err(Nack::Address));
    for command in [0x3615, 0x361E, 0x3624, 0x3677, 0x367C, 0xE102, 0x1234] {
        assert_eq!(
            word(&mut chip, UP_US + 9_000, command),
            Err(Nack::Data),
            "{command:04X}"
        );
    }
    assert!(nine(&mut chip, UP_US + 9_000).is_ok(), "it keeps measuring");
    word(&mut chip, 50_000, 0x3FF9).unwrap();
    assert_eq!(word(&mut chip, 50_499, 0x3615), Err(Nack::Address));
    assert_eq!(nine(&mut chip, 50_500), Err(Nack::Address));
    assert_eq!(
        word(&mut chip, 50_500, 0x3FF9),
        Err(Nack::Data),
        "nothing to stop"
    );
    assert_eq!(word(&mut chip, 50_500, 0x3615), Ok(()));
}

#[test]
fn reads_may_stop_after_any_word() {
    let mut chip = idle(Model::Sdp810Pa125);
    chip.set(0, -12.5, 25.0);
    word(&mut chip, UP_US, 0x361E).unwrap();
    let mut three = [0; 3];
    chip.read(UP_US + 8_000, &mut three).unwrap();
    assert_eq!(three, [0xF4, 0x48, 0x9E]);
    let mut twelve = [0; 12];
    chip.read(UP_US + 8_100, &mut twelve).unwrap();
    assert_eq!(twelve[6..], [0x00, 0xF0, 0x03, 0xFF, 0xFF, 0xFF]);
}

#[test]
fn a_value_lasts_half_a_millisecond() {
    let mut chip = idle(Model::Sdp810Pa125);
    chip.set(0, 1.0, 25.0);
    word(&mut chip, UP_US, 0x361E).unwrap();
    assert_eq!(raw(&mut chip, UP_US + 8_000), 240);
    chip.set(UP_US + 8_000, 2.0, 25.0);
    assert_eq!(raw(&mut chip, UP_US + 8_499), 240);
    assert_eq!(raw(&mut chip, UP_US + 8_500), 480);
}

#[test]
fn average_till_read_is_a_mean_for_25_ms_then_a_low_pass() {
    let mut chip = idle(Model::Sdp810Pa125);
    word(&mut chip, UP_US, 0x3615).unwrap();
    let start_us = UP_US + 8_000;
    assert_eq!(raw(&mut chip, start_us), 0);
    // Ten values of 0 Pa and ten of 10 Pa: their mean.
    chip.set(start_us + 5_000, 10.0, 25.0);
    assert_eq!(raw(&mut chip, start_us + 10_000), 1200);
    // The average begins anew with each read.
    assert_eq!(raw(&mut chip, start_us + 10_499), 1200, "no new value yet");
    assert_eq!(raw(&mut chip, start_us + 10_500), 2400);
    // 50 values at 10 Pa, then 20 values (10 ms) at 0 Pa with 5 % weight each.
    chip.set(start_us + 35_500, 0.0, 25.0);
    let expected = 2400.0 * 0.95_f64.powi(20);
    assert!((f64::from(raw(&mut chip, start_us + 45_500)) - expected).abs() <= 0.5);
    // A second later nothing of the past is left, however long the host waited.
    chip.set(start_us + 45_500, 5.0, 25.0);
    assert_eq!(raw(&mut chip, u64::MAX), 1200);
}

#[test]
fn the_temperature_follows_every_16th_value() {
    let mut chip = idle(Model::Sdp810Pa125);
    chip.set(0, 0.0, 20.0);
    word(&mut chip, UP_US, 0x361E).unwrap();
    let start_us = UP_US + 8_000;
    let temperature = |chip: &mut Sdp8xx, now_us| {
        let reply = nine(chip, now_us).unwrap();
        i16::from_be_bytes([reply[3], reply[4]])
    };
    assert_eq!(temperature(&mut chip, start_us), 4000);
    chip.set(start_us, 0.0, 30.0);
    assert_eq!(temperature(&mut chip, start_us + 7_500), 4000);
    assert_eq!(temperature(&mut chip, start_us + 8_000), 6000);
}

#[test]
fn triggered_takes_50_ms_and_is_read_once() {
    let mut chip = idle(Model::Sdp810Pa500);
    chip.set(0, 100.0, 25.0);
    for command in [0x3624, 0x362F] {
        word(&mut chip, UP_US, command).unwrap();
        assert_eq!(chip.stretch_us(UP_US), 0);
        assert_eq!(nine(&mut chip, UP_US + 49_999), Err(Nack::Address));
        assert_eq!(word(&mut chip, UP_US + 49_999, 0x3615), Err(Nack::Data));
        assert_eq!(raw(&mut chip, UP_US + 50_000), 6000);
        assert_eq!(nine(&mut chip, UP_US + 50_000), Err(Nack::Address));
    }
    for command in [0x3726, 0x372D] {
        word(&mut chip, 200_000, command).unwrap();
        assert_eq!(chip.stretch_us(201_000), 49_000);
        assert_eq!(raw(&mut chip, 250_000), 6000);
    }
}

#[test]
fn sleep_wakes_by_an_unacknowledged_write_and_ignores_the_reset() {
    let mut chip = idle(Model::Sdp810Pa125);
    assert_eq!(word(&mut chip, UP_US - 1, 0x3677), Err(Nack::Address), "power-up");
    word(&mut chip, UP_US, 0x3677).unwrap();
    assert!(!chip.general_call(UP_US, 0x06));
    assert_eq!(nine(&mut chip, 30_000), Err(Nack::Address));
    assert_eq!(chip.write(40_000, &[]), Err(Nack::Address));
    assert_eq!(chip.write(41_999, &[]), Err(Nack::Address));
    assert_eq!(chip.write(42_000, &[]), Ok(()));
}

#[test]
fn general_call_ends_continuous_mode() {
    let mut chip = idle(Model::Sdp810Pa125);
    assert!(chip.general_call(1_000, 0x06));
    assert_eq!(
        chip.write(UP_US - 1, &[]),
        Err(Nack::Address),
        "a reset does not shorten power-up"
    );
    word(&mut chip, UP_US, 0x3615).unwrap();
    assert!(!chip.general_call(50_000, 0x00));
    assert!(chip.general_call(50_000, 0x06));
    assert_eq!(chip.write(51_999, &[]), Err(Nack::Address));
    assert_eq!(chip.write(52_000, &[]), Ok(()));
    assert_eq!(nine(&mut chip, 60_000), Err(Nack::Address));
    // The word 0006 to the own address is no reset.
    assert_eq!(word(&mut chip, 60_000, 0x0006), Err(Nack::Data));
}

#[test]
fn frozen_repeats_one_reply() {
    let mut chip = idle(Model::Sdp810Pa125);
    chip.set(0, 1.0, 25.0);
    word(&mut chip, UP_US, 0x3615).unwrap();
    let before = nine(&mut chip, 40_000).unwrap();
    chip.freeze(true);
    chip.set(41_000, 9.0, 40.0);
    assert_eq!(nine(&mut chip, 90_000), Ok(before));
    chip.freeze(false);
    chip.set(100_000, 9.0, 40.0);
    assert_eq!(raw(&mut chip, 200_000), 2160);
}

#[test]
fn the_table_of_the_smoothing_is_its_power_to_the_bit() {
    for (values, left) in (0..).zip(LEFT) {
        let power = std::hint::black_box(SMOOTHING).powi(std::hint::black_box(values));
        assert_eq!(left.to_bits(), power.to_bits(), "{values}");
    }
    assert!((left_after(300) - SMOOTHING.powi(300)).abs() < 1e-18);
}
