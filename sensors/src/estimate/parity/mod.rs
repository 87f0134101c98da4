//! Parity: equations that two ways of knowing the same thing must meet, and what is wrong where they do not.
//!
//! ```text
//!   readings --means--> channels --less what this rack is like--> residuals r --cumulative sums--> what departs
//!                (channel)             (reference)                       (cusum)                        |
//!   finding, in words <---- stands half a minute, companions waited for <---- signature table (isolate) '
//! ```
//! Seven residuals by the plant study (section 3), thirteen channels: where three sensors see one thing each has a channel of
//! its own. It looks once a second, allocates nothing and remembers some 2 KB.
//!
//! *Silence.* A channel whose readings are missing, or whose equation does not hold while a door is open, a blower stands or
//! the drive moves, says nothing and keeps the reason; its sums neither grow nor fall meanwhile. What was told stays told
//! until its residual is back inside for a while: a repair is seen, an absence is none.
//!
//! It is shown and moves nothing: neither protection nor control asks it.

mod channel;
mod cusum;
mod equations;
mod isolate;
mod reference;

pub use channel::{CHANNELS, Channel, Clean, Coast, Seen};
use cusum::Cusum;
pub use cusum::{ALLOWANCE, Side, THRESHOLD};
use equations::{Means, Said};
use isolate::{Beside, Departs, isolate};
use points::{Absent, Moment, ParityFinding, Ratio, Reading};
pub use reference::FIGURES;
use reference::Reference;

/// How many residuals there are.
pub const RESIDUALS: usize = 7;
/// Longest step that is believed, s: after a longer one the means begin anew.
const STEP_MOST_S: f64 = 10.0;
/// Means are those of a rack at rest so long after they began or the drive has moved, s.
const SETTLES_S: f64 = 60.0;
/// The heat balance lags behind a ramp by some of the chips' time constants, s.
const HEAT_SETTLES_S: f64 = 240.0;
/// A finding must be the same for so long before it is told, s, and companions on their way are waited for this long.
const STANDS_S: f64 = 30.0;
const COMPANIONS_S: f64 = 180.0;
/// What remains after a part of what departed is back is on its way back too, for so long, s.
const RETURNS_S: f64 = 600.0;
/// A draft below this share of the clean rack's has collapsed: 0.26 with the door open (plant study, section 1.6).
const COLLAPSED: f64 = 0.42;
/// Residuals beyond this are shown as this.
const SHOWN_MOST: f64 = 99.0;

/// What was learned of every channel, for a record; zeros where it is not whole.
pub type Learned = [[f32; FIGURES]; CHANNELS];

/// A channel's memory.
#[derive(Clone, Copy, Debug)]
struct Track {
    reference: Reference,
    cusum: Cusum,
    /// Residual in deviations, or why there is none.
    said: Result<f64, Absent>,
    /// Since when, or as of when.
    at: Moment,
    /// How long it has been whole, s.
    whole_s: f64,
    /// Since when its sum is told.
    told: Option<Moment>,
}

/// Everything remembered.
#[derive(Clone, Debug)]
pub struct Parity {
    commissioned: bool,
    looked: Option<Moment>,
    means: Means,
    tracks: [Track; CHANNELS],
    /// How long drive and air have been at rest, s.
    rest_s: (f64, f64),
    gauges: usize,
    probes: usize,
    growth: Option<f64>,
    collapsed: bool,
    /// There was a coast-down before the power departed.
    coasted: bool,
    /// What the table says now, for how long it has, and how long companions have been waited for, s.
    says: (ParityFinding, f64, f64),
    finding: ParityFinding,
    since: Moment,
    /// What had departed when it was found.
    of: Departs,
    /// Parts that were replaced.
    renewed: u32,
}

impl Parity {
    /// Nothing seen yet; `commissioned` if the rack's own constants are in force.
    pub fn new(commissioned: bool) -> Self {
        Parity {
            commissioned,
            looked: None,
            means: Means::default(),
            tracks: Channel::ALL.map(|channel| Track::new(channel, commissioned)),
            rest_s: (0.0, 0.0),
            gauges: 0,
            probes: 0,
            growth: None,
            collapsed: false,
            coasted: false,
            says: (ParityFinding::None, 0.0, 0.0),
            finding: ParityFinding::None,
            since: Moment::ZERO,
            of: Departs::NONE,
            renewed: 0,
        }
    }

    /// Another filter: what the air's way was like holds no more.
    pub fn new_filter(&mut self) {
        self.replaced(Channel::Flow);
    }

    /// This part is another one: what its channel was like holds no more.
    pub fn replaced(&mut self, channel: Channel) {
        if let Some(track) = self.tracks.get_mut(channel as usize) {
            *track = Track::new(channel, self.commissioned);
            self.renewed = self.renewed.wrapping_add(1);
        }
    }

    /// Takes over what a process before has learned of this rack.
    ///
    /// Not of the heat, whose zero is the heat balance's own and is found anew by it, and not of the flow, which another
    /// filter changes while nobody looks: filters have a memory of their own.
    pub fn restore(&mut self, learned: &Learned) {
        for ((channel, track), figures) in Channel::ALL.into_iter().zip(&mut self.tracks).zip(learned) {
            let kept = !matches!(channel, Channel::Heat | Channel::Flow) && !track.reference.is_learned();
            let prior = channel.prior(self.commissioned);
            if let Some(reference) = Reference::restored(prior, figures).filter(|_| kept) {
                track.reference = reference;
            }
        }
    }

    /// What has been learned.
    pub fn learned(&self) -> Learned {
        self.tracks.map(|track| track.reference.figures())
    }

    /// Changes when what is learned is worth keeping anew: a few times in a rack's first hours.
    pub fn progress(&self) -> u32 {
        let learned: u32 = self.tracks.iter().map(|track| track.reference.progress()).sum();
        learned.wrapping_add(self.renewed.wrapping_mul(1_000))
    }

    /// Takes a look, once a second.
    pub fn look(&mut self, now: Moment, seen: &Seen, clean: &Clean) {
        let dt_s = self.looked.map_or(0.0, |looked| now.since(looked).as_s());
        self.looked = Some(now);
        if dt_s > STEP_MOST_S {
            self.means = Means::default();
            self.rest_s = (0.0, 0.0);
        }
        let dt_s = dt_s.min(STEP_MOST_S);
        self.means.follow(seen, clean, dt_s);
        let (drive, warm) = self.means.moves();
        self.rest_s.0 = if drive { 0.0 } else { self.rest_s.0 + dt_s };
        self.rest_s.1 = if warm { 0.0 } else { self.rest_s.1 + dt_s };
        let own = |channel: Channel, x: f64| {
            let track = self.tracks.get(channel as usize);
            track.map_or(0.0, |track| track.reference.expects(x).0)
        };
        let (mut said, growth) = self.means.say(seen, clean, &own);
        self.growth = growth;
        self.ask_the_way(&mut said);
        let there = |good: &[bool]| good.iter().filter(|good| **good).count();
        self.gauges = there(&[seen.draft, seen.drops[0], seen.drops[1]].map(|gauge| gauge.value.is_ok()));
        self.probes = there(&seen.exhaust.map(|probe| probe.value.is_ok()));
        let rests = Rests {
            drive: self.rest_s.0 >= SETTLES_S,
            warm: self.rest_s.1 >= SETTLES_S,
            heat: self.rest_s.0.min(self.rest_s.1) >= HEAT_SETTLES_S,
        };
        for ((channel, track), said) in Channel::ALL.into_iter().zip(&mut self.tracks).zip(said) {
            track.take(now, said, dt_s, rested(channel, rests));
        }
        self.judge(now, dt_s, seen);
    }

    /// Where the air comes in beside or through other filters than before, inlets breathe other air than before.
    fn ask_the_way(&self, said: &mut [Result<Said, Absent>; CHANNELS]) {
        let Some(way) = self.tracks.get(Channel::Flow as usize) else {
            return;
        };
        let changed = said
            .get(Channel::Flow as usize)
            .and_then(|flow| flow.ok())
            .is_some_and(|flow| way.reference.is_learned() && way.residual(&flow).0.abs() > ALLOWANCE);
        if changed {
            for inlet in [Channel::InletLeft, Channel::InletRight] {
                if let Some(said) = said.get_mut(inlet as usize) {
                    *said = Err(Absent::Suspended);
                }
            }
        }
    }

    fn judge(&mut self, now: Moment, dt_s: f64, seen: &Seen) {
        let mut departs = Departs::NONE;
        let mut near = false;
        for (channel, track) in Channel::ALL.into_iter().zip(&self.tracks) {
            if let Some(side) = track.cusum.told() {
                departs.put(channel, side);
            }
            near |= track.cusum.is_near() && track.said.is_ok();
        }
        let way = self.tracks.get(Channel::Flow as usize);
        let way_departs = way.is_some_and(|way| way.cusum.told().is_some());
        let collapsed = self.growth.is_some_and(|growth| growth < COLLAPSED);
        self.collapsed = way_departs && (self.collapsed || collapsed);
        let coast = self.coast(now, seen);
        let beside = Beside {
            collapsed: self.collapsed,
            coast,
            doubted: seen.doubted,
            gauges: self.gauges,
            probes: self.probes,
        };
        let says = isolate(departs, &beside);
        let (before, stood_s, waited_s) = self.says;
        let stood_s = if says == before { stood_s + dt_s } else { 0.0 };
        let waited_s = if near { waited_s + dt_s } else { 0.0 };
        self.says = (says, stood_s, waited_s);
        let waits = near && waited_s < COMPANIONS_S;
        let returns = !departs.is_empty() && departs != self.of && self.of.holds(departs);
        let stands_s = if returns { RETURNS_S } else { STANDS_S };
        if says == self.finding {
            self.of = self.of.with_all(departs);
        } else if stood_s >= stands_s && !waits {
            (self.finding, self.since, self.of) = (says, now, departs);
        }
    }

    /// A coast-down that is younger than the power's departure, where there was one before: others tell nothing of it.
    fn coast(&mut self, now: Moment, seen: &Seen) -> Option<f64> {
        let told = self
            .tracks
            .get(Channel::Power as usize)
            .and_then(|power| power.told);
        let Some(told) = told else {
            self.coasted = seen.coast.is_some();
            return None;
        };
        let departed_s = now.since(told).as_s();
        let since = seen
            .coast
            .filter(|coast| coast.age_s < departed_s && self.coasted);
        since.map(|coast| coast.share)
    }

    /// What is found, since when; absent with the reason while nothing can be judged and nothing was found.
    pub fn finding(&self) -> Reading<ParityFinding> {
        let judged = self.tracks.iter().any(|track| track.said.is_ok());
        match self.tracks.iter().find_map(|track| track.said.err()) {
            Some(why) if !judged && self.finding == ParityFinding::None => Reading::absent(why, self.since),
            Some(_) | None => Reading::good(self.finding, self.since),
        }
    }

    /// Residual 1 to 7 (counted from 0), in deviations: of its channels the one that departs most.
    pub fn residual(&self, residual: usize) -> Reading<Ratio> {
        let track = self.foremost(residual);
        let Some(track) = track else {
            return Reading::absent(Absent::NotFitted, Moment::ZERO);
        };
        match track.said {
            Ok(r) => Reading::good(Ratio::of(r.clamp(-SHOWN_MOST, SHOWN_MOST)), track.at),
            Err(why) => Reading::absent(why, track.at),
        }
    }

    /// Its sum over the threshold, with the sign of its side; as of the last look at which it moved.
    pub fn sum(&self, residual: usize) -> Reading<Ratio> {
        match self.foremost(residual) {
            Some(track) if track.reference.is_learned() || track.said.is_ok() => {
                Reading::good(Ratio::of(track.cusum.share()), track.at)
            }
            Some(track) => Reading::absent(track.said.err().unwrap_or(Absent::Starting), track.at),
            None => Reading::absent(Absent::NotFitted, Moment::ZERO),
        }
    }

    /// The channel that stands for a residual: the one that says anything and whose sum is largest, then whose residual is.
    fn foremost(&self, residual: usize) -> Option<&Track> {
        let channels = Channel::ALL.into_iter().zip(&self.tracks);
        let own = channels.filter(|(channel, _)| channel.residual() == residual);
        own.map(|(_, track)| track)
            .max_by(|a, b| a.rank().total_cmp(&b.rank()))
    }

    /// A channel's residual in deviations, for tests and campaigns.
    pub fn channel(&self, channel: Channel) -> Result<f64, Absent> {
        self.tracks
            .get(channel as usize)
            .map_or(Err(Absent::NotFitted), |track| track.said)
    }
}

/// What is at rest.
#[derive(Clone, Copy, Debug)]
struct Rests {
    drive: bool,
    warm: bool,
    heat: bool,
}

/// Whether a channel's equation is at rest.
fn rested(channel: Channel, rests: Rests) -> bool {
    let Rests { drive, warm, heat } = rests;
    match channel {
        Channel::Heat => heat,
        Channel::Suction
        | Channel::Draft
        | Channel::Left
        | Channel::Right
        | Channel::Power
        | Channel::Speed
        | Channel::Flow => drive,
        Channel::ExhaustA | Channel::ExhaustB | Channel::ExhaustC => warm,
        Channel::InletLeft | Channel::InletRight => drive && warm,
    }
}

impl Track {
    fn new(channel: Channel, commissioned: bool) -> Self {
        Track {
            reference: Reference::new(channel.prior(commissioned)),
            cusum: Cusum::default(),
            said: Err(Absent::Starting),
            at: Moment::ZERO,
            whole_s: 0.0,
            told: None,
        }
    }

    /// Takes what the channel says.
    fn take(&mut self, now: Moment, said: Result<Said, Absent>, dt_s: f64, rests: bool) {
        let said = match said {
            Ok(said) => said,
            Err(why) => {
                self.whole_s = 0.0;
                self.silent(now, why);
                return;
            }
        };
        self.whole_s += dt_s;
        if !rests || self.whole_s < SETTLES_S {
            // Held for a moment: sums stand still, and what was said a moment ago is still shown.
            if self.said.is_err() {
                self.silent(now, Absent::Suspended);
            }
            return;
        }
        let (residual, deviation) = self.residual(&said);
        let (learned, inside) = (self.reference.is_learned(), residual.abs() <= ALLOWANCE);
        self.cusum.take(residual, deviation, dt_s);
        self.told = self.cusum.told().map(|_| self.told.unwrap_or(now));
        // What is not as a rack of this make with sensors of this class can be is told, and never learned.
        let calm = !learned || self.cusum.is_calm();
        if inside && calm && (!learned || self.reference.learns_at(said.place.speed)) {
            self.reference.learn(said.place, said.y, said.error, dt_s);
        }
        if !learned && inside && self.told.is_none() {
            self.silent(now, Absent::Starting);
            return;
        }
        (self.said, self.at) = (Ok(residual), now);
    }

    /// Residual and what one deviation is.
    fn residual(&self, said: &Said) -> (f64, f64) {
        let (expected, variance) = self.reference.expects(said.place.x);
        let deviation = libm::sqrt(variance + said.error * said.error);
        ((said.y - expected) / deviation, deviation)
    }

    fn silent(&mut self, now: Moment, why: Absent) {
        if self.said != Err(why) {
            (self.said, self.at) = (Err(why), now);
        }
    }

    fn rank(&self) -> f64 {
        match self.said {
            Ok(r) => 1_000.0 * self.cusum.share().abs() + r.abs().min(SHOWN_MOST) + 1.0,
            Err(_) => self.cusum.share().abs(),
        }
    }
}

#[cfg(test)]
mod tests;
