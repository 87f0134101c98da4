//! What a PDU is told, and when: only by the core's word, one outlet at a time, and again for as long as it does not obey.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::config::Keeps;
use crate::hosts::outlets::plan::{Reach, Wire};
use crate::hosts::outlets::sightings::State;

/// A PDU that notes what it is told.
#[derive(Default)]
struct Fake {
    on: BTreeMap<usize, bool>,
    told: Vec<(usize, bool)>,
    /// It takes orders and does nothing.
    lies: bool,
    /// It does not answer.
    silent: bool,
    /// It refuses to switch this one.
    refuses: Option<usize>,
    /// It never answers an order for these.
    hangs: BTreeSet<usize>,
    /// It answers an error of its own when this one is read.
    unwell: Option<usize>,
    /// Its answers take so long that the core's word is another one then.
    meanwhile: Option<(cell::Sender<Option<OutletOrder>>, Option<OutletOrder>)>,
    /// Its requests in their order: `s` an order, `r` a look.
    log: Vec<(char, usize)>,
    /// It does not take the password.
    locked: bool,
}

impl Pdu for Fake {
    fn read(&mut self, outlet: &OutletPlan) -> Result<State, PduError> {
        self.log.push(('r', outlet.place));
        if self.silent {
            return Err(PduError::NoAnswer("silent".into()));
        }
        if self.locked {
            return Err(PduError::Unknown("401".into()));
        }
        if self.unwell == Some(outlet.place) {
            return Err(PduError::Busy("503".into()));
        }
        if let Some((word, other)) = self.meanwhile.take() {
            word.send_replace(other);
        }
        let on = *self.on.get(&outlet.place).unwrap_or(&true);
        Ok(State { on, watts: None })
    }

    fn switch(&mut self, outlet: &OutletPlan, on: bool) -> Result<(), PduError> {
        self.log.push(('s', outlet.place));
        if self.silent || self.hangs.contains(&outlet.place) {
            return Err(PduError::NoAnswer("silent".into()));
        }
        if self.locked {
            return Err(PduError::Unknown("401".into()));
        }
        self.told.push((outlet.place, on));
        if self.refuses == Some(outlet.place) {
            return Err(PduError::Refused("403".into()));
        }
        if !self.lies {
            self.on.insert(outlet.place, on);
        }
        Ok(())
    }
}

fn outlet(place: usize, keeps: Option<Keeps>) -> OutletPlan {
    OutletPlan {
        place,
        feeds: Vec::new(),
        label: "shelf".into(),
        keeps,
        wire: Wire::Redfish {
            pdu: 0,
            id: place.to_string(),
        },
    }
}

fn off(places: u16) -> Option<OutletOrder> {
    Some(OutletOrder {
        off: OutletSet(places),
        on: OutletSet::EMPTY,
    })
}

fn watching<'a>(
    outlets: &'a [OutletPlan],
    orders: cell::Receiver<Option<OutletOrder>>,
    sightings: &'a OutletSightings,
) -> Watch<'a> {
    Watch {
        name: "left",
        outlets: outlets.iter().map(|outlet| (outlet, Line::default())).collect(),
        orders,
        sightings,
        first: 0,
        trouble: None,
    }
}

#[test]
fn a_pdu_is_told_what_the_core_says_and_nothing_without_its_word() {
    let outlets = [outlet(0, None), outlet(1, None), outlet(2, Some(Keeps::Network))];
    let (word, orders) = cell::channel(None);
    let sightings = OutletSightings::default();
    let mut watch = watching(&outlets, orders, &sightings);
    let mut pdu = Fake::default();
    assert_eq!(watch.once(&mut pdu), Ok(()));
    assert_eq!(sightings.gather(Instant::now()).len(), 3, "it is read");
    word.send_replace(Some(OutletOrder::NONE));
    assert_eq!(watch.once(&mut pdu), Ok(()));
    assert!(pdu.told.is_empty(), "and left alone");
    // The third one keeps the network, whatever anybody says.
    word.send_replace(off(0b111));
    assert_eq!(watch.once(&mut pdu), Ok(()));
    assert_eq!(watch.once(&mut pdu), Ok(()));
    assert_eq!(pdu.told, [(0, false), (1, false)], "each once");
    // Somebody switches one on again: it is told again, though not within five seconds.
    pdu.on.insert(1, true);
    assert_eq!(watch.once(&mut pdu), Ok(()));
    assert_eq!(pdu.told.len(), 2);
    watch.outlets[1].1.told = Instant::now().checked_sub(AGAIN).map(|at| (false, at));
    assert_eq!(watch.once(&mut pdu), Ok(()));
    assert_eq!(pdu.told.last(), Some(&(1, false)));
    // Back on, one of them; and then nothing is asked any more.
    word.send_replace(Some(OutletOrder {
        off: OutletSet(0b10),
        on: OutletSet(0b01),
    }));
    assert_eq!(watch.once(&mut pdu), Ok(()));
    assert_eq!((pdu.told.len(), pdu.told.last()), (4, Some(&(0, true))));
    word.send_replace(Some(OutletOrder::NONE));
    pdu.on.insert(0, false);
    assert_eq!(watch.once(&mut pdu), Ok(()));
    assert_eq!(pdu.told.len(), 4, "a person's switch is a person's");
}

#[test]
fn a_pdu_that_lies_refuses_or_is_silent_is_told_again_and_the_others_are_served() {
    let outlets = [outlet(0, None), outlet(1, None)];
    let (_word, orders) = cell::channel(off(0b11));
    let sightings = OutletSightings::default();
    let mut watch = watching(&outlets, orders, &sightings);
    let mut pdu = Fake {
        refuses: Some(0),
        ..Fake::default()
    };
    assert_eq!(watch.once(&mut pdu), Ok(()));
    assert_eq!(pdu.told, [(0, false), (1, false)]);
    assert!(watch.outlets[0].1.trouble.is_some() && watch.outlets[1].1.trouble.is_none());
    pdu.silent = true;
    assert!(matches!(watch.once(&mut pdu), Err(PduError::NoAnswer(_))));
    pdu.silent = false;
    pdu.refuses = None;
    watch.outlets[0].1.told = Instant::now().checked_sub(AGAIN).map(|at| (false, at));
    assert_eq!(watch.once(&mut pdu), Ok(()));
    assert_eq!(pdu.on.get(&0), Some(&false));
    assert!(watch.outlets[0].1.trouble.is_none(), "and told to be well");
}

#[test]
fn a_thread_ends_with_the_link_whatever_its_pdu_does() {
    let outlets = [outlet(0, None)];
    let (word, orders) = cell::channel(off(0b1));
    drop(word);
    // A PDU that cannot be reached at all, and a core that is gone: it ends, and in order.
    let pdu = PduPlan {
        name: "left".into(),
        reach: Reach::Modbus {
            at: ([127, 0, 0, 1], 1).into(),
            unit: 1,
        },
        left_out: false,
    };
    run(&pdu, &outlets, &orders, &OutletSightings::default());
}

#[test]
fn an_outlet_that_hangs_keeps_no_word_from_the_others() {
    let outlets = [outlet(0, None), outlet(1, None), outlet(2, None), outlet(3, None)];
    let (_word, orders) = cell::channel(off(0b1111));
    let sightings = OutletSightings::default();
    let mut watch = watching(&outlets, orders, &sightings);
    let mut pdu = Fake {
        hangs: BTreeSet::from([0, 1, 2]),
        ..Fake::default()
    };
    assert!(matches!(watch.once(&mut pdu), Err(PduError::NoAnswer(_))));
    assert_eq!(
        pdu.log[..2],
        [('s', 0), ('s', 1)],
        "two silences end the orders of a pass"
    );
    assert_eq!(sightings.gather(Instant::now()).len(), 4, "and not its looks");
    // Time for both to be told again: those that were never told come first all the same.
    for (_, line) in &mut watch.outlets {
        line.told = line.told.and_then(|(on, at)| Some((on, at.checked_sub(AGAIN)?)));
    }
    pdu.log.clear();
    assert!(matches!(watch.once(&mut pdu), Err(PduError::NoAnswer(_))));
    assert_eq!(pdu.log[..3], [('s', 2), ('s', 3), ('s', 0)]);
    assert_eq!(pdu.told, [(3, false)]);
}

#[test]
fn another_word_ends_the_looks_and_is_told_before_the_next_one() {
    let outlets = [outlet(0, None), outlet(1, None)];
    let (word, orders) = cell::channel(Some(OutletOrder::NONE));
    let sightings = OutletSightings::default();
    let mut watch = watching(&outlets, orders, &sightings);
    let mut pdu = Fake {
        meanwhile: Some((word.clone(), off(0b10))),
        ..Fake::default()
    };
    assert_eq!(watch.once(&mut pdu), Ok(()));
    assert!(watch.wait(Instant::now(), LOCKED), "without a pause");
    assert_eq!(watch.once(&mut pdu), Ok(()));
    // The second pass begins its looks with the other one.
    assert_eq!(pdu.log, [('r', 0), ('s', 1), ('r', 1), ('r', 0)]);
}

#[test]
fn an_outlet_that_cannot_be_read_hides_no_other() {
    let outlets = [outlet(0, None), outlet(1, None)];
    let (_word, orders) = cell::channel(None);
    let sightings = OutletSightings::default();
    let mut watch = watching(&outlets, orders, &sightings);
    let mut pdu = Fake {
        unwell: Some(0),
        ..Fake::default()
    };
    assert_eq!(watch.once(&mut pdu), Ok(()));
    let seen: Vec<u8> = sightings
        .gather(Instant::now())
        .iter()
        .map(|seen| seen.outlet)
        .collect();
    assert_eq!(seen, [1]);
    assert!(watch.outlets[0].1.trouble.is_some() && watch.outlets[1].1.trouble.is_none());
}

#[test]
fn a_password_that_is_not_taken_is_tried_once_a_minute_and_more_often_only_for_an_order() {
    let outlets = [outlet(0, None), outlet(1, None)];
    let (word, orders) = cell::channel(None);
    let sightings = OutletSightings::default();
    let mut watch = watching(&outlets, orders, &sightings);
    let mut pdu = Fake {
        locked: true,
        ..Fake::default()
    };
    let error = watch.once(&mut pdu).expect_err("it is not taken");
    assert_eq!(pdu.log, [('r', 0)], "once a pass");
    assert_eq!(watch.pause(Some(&error)), LOCKED);
    word.send_replace(off(0b11));
    let error = watch.once(&mut pdu).expect_err("it is not taken");
    assert_eq!(pdu.log, [('r', 0), ('s', 0)]);
    assert_eq!(watch.pause(Some(&error)), AGAIN);
}
