//! One blower or two: whether what the devices drive and measure belongs together.
//!
//! The number is declared by the devices that drive them: one EMC2305 channel that feeds `blower.a.duty` and
//! `blower.a.speed`, and for a second blower another one that feeds those of `blower.b`. How they are fed is declared by
//! what the supply's monitors feed: `blowers.current` and `blowers.power` where one supply is for both, `blower.a.current` and
//! `blower.b.current` where each has its own. One latching contact stands before them all: its auxiliary contact is
//! `blower.a.contact.open`.

use points::Blower;
use points::point;

use super::build::Builder;
use super::{DevicePlan, Feeds};
use crate::config::Step;

/// Points of the second blower and of both together begin so.
const OF_TWO: [&str; 2] = ["blower.b.", "blowers."];
/// Of the second blower's own contact, which there is not.
const SECOND_CONTACT: &str = "blower.b.contact.open";

/// The output that drives it: bus, multiplexer's channel, address, channel of the chip.
fn output(plan: &DevicePlan) -> (usize, Option<u8>, u8, Option<u8>) {
    let own = if let Feeds::Fan { channel, .. } = plan.feeds {
        Some(channel)
    } else {
        None
    };
    (plan.bus, plan.channel, plan.address, own)
}

impl Builder<'_> {
    /// Checks the devices that drive blowers, and that a rack with one has nothing of a second one.
    pub(super) fn blowers(&mut self, plans: &[DevicePlan]) {
        let driven = |wanted: Blower| {
            let of =
                move |plan: &&DevicePlan| matches!(plan.feeds, Feeds::Fan { blower, .. } if blower == wanted);
            plans.iter().filter(of).collect::<Vec<&DevicePlan>>()
        };
        let path = [Step::Key("device")];
        let (first, second) = (driven(Blower::A), driven(Blower::B));
        let fans = first.len() + second.len();
        match (first.as_slice(), second.as_slice()) {
            ([_], []) => {}
            ([a], [b]) => {
                if output(a) == output(b) {
                    let message = format!(
                        "`{}` and `{}` are the same channel of the same fan controller; give `{}` another `fan`",
                        a.name, b.name, b.name
                    );
                    self.add(&path, message);
                }
            }
            ([], [b, ..]) => {
                let message = format!(
                    "`{}` drives a second blower and no device drives the first; feed blower.a.duty and blower.a.speed",
                    b.name
                );
                self.add(&path, message);
            }
            (_, _) => self.add(
                &path,
                format!(
                    "{fans} fan controllers; a site has one or two blowers, each with a channel of an emc2305"
                ),
            ),
        }
        if fans < 2 {
            self.nothing_of_two(plans);
        }
        if self.config.contact.contains_key(SECOND_CONTACT) {
            self.add(
                &[Step::Key("contact"), Step::Key(SECOND_CONTACT)],
                "one latching contact stands before all blowers, and blower.a.contact.open tells how it stands; \
                 wire auxiliary contacts so that it tells open when all are"
                    .to_owned(),
            );
        }
    }

    fn nothing_of_two(&mut self, plans: &[DevicePlan]) {
        let is_of_two = |name: &str| OF_TWO.iter().any(|start| name.starts_with(start));
        let all: Vec<String> = point::all().map(|point| point.to_string()).collect();
        for plan in plans {
            for name in plan
                .feeds
                .indices()
                .into_iter()
                .filter_map(|index| all.get(index))
            {
                if is_of_two(name) && !matches!(plan.feeds, Feeds::Fan { .. }) {
                    let message = format!(
                        "device `{}` feeds `{name}`, and this site has one blower; feed the point of blower.a, or add the \
                         device that drives the second one",
                        plan.name
                    );
                    self.add(&[Step::Key("device")], message);
                }
            }
        }
        let names: Vec<&String> = self
            .config
            .contact
            .keys()
            .filter(|name| is_of_two(name))
            .collect();
        for name in names {
            let message = "this site has one blower; name the point of blower.a".to_owned();
            self.add(&[Step::Key("contact"), Step::Key(name)], message);
        }
    }
}
