//! The latch record and what a start makes of it.

use super::Bench;
use crate::{LatchRecord, RECORD_BYTES, RecordError, Restored, crc32c, exit, newer};
use points::Flag;
use points::alarm::Alarm;
use points::command::{Authority, Refusal};
use points::interlock::{Cause, Effect, Latch, LatchSet, OutputLine};

fn after_button() -> Bench {
    let mut bench = Bench::new();
    bench.inputs.manual_fire.value = Ok(Flag::Set);
    bench.run(1.0);
    bench
}

#[test]
fn the_check_sum_is_crc_32c() {
    assert_eq!(crc32c(b"123456789"), 0xE306_9283);
    assert_eq!(crc32c(&[0; 32]), 0x8A91_36AA, "RFC 3720 B.4");
}

#[test]
fn a_record_comes_back_as_it_was_written() {
    let record = after_button().safety.record();
    assert_eq!(LatchRecord::from_bytes(&record.to_bytes(41)), Ok((record, 41)));
    assert_eq!(record.latches(), LatchSet::of(&[Latch::Fire]));
    assert!(record.effects().has(Effect::FanOff) && !record.effects().has(Effect::PduOff));
    let unknown = Restored::Unreadable.record();
    assert_eq!(LatchRecord::from_bytes(&unknown.to_bytes(0)), Ok((unknown, 0)));
}

#[test]
fn every_flipped_bit_and_every_torn_write_is_noticed() {
    let (record, older) = (after_button().safety.record(), LatchRecord::CLEAR);
    let bytes = record.to_bytes(2);
    for bit in 0..RECORD_BYTES * 8 {
        let mut bad = bytes;
        bad[bit / 8] ^= 1 << (bit % 8);
        assert!(LatchRecord::from_bytes(&bad).is_err(), "bit {bit}");
    }
    let old = older.to_bytes(0);
    for cut in 0..=RECORD_BYTES {
        let mut torn = old;
        torn[..cut].copy_from_slice(&bytes[..cut]);
        let read = LatchRecord::from_bytes(&torn);
        assert!(
            read.is_err() || read == Ok((record, 2)) || read == Ok((older, 0)),
            "torn after {cut}: {read:?}"
        );
    }
    assert_eq!(
        LatchRecord::from_bytes(&[0; RECORD_BYTES]),
        Err(RecordError::Magic)
    );
    assert_eq!(
        LatchRecord::from_bytes(&[0xFF; RECORD_BYTES]),
        Err(RecordError::Magic)
    );
}

#[test]
fn a_whole_record_that_cannot_be_is_refused() {
    let mut bytes = after_button().safety.record().to_bytes(1);
    bytes[12] = 1 << 5; // C06 latches nothing
    let check = crc32c(&bytes[..60]);
    bytes[60..].copy_from_slice(&check.to_le_bytes());
    assert_eq!(LatchRecord::from_bytes(&bytes), Err(RecordError::Nonsense));
    bytes[4] = 9;
    let check = crc32c(&bytes[..60]);
    bytes[60..].copy_from_slice(&check.to_le_bytes());
    assert_eq!(LatchRecord::from_bytes(&bytes), Err(RecordError::Version));
}

#[test]
fn of_two_slots_the_newer_that_reads_back_wins_also_when_epochs_wrap() {
    let (new, old) = (after_button().safety.record(), LatchRecord::CLEAR);
    for (older, later) in [(1, 2), (u32::MAX, 0), (u32::MAX - 1, 3), (0, 0x7FFF_FFFF)] {
        assert_eq!(newer(Some((old, older)), Some((new, later))), Some((new, later)));
        assert_eq!(newer(Some((new, later)), Some((old, older))), Some((new, later)));
    }
    // Half the circle apart neither is ahead by less than half of it: the first slot stays.
    let (one, other) = (Some((new, 7)), Some((old, 7 + 0x8000_0000)));
    assert_eq!((newer(one, other), newer(other, one)), (one, other));
    let same = Some((new, 5));
    assert_eq!(newer(same, same), same);
    assert_eq!(newer(None, same), same);
    assert_eq!(newer::<LatchRecord>(None, None), None);
    let mut torn = new.to_bytes(2);
    torn[20] ^= 1;
    assert_eq!(Restored::of_slots(&old.to_bytes(1), &torn), Restored::Record(old));
    assert_eq!(Restored::of_slots(&torn, &torn), Restored::Unreadable);
}

#[test]
fn a_start_drives_full_unless_a_latch_or_the_contact_says_off() {
    let fire = Restored::Record(after_button().safety.record());
    for (restored, contact, off) in [
        (Restored::NeverLatched, None, false),
        (Restored::NeverLatched, Some(false), false),
        (Restored::NeverLatched, Some(true), true),
        (Restored::Unreadable, Some(false), false),
        (Restored::Unreadable, Some(true), true),
        (Restored::Unreadable, None, false),
        (fire, Some(false), true),
        (fire, None, true),
    ] {
        let outputs = exit(&restored, contact);
        assert_eq!(outputs.contact_open(), off, "{restored:?} {contact:?}");
        assert!((outputs.drive().get() - if off { 0.0 } else { 100.0 }).abs() < 1e-9);
        assert!(
            !outputs.lines().has(OutputLine::Fault),
            "nobody judges: the fault output drops"
        );
    }
    assert!(exit(&fire, None).lines().has(OutputLine::HostDown));
}

/// D4: an unknown record locks out; it holds the fan off where it says so, or where a latch beside it does.
#[test]
fn an_unknown_record_that_holds_the_fan_off_does_so_without_its_contact() {
    let fire = after_button().safety.record();
    for (unknown, held_off, latched, off) in [
        (true, false, LatchRecord::CLEAR, false),
        (true, true, LatchRecord::CLEAR, true),
        (true, false, fire, true),
        (true, true, fire, true),
        (false, false, fire, true),
    ] {
        let record = LatchRecord {
            unknown,
            held_off,
            ..latched
        };
        let effects = record.effects();
        assert_eq!(effects.has(Effect::FanOff), off);
        assert!(effects.has(Effect::Lockout) && (!unknown || effects.has(Effect::Fault)));
        assert_eq!(exit(&Restored::Record(record), None).contact_open(), off);
        assert_eq!(record.latches().has(Latch::Unknown), unknown);
    }
}

#[test]
fn a_restart_raises_nothing_and_forgets_nothing() {
    let mut bench = after_button();
    bench.inputs.manual_fire.value = Ok(Flag::Clear);
    bench.run(120.0);
    let before = bench.safety.record();
    assert!(bench.does(Effect::PduOff));
    bench.restart();
    assert!(bench.off());
    let verdict = bench.tick();
    assert_eq!(bench.safety.record(), before);
    assert!(bench.off() && verdict.power_cut && verdict.host_down && bench.line(OutputLine::Fire));
    assert!(
        verdict.conditions.has(Alarm::ManualFire),
        "the alarm of a latch stands"
    );
    assert!(!verdict.causes.has(Cause::C03ManualFire));

    let mut calm = Bench::new();
    calm.restart();
    calm.inputs = crate::Inputs::starting(calm.now);
    let verdict = calm.tick();
    assert!(verdict.latches.is_empty() && verdict.effects.has(Effect::FanMax));
    assert!(
        verdict.causes.is_empty() && verdict.conditions.is_empty(),
        "{verdict:?}"
    );
}

#[test]
fn a_restart_lets_the_deadline_run_anew_and_keeps_the_request() {
    let mut bench = after_button();
    bench.run(50.0);
    bench.restart();
    let verdict = bench.run(59.0);
    assert!(verdict.host_down && !verdict.power_cut);
    assert!(bench.run(3.0).power_cut);
}

#[test]
fn unreadable_records_lock_out_and_cool_unless_the_contact_is_open() {
    let mut bench = Bench::start(Restored::Unreadable, Some(false));
    let verdict = bench.run(10.0);
    assert!(verdict.conditions.has(Alarm::LatchUnknown) && verdict.effects.has(Effect::Lockout));
    assert!(bench.drive() >= 100.0 && !bench.off());
    bench.smoke(0, true);
    bench.tick();
    assert!(bench.off(), "live fire evidence with an unknown record");
    bench.smoke(0, false);
    bench.run(61.0);
    assert!(bench.off(), "and it stays");
    bench.restart();
    bench.tick();
    assert!(bench.off(), "also over a restart");
    bench.run(1.0);
    assert_eq!(bench.reset(Latch::Unknown), Ok(()));
    assert!(!bench.off());

    let mut open = Bench::start(Restored::Unreadable, Some(true));
    open.inputs.contact_open.value = Ok(Flag::Set);
    open.run(10.0);
    assert!(open.off());
}

#[test]
fn an_open_contact_without_a_latch_means_a_lost_latch() {
    let mut bench = Bench::start(Restored::NeverLatched, Some(true));
    bench.inputs.contact_open.value = Ok(Flag::Set);
    let verdict = bench.run(10.0);
    assert!(bench.off(), "only a completed reset closes the contact (D3)");
    assert!(
        verdict.latches.has(Latch::Unknown) && verdict.causes.has(Cause::C28CoolingIsolated) && verdict.cap
    );
    assert_eq!(bench.reset(Latch::CoolingLoss), Err(Refusal::CauseStands));
    assert_eq!(bench.reset(Latch::Unknown), Ok(()));
    bench.run(40.0);
    assert_eq!(bench.reset(Latch::CoolingLoss), Ok(()));
    assert!(bench.verdict.unwrap().latches.is_empty() && !bench.off());
}

#[test]
fn unknown_needs_inspection_and_a_closed_door() {
    let mut bench = Bench::start(Restored::Unreadable, Some(false));
    bench.run(10.0);
    bench.inputs.key_switch.value = Ok(Flag::Set);
    bench.inputs.door_open.value = Ok(Flag::Set);
    bench.tick();
    let unknown = LatchSet::of(&[Latch::Unknown]);
    assert_eq!(
        bench.safety.reset(bench.now, unknown, true, Authority::Unproven),
        Err(Refusal::DoorOpen)
    );
    bench.inputs.door_open.value = Ok(Flag::Clear);
    bench.tick();
    assert_eq!(
        bench.safety.reset(bench.now, unknown, false, Authority::Unproven),
        Err(Refusal::NotInspected)
    );
    assert_eq!(
        bench.safety.reset(bench.now, unknown, true, Authority::Unproven),
        Ok(())
    );
}
