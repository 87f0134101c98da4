use super::tests::{SECOND, get, one, put, up};
use super::*;

#[test]
fn power_up_watchdog_trips_once_at_four_seconds() {
    let mut chip = up();
    assert_eq!(one(&mut chip, 4 * SECOND - 1, 0x24), 0x00);
    assert!(chip.drive(4, 4 * SECOND - 1).abs() < 1e-9);
    for fan in 0..5 {
        assert!((chip.drive(fan, 4 * SECOND) - 1.0).abs() < 1e-9);
        chip.set_tach(4 * SECOND, fan, Some(9_000.0));
    }
    assert_eq!(
        get::<2>(&mut chip, 4 * SECOND, 0x24),
        [0x81, 0x1F],
        "stopped fans count as stalled from the trip on"
    );
    assert_eq!(one(&mut chip, 4 * SECOND, 0x24), 0x00);
    assert_eq!(
        [0x30, 0x40, 0x50, 0x60, 0x70].map(|register| one(&mut chip, 5 * SECOND, register)),
        [0xFF; 5]
    );
    put(&mut chip, 6 * SECOND, &[0x30, 0x40]);
    assert_eq!(one(&mut chip, 600 * SECOND, 0x30), 0x40, "never again");
    assert_eq!(one(&mut chip, 600 * SECOND, 0x24), 0x00);
}

#[test]
fn power_up_watchdog_with_turning_fans_shows_watch_alone() {
    let mut chip = up();
    for fan in 0..5 {
        chip.set_tach(0, fan, Some(9_000.0));
    }
    assert_eq!(one(&mut chip, 4 * SECOND, 0x24), 0x80);
    assert_eq!(one(&mut chip, 4 * SECOND, 0x24), 0x00);
}

#[test]
fn only_a_drive_or_the_algorithm_cancels_the_power_up_watchdog() {
    for (bytes, cancels) in [
        (&[0x30, 0x00][..], true),
        (&[0x70, 0x80], true),
        (&[0x42, 0xAB], true),
        (&[0x42, 0x2B], false),
        (&[0x31, 0x01], false),
        (&[0x20, 0x40], false),
        (&[0x2A, 0x00], false),
        (&[0x3D, 0x28], false),
        (&[0xEF, 0x01], false),
        (&[0x24], false),
    ] {
        let mut chip = up();
        put(&mut chip, 3 * SECOND, bytes);
        let _ = one(&mut chip, 3 * SECOND, 0xFD);
        let watch = one(&mut chip, 100 * SECOND, 0x24) & 0x80;
        assert_eq!(watch == 0, cancels, "{bytes:02X?}");
    }
}

#[test]
fn continuous_watchdog_is_fed_by_register_accesses_only() {
    let mut chip = up();
    put(&mut chip, SECOND, &[0x30, 0x40]);
    put(&mut chip, 2 * SECOND, &[0x20, 0x60]);
    assert_eq!(one(&mut chip, 2 * SECOND, 0x20), 0x60);
    assert_eq!(one(&mut chip, 5 * SECOND, 0xFD), 0x34);
    put(&mut chip, 8 * SECOND, &[0x2A, 0x00]);
    // A pointer byte, a probe and a look at the pin feed nothing.
    put(&mut chip, 11 * SECOND, &[0x24]);
    put(&mut chip, 11 * SECOND, &[]);
    assert!(chip.drive(0, 12 * SECOND - 1) < 0.3);
    assert!((chip.drive(0, 12 * SECOND) - 1.0).abs() < 1e-9);
    assert_eq!(one(&mut chip, 12 * SECOND, 0x24) & 0x80, 0x80);
    assert_eq!(one(&mut chip, 12 * SECOND, 0x24) & 0x80, 0x00);
    // Full drive stays until the drive is written, without WD_EN too; the access has armed it again.
    put(&mut chip, 13 * SECOND, &[0x20, 0x40]);
    assert_eq!(one(&mut chip, 13 * SECOND, 0x30), 0xFF);
    put(&mut chip, 13 * SECOND, &[0x30, 0x40]);
    assert_eq!(one(&mut chip, 100 * SECOND, 0x30), 0x40);
    put(&mut chip, 100 * SECOND, &[0x20, 0x60]);
    assert_eq!(one(&mut chip, 104 * SECOND, 0x30), 0xFF);
    put(&mut chip, 105 * SECOND, &[0x30, 0x40]);
    assert_eq!(one(&mut chip, 109 * SECOND, 0x30), 0xFF, "a second trip");
}

#[test]
fn setting_wd_en_replaces_the_power_up_watchdog() {
    let mut chip = up();
    put(&mut chip, 3 * SECOND, &[0x20, 0x60]);
    assert_eq!(one(&mut chip, 6 * SECOND, 0x24) & 0x80, 0);
    assert!((chip.drive(0, 10 * SECOND) - 1.0).abs() < 1e-9);
}

#[test]
fn bit_six_is_no_watchdog() {
    let mut chip = up();
    put(&mut chip, 0, &[0x30, 0x40]);
    put(&mut chip, 0, &[0x20, 0x40]);
    assert_eq!(one(&mut chip, 100 * SECOND, 0x30), 0x40);
}

#[test]
fn stalls_are_not_looked_at_while_the_watchdog_runs() {
    let mut chip = up();
    put(&mut chip, 0, &[0x20, 0x60]);
    assert_eq!(one(&mut chip, 3 * SECOND, 0x25), 0);
    assert_eq!(one(&mut chip, 6 * SECOND, 0x25), 0);
    put(&mut chip, 6 * SECOND, &[0x20, 0x40]);
    assert_eq!(one(&mut chip, 6 * SECOND, 0x25), 0x1F);
}

#[test]
fn the_lock_lasts_until_power_is_lost() {
    let mut chip = up();
    put(&mut chip, 0, &[0x20, 0x60]);
    put(&mut chip, 0, &[0xEF, 0x01]);
    put(&mut chip, 0, &[0xEF, 0x00]);
    put(&mut chip, 0, &[0x20, 0x40]);
    put(&mut chip, 0, &[0x35, 0x01, 0x02, 0x03, 0x04, 0x05, 0x08, 0x07]);
    put(&mut chip, 0, &[0x33, 0x40]);
    put(&mut chip, 0, &[0x31, 0x02, 0x0B]);
    assert_eq!((one(&mut chip, 0, 0xEF), one(&mut chip, 0, 0x20)), (0x01, 0x60));
    assert_eq!(
        get::<7>(&mut chip, 0, 0x35),
        [0x2A, 0x19, 0x10, 0x66, 0xF5, 0x00, 0x00]
    );
    assert_eq!(
        get::<3>(&mut chip, 0, 0x31),
        [0x02, 0x0B, 0x28],
        "the open ones still take values"
    );
    chip.power(SECOND, false);
    assert_eq!(chip.write(SECOND, &[0x20]), Err(Nack::Address));
    assert_eq!(chip.read(SECOND, &mut [0]), Err(Nack::Address));
    assert!(!chip.powered() && chip.drive(0, SECOND).abs() < 1e-9);
    chip.power(2 * SECOND, true);
    assert_eq!(
        (one(&mut chip, 2 * SECOND, 0xEF), one(&mut chip, 2 * SECOND, 0x20)),
        (0x00, 0x40)
    );
    assert_eq!(
        one(&mut chip, 6 * SECOND, 0x24) & 0x80,
        0x80,
        "the power-up watchdog runs again"
    );
}
