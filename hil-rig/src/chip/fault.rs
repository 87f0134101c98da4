//! What can be wrong with a bus and with a chip on it. Their names are in [`crate::rack::FAULTS`].

use rand_core::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

/// A fault of one chip, switched on and off with [`super::Bus::set_fault`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChipFault {
    /// The chip does not answer its address, nor a general call.
    Nack,
    /// As [`Self::Nack`], but the adapter reports success: what was to be read is as it was.
    QuietNack,
    /// Every check byte in a Sensirion reply has one bit flipped; chips without check bytes are not affected.
    BadCrc,
    /// The lowest bit of byte `byte` (from 0) of every read is flipped; shorter reads are not affected.
    FlipBit {
        /// Index of the byte.
        byte: u8,
    },
    /// The chip speaks as before, but what it measures no longer moves.
    Frozen,
    /// Acknowledges everything and answers 0x00 only: its data line is shorted low while it is addressed.
    AllZero,
    /// Acknowledges as before and answers 0xFF only.
    AllOnes,
    /// The adapter ends every read half way and hands nothing over.
    ShortTransfer,
    /// The adapter ends every transfer within its first read and reports success: the first bytes are there, the others
    /// are as they were.
    QuietShort {
        /// Bytes handed over, at least one.
        bytes: u8,
    },
    /// The chip holds the clock low when it is addressed, for longer than any host waits.
    Timeout,
    /// The chip does not answer a share of the transfers, drawn from a stream of its own.
    Intermittent {
        /// Share that fails, in thousandths.
        per_mille: u16,
        /// Seed of the stream.
        seed: u64,
    },
    /// Every conversion takes longer.
    Delayed {
        /// By this long, us.
        by_us: u64,
    },
    /// The chip has no supply. Mended it starts anew, with the settings of its reset.
    Unplugged,
    /// Multiplexer only: another channel, `by` further, is joined than the control register says.
    MuxCrossed {
        /// Channels further, modulo 8.
        by: u8,
    },
    /// Multiplexer only: the control register stores another channel, `by` further, and reads back as stored.
    MuxMislatched {
        /// Channels further, modulo 8.
        by: u8,
    },
}

/// Faults of the lines themselves. Times are the first microsecond at which the line is free again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BusFaults {
    /// SDA held low on the segment at the host: every transfer fails.
    pub stuck_low_until: Option<u64>,
    /// SDA held low on a channel behind the multiplexer: every transfer fails while that channel is joined, the one
    /// that would part it included. Only a reset of the multiplexer or its supply helps.
    pub channel_stuck_low_until: [Option<u64>; 8],
    /// SCL held low on the segment at the host: every transfer times out.
    pub clock_low_until: Option<u64>,
    /// Clock stretching longer than this makes the host give up, microseconds.
    pub stretch_limit_us: u64,
}

impl Default for BusFaults {
    /// No fault; a host that waits 100 ms for a stretched clock.
    fn default() -> Self {
        Self {
            stuck_low_until: None,
            channel_stuck_low_until: [None; 8],
            clock_low_until: None,
            stretch_limit_us: 100_000,
        }
    }
}

impl BusFaults {
    /// The first microsecond from which on no line is held, as things stand.
    pub(super) fn free_from_us(&self) -> u64 {
        let host = [self.stuck_low_until, self.clock_low_until];
        let all = host.into_iter().chain(self.channel_stuck_low_until);
        all.flatten().max().unwrap_or(0)
    }
}

/// The byte-level faults switched on for one chip, ready for the hot path: usually none.
#[derive(Debug, Clone, Default)]
pub(super) struct Active {
    pub(super) any: bool,
    nack: bool,
    pub(super) short: bool,
    pub(super) all_zero: bool,
    pub(super) timeout: bool,
    quiet_nack: bool,
    /// What a read hands over before it is cut; 0 for none.
    quiet_short: u8,
    all_ones: bool,
    bad_crc: bool,
    flip: Option<u8>,
    intermittent: Option<(u16, Xoshiro256PlusPlus)>,
}

impl Active {
    /// Switches the faults that live in the bytes; the others are the chip's own business.
    pub(super) fn set(&mut self, fault: ChipFault, on: bool) {
        match fault {
            ChipFault::Nack => self.nack = on,
            ChipFault::QuietNack => self.quiet_nack = on,
            ChipFault::BadCrc => self.bad_crc = on,
            ChipFault::FlipBit { byte } => self.flip = on.then_some(byte),
            ChipFault::AllZero => self.all_zero = on,
            ChipFault::AllOnes => self.all_ones = on,
            ChipFault::ShortTransfer => self.short = on,
            ChipFault::QuietShort { bytes } => self.quiet_short = if on { bytes.max(1) } else { 0 },
            ChipFault::Timeout => self.timeout = on,
            ChipFault::Intermittent { per_mille, seed } => {
                self.intermittent = on.then(|| (per_mille, Xoshiro256PlusPlus::seed_from_u64(seed)));
            }
            ChipFault::Frozen
            | ChipFault::Delayed { .. }
            | ChipFault::Unplugged
            | ChipFault::MuxCrossed { .. }
            | ChipFault::MuxMislatched { .. } => {}
        }
        self.any = self.deaf()
            || self.bad_crc
            || self.flip.is_some()
            || self.all_zero
            || self.all_ones
            || self.short
            || self.quiet_short > 0
            || self.timeout
            || self.intermittent.is_some();
    }

    /// Whether the chip hears nothing at all.
    pub(super) fn deaf(&self) -> bool {
        self.nack || self.quiet_nack
    }

    /// Whether the chip does not answer this transfer; an intermittent one draws its lot.
    pub(super) fn misses(&mut self) -> bool {
        let lot = self
            .intermittent
            .as_mut()
            .is_some_and(|(per_mille, stream)| stream.next_u64() % 1_000 < u64::from(*per_mille));
        self.deaf() || lot
    }

    /// Bytes that an adapter which reports success all the same hands over; none where it reports what happens.
    pub(super) fn quiet(&self) -> Option<u8> {
        if self.quiet_nack {
            Some(0)
        } else {
            (self.quiet_short > 0).then_some(self.quiet_short)
        }
    }

    /// What the line makes of a reply.
    pub(super) fn spoil(&self, has_crc: bool, buf: &mut [u8]) {
        if self.bad_crc && has_crc {
            buf.iter_mut().skip(2).step_by(3).for_each(|byte| *byte ^= 1);
        }
        if let Some(byte) = self.flip.and_then(|index| buf.get_mut(usize::from(index))) {
            *byte ^= 1;
        }
        if self.all_ones {
            buf.fill(0xFF);
        }
        if self.all_zero {
            buf.fill(0x00);
        }
    }
}
