//! Contacts that do not show what is: they bounce, stick, or chatter by themselves.
//!
//! ```text
//!   real  ___|~~~~~~~~~~~~      bounce: the change and further edges, all within a time, the last one as it really is
//!   shown ___|~|_|~|_|~~~~      storm: edges at a rate, whatever really is    stuck: no edge at all
//! ```
//! Each edge has a microsecond of its own, drawn within its share of the time from a stream of its contact's own.

use rand_core::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::act::Act;
use super::lines::Input;

/// Most edges of one bounce.
pub const BOUNCE_EDGES_MAX: u16 = 200;
/// Most edges a second of a storm.
pub const STORM_HZ_MAX: f64 = 1_000.0;

/// What is wrong with one contact.
#[derive(Clone, Debug)]
pub(super) struct Trouble {
    stuck: bool,
    /// Edges of a bounce besides the change itself, an even number; and the time they all take.
    further: u16,
    over_us: u64,
    /// Time between two edges of a storm; 0 for none.
    storm_us: u64,
    /// Edges to come, and where the shares of time of the next ones begin.
    left: u64,
    share_us: u64,
    from_us: u64,
    /// The next edge; `u64::MAX` for none.
    pub(super) next_us: u64,
    stream: Xoshiro256PlusPlus,
    seed: u64,
}

impl Trouble {
    /// A contact that is well.
    pub(super) fn none(seed: u64) -> Self {
        Trouble {
            stuck: false,
            further: 0,
            over_us: 0,
            storm_us: 0,
            left: 0,
            share_us: 0,
            from_us: 0,
            next_us: u64::MAX,
            stream: Xoshiro256PlusPlus::seed_from_u64(seed),
            seed,
        }
    }

    /// Whether there is any.
    pub(super) fn any(&self) -> bool {
        self.stuck || self.further > 0 || self.storm_us > 0
    }

    /// Whether it shows no edge at all.
    pub(super) fn is_stuck(&self) -> bool {
        self.stuck
    }

    /// There is none any more.
    pub(super) fn mend(&mut self) {
        *self = Trouble::none(self.seed);
    }

    /// Bounces at every change with so many edges, the change among them, within a time. An even number leads back to
    /// where it was, so the next odd one is taken.
    pub(super) fn bounce(&mut self, edges: u16, over_us: u64) {
        self.further = (edges.min(BOUNCE_EDGES_MAX) | 1) - 1;
        self.over_us = over_us;
        if self.storm_us == 0 {
            self.rest();
        }
        self.stream = Xoshiro256PlusPlus::seed_from_u64(self.seed);
    }

    /// Shows no edge from now on, or does again.
    pub(super) fn stick(&mut self, now_us: u64, on: bool) {
        self.stuck = on;
        if on || self.storm_us == 0 {
            self.rest();
        } else {
            self.begin(now_us, u64::MAX, self.storm_us);
        }
    }

    /// Chatters from now on at so many edges a second; at none it rests.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "one to a million microseconds and beyond saturate"
    )]
    pub(super) fn storm(&mut self, now_us: u64, per_s: f64) {
        self.storm_us = if per_s > 0.0 {
            (1e6 / per_s.min(STORM_HZ_MAX)).round() as u64
        } else {
            0
        };
        self.stream = Xoshiro256PlusPlus::seed_from_u64(self.seed);
        if self.storm_us == 0 || self.stuck {
            self.rest();
        } else {
            self.begin(now_us, u64::MAX, self.storm_us);
        }
    }

    fn rest(&mut self) {
        self.left = 0;
        self.next_us = u64::MAX;
    }

    fn begin(&mut self, from_us: u64, edges: u64, share_us: u64) {
        (self.left, self.share_us, self.from_us) = (edges, share_us, from_us);
        self.plan();
    }

    /// Draws when the next edge comes: somewhere in its share of the time.
    fn plan(&mut self) {
        self.next_us = if self.left == 0 {
            u64::MAX
        } else {
            let within = self.stream.next_u64() % self.share_us.max(1);
            self.from_us.saturating_add(within)
        };
    }

    /// The contact has really changed: whether it shows that. A bounce begins with it.
    pub(super) fn changed(&mut self, now_us: u64) -> bool {
        if self.stuck || self.storm_us > 0 {
            return false;
        }
        if self.further > 0 {
            let further = u64::from(self.further);
            self.begin(now_us.saturating_add(1), further, self.over_us / further);
        }
        true
    }

    /// The edge that is due has come.
    pub(super) fn edge(&mut self) {
        self.left = self.left.saturating_sub(1);
        self.from_us = self.from_us.saturating_add(self.share_us.max(1));
        self.plan();
    }

    /// The acts that make it.
    pub(super) fn acts(&self, line: Input) -> impl Iterator<Item = Act> {
        let (edges, over_us) = (self.further + 1, self.over_us);
        let bounce = (self.further > 0).then_some(Act::ContactBounce { line, edges, over_us });
        let stuck = self.stuck.then_some(Act::ContactStuck { line, on: true });
        #[expect(clippy::cast_precision_loss, reason = "a storm's period is far below 2^53 us")]
        let storm = (self.storm_us > 0).then(|| Act::ContactStorm {
            line,
            per_s: 1e6 / self.storm_us as f64,
        });
        bounce.into_iter().chain(stuck).chain(storm)
    }
}
