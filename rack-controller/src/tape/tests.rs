//! A tape gives back what was recorded, and nothing that is no tape does harm.

use std::sync::{Arc, Mutex, OnceLock};

use hil_rig::rack::{Act, Input, Rack, RackConfig};
use points::Moment;
use points::command::Command;
use proptest::prelude::*;

use super::format::{Entry, TapeError};
use super::record::{frame, same};
use super::*;
use crate::config::{builtin, commented};
use crate::core::inline::Inline;
use crate::site::Site;

/// Bytes that outlive their recorder.
#[derive(Clone, Default)]
struct Bytes(Arc<Mutex<Vec<u8>>>);

impl Sink for Bytes {
    fn take(&mut self, bytes: &[u8]) -> Result<(), TapeError> {
        self.0.lock().expect("not poisoned").extend(bytes);
        Ok(())
    }

    fn end(&mut self) -> Result<(), TapeError> {
        Ok(())
    }
}

/// People, a command, a dead core and a fire: the tape of it and what changed.
fn recorded(seed: u64) -> (Vec<u8>, Vec<(Moment, crate::transition::Change)>) {
    let config = builtin();
    let site = Site::build(&config, None).unwrap_or_else(|error| panic!("{error}"));
    let rack = Rack::new(RackConfig {
        seed,
        ..RackConfig::default()
    });
    let mut inline = Inline::new(site, rack).unwrap_or_else(|error| panic!("{error}"));
    let bytes = Bytes::default();
    let header = Header::new(format!("test, seed {seed}"), commented(&config));
    let recorder = Recorder::new(Box::new(bytes.clone()), &header).expect("recorded");
    inline.record_to(recorder);
    inline.run(20.0);
    inline.act(&Act::Door { open: true });
    inline.run(15.0);
    let by = points::command::Name::new("mara").expect("a name");
    assert_eq!(inline.command(&Command::Silence { by }), Ok(()));
    let line = Input::FireButton;
    inline.act(&Act::Line { line, high: true });
    inline.run(5.0);
    inline.die(2.0);
    let mut inline = inline.succeed().unwrap_or_else(|error| panic!("{error}"));
    inline.run(5.0);
    let ticks = inline.end_record().expect("it records").expect("all of it");
    assert!(ticks > 400, "{ticks}");
    let bytes = bytes.0.lock().expect("not poisoned").clone();
    (bytes, inline.history)
}

/// One for all tests that need any.
fn tape() -> &'static [u8] {
    static TAPE: OnceLock<Vec<u8>> = OnceLock::new();
    TAPE.get_or_init(|| recorded(1).0)
}

fn played(bytes: &[u8]) -> Result<Replayed, TapeError> {
    let reader = Reader::new(bytes)?;
    replay(reader, &mut |_, _| {}).map_err(|(error, _)| error)
}

#[test]
fn a_replay_is_the_run_to_the_last_bit_and_through_the_death_of_a_core() {
    let (bytes, history) = recorded(1);
    let reader = Reader::new(&bytes[..]).expect("a tape");
    let mut told = Vec::new();
    let done = replay(reader, &mut |at, change| told.push((at, *change)));
    let done = done.unwrap_or_else(|(error, _)| panic!("{error}"));
    assert_eq!(done.differs, None);
    assert_eq!((done.starts, done.commands), (2, 1));
    // A new machine starts from nothing: what it finds it tells anew, as the run did.
    assert!(!history.is_empty());
    assert_eq!(told.len(), history.len());
    assert_eq!(told, history);
}

#[test]
fn a_seed_repeats_a_tape_and_another_seed_does_not() {
    assert!(recorded(1).0 == tape(), "the same bytes");
    assert!(recorded(2).0 != tape(), "another seed is another tape");
}

/// The tape again with one entry changed: every check sum is right.
fn changed(mut change: impl FnMut(&mut Entry) -> bool) -> Vec<u8> {
    let mut reader = Reader::new(tape()).expect("a tape");
    let mut bytes = Vec::new();
    let begin = 10 + 8 + postcard::to_stdvec(reader.header()).expect("a header").len();
    bytes.extend(&tape()[..begin]);
    let mut ticks = 0;
    let mut done = false;
    while let Some(mut entry) = reader.entry().expect("whole") {
        done = done || change(&mut entry);
        ticks += u64::from(matches!(entry, Entry::Tick(_)));
        frame(&mut bytes, &postcard::to_stdvec(&entry).expect("an entry"));
    }
    assert!(done, "something was changed");
    frame(
        &mut bytes,
        &postcard::to_stdvec(&Entry::End { ticks }).expect("an end"),
    );
    bytes
}

#[test]
fn a_difference_is_told_with_its_tick_and_point() {
    let exhaust = points::point::temperature::EXHAUST.at(0).index();
    let (mut number, mut at) = (0, 0);
    let bytes = changed(|entry| {
        let Entry::Tick(tick) = entry else { return false };
        number += 1;
        let point = tick
            .points
            .iter_mut()
            .find(|(place, _)| usize::from(*place) == exhaust);
        match point {
            Some((_, Ok(value))) if number > 100 => {
                *value += 1e-9;
                tick.digest ^= 1;
                at = number;
                true
            }
            Some(_) | None => false,
        }
    });
    let differs = played(&bytes).expect("a tape").differs.expect("a difference");
    assert_eq!(differs.tick, at);
    assert!(
        differs.what.starts_with("rack.exhaust.a.temperature: recorded "),
        "{differs:?}"
    );
    // An input that was another: its consequence differs.
    let bytes = changed(|entry| match entry {
        Entry::Tick(tick) if tick.lines.is_some() && tick.now > Moment(20_000_000) => {
            tick.lines = Some(Ok(0));
            true
        }
        Entry::Tick(_) | Entry::Start { .. } | Entry::Command { .. } | Entry::End { .. } => false,
    });
    assert!(played(&bytes).expect("a tape").differs.is_some());
}

#[test]
fn what_is_cut_damaged_or_of_another_version_is_told() {
    let tape = tape();
    assert!(matches!(played(b"#!/bin/sh\necho"), Err(TapeError::Magic)));
    assert!(matches!(played(b""), Err(TapeError::Magic)));
    let mut other = tape.to_vec();
    other[8] = 9;
    assert!(matches!(played(&other), Err(TapeError::Version(9))));
    let cut = &tape[..tape.len() - 3];
    let told = played(cut).expect_err("cut").to_string();
    assert!(told.contains("cut short after"), "{told}");
    let mut damaged = tape.to_vec();
    let middle = damaged.len() / 2;
    damaged[middle] ^= 0x10;
    assert!(matches!(played(&damaged), Err(TapeError::Checksum(_))));
    let mut long = tape.to_vec();
    long[10..14].copy_from_slice(&u32::MAX.to_le_bytes());
    assert!(matches!(played(&long), Err(TapeError::TooLong { .. })));
}

#[test]
fn numbers_are_the_same_to_the_last_bit_only() {
    assert!(same(Ok(0.1 + 0.2), Ok(0.1 + 0.2)) && !same(Ok(0.1 + 0.2), Ok(0.3)) && !same(Ok(0.0), Ok(-0.0)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_bytes_do_harm(bytes in prop::collection::vec(any::<u8>(), 0..600), framed: bool) {
        let mut all = Vec::new();
        if framed {
            all.extend(&tape()[..10]);
            let header = Reader::new(tape()).expect("a tape").header().clone();
            frame(&mut all, &postcard::to_stdvec(&header).expect("a header"));
            frame(&mut all, &bytes);
        } else {
            all.extend(&bytes);
        }
        prop_assert!(played(&all).is_err());
    }

    #[test]
    fn no_change_of_a_tape_does_harm(at in any::<prop::sample::Index>(), with in 1u8.., cut in any::<prop::sample::Index>()) {
        let mut bytes = tape().to_vec();
        let place = at.index(bytes.len());
        bytes[place] ^= with;
        prop_assert!(played(&bytes).is_err(), "at {place}");
        bytes.truncate(cut.index(bytes.len()));
        prop_assert!(played(&bytes).is_err());
    }
}
