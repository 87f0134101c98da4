//! Which readings the balance goes by, and when it does not know the flow.

use super::*;
use crate::config::builtin;
use points::{Pascal, Watt};

fn site() -> Site {
    Site::build(&builtin(), None).unwrap_or_else(|error| panic!("{error}"))
}

fn balance() -> Balance {
    Balance::new(&site(), &vec![true; points::point::COUNT])
}

/// The study's rack at half drive.
fn healthy() -> Snapshot {
    let mut picture = Snapshot::default();
    let now = Moment::ZERO;
    for (tag, c) in temperature::EXHAUST.iter().zip([40.2, 40.0, 39.9]) {
        picture.put(tag, Reading::good(Celsius::of(c), now));
    }
    picture.put(temperature::EXHAUST_VOTED, Reading::good(Celsius::of(40.0), now));
    picture.put(temperature::ROOM, Reading::good(Celsius::of(24.0), now));
    for tag in temperature::WALL.iter() {
        picture.put(tag, Reading::good(Celsius::of(35.0), now));
    }
    picture.put(power::IT_POWER, Reading::good(Watt::of(5_000.0), now));
    for tag in power::PHASE_POWER.iter() {
        picture.put(tag, Reading::good(Watt::of(833.0), now));
    }
    picture.put(blower::SPEED.at(0), Reading::good(Rpm::of(1_380.0), now));
    picture.put(flow::RACK_DRAFT, Reading::good(Pascal::of(-8.9), now));
    picture.put(contact::DOOR_OPEN, Reading::good(Flag::Clear, now));
    for tag in contact::FILTER_PRESENT.iter() {
        picture.put(tag, Reading::good(Flag::Set, now));
    }
    picture
}

/// Looks for so many seconds at what `change` makes of a healthy rack that has been seen for five minutes.
fn after(seconds: u64, change: impl Fn(&mut Snapshot)) -> (Balance, Snapshot) {
    let (mut balance, mut picture) = (balance(), healthy());
    let mut now = Moment::ZERO;
    for look in 0..600 + 2 * seconds {
        now += Span::ms(500);
        if look == 600 {
            change(&mut picture);
        }
        balance.judge(now, false, &mut picture);
    }
    (balance, picture)
}

fn doubt(seconds: u64, change: impl Fn(&mut Snapshot)) -> Option<Absent> {
    after(seconds, change).1.get(flow::EXTRACTED).value.err()
}

#[test]
fn its_buses_are_those_of_all_its_readings_and_not_the_smoke_loops() {
    let site = site();
    let bus = |name: &str| {
        let place = site.buses.iter().position(|bus| bus.name == name);
        u8::try_from(place.expect("a bus of the built-in rack")).expect("few buses")
    };
    let balance = balance();
    assert_eq!(
        balance.probes,
        [true, false, true],
        "B hangs beside the smoke loops"
    );
    let buses = ["air", "fire", "fan", "rs485"].map(|name| balance.buses().has(bus(name)));
    assert_eq!(buses, [true, false, true, false]);
    assert_eq!(site.bus_of(contact::SMOKE.at(0)), bus("fire"));
}

#[test]
fn without_two_probes_apart_from_smoke_it_goes_by_all_and_shares_their_bus() {
    let mut fitted = vec![true; points::point::COUNT];
    fitted[temperature::EXHAUST.at(2).index()] = false;
    let site = site();
    let balance = Balance::new(&site, &fitted);
    assert_eq!(balance.probes, [true, true, false]);
    assert!(balance.buses().has(site.bus_of(contact::SMOKE.at(0))));
}

#[test]
fn it_takes_the_middle_of_three_the_colder_of_two_that_agree_and_none_of_others() {
    let read = |a: Result<f64, Absent>, b: Result<f64, Absent>, c: Result<f64, Absent>| {
        let mut picture = healthy();
        for (member, value) in [(0, a), (1, b), (2, c)] {
            let value = value.map(Celsius::of);
            let at = Moment::ZERO;
            picture.put(temperature::EXHAUST.at(member), Reading { value, at });
        }
        let exhaust = balance().exhaust(picture.get(temperature::ROOM), &picture);
        exhaust.value.map(Celsius::get)
    };
    let lost = Err(Absent::NoAnswer);
    assert_eq!(read(Ok(41.0), lost, Ok(40.5)), Ok(40.5));
    assert_eq!(
        read(Ok(39.0), lost, Ok(45.0)),
        Ok(39.0),
        "six apart, of fifteen above the room"
    );
    // Who hangs beside the smoke loops says which of the two it is, and nothing of its own.
    assert_eq!(read(Ok(34.0), Ok(40.0), Ok(40.2)), Ok(40.0));
    assert_eq!(read(Ok(40.1), Ok(40.0), Ok(34.0)), Ok(40.0));
    for b in [-40.0, 20.0, 90.0] {
        assert!(
            read(Ok(40.0), Ok(b), Ok(40.5)).is_ok_and(|c| (40.0..=40.5).contains(&c)),
            "{b}"
        );
    }
    assert_eq!(read(Ok(52.0), Ok(40.0), Ok(40.0)), Err(Absent::Disagrees));
    assert_eq!(
        read(Ok(40.0), Ok(40.0), Err(Absent::NoAnswer)),
        Err(Absent::NoAnswer)
    );
    assert_eq!(
        read(Err(Absent::LostHot), Ok(40.0), Err(Absent::LostHot)),
        Err(Absent::LostHot)
    );
}

#[test]
fn the_flow_is_the_clean_racks_while_the_draft_is() {
    let (_, picture) = after(60, |_| {});
    let flow = picture.get(flow::EXTRACTED).number();
    assert!(flow.is_some_and(|flow| (0.21..0.26).contains(&flow)), "{flow:?}");
    let heat = picture.get(derived::STORED_HEAT).number();
    assert!(heat.is_some_and(|kj| (kj - 9.5).abs() < 0.01), "{heat:?}");
    // Behind filters that a week has loaded it is less: in a rack that has never been seen otherwise.
    let (mut balance, mut loaded) = (balance(), healthy());
    loaded.put(flow::RACK_DRAFT, Reading::good(Pascal::of(-12.6), Moment::ZERO));
    for look in 1..=600 {
        balance.judge(Moment::ZERO + Span::ms(500 * look), false, &mut loaded);
    }
    let less = loaded.get(flow::EXTRACTED).number();
    assert!(less.is_some_and(|less| (0.14..0.19).contains(&less)), "{less:?}");
}

#[test]
fn the_flow_goes_by_the_draft_that_two_of_three_see() {
    let now = Moment::ZERO;
    let flow = |draft: Result<f64, Absent>, left: f64, right: f64| {
        let mut picture = healthy();
        let mut put = |tag, value: Result<f64, Absent>| {
            let value = value.map(Pascal::of);
            picture.put(tag, Reading { value, at: now });
        };
        put(flow::RACK_DRAFT, draft);
        put(flow::FILTER_DROP.at(0), Ok(left));
        put(flow::FILTER_DROP.at(1), Ok(right));
        let mut balance = balance();
        for look in 1..=600 {
            balance.judge(Moment::ZERO + Span::ms(500 * look), false, &mut picture);
        }
        picture.get(flow::EXTRACTED).number().unwrap_or(0.0)
    };
    let well = flow(Ok(-8.9), 8.6, 8.6);
    assert!((0.21..0.26).contains(&well), "{well}");
    for (off, who) in [
        (flow(Ok(-14.9), 8.6, 8.6), "draft, toward more"),
        (flow(Ok(-2.9), 8.6, 8.6), "draft, toward less"),
        (flow(Err(Absent::NoAnswer), 8.6, 8.6), "draft lost"),
        (flow(Ok(-8.9), 2.0, 8.6), "left"),
        (flow(Ok(-8.9), 8.6, 20.0), "right"),
    ] {
        assert!((off / well - 1.0).abs() < 0.03, "{who}: {off}, {well}");
    }
}

#[test]
fn a_flow_that_is_not_known_is_absent_with_its_reason() {
    let now = Moment::ZERO;
    assert_eq!(doubt(60, |_| {}), None);
    let door =
        |value| move |picture: &mut Snapshot| picture.put(contact::DOOR_OPEN, Reading { value, at: now });
    assert_eq!(doubt(1, door(Ok(Flag::Set))), Some(Absent::Suspended));
    assert_eq!(doubt(1, door(Err(Absent::Disagrees))), Some(Absent::Disagrees));
    let speed = |value: Result<f64, Absent>| {
        move |picture: &mut Snapshot| {
            let value = value.map(Rpm::of);
            picture.put(blower::SPEED.at(0), Reading { value, at: now });
        }
    };
    assert_eq!(doubt(1, speed(Err(Absent::Disagrees))), Some(Absent::Disagrees));
    assert_eq!(doubt(1, speed(Err(Absent::UnderRange))), Some(Absent::Suspended));
    assert_eq!(doubt(1, speed(Ok(480.0))), Some(Absent::Suspended));
    let draft = |pa: f64| {
        move |picture: &mut Snapshot| picture.put(flow::RACK_DRAFT, Reading::good(Pascal::of(pa), now))
    };
    assert_eq!(
        doubt(10, draft(-2.5)),
        Some(Absent::Disagrees),
        "a door that nobody tells of"
    );
    assert_eq!(
        doubt(60, draft(-5.8)),
        Some(Absent::Disagrees),
        "a discharge half blocked"
    );
    assert_eq!(
        doubt(60, draft(-15.0)),
        Some(Absent::Disagrees),
        "filters that clog in no time"
    );
    assert_eq!(
        doubt(1, |picture| picture
            .put(blower::SPEED.at(1), Reading::absent(Absent::Disagrees, now))),
        Some(Absent::Disagrees),
        "a second blower of which nobody knows how fast it is"
    );
    let out =
        |picture: &mut Snapshot| picture.put(contact::FILTER_PRESENT.at(1), Reading::good(Flag::Clear, now));
    assert_eq!(doubt(1, out), Some(Absent::Suspended));
}

#[test]
fn a_room_that_moves_faster_than_its_probe_and_meters_that_contradict_are_not_believed() {
    let now = Moment::ZERO;
    let room = |c: f64| {
        move |picture: &mut Snapshot| picture.put(temperature::ROOM, Reading::good(Celsius::of(c), now))
    };
    let moved = |seconds, c| {
        let (mut balance, picture) = after(seconds, room(c));
        balance.room(LOOK, &picture)
    };
    assert_eq!(moved(1, 19.0), (Reading::absent(Absent::Suspended, now), true));
    assert_eq!(moved(1, 25.0), (Reading::good(Celsius::of(25.0), now), false));
    assert_eq!(
        moved(120, 19.0),
        (Reading::good(Celsius::of(19.0), now), false),
        "as it is now"
    );
    let power = |seconds, w: f64| {
        let change =
            move |picture: &mut Snapshot| picture.put(power::IT_POWER, Reading::good(Watt::of(w), now));
        let (mut balance, picture) = after(seconds, change);
        balance.power(LOOK, &picture).value
    };
    assert_eq!(power(60, 3_000.0), Err(Absent::Disagrees));
    assert_eq!(
        power(1, 3_000.0),
        Ok(Watt::of(3_000.0)),
        "a step that the meters tell a second later"
    );
    assert_eq!(power(60, 5_300.0), Ok(Watt::of(5_300.0)));
}
