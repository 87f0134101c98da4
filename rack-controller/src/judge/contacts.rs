//! One contact's levels debounced, from a line of the controller or of an expander.
//!
//! A line of the controller is looked at in every tick. A line of an expander is looked at with every frame of its
//! device and at the frame's own moment; when the device gives none, what stood before holds as long as any contact's
//! does, and then the contact is absent for the device's reason.

use points::{Absent, Moment, Reading, Snapshot};
use sensors::contact::Contact;
use sensors::mcp23017;

use crate::config::Active;
use crate::core::frame::Frame;
use crate::site::{ContactLine, ContactPlan};

#[derive(Clone, Debug)]
pub(super) struct ContactJudge {
    plan: ContactPlan,
    contact: Contact,
    /// Frames of the expander seen so far.
    count: u32,
    /// Why the expander's last frame had no levels.
    reason: Option<Absent>,
}

impl ContactJudge {
    pub(super) fn new(plan: ContactPlan) -> Self {
        ContactJudge {
            plan,
            contact: Contact::new(plan.debounce, plan.debounce),
            count: 0,
            reason: None,
        }
    }

    /// Looks at the line and writes the point.
    pub(super) fn judge(&mut self, now: Moment, frame: &Frame, picture: &mut Snapshot) {
        match self.plan.line {
            ContactLine::Own(line) => {
                if let Ok(levels) = frame.lines {
                    self.level(now, levels >> line & 1 == 1);
                }
            }
            ContactLine::Expander { device, bit } => self.expander(frame, device, bit),
        }
        let reading = self.contact.reading(now);
        let reading = match (reading.value, self.reason) {
            (Err(Absent::Stale | Absent::Starting), Some(reason)) => Reading::absent(reason, reading.at),
            _ => reading,
        };
        picture.put(self.plan.point, reading);
    }

    fn expander(&mut self, frame: &Frame, device: usize, bit: u8) {
        let Some(frame) = frame
            .devices
            .get(device)
            .filter(|frame| frame.count != self.count)
        else {
            return;
        };
        self.count = frame.count;
        match frame.result.and_then(|raw| mcp23017::decode(&raw)) {
            Ok(levels) => {
                self.reason = None;
                self.level(frame.at, levels >> bit & 1 == 1);
            }
            Err(reason) => self.reason = Some(reason),
        }
    }

    fn level(&mut self, at: Moment, high: bool) {
        self.contact.level(at, high == (self.plan.active == Active::High));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use points::point::contact::DOOR_OPEN;
    use points::{Flag, Span};
    use sensors::driver::Raw;

    const PLAN: ContactPlan = ContactPlan {
        point: DOOR_OPEN,
        line: ContactLine::Expander { device: 0, bit: 9 },
        active: Active::Low,
        debounce: Span::ms(30),
    };

    /// The reading after a frame every 20 ms: levels of port B, or a reason.
    fn after(judge: &mut ContactJudge, from_ms: u64, frames: &[Result<u8, Absent>]) -> Reading<Flag> {
        let mut picture = Snapshot::default();
        let mut frame = Frame::starting(1);
        for (k, result) in (0..).zip(frames) {
            let now = Moment::ZERO + Span::ms(from_ms + 20 * k);
            frame.devices[0].result = result.map(|port_b| Raw::new(&[0, port_b]));
            frame.devices[0].at = now;
            frame.devices[0].count = judge.count.wrapping_add(1);
            judge.judge(now, &frame, &mut picture);
            // A second tick before the next frame changes nothing.
            let before = picture.get(DOOR_OPEN);
            judge.judge(now, &frame, &mut picture);
            assert_eq!(picture.get(DOOR_OPEN), before);
        }
        picture.get(DOOR_OPEN)
    }

    #[test]
    fn levels_are_debounced_by_the_moments_of_their_frames() {
        let mut judge = ContactJudge::new(PLAN);
        assert_eq!(after(&mut judge, 0, &[Ok(2), Ok(2)]).value, Err(Absent::Starting));
        assert_eq!(after(&mut judge, 40, &[Ok(2)]).ok(), Some(Flag::Clear));
        assert_eq!(
            after(&mut judge, 60, &[Ok(0), Ok(0)]).ok(),
            Some(Flag::Clear),
            "20 ms"
        );
        assert_eq!(after(&mut judge, 100, &[Ok(0)]).ok(), Some(Flag::Set), "40 ms");
    }

    #[test]
    fn what_stood_holds_for_two_seconds_and_then_the_devices_reason_is_the_contacts() {
        let mut judge = ContactJudge::new(PLAN);
        after(&mut judge, 0, &[Ok(2); 5]);
        let silent = [Err(Absent::NoAnswer); 1];
        assert_eq!(after(&mut judge, 2_080, &silent).ok(), Some(Flag::Clear));
        assert_eq!(after(&mut judge, 2_100, &silent).value, Err(Absent::NoAnswer));
        assert_eq!(
            after(&mut judge, 2_120, &[Err(Absent::Unconfigured)]).value,
            Err(Absent::Unconfigured)
        );
        assert_eq!(
            after(&mut judge, 2_200, &[Ok(2), Ok(2), Ok(2)]).ok(),
            Some(Flag::Clear)
        );
    }

    #[test]
    fn an_expander_that_never_answered_says_why() {
        let mut judge = ContactJudge::new(PLAN);
        assert_eq!(
            after(&mut judge, 0, &[Err(Absent::WrongChip)]).value,
            Err(Absent::WrongChip)
        );
    }
}
