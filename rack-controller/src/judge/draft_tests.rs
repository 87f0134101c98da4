//! Who is believed of the three that see the draft.

use super::*;
use crate::config::builtin;
use points::Flag;
use points::Moment;
use points::point::contact;

/// Flow of the study's rack at half drive, m³/s, and its draft, Pa.
const FLOW_M3_S: f64 = 0.24;
const DRAFT_PA: f64 = -8.9;

type Pressure = Result<f64, Absent>;

fn picture(draft: Pressure, left: Pressure, right: Pressure) -> Snapshot {
    let mut picture = Snapshot::default();
    let reading = |value: Pressure| Reading {
        value: value.map(Pascal::of),
        at: Moment::ZERO,
    };
    picture.put(flow::RACK_DRAFT, reading(draft));
    picture.put(flow::FILTER_DROP.at(0), reading(left));
    picture.put(flow::FILTER_DROP.at(1), reading(right));
    picture
}

/// What a user on the buses of draft and right filter is told after a minute; the left filter's hangs beside the smoke loops.
fn told(draft: Pressure, left: Pressure, right: Pressure) -> Pressure {
    told_by(&[0, 2], draft, left, right)
}

fn told_by(near: &[usize], draft: Pressure, left: Pressure, right: Pressure) -> Pressure {
    let site = Site::build(&builtin(), None).unwrap();
    let mut buses = BusSet::EMPTY;
    for place in near {
        buses.add(match place {
            0 => site.bus_of(flow::RACK_DRAFT),
            _ => site.bus_of(flow::FILTER_DROP.at(place - 1)),
        });
    }
    let mut judge = Draft::of(&site, buses);
    let picture = picture(draft, left, right);
    let mut said = Err(Absent::Starting);
    for _ in 0..120 {
        said = judge
            .look(Span::ms(500), FLOW_M3_S, &picture)
            .value
            .map(Pascal::get);
    }
    said
}

fn near(said: Pressure, pa: f64) -> bool {
    said.is_ok_and(|said| (said - pa).abs() < 0.3)
}

#[test]
fn one_of_three_that_is_off_either_way_moves_nothing() {
    // Over a filter there is what the slit leaves: 0.29 Pa less.
    let well = 8.6;
    assert!(near(told(Ok(DRAFT_PA), Ok(well), Ok(well)), DRAFT_PA));
    for off in [-40.0, -6.0, -1.0, 1.0, 6.0, 40.0] {
        for (said, who) in [
            (told(Ok(DRAFT_PA + off), Ok(well), Ok(well)), "draft"),
            (told(Ok(DRAFT_PA), Ok(well + off), Ok(well)), "left"),
            (told(Ok(DRAFT_PA), Ok(well), Ok(well + off)), "right"),
        ] {
            assert!(near(said, DRAFT_PA), "{who} off by {off}: {said:?}");
        }
    }
}

#[test]
fn a_sensor_of_another_bus_moves_it_no_farther_than_the_others_say() {
    for left in [-50.0, 0.0, 8.0, 50.0] {
        let said = told(Ok(-9.0), Ok(left), Ok(8.2));
        assert!(
            said.is_ok_and(|pa| (-9.0..=-8.4).contains(&pa)),
            "{left}: {said:?}"
        );
    }
    // With one other alone it says nothing of its own, and nothing against one that a second one agrees with.
    assert_eq!(
        told(Err(Absent::NoAnswer), Ok(8.6), Err(Absent::NoAnswer)),
        Err(Absent::NoAnswer)
    );
    assert!(near(told_by(&[0], Ok(-8.9), Ok(2.0), Ok(8.6)), -8.9));
    assert_eq!(told_by(&[0], Ok(-15.0), Ok(8.6), Ok(8.6)), Err(Absent::Disagrees));
}

#[test]
fn of_two_that_differ_none_is_believed_and_one_alone_is() {
    let lost = Err(Absent::NoAnswer);
    assert!(near(told(Ok(DRAFT_PA), lost, lost), DRAFT_PA));
    assert!(
        near(told(lost, lost, Ok(8.6)), DRAFT_PA),
        "the filters' where the draft's is lost"
    );
    assert!(near(told(lost, Ok(8.6), Ok(8.6)), DRAFT_PA));
    assert!(near(told(Ok(DRAFT_PA), lost, Ok(8.2)), DRAFT_PA));
    assert_eq!(told(Ok(DRAFT_PA), lost, Ok(4.0)), Err(Absent::Disagrees));
    assert_eq!(told(lost, Ok(2.0), Ok(8.6)), Err(Absent::Disagrees));
    assert_eq!(told(lost, lost, lost), lost);
}

#[test]
fn a_filter_that_is_out_says_nothing_of_the_draft() {
    let mut out = picture(Err(Absent::NoAnswer), Ok(0.3), Ok(8.6));
    let own = out.get(flow::RACK_DRAFT);
    assert_eq!(
        proof(own, &out).number(),
        Some(-0.3),
        "the lesser one, toward no air"
    );
    out.put(
        contact::FILTER_PRESENT.at(0),
        Reading::good(Flag::Clear, Moment::ZERO),
    );
    assert_eq!(proof(own, &out).number(), Some(-8.6));
    out.put(
        contact::FILTER_PRESENT.at(1),
        Reading::good(Flag::Clear, Moment::ZERO),
    );
    assert_eq!(proof(own, &out), own);
    let read = Reading::good(Pascal::of(-1.0), Moment::ZERO);
    assert_eq!(proof(read, &out), read, "its own sensor, where it says anything");
}
