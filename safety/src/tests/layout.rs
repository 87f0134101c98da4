//! The two records on disk, byte by byte as their documentation draws them: what one version wrote, the next one reads.

use std::string::ToString;
use std::vec;
use std::vec::Vec;

use crate::latch::Latched;
use crate::unit::Unit;
use crate::{LatchRecord, RECORD_BYTES, RecordError, SPENT, UNIT_RECORD_BYTES, UnitRecord, crc32c};
use points::input::{Input, InputSet};
use points::interlock::{Cause, CauseSet};
use points::unit::{Serial, UnitMemory};
use points::{Date, Span};

fn sealed(mut bytes: Vec<u8>, length: usize) -> Vec<u8> {
    assert_eq!(bytes.len(), length - 4);
    let check = crc32c(&bytes);
    bytes.extend(check.to_le_bytes());
    bytes
}

fn words(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

fn latches(flags: u32) -> LatchRecord {
    LatchRecord {
        latched: Latched {
            causes: CauseSet::of(&[Cause::C01Fired, Cause::C08Trip, Cause::C28CoolingIsolated]),
            host_down: CauseSet::of(&[Cause::C01Fired, Cause::C08Trip]),
            power_cut: CauseSet::of(&[Cause::C08Trip]),
        },
        unknown: flags & 1 != 0,
        held_off: flags & 2 != 0,
        out_of_service: InputSet::of(&[Input::ExhaustB, Input::PowerCutReadBack]),
    }
}

/// magic, version 2, length 64, epoch, causes, host_down, power_cut, flags, inputs, zero, check sum.
fn latch_bytes(flags: u32) -> Vec<u8> {
    let mut bytes = b"RLAT\x02\x00\x40\x00".to_vec();
    let causes = 1 | 1 << 7 | 1 << 27;
    bytes.extend(words(&[
        0x0102_0304,
        causes,
        1 | 1 << 7,
        1 << 7,
        flags,
        1 << 1 | 1 << 24,
    ]));
    bytes.resize(60, 0);
    sealed(bytes, RECORD_BYTES)
}

#[test]
fn a_latch_record_lies_on_disk_as_it_is_drawn() {
    for flags in [0, 1, 3] {
        assert_eq!(latches(flags).to_bytes(0x0102_0304).to_vec(), latch_bytes(flags));
        let bytes = latch_bytes(flags).try_into().unwrap();
        assert_eq!(LatchRecord::from_bytes(&bytes), Ok((latches(flags), 0x0102_0304)));
        assert_eq!(latches(flags).causes(), CauseSet(1 | 1 << 7 | 1 << 27));
    }
}

/// Whole by its check sum, and impossible by one of its fields.
#[test]
fn each_field_of_a_latch_record_can_refuse_it() {
    type Change = fn(&mut Vec<u8>);
    let cases: [(Change, RecordError); 13] = [
        (|bytes| bytes[3] = b'U', RecordError::Magic),
        (|bytes| bytes[4] = 3, RecordError::Version),
        (|bytes| bytes[5] = 1, RecordError::Version),
        (|bytes| bytes[6] = 63, RecordError::Version),
        (|bytes| bytes[7] = 1, RecordError::Version),
        // A cause beyond the last, and one that latches nothing.
        (|bytes| bytes[15] |= 1 << 4, RecordError::Nonsense),
        (|bytes| bytes[12] |= 1 << 5, RecordError::Nonsense),
        // Hosts down, and power cut, by a cause of which nothing is latched.
        (|bytes| bytes[16] |= 1 << 1, RecordError::Nonsense),
        (|bytes| bytes[20] |= 1 << 1, RecordError::Nonsense),
        // A flag that there is not, and "held off" of what is known.
        (|bytes| bytes[24] = 4, RecordError::Nonsense),
        (|bytes| bytes[24] = 2, RecordError::Nonsense),
        // An input beyond the last, and no probe left to vote.
        (|bytes| bytes[31] |= 1 << 1, RecordError::Nonsense),
        (|bytes| bytes[28] |= 0b111, RecordError::Nonsense),
    ];
    for (number, (change, error)) in cases.into_iter().enumerate() {
        let mut bytes = latch_bytes(0);
        bytes.truncate(60);
        change(&mut bytes);
        let bytes = sealed(bytes, RECORD_BYTES).try_into().unwrap();
        assert_eq!(LatchRecord::from_bytes(&bytes), Err(error), "change {number}");
    }
    let mut torn: [u8; RECORD_BYTES] = latch_bytes(0).try_into().unwrap();
    torn[63] ^= 1;
    assert_eq!(LatchRecord::from_bytes(&torn), Err(RecordError::Checksum));
}

#[test]
fn every_error_of_a_record_has_words_of_its_own() {
    let errors = [
        RecordError::Magic,
        RecordError::Checksum,
        RecordError::Version,
        RecordError::Nonsense,
    ];
    let told: Vec<_> = errors.iter().map(ToString::to_string).collect();
    for (number, text) in told.iter().enumerate() {
        assert!(!text.is_empty() && !told[..number].contains(text), "{text}");
    }
}

fn serial(text: &str) -> Serial {
    Serial::new(text).unwrap()
}

/// A text of 24 bytes: as long as there is place for.
const LONG: &str = "ABCDEFGHIJKLMNOPQRSTUVWX";

fn units() -> UnitRecord {
    let unit = |known, fired, expired, removed, text, installed: Option<u32>, hot: u64, damp: u64| Unit {
        memory: UnitMemory {
            known,
            serial: serial(text),
            installed: installed.map(Date::from_days),
            fired,
            expired,
            removed,
        },
        hot: Span::s(3_600 * hot),
        damp: Span::s(3_600 * damp),
    };
    UnitRecord {
        units: [
            unit(true, false, true, false, LONG, Some(20_001), 5, 0x0001_0203),
            unit(false, true, false, true, "", None, 0, 876_600),
        ],
        spent: [serial("A"), serial(LONG), serial(""), serial("D4")],
        day: Some(Date::from_days(20_500)),
    }
}

fn unit_bytes(epoch: u32) -> Vec<u8> {
    let text = |text: &str, length: usize| {
        let mut bytes = vec![u8::try_from(text.len()).unwrap()];
        bytes.extend(text.bytes());
        bytes.resize(length, 0);
        bytes
    };
    let mut bytes = b"RUNT\x01\x00\x00\x01".to_vec();
    bytes.extend(words(&[epoch, 20_500]));
    // Flags: known 1, fired 2, expired 4, removed 8. The serial has 27 bytes of place, its length included.
    for (flags, name, numbers) in [(5, LONG, [20_001, 5, 0x0001_0203]), (10, "", [0, 0, 876_600])] {
        bytes.push(flags);
        bytes.extend(text(name, 27));
        bytes.extend(words(&numbers));
    }
    for name in ["A", LONG, "", "D4"] {
        bytes.extend(text(name, 25));
    }
    bytes.resize(252, 0);
    sealed(bytes, UNIT_RECORD_BYTES)
}

#[test]
fn a_unit_record_lies_on_disk_as_it_is_drawn() {
    assert_eq!(units().to_bytes(0x0A0B_0C0D).to_vec(), unit_bytes(0x0A0B_0C0D));
    let bytes = unit_bytes(0x0A0B_0C0D).try_into().unwrap();
    assert_eq!(UnitRecord::from_bytes(&bytes), Ok((units(), 0x0A0B_0C0D)));
}

#[test]
fn each_flag_of_a_unit_is_one_of_its_own() {
    for flags in 0..=u8::MAX {
        let mut bytes = unit_bytes(1);
        bytes.truncate(252);
        bytes[56] = flags;
        let bytes = sealed(bytes, UNIT_RECORD_BYTES).try_into().unwrap();
        let read = UnitRecord::from_bytes(&bytes).map(|(record, _)| {
            let memory = record.memory()[1];
            [memory.known, memory.fired, memory.expired, memory.removed]
        });
        let told = [1, 2, 4, 8].map(|bit| flags & bit != 0);
        assert_eq!(
            read,
            if flags < 16 {
                Ok(told)
            } else {
                Err(RecordError::Nonsense)
            }
        );
    }
}

/// A day that was never known is none, hours are whole ones, and a century is the most that is kept.
#[test]
fn what_is_kept_of_a_unit_is_whole_hours_up_to_a_century() {
    let kept = |us: u64| {
        let mut record = UnitRecord::commissioned(None);
        record.units[0].hot = Span::us(us);
        record.units[1].damp = Span::us(us);
        let (back, _) = UnitRecord::from_bytes(&record.to_bytes(0)).unwrap();
        assert_eq!((back.day, back.memory()), (None, record.memory()));
        assert_eq!(back.units[0].hot, back.units[1].damp);
        back.units[0].hot
    };
    let hour = 3_600_000_000;
    assert_eq!(kept(hour - 1), Span::ZERO);
    assert_eq!(kept(hour), Span::s(3_600));
    assert_eq!(kept(3 * hour - 1), Span::s(7_200));
    assert_eq!(kept(876_600 * hour), Span::s(876_600 * 3_600));
    assert_eq!(kept(u64::MAX), Span::s(876_600 * 3_600));
    assert_eq!(UnitRecord::commissioned(None).spent, [Serial::EMPTY; SPENT]);
}
