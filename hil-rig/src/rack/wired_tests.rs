//! Faults of devices on the serial line and on the 1-Wire bus as a host sees them.

use super::fault_tests::{fault, mend, quiet, wait};
use super::*;

/// What unit 1, a meter, answers when it is asked for its frequency, and any other for its coils.
pub(super) fn asked(rack: &mut Rack, unit: u8) -> Vec<u8> {
    let body = match unit {
        1 | 2 => [unit, 0x04, 0x00, 0x46, 0x00, 0x02],
        _ => [unit, 0x01, 0x00, 0x00, 0x00, 0x08],
    };
    let request = [&body[..], &crate::chip::rtu::crc16(&body).to_le_bytes()].concat();
    let mut reply = [0; wired::SERIAL_FRAME_MAX];
    let length = rack.exchange(0, &request, &mut reply);
    reply[..length].to_vec()
}

/// The text of the 1-Wire probe at board 1; none where there is none.
pub(super) fn text(rack: &mut Rack) -> Option<String> {
    let mut text = [0; wired::TEXT_MAX];
    let length = rack.text(0, "28-000000b0a401/w1_slave", &mut text)?;
    Some(String::from_utf8_lossy(&text[..length]).into_owned())
}

#[test]
fn faults_of_the_serial_line_spoil_the_replies_of_their_own_unit() {
    for (instrument, own, other) in [
        (Instrument::MeterA, 1, 2),
        (Instrument::MeterB, 2, 1),
        (Instrument::Outlets1, 11, 12),
        (Instrument::Outlets9, 12, 11),
    ] {
        let mut rack = quiet();
        let whole = asked(&mut rack, own);
        let neighbour = asked(&mut rack, other);
        assert!(whole.len() > 5 && whole[0] == own);
        for (kind, amount, seen) in [
            (Fault::Silent, None, 0..1),
            (Fault::Exception, Some(6.0), 5..6),
            (Fault::WrongUnit, None, whole.len()..whole.len() + 1),
            (Fault::BadCrc, None, whole.len()..whole.len() + 1),
            (Fault::Late, None, 0..1),
            (Fault::CutReply, None, 1..whole.len()),
            (Fault::LineNoise, None, whole.len() + 1..whole.len() + 2),
        ] {
            fault(&mut rack, instrument, kind, amount);
            let answer = asked(&mut rack, own);
            assert!(seen.contains(&answer.len()), "{kind:?} {answer:x?}");
            assert_ne!(answer, whole, "{kind:?}");
            if kind == Fault::Exception {
                assert_eq!(answer[1..3], [whole[1] | 0x80, 6]);
            }
            assert_eq!(asked(&mut rack, other), neighbour, "{kind:?} is its neighbour's");
            mend(&mut rack, instrument, Some(kind));
            wait(&mut rack, 1_000_000);
            assert_eq!(asked(&mut rack, own), whole, "{kind:?} is over");
        }
    }
}

#[test]
fn a_meter_errs_in_what_it_counts_and_a_one_wire_probe_in_its_text() {
    let mut rack = quiet();
    fault(&mut rack, Instrument::MeterA, Fault::Stuck, Some(1_000.0));
    wait(&mut rack, 2_000_000);
    let body = [1, 0x04, 0x00, 0x34, 0x00, 0x02];
    let request = [&body[..], &crate::chip::rtu::crc16(&body).to_le_bytes()].concat();
    let mut reply = [0; 9];
    assert_eq!(rack.exchange(0, &request, &mut reply), 9);
    let watts = f32::from_be_bytes([reply[3], reply[4], reply[5], reply[6]]);
    assert!((watts - 1_000.0).abs() < 0.1, "{watts}");

    let celsius = |rack: &mut Rack| -> Option<f64> {
        let text = text(rack)?;
        text.trim_end().rsplit_once("t=")?.1.parse::<f64>().ok()
    };
    let instrument = Instrument::W1Board1;
    for (kind, amount, shown) in [
        (Fault::Stuck, Some(21.5), Some(21_500.0)),
        (Fault::PowerOn, None, Some(85_000.0)),
        (Fault::Shorted, None, Some(0.0)),
        (Fault::EmptyText, None, None),
        (Fault::Missing, None, None),
    ] {
        fault(&mut rack, instrument, kind, amount);
        wait(&mut rack, 2_000_000);
        assert_eq!(celsius(&mut rack), shown, "{kind:?}");
        mend(&mut rack, instrument, None);
        wait(&mut rack, 2_000_000);
        assert!(celsius(&mut rack).is_some_and(|m| (22_000.0..50_000.0).contains(&m)));
    }
    fault(&mut rack, instrument, Fault::BadCrc, None);
    assert!(text(&mut rack).is_some_and(|text| text.contains(" NO\n")));
}
