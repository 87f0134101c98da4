use std::time::Duration;

use points::alarm::{self, Alarm, AlarmSet, FirstOut, Group};
use points::interlock::{Cause, CauseSet, Effect, EffectSet};
use points::point::{self, contact, controller, flow, temperature};
use points::setting::{self, Settings};
use points::{Absent, Celsius, Flag, Moment, Pascal, Quality, Reading, Second, Snapshot, fixed};

use super::super::image::Image;
use super::{ask, picture, words};

const FRESH: Duration = Duration::from_millis(340);
const OLD: Duration = Duration::from_millis(2_001);

fn full() -> Snapshot {
    let mut snapshot = picture();
    for point in point::all() {
        snapshot.cells[point.index].value = Ok(if point.row.kind.is_state() {
            1.0
        } else {
            point.row.low
        });
        snapshot.cells[point.index].at = Moment(3_598_400_000);
    }
    snapshot.put_now(controller::UPTIME, Second::of(70_000.0));
    snapshot.alarms.active.put(Alarm::DoorOpen, true);
    snapshot.alarms.raised.put(Alarm::DoorOpen, true);
    snapshot.alarms.raised.put(Alarm::Leak, true);
    snapshot.alarms.unacknowledged.put(Alarm::Leak, true);
    snapshot.alarm_since[Alarm::Leak.index()] = Moment(5);
    snapshot.causes = CauseSet::of(&[Cause::C01Fired, Cause::C28CoolingIsolated]);
    snapshot.effects = EffectSet::of(&[Effect::Lockout]);
    snapshot
}

#[test]
fn the_head_says_who_and_how_old() {
    let head = words(0, 20, &full(), FRESH);
    assert_eq!(head[0], point::MAP_VERSION);
    assert_eq!(usize::from(head[1]), point::COUNT);
    assert_eq!(usize::from(head[2]), alarm::COUNT);
    assert_eq!(head[3..=9], [0; 7]);
    assert_eq!(head[10..=13], [3600, 1, 4464, 3]);
    assert_eq!(head[14..], [0xFFFF; 6]);
    assert_eq!(words(13, 1, &full(), FRESH), [3]);
    assert_eq!(words(10, 3, &full(), FRESH), [3600, 1, 4464]);
}

#[test]
fn the_time_is_that_of_the_picture_or_none() {
    let time = |time_ms| {
        let image = Image::new(&picture(), FRESH, None).at(time_ms);
        u32::from_be_bytes(image.bytes(14, 2).try_into().expect("two registers"))
    };
    assert_eq!(time(1_764_000_000_250), 1_764_000_000);
    assert_eq!((time(0), time(u64::MAX)), (u32::MAX, u32::MAX));
}

#[test]
fn the_self_test_shows_the_order_of_words_and_bytes() {
    let test = words(900, 50, &picture(), FRESH);
    assert_eq!(test[..3], [0x1234, 0x1234, 0x5678]);
    assert_eq!(test[3..5], [0x42F6, 0xE979]);
    assert_eq!(test[5..8], [0x4142, 0x4344, 0xFFFF]);
}

#[test]
fn every_point_stands_at_its_register_with_its_status_and_as_a_float() {
    let mut snapshot = full();
    snapshot.put(
        flow::RACK_DRAFT,
        Reading::good(Pascal::of(-9.4), Moment(3_600_400_000)),
    );
    snapshot.put(
        temperature::ROOM,
        Reading::<Celsius>::absent(Absent::OverRange, Moment(3_590_000_000)),
    );
    for point in point::all() {
        let row = point.row;
        let got = words(point.register, row.stride(), &snapshot, FRESH);
        let cell = snapshot.cells[point.index];
        let value = cell.value.ok();
        let expected = fixed::encode(row, value);
        assert_eq!(
            got[..usize::from(row.words)],
            expected[..usize::from(row.words)],
            "{point}"
        );
        let status = fixed::status(snapshot.quality(point.index), snapshot.age(point.index));
        assert_eq!(got[usize::from(row.words)], status, "{point}");
        let mirror = words(2000 + 2 * point.register, 2, &snapshot, FRESH);
        let float = f32::from_bits(u32::from(mirror[0]) << 16 | u32::from(mirror[1]));
        match value {
            Some(value) => assert!((f64::from(float) - value).abs() <= 1e-6 * value.abs(), "{point}"),
            None => assert!(float.is_nan(), "{point}"),
        }
    }
    assert_eq!(words(302, 2, &snapshot, FRESH), [0xFFA2, 0]);
    assert_eq!(
        words(202, 2, &snapshot, FRESH),
        [0x8000, (Quality::OutOfRange as u16) << 12 | 10]
    );
}

#[test]
fn every_block_begins_and_ends_with_the_same_number_and_is_read_at_once() {
    for block in point::BLOCKS {
        let all = words(block.first, block.last - block.first + 1, &full(), FRESH);
        assert_eq!((all[0], all.last()), (7, Some(&7)), "{}", block.name);
        assert_eq!(all[1], 0xFFFF, "{}: nothing is assigned there", block.name);
    }
}

#[test]
fn the_summary_counts_and_shows_the_bits_low_word_first() {
    let summary = words(100, 100, &full(), FRESH);
    assert_eq!((summary[0], summary[99]), (7, 7));
    // Leak is high (3) and came last.
    assert_eq!(summary[1..=2], [3, 2]);
    assert_eq!(summary[4], 36);
    assert_eq!(summary[10..14], [1 << 13, 0, 0, 0]);
    assert_eq!(summary[14..18], [0, 0, 1 << 4, 0]);
    assert_eq!(summary[18..22], [1 << 13, 0, 1 << 4, 0]);
    assert_eq!(summary[22..28], [1, 1 << 11, 0, 0, 0, 2]);
    assert_eq!(summary[28..30], [0, 0]);
    let mut changed = full();
    changed.alarm_since[Alarm::Leak.index()] = Moment(6);
    assert_ne!(
        words(103, 1, &changed, FRESH),
        [summary[3]],
        "went and came again"
    );
    assert_eq!(words(104, 1, &picture(), FRESH), [0xFFFF], "no alarm is the last");
}

/// An alarm behind the first 64 is no alarm of the table in every release: the bits alone are set.
#[test]
fn alarms_behind_the_first_64_have_their_bits_and_words() {
    let mut snapshot = full();
    let bits = 1 << 64 | 1 << 81 | 1 << (alarm::MOST - 1);
    let sets = [
        (0, 164, &mut snapshot.alarms.active),
        (200, 166, &mut snapshot.alarms.unacknowledged),
        (100, 168, &mut snapshot.alarms.raised),
        (500, 170, &mut snapshot.alarms.shelved),
        (600, 172, &mut snapshot.alarms.out_of_service),
        (700, 174, &mut snapshot.alarms.designed),
        (800, 176, &mut snapshot.alarms.chattering),
        (900, 178, &mut snapshot.alarms.latched),
    ]
    .map(|(first, register, set)| {
        let was = *set;
        set.0 |= bits;
        (first, register, was)
    });
    for (first, register, was) in sets {
        assert_eq!(
            words(register, 2, &snapshot, FRESH),
            [1, 1 << 15 | 1 << 1],
            "{register}"
        );
        let [page, place] = (first + 64_u16).to_be_bytes();
        assert_eq!(
            ask(&[2, page, place, 0, 32], &snapshot, FRESH),
            [2, 4, 1, 0, 2, 0x80],
            "{first}"
        );
        assert_ne!(was.0 & bits, bits);
    }
    assert_eq!(
        words(180, 19, &snapshot, FRESH),
        [0xFFFF; 19],
        "the rest of the block is free"
    );
}

#[test]
fn bits_are_alarms_causes_and_effects() {
    let bits = |first: u8, page: u8, count: u8| ask(&[2, page, first, 0, count], &full(), FRESH);
    assert_eq!(bits(0, 0, 39), [2, 5, 0, 1 << 5, 0, 0, 0]);
    assert_eq!(bits(13, 0, 1), [2, 1, 1]);
    assert_eq!(bits(100 + 36, 0, 2), [2, 1, 1]);
    assert_eq!(bits(200 + 36, 0, 1), [2, 1, 1]);
    assert_eq!(bits(44, 1, 32), [2, 4, 1, 0, 0, 1 << 3], "300: causes");
    assert_eq!(bits(144, 1, 32), [2, 4, 0, 0, 2, 0], "400: effects");
    assert_eq!(bits(90, 0, 7), [0x82, 2], "over the end of a word");
    assert_eq!(ask(&[1, 0, 0, 0, 64], &full(), FRESH)[1..], bits(0, 0, 64)[1..]);
}

#[test]
fn nothing_of_an_old_picture_goes_out_as_good() {
    for (snapshot, age) in [(full(), OLD), (Snapshot { tick: 0, ..full() }, FRESH)] {
        for point in point::all() {
            let got = words(point.register, point.row.stride(), &snapshot, age);
            let none = fixed::encode(point.row, None);
            let count = usize::from(point.row.words);
            assert_eq!(got[..count], none[..count], "{point}");
            assert_eq!(got[count] >> 12, Quality::Stale as u16, "{point}");
            let mirror = words(2000 + 2 * point.register, 2, &snapshot, age);
            assert_eq!(mirror, [0x7FC0, 0]);
        }
        assert_eq!(words(101, 98, &snapshot, age), [0xFFFF; 98]);
        assert_eq!(words(11, 2, &snapshot, age), [0xFFFF; 2]);
        assert_eq!(ask(&[2, 0, 0, 0, 1], &snapshot, age), [0x82, 4]);
        assert_eq!(words(900, 1, &snapshot, age), [0x1234]);
    }
    // Ages in status words go on: 2.1 s at the picture, 8 s since.
    let [_, status] = words(302, 2, &full(), Duration::from_secs(8))[..] else {
        panic!("two words");
    };
    assert_eq!(status, 0x1000 | 10);
    assert_eq!(words(10, 4, &full(), Duration::from_secs(8))[3], 80);
    assert_eq!(
        words(10, 1, &full(), Duration::from_secs(8)),
        words(10, 1, &full(), FRESH)
    );
}

#[test]
fn a_state_without_a_name_and_a_number_that_is_none_are_no_values() {
    let mut snapshot = full();
    snapshot.cells[contact::DOOR_OPEN.index()].value = Ok(7.0);
    snapshot.cells[flow::RACK_DRAFT.index()].value = Ok(f64::NAN);
    assert_eq!(words(402, 2, &snapshot, FRESH), [0xFFFF, 0x1002]);
    assert_eq!(words(302, 2, &snapshot, FRESH), [0x8000, 0x1002]);
    snapshot.put_now(contact::DOOR_OPEN, Flag::from_bool(true));
    snapshot.simulated = true;
    assert_eq!(words(402, 2, &snapshot, FRESH), [1, 0x6000]);
}

#[test]
fn settings_are_scaled_and_without_them_there_is_no_value() {
    let mut settings = Settings::default();
    settings
        .set_named("control.exhaust_target", 41.5)
        .expect("in its span");
    let with = Image::new(&picture(), FRESH, Some(&settings));
    let without = Image::new(&picture(), FRESH, None);
    assert_eq!(with.bytes(1000, 2), [1, 0x9F, 0, 20]);
    assert_eq!(with.bytes(setting::CAP.row().register, 1), [0, 25]);
    assert_eq!(without.bytes(1000, 100), [0xFF; 200]);
}

#[test]
fn what_is_put_aside_folded_and_first_is_in_sight_of_a_building() {
    let mut snapshot = full();
    snapshot.alarms.shelved.put(Alarm::DoorOpen, true);
    snapshot.alarms.out_of_service.put(Alarm::ProbeLost, true);
    snapshot.alarms.designed.put(Alarm::Degraded, true);
    snapshot.alarms.chattering.put(Alarm::Leak, true);
    snapshot.alarms.latched.put(Alarm::Untrusted, true);
    snapshot.alarms.folded.put(Alarm::NotRealtime, true);
    snapshot.alarms.flood = Some(Moment(7));
    snapshot.alarms.sequence = 0x0001_0002;
    snapshot.desk.first[Group::Enclosure as usize] = Some(FirstOut {
        alarm: Alarm::Leak,
        tick: 9,
        at: Moment(5),
    });
    let words = words(130, 32, &snapshot, FRESH);
    assert_eq!(words[..4], [1 << 13, 0, 0, 0], "shelved");
    assert_eq!(words[4..8], [1 << 15, 0, 0, 0], "out of service");
    assert_eq!(words[8..12], [0, 0, 1 << 1, 0], "by design");
    assert_eq!(words[12..16], [0, 0, 1 << 4, 0], "chattering");
    assert_eq!(words[16..20], [0, 1 << 8, 0, 0], "latched");
    assert_eq!(words[20..24], [1, 2, 1, 1], "sequence, flood, folded");
    assert_eq!(
        words[24..31],
        [0xFFFF, 0xFFFF, 0xFFFF, 36, 0xFFFF, 0xFFFF, 0xFFFF]
    );
    let bit = |first: u16| {
        let [page, first] = first.to_be_bytes();
        ask(&[2, page, first, 0, 1], &snapshot, FRESH)
    };
    for first in [500 + 13, 600 + 15, 700 + 33, 800 + 36, 900 + 24] {
        assert_eq!(bit(first), [2, 1, 1], "{first}");
    }
    assert_eq!(bit(996), [0x82, 2]);
    let highest = super::words(101, 1, &snapshot, FRESH);
    snapshot.alarms.shelved = AlarmSet::EMPTY;
    snapshot.alarms.out_of_service = AlarmSet::EMPTY;
    snapshot.alarms.shelved.put(Alarm::Leak, true);
    assert_ne!(
        super::words(101, 1, &snapshot, FRESH),
        highest,
        "a shelved one is not the highest"
    );
}
