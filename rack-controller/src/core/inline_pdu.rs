//! The networked PDUs of a rack in the same process, in virtual time: what the front's threads do for PDUs elsewhere.
//!
//! ```text
//!  machine: order --> Line, the front's own --> the rack's outlets
//!  next tick's evidence <-- state and power <-- what they really do
//! ```
//! What an outlet is told, and when again, is worked out by the very code of the front; only the network and the PDU between
//! are left out. A PDU here reads what its outlet gives, and not what its relay was told.

use std::time::{Duration, Instant};

use hil_rig::rack::Rack;
use points::host::{OutletOrder, OutletSighting, Seen};
use points::{Moment, Span};

use crate::hosts::outlets::plan::OutletPlan;
use crate::hosts::outlets::watch::{LOOK, Line};
use crate::site::Site;

/// The outlets of all networked PDUs that the site lists.
#[derive(Clone, Debug)]
pub(super) struct Pdus {
    outlets: Vec<(OutletPlan, Line)>,
    order: OutletOrder,
    /// The moment 0 of the rack's clock, for code that reckons in the machine's time.
    origin: Instant,
    looked: Option<Moment>,
}

impl Pdus {
    /// None where the site has no such outlet.
    pub(super) fn new(site: &Site) -> Option<Self> {
        let networked = |outlet: &&OutletPlan| outlet.wire.pdu().is_some();
        let outlets = site.hosts.outlets.iter().filter(networked);
        let outlets: Vec<_> = outlets.map(|outlet| (outlet.clone(), Line::default())).collect();
        (!outlets.is_empty()).then(|| Pdus {
            outlets,
            order: OutletOrder::NONE,
            origin: Instant::now(),
            looked: None,
        })
    }

    /// What the core asks since the tick.
    pub(super) fn hear(&mut self, order: OutletOrder) {
        self.order = order;
    }

    /// A look at the PDUs before the tick of `now`: every 2 s, and at once when the word is another.
    pub(super) fn look(&mut self, now: Moment, rack: &mut Rack, seen: &mut Seen) {
        if !rack.pdus_answer() {
            return;
        }
        let at = self.origin + Duration::from_micros(now.as_us());
        let due = self.looked.is_none_or(|looked| now.since(looked) >= look());
        let order = self.order;
        for (outlet, line) in &mut self.outlets {
            let Ok(number) = u16::try_from(outlet.place + 1) else {
                continue;
            };
            let word = order.of(outlet.place).filter(|_| outlet.is_switchable());
            let told = line.due(word, at);
            if let Some(on) = told {
                line.tell(on, at);
                rack.switch_outlet(number, on);
            }
            if !due && told.is_none() {
                continue;
            }
            let on = rack.outlets() >> outlet.place & 1 == 1;
            line.read(Some(on));
            if let Some(own) = seen.outlets.get_mut(outlet.place) {
                let watts = Some(rack.outlet_w(number));
                *own = Some(OutletSighting { on, watts, at: now });
            }
        }
        if due {
            self.looked = Some(now);
        }
    }
}

/// Time between two looks at all outlets.
fn look() -> Span {
    Span::us(u64::try_from(LOOK.as_micros()).unwrap_or(u64::MAX))
}
