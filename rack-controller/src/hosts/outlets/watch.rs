//! One PDU's thread: the core's word to its outlets, and their state to the core.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use points::host::OutletOrder;
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
    /// What it has to be told now, as the core's word stands; told so, it is no longer known to be anything.
    pub fn tell(&mut self, word: Option<bool>, now: Instant) -> Option<bool> {
        let Some(wanted) = word else {
            self.told = None;
            return None;
        };
        if !self.is_due(wanted, now) {
            return None;
        }
        (self.told, self.on) = (Some((wanted, now)), None);
        Some(wanted)
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
        watch.tell(done.err().as_ref());
        if !watch.wait(began) {
            return;
        }
    }
}

struct Watch<'a> {
    name: &'a str,
    outlets: Vec<(&'a OutletPlan, Line)>,
    orders: cell::Receiver<Option<OutletOrder>>,
    sightings: &'a OutletSightings,
    /// What went wrong with the PDU last; told once.
    trouble: Option<String>,
}

impl Watch<'_> {
    fn pass(&mut self, reached: &mut Option<Box<dyn Pdu>>, plan: &PduPlan) -> Result<(), PduError> {
        let pdu = match reached {
            Some(pdu) => pdu,
            None => reached.insert(open(plan)?),
        };
        self.once(pdu.as_mut())
    }

    /// Orders first, then a look at all. A PDU that does not answer ends the pass: it would not answer the next request
    /// either, and each one takes its time.
    fn once(&mut self, pdu: &mut dyn Pdu) -> Result<(), PduError> {
        self.orders.mark_unchanged();
        for (outlet, line) in &mut self.outlets {
            // The word as it stands now: an order to switch on that was taken back meanwhile is none.
            let word = self.orders.borrow().filter(|_| outlet.is_switchable());
            let before = line.told;
            let word = word.and_then(|order| order.of(outlet.place));
            let Some(wanted) = line.tell(word, Instant::now()) else {
                continue;
            };
            if before.is_none_or(|(told, _)| told != wanted) {
                let how = if wanted { "on" } else { "off" };
                log::line(&format!(
                    "PDU {}: outlet {} ({}) is switched {how}",
                    self.name,
                    outlet.place + 1,
                    outlet.label
                ));
            }
            let done = pdu.switch(outlet, wanted);
            heed(self.name, outlet, line, done)?;
        }
        for (outlet, line) in &mut self.outlets {
            let read = pdu.read(outlet);
            line.read(read.as_ref().ok().map(|state| state.on));
            if let Ok(state) = read {
                self.sightings.note(outlet.place, state, Instant::now());
            }
            // What was refused stays told until it is done.
            if read.is_err() || !line.differs() {
                heed(self.name, outlet, line, read.map(|_| ()))?;
            }
        }
        Ok(())
    }

    /// Waits for the next look, or for another word; false when there will be none any more.
    fn wait(&self, began: Instant) -> bool {
        while began.elapsed() < LOOK {
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
        Err(error @ (PduError::NoAnswer(_) | PduError::Untrusted(_))) => return Err(error),
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
