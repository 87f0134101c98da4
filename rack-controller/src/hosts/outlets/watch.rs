//! One PDU's thread: the core's word to its outlets, and their state to the core.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use points::host::{OutletOrder, OutletSet};
use tokio::sync::watch as cell;

use super::plan::{OutletPlan, PduPlan};
use super::sightings::OutletSightings;
use super::{Pdu, PduError, open};
use crate::log;

/// Time between two looks at the outlets.
pub const LOOK: Duration = Duration::from_secs(2);
/// Between two looks for another word of the core.
const HEAR: Duration = Duration::from_millis(50);
/// An outlet that is not as it is to be is told so again after this.
pub const AGAIN: Duration = Duration::from_secs(5);
/// Requests without an answer that end the orders of a pass, or its reading. One outlet that hangs must not keep the word
/// from the others; a PDU that is silent would keep the thread for 5 s at each of its outlets.
const SILENCES: usize = 2;
/// Time between two looks where the password is not taken and no order is due: more would lock the account.
const LOCKED: Duration = Duration::from_secs(60);

/// What is known of an outlet.
#[derive(Clone, Debug, Default)]
pub struct Line {
    /// As it was read last; nothing while nobody knows.
    on: Option<bool>,
    /// What it was told last, and when.
    told: Option<(bool, Instant)>,
    /// What went wrong with it last; told once.
    trouble: Option<String>,
}

impl Line {
    /// What it has to be told now, as the core's word stands.
    pub fn due(&mut self, word: Option<bool>, now: Instant) -> Option<bool> {
        let Some(wanted) = word else {
            self.told = None;
            return None;
        };
        self.is_due(wanted, now).then_some(wanted)
    }

    /// It is told so: it is no longer known to be anything.
    pub fn tell(&mut self, wanted: bool, now: Instant) {
        (self.told, self.on) = (Some((wanted, now)), None);
    }

    /// When it was told the same last.
    fn told_at(&self, wanted: bool) -> Option<Instant> {
        self.told.filter(|(told, _)| *told == wanted).map(|(_, at)| at)
    }

    /// It was read.
    pub fn read(&mut self, on: Option<bool>) {
        self.on = on;
    }

    /// It was told, and is not known to have done so.
    fn differs(&self) -> bool {
        self.told.is_some_and(|(wanted, _)| self.on != Some(wanted))
    }

    /// It has to be told now.
    fn is_due(&self, wanted: bool, now: Instant) -> bool {
        let differs = self.on != Some(wanted);
        differs
            && self
                .told
                .is_none_or(|(told, at)| told != wanted || now.saturating_duration_since(at) >= AGAIN)
    }
}

/// Watches over a PDU's outlets for as long as the link to the core stands.
pub(super) fn run(
    pdu: &PduPlan,
    outlets: &[OutletPlan],
    orders: &cell::Receiver<Option<OutletOrder>>,
    sightings: &OutletSightings,
) {
    let mut watch = Watch {
        name: &pdu.name,
        outlets: outlets.iter().map(|outlet| (outlet, Line::default())).collect(),
        orders: orders.clone(),
        sightings,
        first: 0,
        trouble: None,
    };
    let mut reached: Option<Box<dyn Pdu>> = None;
    loop {
        let began = Instant::now();
        // A client that panics at what a device sends must not end the only one who switches it.
        let done = catch_unwind(AssertUnwindSafe(|| watch.pass(&mut reached, pdu)));
        let done = done.unwrap_or_else(|_| {
            reached = None;
            Err(PduError::Nonsense("what its client cannot bear".into()))
        });
        let error = done.err();
        watch.tell(error.as_ref());
        if !watch.wait(began, watch.pause(error.as_ref())) {
            return;
        }
    }
}

struct Watch<'a> {
    name: &'a str,
    outlets: Vec<(&'a OutletPlan, Line)>,
    orders: cell::Receiver<Option<OutletOrder>>,
    sightings: &'a OutletSightings,
    /// Which is read first in the next pass.
    first: usize,
    /// What went wrong with the PDU last; told once.
    trouble: Option<String>,
}

/// What went wrong in a pass.
#[derive(Debug, Default)]
struct Wrong {
    first: Option<PduError>,
    silences: usize,
}

impl Wrong {
    fn note(&mut self, done: Result<(), PduError>) {
        if let Err(error) = done {
            self.silences += 1;
            self.first.get_or_insert(error);
        }
    }

    /// The password is not taken: each further request is another failed try of the account's.
    fn locked(&self) -> bool {
        matches!(self.first, Some(PduError::Unknown(_)))
    }

    /// The rest of the outlets would not be answered either.
    fn is_enough(&self) -> bool {
        self.silences >= SILENCES || self.locked()
    }
}

impl Watch<'_> {
    fn pass(&mut self, reached: &mut Option<Box<dyn Pdu>>, plan: &PduPlan) -> Result<(), PduError> {
        let pdu = match reached {
            Some(pdu) => pdu,
            None => reached.insert(open(plan)?),
        };
        self.once(pdu.as_mut())
    }

    /// Orders first, then a look at all. What went wrong with the PDU first is passed on when the rest had its turn.
    fn once(&mut self, pdu: &mut dyn Pdu) -> Result<(), PduError> {
        self.orders.mark_unchanged();
        let mut wrong = Wrong::default();
        self.tell_due(pdu, &mut wrong);
        if !wrong.locked() {
            wrong.silences = 0;
            self.read_all(pdu, &mut wrong);
        }
        wrong.first.map_or(Ok(()), Err)
    }

    /// Gives every outlet that is due its order, once: those that were never told so before all others, then whoever was
    /// told longest ago, so that one that hangs is last the next time.
    fn tell_due(&mut self, pdu: &mut dyn Pdu, wrong: &mut Wrong) {
        let mut done = OutletSet::EMPTY;
        while let Some((at, wanted)) = self.next_due(done) {
            let Some((outlet, line)) = self.outlets.get_mut(at) else {
                return;
            };
            done.put(outlet.place, true);
            if line.told.is_none_or(|(told, _)| told != wanted) {
                let how = if wanted { "on" } else { "off" };
                log::line(&format!(
                    "PDU {}: outlet {} ({}) is switched {how}",
                    self.name,
                    outlet.place + 1,
                    outlet.label
                ));
            }
            // Before, because its client may panic; after, because an answer takes its time.
            line.tell(wanted, Instant::now());
            let answer = pdu.switch(outlet, wanted);
            line.tell(wanted, Instant::now());
            wrong.note(heed(self.name, outlet, line, answer));
            if wrong.is_enough() {
                return;
            }
        }
    }

    /// The next outlet to be told, and what: by the word as it stands now, because an order to switch on that was taken back
    /// meanwhile is none.
    fn next_due(&mut self, done: OutletSet) -> Option<(usize, bool)> {
        let (order, now) = (*self.orders.borrow(), Instant::now());
        let mut next: Option<(Option<Instant>, usize, bool)> = None;
        for (at, (outlet, line)) in self.outlets.iter_mut().enumerate() {
            let word = order.filter(|_| outlet.is_switchable());
            let due = line.due(word.and_then(|order| order.of(outlet.place)), now);
            let Some(wanted) = due.filter(|_| !done.has(outlet.place)) else {
                continue;
            };
            let told = line.told_at(wanted);
            if next.is_none_or(|(before, ..)| told < before) {
                next = Some((told, at, wanted));
            }
        }
        next.map(|(_, at, wanted)| (at, wanted))
    }

    /// Reads the outlets, each time another one first, until there is another word to be told: what is read takes up to 5 s for
    /// each request, and an order to switch off must not wait for it.
    fn read_all(&mut self, pdu: &mut dyn Pdu, wrong: &mut Wrong) {
        let many = self.outlets.len();
        let first = self.first;
        self.first = (first + 1) % many.max(1);
        for step in 0..many {
            if step > 0 && !matches!(self.orders.has_changed(), Ok(false)) {
                return;
            }
            let Some((outlet, line)) = self.outlets.get_mut((first + step) % many) else {
                return;
            };
            let read = pdu.read(outlet);
            line.read(read.as_ref().ok().map(|state| state.on));
            if let Ok(state) = read {
                self.sightings.note(outlet.place, state, Instant::now());
            }
            // What was refused stays told until it is done.
            if read.is_err() || !line.differs() {
                wrong.note(heed(self.name, outlet, line, read.map(|_| ())));
            }
            if wrong.is_enough() {
                return;
            }
        }
    }

    /// Time from one look to the next. Where the password is not taken, only orders are tried more often than once a minute.
    fn pause(&self, error: Option<&PduError>) -> Duration {
        let due = self.outlets.iter().any(|(_, line)| line.differs());
        match error {
            Some(PduError::Unknown(_)) if due => AGAIN,
            Some(PduError::Unknown(_)) => LOCKED,
            Some(
                PduError::NoAnswer(_)
                | PduError::Busy(_)
                | PduError::Untrusted(_)
                | PduError::Refused(_)
                | PduError::Nonsense(_)
                | PduError::Unable(_)
                | PduError::NotDone(_),
            )
            | None => LOOK,
        }
    }

    /// Waits for the next look, or for another word; false when there will be none any more.
    fn wait(&self, began: Instant, pause: Duration) -> bool {
        while began.elapsed() < pause {
            match self.orders.has_changed() {
                Ok(true) => return true,
                Ok(false) => std::thread::sleep(HEAR),
                Err(_) => return false,
            }
        }
        true
    }

    /// Tells trouble with the PDU once, and that it is over: a PDU that is read and takes no order has not got over it.
    fn tell(&mut self, error: Option<&PduError>) {
        let text = error.map(ToString::to_string);
        let disobeys = self.outlets.iter().any(|(_, line)| line.differs());
        if text == self.trouble || text.is_none() && disobeys {
            return;
        }
        match &text {
            Some(text) => log::line(&format!("PDU {}: {text}", self.name)),
            None => log::line(&format!("PDU {} answers again", self.name)),
        }
        self.trouble = text;
    }
}

/// Tells trouble with one outlet once, and that it is over; trouble with the whole PDU is passed on.
fn heed(
    name: &str,
    outlet: &OutletPlan,
    line: &mut Line,
    done: Result<(), PduError>,
) -> Result<(), PduError> {
    let text = match done {
        Err(error @ (PduError::NoAnswer(_) | PduError::Untrusted(_) | PduError::Unknown(_))) => {
            return Err(error);
        }
        Err(error) => Some(error.to_string()),
        Ok(()) => None,
    };
    if text != line.trouble {
        let (number, label) = (outlet.place + 1, &outlet.label);
        match &text {
            Some(text) => log::line(&format!("PDU {name}: outlet {number} ({label}): {text}")),
            None => log::line(&format!("PDU {name}: outlet {number} ({label}) is well again")),
        }
        line.trouble = text;
    }
    Ok(())
}

#[cfg(test)]
#[path = "watch_tests.rs"]
mod tests;
