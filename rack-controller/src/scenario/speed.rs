//! How fast the rig runs, and that it still does the same.
//!
//! The answer is checked before it is measured: a run of people, faults and a dead core is fingerprinted twice, bus
//! byte by bus byte and picture by picture, and the measured machine has to see its rack's true exhaust. Measured is the
//! time of one core.

use std::process::ExitCode;

use hil_rig::plant::{BlowerSupply, Plant, PlantConfig, Surroundings};
use hil_rig::rack::{Act, Fault, Input, Instrument, LoopLevel, Rack, RackConfig, Side};
use points::Span;
use points::point::temperature;

use crate::cli::{complain, print};
use crate::config::builtin;
use crate::core::digest::Digest;
use crate::core::inline::Inline;
use crate::site::Site;
use rustix::time::{ClockId, clock_gettime};

/// What is wanted: a day in less than a second.
const LIMIT: f64 = 100_000.0;
/// Each layer is measured so often, taking turns with the others: what neighbours leave of the caches comes and goes.
const ROUNDS: u64 = 5;
/// From a cold start until control has the rack at its target, s.
const WARM_UP_S: f64 = 600.0;
/// How far a probe with its lag and noise may be from the air it is in, K.
const SEEN_WITHIN_K: f64 = 2.0;
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

/// What is measured, from the least to the whole.
#[derive(Clone, Copy)]
enum Layer {
    Plant,
    Rack,
    Whole,
}

impl Layer {
    const ALL: [Layer; 3] = [Layer::Plant, Layer::Rack, Layer::Whole];

    fn text(self) -> &'static str {
        match self {
            Layer::Plant => "plant alone",
            Layer::Rack => "+ probes and chips, nobody on the buses",
            Layer::Whole => "+ transfers, drivers and the controller's tick",
        }
    }
}

/// Time that a core has spent on this thread, us: what neighbours on the machine take meanwhile is not in it.
#[expect(clippy::cast_precision_loss, reason = "2^53 us is 285 years")]
fn own_time_us() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 * 1e6 + time.tv_nsec as f64 / 1e3
}

/// The layers under way, each beside the others' time.
struct Bench {
    tick: Span,
    plant: Plant,
    rack: Rack,
    whole: Inline,
    /// Microseconds a tick of each layer, round by round.
    rounds: [Vec<f64>; Layer::ALL.len()],
}

impl Bench {
    fn new(tick_ms: u64) -> Result<Self, String> {
        let mut whole = machine(tick_ms, RackConfig::default())?;
        whole.run(WARM_UP_S);
        Ok(Bench {
            tick: Span::ms(tick_ms),
            plant: Plant::new(
                PlantConfig::default(),
                1,
                &Surroundings::default(),
                &BlowerSupply::default(),
            ),
            rack: Rack::new(RackConfig::default()),
            whole,
            rounds: Default::default(),
        })
    }

    /// One round of every layer over so many ticks.
    fn round(&mut self, ticks: u32) {
        for layer in Layer::ALL {
            let began_us = own_time_us();
            match layer {
                Layer::Plant => self.step_plant(ticks),
                Layer::Rack => {
                    for _ in 0..ticks {
                        self.rack.advance(self.rack.now_us() + self.tick.as_us());
                    }
                }
                Layer::Whole => {
                    for _ in 0..ticks {
                        self.whole.tick();
                    }
                }
            }
            let us = own_time_us() - began_us;
            self.rounds[layer as usize].push(us / f64::from(ticks.max(1)));
        }
    }

    fn step_plant(&mut self, ticks: u32) {
        let (around, supply) = (Surroundings::default(), BlowerSupply::default());
        for _ in 0..ticks {
            self.plant.step(self.tick.as_s(), &around, &supply);
        }
    }

    /// Median over the rounds, microseconds a tick.
    fn us(&self, layer: Layer) -> f64 {
        let mut rounds = self.rounds[layer as usize].clone();
        rounds.sort_unstable_by(f64::total_cmp);
        rounds.get(rounds.len() / 2).copied().unwrap_or(f64::INFINITY)
    }

    /// Simulated seconds per second.
    fn times(&self, layer: Layer) -> f64 {
        self.tick.as_s() * 1e6 / self.us(layer)
    }
}

/// What says that it was the right thing that ran fast.
struct Answer {
    exhaust_c: Option<f64>,
    truth_c: f64,
    /// Fingerprint of the last picture.
    picture: u64,
    /// Seed, tick in ms, and both fingerprints of each proof.
    proofs: Vec<(u64, u64, Digest, Digest)>,
}

impl Answer {
    fn good(&self) -> bool {
        let seen = |exhaust_c: f64| (exhaust_c - self.truth_c).abs() < SEEN_WITHIN_K;
        self.exhaust_c.is_some_and(seen) && self.proofs.iter().all(|(_, _, one, other)| one == other)
    }
}

/// Measures simulated seconds per second at a tick, over so many of them; with `only`, without the proof.
pub fn speed(seconds: f64, tick_ms: u64, only: bool, json: bool) -> ExitCode {
    match measure(seconds, tick_ms, only) {
        Ok((bench, answer)) => {
            let told = if json {
                format!("{:#}\n", as_json(&bench, &answer))
            } else {
                as_text(&bench, &answer)
            };
            let printed = print(&told);
            if answer.good() { printed } else { ExitCode::FAILURE }
        }
        Err(error) => {
            complain(&error);
            ExitCode::FAILURE
        }
    }
}

fn measure(seconds: f64, tick_ms: u64, only: bool) -> Result<(Bench, Answer), String> {
    let mut proofs = Vec::new();
    for (seed, tick_ms) in PROOFS.into_iter().filter(|_| !only) {
        proofs.push((seed, tick_ms, proof(seed, tick_ms)?, proof(seed, tick_ms)?));
    }
    let mut bench = Bench::new(tick_ms)?;
    let ticks = Span::from_s(seconds).unwrap_or_default().as_ms() / tick_ms.max(1);
    let a_round = u32::try_from(ticks / ROUNDS).map_err(|_| format!("{seconds} s are too many"))?;
    for _ in 0..ROUNDS {
        bench.round(a_round.max(1));
    }
    let mut last = Digest::default();
    last.picture(bench.whole.picture());
    let exhaust = bench.whole.picture().get(temperature::EXHAUST_VOTED);
    let answer = Answer {
        exhaust_c: exhaust.number(),
        truth_c: bench.whole.report().exhaust_c,
        picture: last.value(),
        proofs,
    };
    Ok((bench, answer))
}

fn as_text(bench: &Bench, answer: &Answer) -> String {
    let mut text = String::new();
    for (seed, tick_ms, one, other) in &answer.proofs {
        text += &format!(
            "proof, seed {seed}, tick {tick_ms:>3} ms: {:016x} over {} transfers and {} pictures{}\n",
            one.value(),
            one.transfers,
            one.pictures,
            if one == other { "" } else { ", NOT REPEATED" }
        );
    }
    text += &format!(
        "exhaust {:.2} degC in the picture, {:.2} in the rack; last picture {:016x}{}\n",
        answer.exhaust_c.unwrap_or(f64::NAN),
        answer.truth_c,
        answer.picture,
        if answer.good() { "" } else { ": WRONG" }
    );
    for layer in Layer::ALL {
        text += &format!(
            "{:<48} {:>6.2} us a tick {:>9.0} x real time\n",
            layer.text(),
            bench.us(layer),
            bench.times(layer)
        );
    }
    let times = bench.times(Layer::Whole);
    let met = if times >= LIMIT { "met" } else { "not met" };
    text + &format!(
        "limit {LIMIT:.0} x: {met}, {:.0} % of it; one core's time, medians of {ROUNDS} rounds, tick {} ms\n",
        100.0 * times / LIMIT,
        bench.tick.as_ms()
    )
}

fn as_json(bench: &Bench, answer: &Answer) -> serde_json::Value {
    let layers: Vec<serde_json::Value> = Layer::ALL
        .into_iter()
        .map(|layer| {
            serde_json::json!({
                "layer": layer.text(), "us_a_tick": bench.us(layer), "times_real": bench.times(layer),
            })
        })
        .collect();
    let proofs: Vec<serde_json::Value> = answer
        .proofs
        .iter()
        .map(|(seed, tick_ms, one, other)| {
            serde_json::json!({
                "seed": seed, "tick_ms": tick_ms, "fingerprint": format!("{:016x}", one.value()),
                "transfers": one.transfers, "pictures": one.pictures, "repeated": one == other,
            })
        })
        .collect();
    serde_json::json!({
        "tick_ms": bench.tick.as_ms(),
        "layers": layers,
        "limit": LIMIT,
        "met": bench.times(Layer::Whole) >= LIMIT,
        "answer": {
            "good": answer.good(), "exhaust_c": answer.exhaust_c, "truth_c": answer.truth_c,
            "picture": format!("{:016x}", answer.picture), "proofs": proofs,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_repeats_faults_and_a_dead_core_to_the_last_bit_and_another_does_not() {
        let (one, other) = (proof(1, 200).unwrap(), proof(2, 200).unwrap());
        assert_eq!(one, proof(1, 200).unwrap());
        assert_ne!(one.value(), other.value());
        assert!(one.transfers > 100_000 && one.pictures > 1_500);
    }

    #[test]
    fn every_layer_is_measured_and_the_answer_is_the_racks() {
        let (bench, answer) = measure(50.0, 100, true).unwrap();
        assert!(answer.good(), "{:?} {}", answer.exhaust_c, answer.truth_c);
        for layer in Layer::ALL {
            assert!(bench.us(layer).is_finite() && bench.times(layer) > 0.0);
        }
        let lost = Answer {
            exhaust_c: None,
            ..answer
        };
        assert!(!lost.good());
        assert_eq!(as_json(&bench, &lost)["answer"]["good"], serde_json::json!(false));
    }
}
