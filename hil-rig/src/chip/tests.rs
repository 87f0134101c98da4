//! Whatever a host does, no chip panics, and a read that is acknowledged has written every byte of its buffer.

use super::*;
use embedded_hal::i2c::Operation;
use proptest::prelude::*;

const ADDRESSES: [u8; 11] = [0x00, 0x20, 0x25, 0x2E, 0x40, 0x41, 0x44, 0x48, 0x49, 0x70, 0x13];
const CHIPS: usize = 10;

#[derive(Debug, Clone)]
enum Act {
    Transfer {
        address: u8,
        phases: Vec<(bool, Vec<u8>)>,
    },
    Set {
        value: f64,
    },
    Power {
        on: bool,
    },
    Fault {
        chip: usize,
        fault: usize,
        parameter: u8,
        on: bool,
    },
}

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    // Real commands often enough that the chips get past their first state.
    prop_oneof![
        Just(vec![0xFD]),
        Just(vec![0x36, 0x15]),
        Just(vec![0x37, 0x2D]),
        Just(vec![0x36, 0x7C]),
        Just(vec![0xE1, 0x02]),
        Just(vec![0x20, 0x60]),
        Just(vec![0x32, 0xA8]),
        Just(vec![0x3D, 0x28]),
        Just(vec![0x01, 0x42, 0x83]),
        Just(vec![0x06]),
        Just(vec![0x0A, 0xA0]),
        Just(vec![0x04, 0xFF, 0xFF]),
        any::<[u8; 1]>().prop_map(Vec::from),
        any::<[u8; 3]>().prop_map(Vec::from),
        proptest::collection::vec(any::<u8>(), 0..300),
    ]
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        8 => (proptest::sample::select(&ADDRESSES[..]), proptest::collection::vec((any::<bool>(), bytes()), 0..4))
            .prop_map(|(address, phases)| Act::Transfer { address, phases }),
        2 => prop_oneof![any::<f64>(), -200.0..200.0].prop_map(|value| Act::Set { value }),
        1 => any::<bool>().prop_map(|on| Act::Power { on }),
        1 => (0..CHIPS, 0..15_usize, any::<u8>(), any::<bool>())
            .prop_map(|(chip, fault, parameter, on)| Act::Fault { chip, fault, parameter, on }),
    ]
}

fn rack() -> (Bus, [ChipId; CHIPS]) {
    let mut bus = Bus::new(400_000);
    let ids = [
        bus.add(0x70, None, Tca9548a::new()),
        bus.add(0x44, None, Sht4x::new(7)),
        bus.add(0x44, Some(1), Sht4x::new(8)),
        bus.add(0x25, None, Sdp8xx::new(sdp8xx::Model::Sdp810Pa125, 9)),
        bus.add(0x48, Some(0), Ads1115::new()),
        bus.add(0x40, None, Ina226::new()),
        bus.add(0x2E, None, Emc2305::new()),
        bus.add(0x49, None, Tmp117::new([1, 2, 3])),
        bus.add(0x41, None, Ina228::new()),
        bus.add(0x20, None, Mcp23017::new(0x00FF)),
    ];
    bus.power(0, true);
    (bus, ids)
}

fn set(chip: &mut Chip, now_us: u64, value: f64) {
    match chip {
        Chip::Sht4x(chip) => chip.set(now_us, value, value),
        Chip::Sdp8xx(chip) => chip.set(now_us, value, value),
        Chip::Ads1115(chip) => chip.set_input(now_us, 3, value),
        Chip::Ina226(chip) => chip.set(now_us, value, value),
        Chip::Ina228(chip) => chip.set(now_us, value, value),
        Chip::Tmp117(chip) => chip.set(now_us, value),
        Chip::Mcp23017(chip) => chip.set(code_u16(value * 300.0)),
        Chip::Emc2305(chip) => {
            chip.set_tach(now_us, 2, Some(value * 100.0));
            let drive = chip.drive(2, now_us);
            assert!((0.0..=1.0).contains(&drive));
        }
        Chip::Tca9548a(_) => {}
    }
}

fn run(bus: &mut Bus, ids: &[ChipId; CHIPS], now_us: u64, act: Act) {
    match act {
        Act::Transfer { address, phases } => {
            // The same read into two different backgrounds: what differs afterwards was never written.
            let mut twin = bus.clone();
            let mut seen = [0x00, 0xFF].map(|background| {
                phases
                    .iter()
                    .map(|(_, bytes)| vec![background; bytes.len()])
                    .collect::<Vec<_>>()
            });
            let [zeros, ones] = &mut seen;
            let (mut outcomes, mut cut) = (Vec::new(), Vec::new());
            for (bus, buffers) in [(bus, zeros), (&mut twin, ones)] {
                let mut operations: Vec<Operation<'_>> = phases
                    .iter()
                    .zip(buffers)
                    .map(|((read, bytes), buf)| {
                        if *read {
                            Operation::Read(buf)
                        } else {
                            Operation::Write(bytes)
                        }
                    })
                    .collect();
                outcomes.push(bus.transfer(now_us, address, &mut operations));
                cut.push(bus.handed_over());
            }
            assert_eq!(outcomes[0], outcomes[1]);
            assert_eq!(cut[0], cut[1]);
            if outcomes[0].is_ok() && cut[0].is_none() {
                for ((read, _), (zeros, ones)) in phases.iter().zip(seen[0].iter().zip(&seen[1])) {
                    assert!(!read || zeros == ones, "a byte was not written");
                }
            }
        }
        Act::Set { value } => {
            for id in ids {
                set(bus.chip_mut(*id).unwrap(), now_us, value);
            }
        }
        Act::Power { on } => bus.power(now_us, on),
        Act::Fault {
            chip,
            fault,
            parameter,
            on,
        } => {
            let faults = [
                ChipFault::Nack,
                ChipFault::BadCrc,
                ChipFault::FlipBit { byte: parameter },
                ChipFault::Frozen,
                ChipFault::AllZero,
                ChipFault::AllOnes,
                ChipFault::ShortTransfer,
                ChipFault::MuxCrossed { by: parameter },
                ChipFault::MuxMislatched { by: parameter },
                ChipFault::QuietNack,
                ChipFault::QuietShort { bytes: parameter },
                ChipFault::Timeout,
                ChipFault::Intermittent {
                    per_mille: 4 * u16::from(parameter),
                    seed: 1,
                },
                ChipFault::Delayed {
                    by_us: 1_000 * u64::from(parameter),
                },
                ChipFault::Unplugged,
            ];
            bus.set_fault(ids[chip], now_us, faults[fault], on);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_hosts_never_break_a_chip(
        acts in proptest::collection::vec((act(), prop_oneof![0..20_000_u64, 0..5_000_000_u64, any::<u64>()]), 1..60)
    ) {
        let (mut bus, ids) = rack();
        let mut now_us = 0_u64;
        for (act, wait_us) in acts {
            now_us = now_us.saturating_add(wait_us);
            run(&mut bus, &ids, now_us, act);
        }
        let _ = bus.wire_us();
    }
}
