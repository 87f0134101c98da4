use super::*;
use crate::crc::crc8;
use crate::mock::{Mock, fails, r, w};
use proptest::prelude::*;

const A: u8 = 0x25;
const GOOD: [u8; 9] = [0xF4, 0x48, 0x9E, 0x13, 0x88, 0x01, 0x00, 0xF0, 0x03];
const SDP810_125: [u8; 18] = [
    0x03, 0x02, 0xCE, 0x0B, 0x01, 0xAA, 0x11, 0x22, 0xFF, 0x33, 0x44, 0xE7, 0x55, 0x66, 0x0C, 0x77, 0x88,
    0xD7,
];
const SDP810_500: [u8; 18] = [
    0x03, 0x02, 0xCE, 0x0A, 0x01, 0x5E, 0x00, 0x00, 0x81, 0x00, 0x00, 0x81, 0x12, 0x34, 0x37, 0x56, 0x78,
    0x7D,
];

fn raw(p: i16, t: i16, s: i16) -> Raw {
    let ([a, b], [c, d], [e, f]) = (p.to_be_bytes(), t.to_be_bytes(), s.to_be_bytes());
    Raw::new(&[a, b, crc8(&[a, b]), c, d, crc8(&[c, d]), e, f, crc8(&[e, f])])
}

fn expect(bytes: [u8; 9], range: Range, pressure: f64, temperature: f64) {
    let sample = decode(&Raw::new(&bytes), range).unwrap();
    assert!((sample.pressure.get() - pressure).abs() < 1e-5, "{sample:?}");
    assert!(
        (sample.temperature.get() - temperature).abs() < 1e-9,
        "{sample:?}"
    );
}

#[test]
fn vectors_decode() {
    expect(GOOD, Range::Pa125, -12.5, 25.0);
    expect(
        [0x3A, 0x98, 0x5D, 0x12, 0x5C, 0x35, 0x00, 0x3C, 0x39],
        Range::Pa500,
        250.0,
        23.5,
    );
    expect(
        [0x00, 0x01, 0xB0, 0x12, 0xC0, 0x71, 0x00, 0xF0, 0x03],
        Range::Pa125,
        1.0 / 240.0,
        24.0,
    );
    expect(
        [0x75, 0x30, 0x08, 0x13, 0x88, 0x01, 0x00, 0xF0, 0x03],
        Range::Pa125,
        125.0,
        25.0,
    );
    let beyond = Raw::new(&[0x80, 0x00, 0xA2, 0x13, 0x88, 0x01, 0x00, 0xF0, 0x03]);
    assert_eq!(decode(&beyond, Range::Pa125), Err(Absent::UnderRange));
}

#[test]
fn damaged_dead_short_and_foreign_bytes_are_never_a_sample() {
    let bad = |bytes: &[u8]| decode(&Raw::new(bytes), Range::Pa125).unwrap_err();
    for index in 0..9 {
        let mut bytes = GOOD;
        bytes[index] ^= 0x10;
        assert_eq!(bad(&bytes), Absent::BadChecksum);
    }
    for byte in [0x00, 0xFF, 0xA5] {
        assert_eq!(bad(&[byte; 9]), Absent::BadChecksum);
    }
    assert_eq!(bad(&GOOD[..6]), Absent::ShortTransfer);
    assert_eq!(decode(&Raw::new(&GOOD), Range::Pa500), Err(Absent::WrongChip));
    assert_eq!(decode(&raw(0, 5000, 0), Range::Pa500), Err(Absent::WrongChip));
}

#[test]
fn the_ends_of_the_ranges() {
    for (counts, t, answer) in [
        (30_000, 5000, None),
        (30_001, 5000, Some(Absent::OverRange)),
        (-30_000, 5000, None),
        (-30_001, 5000, Some(Absent::UnderRange)),
        (0, 17_000, None),
        (0, 17_001, Some(Absent::OverRange)),
        (0, -8_000, None),
        (0, -8_001, Some(Absent::UnderRange)),
    ] {
        assert_eq!(
            decode(&raw(counts, t, 60), Range::Pa500).err(),
            answer,
            "{counts} {t}"
        );
    }
}

#[test]
fn prepare_stops_identifies_starts_and_checks_the_scale() {
    for (range, product, first) in [
        (Range::Pa125, SDP810_125, GOOD),
        (
            Range::Pa500,
            SDP810_500,
            [0x3A, 0x98, 0x5D, 0x12, 0x5C, 0x35, 0x00, 0x3C, 0x39],
        ),
    ] {
        let mut bus = Mock::new([
            fails(w(A, &[0x3F, 0xF9]), BusFault::NoAnswer),
            w(A, &[0x36, 0x7C]),
            w(A, &[0xE1, 0x02]),
            r(A, &product),
            w(A, &[0x36, 0x15]),
            r(A, &first),
        ]);
        let mut chip = Sdp8xx::new(A, range);
        assert_eq!(chip.prepare(&mut bus, 0), Ok(Progress::Wait(Span::ms(1))));
        assert_eq!(chip.prepare(&mut bus, 1), Ok(Progress::Wait(Span::ms(20))));
        assert_eq!(chip.prepare(&mut bus, 2), Ok(Progress::Ready));
        bus.done();
    }
}

#[test]
fn a_stop_that_hangs_the_bus_is_not_ignored() {
    let mut bus = Mock::new([fails(w(A, &[0x3F, 0xF9]), BusFault::StuckLow)]);
    let fault = Sdp8xx::new(A, Range::Pa125).prepare(&mut bus, 0).unwrap_err();
    assert_eq!(fault.absent(), Absent::BusStuck);
}

fn identified(range: Range, product: &[u8]) -> Fault {
    let mut bus = Mock::new([w(A, &[0x36, 0x7C]), w(A, &[0xE1, 0x02]), r(A, product)]);
    let fault = Sdp8xx::new(A, range).prepare(&mut bus, 1).unwrap_err();
    bus.done();
    fault
}

#[test]
fn the_wrong_type_and_a_damaged_product_number_are_refused_before_the_start() {
    let fault = Fault::WrongChip {
        register: TYPE,
        found: 0x0A,
        expected: 0x0B,
    };
    assert_eq!(identified(Range::Pa125, &SDP810_500), fault);
    let fault = Fault::WrongChip {
        register: TYPE,
        found: 0x0B,
        expected: 0x0A,
    };
    assert_eq!(identified(Range::Pa500, &SDP810_125), fault);
    let mut other = SDP810_125;
    (other[1], other[2]) = (0x01, crc8(&[0x03, 0x01]));
    let fault = Fault::WrongChip {
        register: FAMILY,
        found: 0x0301,
        expected: 0x0302,
    };
    assert_eq!(identified(Range::Pa125, &other), fault);
    for answer in [&[0; 18][..], &[0xFF; 18], &SDP810_125[..3], &[]] {
        assert_eq!(identified(Range::Pa125, answer).absent(), Absent::BadChecksum);
    }
}

#[test]
fn every_type_belongs_to_one_range() {
    for (kind, range) in [
        (0x01, Range::Pa500),
        (0x0A, Range::Pa500),
        (0x04, Range::Pa500),
        (0x0D, Range::Pa500),
        (0x02, Range::Pa125),
        (0x0B, Range::Pa125),
    ] {
        for candidate in [Range::Pa125, Range::Pa500] {
            assert_eq!(candidate.types().contains(&kind), candidate == range);
        }
    }
}

#[test]
fn fetch_tells_faults_apart() {
    let fetch = |range, transfer| Sdp8xx::new(A, range).fetch(&mut Mock::new([transfer]));
    assert_eq!(fetch(Range::Pa125, r(A, &GOOD)), Ok(Raw::new(&GOOD)));
    let fault = Fault::WrongChip {
        register: SCALE,
        found: 240,
        expected: 60,
    };
    assert_eq!(fetch(Range::Pa500, r(A, &GOOD)), Err(fault));
    let reason = |transfer| fetch(Range::Pa125, transfer).unwrap_err().absent();
    assert_eq!(reason(fails(r(A, &[]), BusFault::NoAnswer)), Absent::NoAnswer);
    assert_eq!(
        reason(fails(r(A, &[]), BusFault::ShortTransfer)),
        Absent::ShortTransfer
    );
    assert_eq!(reason(r(A, &GOOD[..6])), Absent::BadChecksum);
    assert_eq!(reason(r(A, &[])), Absent::BadChecksum);
    assert_eq!(reason(r(A, &[0; 9])), Absent::BadChecksum);
}

#[test]
fn it_runs_on_its_own_and_is_stopped_at_the_end() {
    let mut bus = Mock::new([w(A, &[0x3F, 0xF9])]);
    let mut chip = Sdp8xx::new(A, Range::Pa125);
    assert_eq!(chip.start(&mut bus), Ok(Span::ZERO));
    assert_eq!(chip.release(&mut bus), Ok(()));
    bus.done();
}

proptest! {
    #[test]
    fn any_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..=16)) {
        for range in [Range::Pa125, Range::Pa500] {
            if let Ok(sample) = decode(&Raw::new(&bytes), range) {
                prop_assert!(sample.pressure.get().abs() <= 500.0);
            }
        }
    }

    #[test]
    fn any_words_are_in_range_or_none(p: i16, t: i16, scale in prop_oneof![Just(60), Just(240), any::<i16>()]) {
        for (range, full) in [(Range::Pa125, 125.0), (Range::Pa500, 500.0)] {
            if let Ok(sample) = decode(&raw(p, t, scale), range) {
                prop_assert_eq!(scale, range.scale());
                prop_assert!(sample.pressure.get().abs() <= full);
                prop_assert!((-40.0..=85.0).contains(&sample.temperature.get()));
            }
        }
    }
}
