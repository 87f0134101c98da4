use std::time::Duration;

use proptest::prelude::*;

use super::super::identification::Identification;
use super::super::image::Image;
use super::super::map;
use super::super::pdu::{View, respond};
use super::super::{Identity, frame};
use super::{answers_at, ask, framed, identity, picture};

const FRESH: Duration = Duration::from_millis(100);

fn says(pdu: &[u8]) -> Vec<u8> {
    ask(pdu, &picture(), FRESH)
}

#[test]
fn a_bad_request_gets_the_exception_of_the_book() {
    let rows: &[(&str, &[u8], u8)] = &[
        ("function 0", &[0x00], 1),
        ("function 63h", &[0x63, 1, 2], 1),
        ("function 80h", &[0x80], 1),
        ("function FFh", &[0xFF], 1),
        ("no registers", &[3, 0, 0, 0, 0], 3),
        ("126 registers", &[3, 0, 0, 0, 126], 3),
        ("65,535 registers", &[4, 0, 0, 0xFF, 0xFF], 3),
        ("over the end of addresses", &[3, 0xFF, 0xFF, 0, 2], 2),
        ("a hole", &[3, 7, 0x6C, 0, 1], 2),
        ("into a hole", &[3, 6, 0x17, 0, 2], 2),
        ("behind the last", &[3, 0x20, 0, 0, 1], 2),
        ("short", &[3, 0, 0, 0], 3),
        ("long", &[3, 0, 0, 0, 1, 0], 3),
        ("only a function", &[3], 3),
        ("no bits", &[1, 0, 0, 0, 0], 3),
        ("2001 bits", &[2, 0, 0, 0x07, 0xD1], 3),
        ("2000 bits", &[2, 0, 0, 0x07, 0xD0], 2),
        ("bits over the end", &[2, 0xFF, 0xFF, 0, 2], 2),
        ("bits in a hole", &[1, 0, 96, 0, 1], 2),
        ("coil on", &[5, 0, 0, 0xFF, 0], 1),
        ("coil off", &[5, 0, 0, 0, 0], 1),
        ("coil 1234h", &[5, 0, 0, 0x12, 0x34], 3),
        ("coil, short", &[5, 0, 0, 0xFF], 3),
        ("register", &[6, 0x03, 0xE8, 0, 1], 1),
        ("register, long", &[6, 0x03, 0xE8, 0, 1, 0], 3),
        ("coils", &[0x0F, 0, 0, 0, 9, 2, 1, 1], 1),
        ("2000 coils in a byte", &[0x0F, 0, 0, 0x07, 0xD0, 1, 0], 3),
        ("no coils", &[0x0F, 0, 0, 0, 0, 0], 3),
        ("registers", &[0x10, 0x03, 0xE8, 0, 1, 2, 0, 1], 1),
        ("registers, byte count", &[0x10, 0x03, 0xE8, 0, 2, 2, 0, 1], 3),
        ("registers, more bytes", &[0x10, 0x03, 0xE8, 0, 1, 2, 0, 1, 0], 3),
        ("8000h registers", &[0x10, 0, 0, 0x80, 0, 0], 3),
        ("mask", &[0x16, 0, 0, 0, 0, 0, 0], 1),
        ("mask, short", &[0x16, 0, 0, 0, 0], 3),
        ("both", &[0x17, 0, 0, 0, 1, 0, 0, 0, 1, 2, 0, 0], 1),
        ("both, none read", &[0x17, 0, 0, 0, 0, 0, 0, 0, 1, 2, 0, 0], 3),
        ("both, 122 written", &[0x17, 0, 0, 0, 1, 0, 0, 0, 122, 244], 3),
        ("diagnostics 1", &[8, 0, 1, 0, 0], 1),
        ("diagnostics, short", &[8, 0], 3),
        ("diagnostics, half a word", &[8, 0, 0, 1], 3),
        ("other interface", &[0x2B, 0x0D, 1, 0], 1),
        ("identification, short", &[0x2B], 3),
        ("identification, long", &[0x2B, 0x0E, 1, 0, 0], 3),
        ("level 0", &[0x2B, 0x0E, 0, 0], 3),
        ("level 5", &[0x2B, 0x0E, 5, 0], 3),
        ("no such object", &[0x2B, 0x0E, 4, 7], 2),
    ];
    for (name, request, exception) in rows {
        assert_eq!(says(request), [request[0] | 0x80, *exception], "{name}");
    }
}

#[test]
fn a_unit_of_another_is_not_reached() {
    for unit in 0..=255 {
        let (out, _) = answers_at(&framed(1, unit, &[3, 0, 0, 0, 1]), &picture(), FRESH);
        let served = [0, 1, 255].contains(&unit);
        assert_eq!(out[6], unit);
        assert_eq!(
            out[7..],
            if served {
                vec![3, 2, 0, 0]
            } else {
                vec![0x83, 0x0B]
            }
        );
    }
}

#[test]
fn diagnostics_give_back_what_they_get() {
    let mut longest = vec![8, 0, 0];
    longest.extend([0xA5; 250]);
    for request in [&[8, 0, 0, 0xA5, 0x37][..], &[8, 0, 0], &longest] {
        assert_eq!(says(request), request);
    }
}

#[test]
fn the_longest_read_fits() {
    assert_eq!(says(&[4, 0x07, 0xD0, 0, 125]).len(), 252);
}

/// Reads a level page by page.
fn pages(identity: &Identity, level: u8) -> (Vec<(u8, Vec<u8>)>, usize) {
    let identification = Identification::new(identity);
    let (mut objects, mut object, mut pages) = (Vec::new(), 0, 0);
    loop {
        let mut out = Vec::new();
        identification
            .answer(&[0x2B, 0x0E, level, object], &mut out)
            .expect("a level");
        assert!(out.len() <= 253);
        assert_eq!(out[..4], [0x2B, 0x0E, level, 0x83]);
        let (more, next, count) = (out[4], out[5], out[6]);
        let mut rest = &out[7..];
        for _ in 0..count {
            let (text, behind) = rest[2..].split_at(rest[1].into());
            objects.push((rest[0], text.to_vec()));
            rest = behind;
        }
        pages += 1;
        assert!(rest.is_empty() && pages < 9);
        if more == 0 {
            return (objects, pages);
        }
        assert_eq!(more, 0xFF);
        object = next;
    }
}

#[test]
fn identification_gives_every_level_object_by_object() {
    let ids = |level| -> Vec<u8> { pages(&identity(), level).0.iter().map(|one| one.0).collect() };
    assert_eq!(ids(1), [0, 1, 2]);
    assert_eq!(ids(2), [0, 1, 2, 3, 4, 5, 6]);
    assert_eq!(ids(3), [0, 1, 2, 3, 4, 5, 6, 0x80]);
    assert_eq!(
        says(&[0x2B, 0x0E, 1, 0]),
        b"\x2B\x0E\x01\x83\x00\x00\x03\x00\x06Vendor\x01\x04Rack\x02\x050.1.0"
    );
    assert_eq!(
        says(&[0x2B, 0x0E, 4, 6]),
        b"\x2B\x0E\x04\x83\x00\x00\x01\x06\x05K?che"
    );
    assert_eq!(
        says(&[0x2B, 0x0E, 2, 6]),
        b"\x2B\x0E\x02\x83\x00\x00\x01\x06\x05K?che"
    );
    assert_eq!(
        says(&[0x2B, 0x0E, 1, 77]),
        says(&[0x2B, 0x0E, 1, 0]),
        "from the first"
    );
}

#[test]
fn long_names_come_in_pages_and_none_is_too_long() {
    let long = "x".repeat(300);
    let identity = Identity {
        vendor: long.clone(),
        product: "p".repeat(100),
        version: "v".repeat(100),
        url: "u".repeat(100),
        model: "m".into(),
        name: long,
    };
    let (objects, pages) = pages(&identity, 3);
    assert_eq!((objects.len(), pages), (8, 5));
    assert_eq!(objects[0].1.len(), 244);
    assert_eq!(objects[6].1.len(), 244);
}

fn check(request: &[u8], unit: u8) -> Result<(), TestCaseError> {
    let (image, identification) = (
        Image::new(&picture(), FRESH, None),
        Identification::new(&identity()),
    );
    let view = View {
        image: &image,
        age_tenths: 1,
        identification: &identification,
    };
    let mut out = Vec::new();
    let outcome = respond(unit, request, &view, &mut out);
    prop_assert!((2..=253).contains(&out.len()));
    let function = request.first().copied().unwrap_or(0);
    match outcome.exception {
        Some(exception) => prop_assert_eq!(out, vec![function | 0x80, exception as u8]),
        None => prop_assert_eq!(out[0], function),
    }
    Ok(())
}

/// Frames that are nearly right, and bytes that are not.
fn stream() -> impl Strategy<Value = Vec<u8>> {
    let read = (0u8..6, 0u16..2600, 0u16..130).prop_map(|(function, first, count)| {
        let ([a, b], [c, d]) = (first.to_be_bytes(), count.to_be_bytes());
        vec![function, a, b, c, d]
    });
    let noise_pdu = prop::collection::vec(any::<u8>(), 1..253);
    let frame = (any::<u16>(), 0u8..3, prop_oneof![4 => read, 1 => noise_pdu])
        .prop_map(|(transaction, unit, pdu)| framed(transaction, unit, &pdu));
    let noise = prop::collection::vec(any::<u8>(), 0..20);
    (
        prop::collection::vec(frame, 0..6),
        prop_oneof![Just(Vec::new()), noise],
    )
        .prop_map(|(frames, noise)| [frames.concat(), noise].concat())
}

proptest! {
    #[test]
    fn any_request_is_answered_in_form(request in prop::collection::vec(any::<u8>(), 1..253), unit: u8) {
        check(&request, unit)?;
        check(&request, 1)?;
    }

    #[test]
    fn any_read_is_answered_in_form(function in 1u8..5, first: u16, count: u16) {
        let ([a, b], [c, d]) = (first.to_be_bytes(), count.to_be_bytes());
        check(&[function, a, b, c, d], 255)?;
    }

    #[test]
    fn any_bytes_make_answers_that_are_frames(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        let (out, taken) = answers_at(&bytes, &picture(), FRESH);
        prop_assert!(taken.bytes <= bytes.len());
        let mut rest = &out[..];
        while !rest.is_empty() {
            let length = usize::from(u16::from_be_bytes([rest[4], rest[5]]));
            prop_assert!(rest[2..4] == [0, 0] && (3..=254).contains(&length));
            rest = &rest[6 + length..];
        }
    }

    #[test]
    fn however_a_stream_is_cut_its_answers_are_the_same(bytes in stream(), size in 1usize..40) {
        let (whole, taken) = answers_at(&bytes, &picture(), FRESH);
        let (image, identification) =
            (Image::new(&picture(), FRESH, None), Identification::new(&identity()));
        let view = View { image: &image, age_tenths: 1, identification: &identification };
        for size in [1, size] {
            let (mut held, mut out, mut broken, mut total) = (Vec::new(), Vec::new(), false, 0);
            for piece in bytes.chunks(size) {
                held.extend_from_slice(piece);
                let taken = frame::take(&held, &view, &mut out, |_| {});
                held.drain(..taken.bytes);
                total += taken.bytes;
                broken = taken.broken;
                if broken {
                    break;
                }
                prop_assert!(held.len() < frame::FRAME_MAX);
            }
            prop_assert_eq!((&out, total, broken), (&whole, taken.bytes, taken.broken));
        }
    }
}

#[test]
fn a_map_has_its_runs_and_nothing_between() {
    assert!(map::has_registers(700, 125) && map::has_registers(825, 125));
    assert!(!map::has_registers(1559, 2) && !map::has_registers(1550, 125));
    let end = u16::try_from(map::END).expect("16 bits");
    assert!(map::has_registers(end - 1, 1) && !map::has_registers(end - 1, 2));
}

#[test]
fn what_is_no_frame_ends_the_run_after_the_answers_before_it() {
    let good = framed(1, 1, &[3, 0, 0, 0, 1]);
    for bad in [
        &[0, 2, 0, 1][..],
        &[0, 2, 1],
        &[0, 2, 0, 0, 0, 0],
        &[0, 2, 0, 0, 0, 1],
        &[0, 2, 0, 0, 0, 255],
    ] {
        let (out, taken) = answers_at(&[&good[..], bad].concat(), &picture(), FRESH);
        assert_eq!((out.len(), taken.bytes, taken.broken), (11, 12, true), "{bad:?}");
    }
}
