//! The product of process, seen and display, exhaustively.

use std::vec::Vec;

use points::alarm::{Display, Process};

use super::*;

const EVENTS: [Event; 11] = [
    Event::Stands,
    Event::Held,
    Event::Gone,
    Event::Acknowledge,
    Event::Again,
    Event::Shelve,
    Event::Unshelve,
    Event::OutOfService,
    Event::InService,
    Event::Explained,
    Event::Unexplained,
];

fn all_states() -> Vec<State> {
    let mut all = Vec::new();
    for process in Process::ALL {
        for acknowledged in [true, false] {
            for display in Display::ALL {
                all.push(State {
                    process,
                    acknowledged,
                    display,
                });
            }
        }
    }
    all
}

fn all_kinds() -> impl Iterator<Item = Kind> {
    (0..16).map(|bits| Kind {
        latching: bits & 1 != 0,
        shelvable: bits & 2 != 0,
        explainable: bits & 4 != 0,
        held: bits & 8 != 0,
    })
}

/// What the text says, a sentence per column: process, then seen, then display.
fn told(state: State, event: Event, kind: Kind) -> Result<State, Refusal> {
    use Display::{Designed, OutOfService, Shelved, Shown};
    use Process::{Active, Latched, Normal};
    let State {
        process,
        acknowledged,
        display,
    } = state;
    let (next_process, next_seen) = match (event, process, acknowledged) {
        (Event::Stands, Active, seen) => (Active, seen),
        (Event::Stands, Normal | Latched, _) => (Active, false),
        (Event::Held, Normal, _) => (Latched, false),
        (Event::Held, Active | Latched, seen) => (Latched, seen),
        (Event::Gone, Active | Latched, false) if kind.latching => (Latched, false),
        (Event::Gone, _, seen) => (Normal, seen),
        (Event::Acknowledge, Normal, true) => return Err(Refusal::NotRaised),
        (Event::Acknowledge, Latched, _) if !kind.held => (Normal, true),
        (Event::Acknowledge, process, _) => (process, true),
        (Event::Again, Active, _) => (Active, false),
        (_, process, seen) => (process, seen),
    };
    let next_display = match (event, display) {
        (Event::Shelve | Event::OutOfService, _) if !kind.shelvable => return Err(Refusal::NotShelvable),
        (Event::Shelve | Event::OutOfService, OutOfService) => return Err(Refusal::OutOfService),
        (Event::Shelve, _) => Shelved,
        (Event::OutOfService, _) => OutOfService,
        (Event::Unshelve, Shelved) | (Event::InService, OutOfService) => Shown,
        (Event::Unshelve, _) => return Err(Refusal::NotShelved),
        (Event::InService, _) => return Err(Refusal::InService),
        (Event::Explained, Shown | Designed) if kind.explainable => Designed,
        (Event::Explained | Event::Unexplained, Shown | Designed) => Shown,
        (_, display) => display,
    };
    Ok(State {
        process: next_process,
        acknowledged: next_seen,
        display: next_display,
    })
}

#[test]
fn every_transition_of_the_24_states_is_what_the_text_says() {
    let states = all_states();
    assert_eq!(states.len(), 24);
    let mut done = 0;
    for state in &states {
        for event in EVENTS {
            for kind in all_kinds() {
                assert_eq!(
                    state.on(event, kind),
                    told(*state, event, kind),
                    "{state:?} {event:?} {kind:?}"
                );
                done += 1;
            }
        }
    }
    assert_eq!(done, 24 * 11 * 16);
}

/// States that events lead to from rest, while a latch may come and go.
fn reachable(latching: bool, shelvable: bool, explainable: bool) -> usize {
    let mut found = std::vec![State::REST];
    let mut next = 0;
    while let Some(state) = found.get(next).copied() {
        next += 1;
        for event in EVENTS {
            for held in [false, true] {
                let kind = Kind {
                    latching,
                    shelvable,
                    explainable,
                    held,
                };
                if let Ok(after) = state.on(event, kind)
                    && !found.contains(&after)
                {
                    found.push(after);
                }
            }
        }
    }
    found.len()
}

#[test]
fn all_24_states_are_reached_and_a_guarded_alarm_is_always_shown() {
    assert_eq!(reachable(false, true, true), 24);
    // A latching one is not normal before it was seen.
    assert_eq!(reachable(true, true, true), 20);
    assert_eq!(reachable(true, true, false), 15);
    assert_eq!(reachable(true, false, false), 5);
    assert_eq!(reachable(false, false, false), 6);
}
