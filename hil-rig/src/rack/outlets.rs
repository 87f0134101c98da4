//! Switched outlets: what their relays are told, and what they do.
//!
//! ```text
//!   coil --told--> relay --at once, late, or never--> outlet --> host
//! ```
//! A board's coil reads as it was written, wherever its relay is: that an outlet is stuck is seen by what it gives.

use super::Rack;

/// Outlets of a rack: both boards' relays.
pub(super) const OUTLETS: usize = 16;

/// One outlet.
#[derive(Clone, Copy, Debug, Default)]
struct Outlet {
    /// It stays so, whatever its relay is told.
    stuck: Option<bool>,
    /// It follows so much later, us.
    late_us: u64,
    /// When it follows what it was told last, us.
    due_us: Option<u64>,
    /// It carries power; of one that follows at once its relay says so.
    on: bool,
}

/// All of them, outlet 1 in place 0.
#[derive(Clone, Debug)]
pub(super) struct Outlets {
    each: [Outlet; OUTLETS],
    /// One at least is stuck or late: only then are they looked at one by one.
    troubled: bool,
    /// Those that a person has switched off, and nobody since.
    off_by_hand: u16,
    /// Networked PDUs do not answer.
    pub(super) silent: bool,
}

impl Outlets {
    /// All on and well.
    pub(super) fn new() -> Self {
        let outlet = Outlet {
            on: true,
            ..Outlet::default()
        };
        Outlets {
            each: [outlet; OUTLETS],
            troubled: false,
            off_by_hand: 0,
            silent: false,
        }
    }

    /// A step of the plant: `told` has a bit for each outlet that is told to be on.
    pub(super) fn step(&mut self, now_us: u64, told: u16) {
        self.off_by_hand &= !told;
        if !self.troubled {
            return;
        }
        for (place, outlet) in self.each.iter_mut().enumerate() {
            let told = told >> place & 1 == 1;
            if outlet.stuck.is_some() || told == outlet.on {
                outlet.due_us = None;
                continue;
            }
            let late_us = outlet.late_us;
            if now_us >= *outlet.due_us.get_or_insert(now_us + late_us) {
                (outlet.on, outlet.due_us) = (told, None);
            }
        }
    }

    /// Which carry power while they are told so.
    pub(super) fn on(&self, told: u16) -> u16 {
        if !self.troubled {
            return told;
        }
        self.each.iter().enumerate().fold(0, |set, (place, outlet)| {
            let follows = outlet.late_us == 0 && outlet.due_us.is_none();
            let on = match outlet.stuck {
                Some(on) => on,
                None if follows => told >> place & 1 == 1,
                None => outlet.on,
            };
            set | u16::from(on) << place
        })
    }

    /// One of this number stays as it is, or follows its relay again.
    pub(super) fn stick(&mut self, number: u16, stuck: bool, told: u16) {
        let on = self.on(told);
        if let Some((place, outlet)) = self.numbered(number) {
            let on = on >> place & 1 == 1;
            (outlet.stuck, outlet.on) = (stuck.then_some(on), on);
        }
        self.troubled = self.is_troubled();
    }

    /// One of this number follows its relay so much later, us.
    pub(super) fn delay(&mut self, number: u16, late_us: u64, told: u16) {
        let on = self.on(told);
        if let Some((place, outlet)) = self.numbered(number) {
            (outlet.late_us, outlet.on, outlet.due_us) = (late_us, on >> place & 1 == 1, None);
        }
        self.troubled = self.is_troubled();
    }

    /// A person has switched one.
    pub(super) fn by_hand(&mut self, number: u16, on: bool) {
        if let Some((place, _)) = self.numbered(number) {
            self.off_by_hand = self.off_by_hand & !(1 << place) | u16::from(!on) << place;
        }
    }

    /// How each is set: whether it is stuck, how late it is, us, and whether a person has switched it off.
    pub(super) fn set(&self) -> impl Iterator<Item = (bool, u64, bool)> {
        let outlets = self.each.iter().enumerate();
        outlets.map(|(place, outlet)| {
            let off_by_hand = self.off_by_hand >> place & 1 == 1;
            (outlet.stuck.is_some(), outlet.late_us, off_by_hand)
        })
    }

    fn is_troubled(&self) -> bool {
        let troubled = |outlet: &Outlet| outlet.stuck.is_some() || outlet.late_us > 0;
        self.each.iter().any(troubled)
    }

    fn numbered(&mut self, number: u16) -> Option<(usize, &mut Outlet)> {
        let place = usize::from(number).checked_sub(1)?;
        self.each.get_mut(place).map(|outlet| (place, outlet))
    }
}

impl Rack {
    /// Which outlets carry power, outlet 1 in bit 0.
    #[must_use]
    pub fn outlets(&self) -> u16 {
        self.outlets.on(self.wiring.wired.told())
    }

    /// Which hosts have their power: each hangs on an outlet of its own, and all on the feeds.
    pub(super) fn fed(&self) -> u64 {
        if self.supply_dropped || self.lines.relay(super::Output::PowerCut) {
            return 0;
        }
        let first = u32::from(self.config.first_outlet.saturating_sub(1));
        let behind = u16::MAX.checked_shr(first).unwrap_or(0);
        let on = self.outlets().checked_shr(first).unwrap_or(0);
        u64::from(on) | !u64::from(behind)
    }

    /// The networked PDU that the outlet is on switches it.
    pub fn switch_outlet(&mut self, number: u16, on: bool) {
        self.wiring.wired.switch(number, on);
    }

    /// Networked PDUs answer.
    #[must_use]
    pub fn pdus_answer(&self) -> bool {
        !self.outlets.silent
    }

    /// Power that an outlet gives, W.
    #[must_use]
    pub fn outlet_w(&self, number: u16) -> f64 {
        let host = number.checked_sub(u16::from(self.config.first_outlet));
        host.map_or(0.0, |host| self.hosts.watts(usize::from(host)))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Act, HostState, RackConfig};
    use super::*;

    const SECOND_US: u64 = 1_000_000;

    fn rack() -> Rack {
        Rack::new(RackConfig {
            first_outlet: 9,
            ..RackConfig::default()
        })
    }

    fn pass(rack: &mut Rack, seconds: u64) {
        rack.advance(rack.now_us() + seconds * SECOND_US);
    }

    fn off(rack: &Rack, number: u16) -> bool {
        rack.outlets() >> (number - 1) & 1 == 0
    }

    #[test]
    fn an_outlet_follows_its_relay_late_or_never() {
        let mut rack = rack();
        pass(&mut rack, 1);
        assert_eq!(rack.outlets(), u16::MAX);
        assert!(rack.outlet_w(9) > 100.0 && rack.outlet_w(8) < 1e-9 && rack.outlet_w(15) < 1e-9);
        rack.act(&Act::OutletStuck { outlet: 10, on: true });
        rack.act(&Act::OutletLate {
            outlet: 11,
            for_us: 5 * SECOND_US,
        });
        for number in 9..=11 {
            rack.switch_outlet(number, false);
        }
        assert!(off(&rack, 9) && !off(&rack, 10) && !off(&rack, 11));
        pass(&mut rack, 4);
        assert!(!off(&rack, 11));
        pass(&mut rack, 2);
        assert!(off(&rack, 11));
        let states: Vec<HostState> = rack.hosts().each().map(|(_, state)| state).collect();
        assert_eq!(
            states[..4],
            [
                HostState::Off,
                HostState::Running,
                HostState::Off,
                HostState::Running
            ]
        );
        assert_eq!(rack.report().hosts.unfed, 2);
        // One that is free again does as it was told last.
        rack.act(&Act::OutletStuck {
            outlet: 10,
            on: false,
        });
        pass(&mut rack, 1);
        assert!(off(&rack, 10));
    }

    #[test]
    fn an_order_that_is_taken_back_in_time_changes_nothing() {
        let mut rack = rack();
        rack.act(&Act::OutletLate {
            outlet: 9,
            for_us: 3 * SECOND_US,
        });
        rack.switch_outlet(9, false);
        pass(&mut rack, 2);
        rack.switch_outlet(9, true);
        pass(&mut rack, 10);
        assert_eq!(rack.report().hosts.unfed, 0);
        assert!(!off(&rack, 9));
    }
}
