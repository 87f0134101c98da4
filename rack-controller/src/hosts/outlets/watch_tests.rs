//! What a PDU is told, and when: only by the core's word, one outlet at a time, and again for as long as it does not obey.

use std::collections::BTreeMap;

use points::host::OutletSet;

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
}

impl Pdu for Fake {
    fn read(&mut self, outlet: &OutletPlan) -> Result<State, PduError> {
        if self.silent {
            return Err(PduError::NoAnswer("silent".into()));
        }
        let on = *self.on.get(&outlet.place).unwrap_or(&true);
        Ok(State { on, watts: None })
    }

    fn switch(&mut self, outlet: &OutletPlan, on: bool) -> Result<(), PduError> {
        if self.silent {
            return Err(PduError::NoAnswer("silent".into()));
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

#[test]
fn a_pdu_is_told_what_the_core_says_and_nothing_without_its_word() {
    let outlets = [outlet(0, None), outlet(1, None), outlet(2, Some(Keeps::Network))];
    let (word, orders) = cell::channel(None);
    let sightings = OutletSightings::default();
    let mut watch = Watch {
        name: "left",
        outlets: outlets.iter().map(|outlet| (outlet, Line::default())).collect(),
        orders,
        sightings: &sightings,
        trouble: None,
    };
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
    let mut watch = Watch {
        name: "left",
        outlets: outlets.iter().map(|outlet| (outlet, Line::default())).collect(),
        orders,
        sightings: &sightings,
        trouble: None,
    };
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
