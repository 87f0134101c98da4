//! How fast the rig runs, and that it still does the same.
//!
//! The answer is checked before it is measured: a run of people, faults and a dead core is fingerprinted twice, bus
//! byte by bus byte and picture by picture, and the measured machine has to see its rack's true exhaust.

use std::process::ExitCode;
use std::time::Instant;

use hil_rig::rack::{Act, Fault, Input, Instrument, LoopLevel, Rack, RackConfig, Side};
use points::Span;

use crate::cli::{complain, print};
use crate::config::builtin;
use crate::core::digest::Digest;
use crate::core::inline::Inline;
use crate::site::Site;

/// Seeds and ticks, ms, of the proof.
const PROOFS: [(u64, u64); 4] = [(1, 100), (2, 20), (1, 10), (2, 200)];

/// A machine on the built-in site beside a rack.
fn machine(tick_ms: u64, rack: RackConfig) -> Result<Inline, String> {
    let mut config = builtin();
    config.core.tick_ms = tick_ms;
    let site = Site::build(&config, None).map_err(|error| error.to_string())?;
    Inline::new(site, Rack::new(rack))
}

/// Faults of a proof: one for each instrument, in turn; those that cannot befall it do nothing.
const PROOF_FAULTS: [Fault; 6] = [
    Fault::Nack,
    Fault::BadCrc,
    Fault::Frozen,
    Fault::AllZero,
    Fault::AllOnes,
    Fault::ShortTransfer,
];

fn tach_lost(on: bool) -> Act {
    let (instrument, fault) = (Instrument::Fan, Fault::TachLost);
    if on {
        Act::Fault {
            instrument,
            fault,
            amount: None,
        }
    } else {
        Act::Mend {
            instrument,
            fault: Some(fault),
        }
    }
}

/// People, faults and a dead core, one after the other.
fn proof(seed: u64, tick_ms: u64) -> Result<Digest, String> {
    let config = RackConfig {
        seed,
        ..RackConfig::default()
    };
    let mut inline = machine(tick_ms, config)?;
    inline.fingerprint(Digest::default());
    inline.run(60.0);
    let acted = |inline: &mut Inline, act: Act, seconds: f64| {
        inline.act(&act);
        inline.run(seconds);
    };
    acted(&mut inline, Act::Door { open: true }, 20.0);
    acted(&mut inline, Act::Door { open: false }, 5.0);
    let (side, ratio) = (Side::Left, 4.0);
    acted(&mut inline, Act::FilterResistance { side, ratio }, 10.0);
    for (instrument, place) in Instrument::ALL.iter().copied().zip(0..) {
        let fault = PROOF_FAULTS[place % PROOF_FAULTS.len()];
        let amount = None;
        acted(
            &mut inline,
            Act::Fault {
                instrument,
                fault,
                amount,
            },
            3.0,
        );
        let fault = Some(fault);
        acted(&mut inline, Act::Mend { instrument, fault }, 1.5);
    }
    for bus in 0..3 {
        let for_us = Span::s(2).as_us();
        acted(&mut inline, Act::BusStuck { bus, for_us }, 5.0);
    }
    for on in [false, true] {
        acted(&mut inline, Act::FanChipPower { on }, 6.0);
        acted(&mut inline, tach_lost(!on), 5.0);
        acted(&mut inline, Act::BlowerJammed { on: !on }, 12.0);
    }
    inline.die(6.0);
    inline = inline.succeed()?;
    inline.run(20.0);
    let (channel, level) = (Side::Right, LoopLevel::Alarm);
    acted(&mut inline, Act::Smoke { channel, level }, 15.0);
    let (line, high) = (Input::FireButton, true);
    acted(&mut inline, Act::Line { line, high }, 70.0);
    Ok(inline.digest().unwrap_or_default())
}

/// Measures simulated seconds per second.
pub fn speed(seconds: f64, tick_ms: u64, only: bool) -> ExitCode {
    for (seed, tick_ms) in PROOFS.into_iter().filter(|_| !only) {
        match (proof(seed, tick_ms), proof(seed, tick_ms)) {
            (Ok(one), Ok(other)) => {
                print(&format!(
                    "seed {seed}, {tick_ms} ms: {:016x}, {} transfers, {} pictures{}\n",
                    one.value(),
                    one.transfers,
                    one.pictures,
                    if one == other { "" } else { "; NOT REPEATED" }
                ));
            }
            (Err(error), _) | (_, Err(error)) => {
                complain(&error);
            }
        }
    }
    match machine(tick_ms, RackConfig::default()) {
        Ok(mut inline) => {
            inline.run(600.0);
            let began = Instant::now();
            inline.run(seconds);
            let wall = began.elapsed().as_secs_f64();
            // A run that went wrong quickly is no measure.
            let exhaust = inline
                .picture()
                .get(points::point::temperature::EXHAUST_VOTED)
                .number();
            print(&format!(
                "{seconds} s simulated in {wall:.3} s at a {tick_ms} ms tick: {:.0} x real time, {:.2} us a tick; exhaust {exhaust:?}\n",
                seconds / wall,
                wall * 1e6 / (seconds * 1000.0 / f64::from(u32::try_from(tick_ms).unwrap_or(1)))
            ));
            if exhaust.is_some() {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            }
        }
        Err(error) => {
            complain(&error);
            ExitCode::FAILURE
        }
    }
}
