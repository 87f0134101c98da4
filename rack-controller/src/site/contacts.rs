//! Contacts and the lines they are on: of the controller itself or of an expander.

use std::collections::BTreeSet;

use points::Span;
use sensors::mcp23017;

use super::build::Builder;
use super::{ContactLine, ContactPlan, DevicePlan, Feeds, tag};
use crate::config::{Step, nearest};

/// The contact that tells how the latching contact stands.
pub(super) const AUXILIARY: &str = "blower.a.contact.open";

impl Builder<'_> {
    pub(super) fn contacts(&mut self, devices: &[DevicePlan]) -> Vec<ContactPlan> {
        let (mut plans, mut used) = (Vec::new(), BTreeSet::new());
        for (name, contact) in &self.config.contact {
            let path = [Step::Key("contact"), Step::Key(name)];
            if !used.insert(contact.line.as_str()) {
                self.add(&path, format!("two contacts are on line `{}`", contact.line));
            }
            if contact.debounce_ms > 1000 {
                self.add(
                    &path,
                    format!("debounce_ms = {}; at most 1000", contact.debounce_ms),
                );
            }
            let line = match contact.line.split_once('/') {
                None => {
                    let line = Self::line(&mut self.inputs, &contact.line);
                    if let Some(bias) = contact.bias {
                        self.bias.insert(line, bias);
                    }
                    Ok(ContactLine::Own(line))
                }
                Some(_) if contact.bias.is_some() => Err(format!(
                    "`{}` is a line of an expander, whose pull-ups its driver sets; take `bias` out",
                    contact.line
                )),
                Some(_) if name == AUXILIARY => Err(format!(
                    "`{name}` is read before any bus is; use a line of the controller itself"
                )),
                Some((expander, pin)) => expander_line(devices, expander, pin),
            };
            match line.and_then(|line| tag(name).map(|point| (line, point))) {
                Ok((line, point)) => plans.push(ContactPlan {
                    point,
                    line,
                    active: contact.active,
                    debounce: Span::ms(contact.debounce_ms),
                }),
                Err(message) => self.add(&path, message),
            }
        }
        for (place, plan) in devices.iter().enumerate() {
            let named = |contact: &ContactPlan| matches!(contact.line, ContactLine::Expander { device, .. } if device == place);
            if matches!(plan.feeds, Feeds::Contacts) && !plans.iter().any(named) {
                let message = format!(
                    "device `{}`: no contact names a line of it, such as `line = \"{}/A0\"`",
                    plan.name, plan.name
                );
                self.add(&[Step::Key("device")], message);
            }
        }
        plans
    }

    /// An output falls with the controller, and what reads it back is no chip between: neither is on an expander.
    pub(super) fn no_expander(&mut self, path: &[Step<'_>], line: &str, read_back: Option<&str>) {
        if line.contains('/') {
            let message = format!(
                "`{line}`: an output of an expander keeps its level when the controller dies; use a line of the controller itself"
            );
            self.add(path, message);
        }
        if let Some(line) = read_back.filter(|line| line.contains('/')) {
            self.add(
                path,
                format!("`{line}`: a read-back is a line of the controller itself"),
            );
        }
    }
}

/// A line of an expander.
fn expander_line(devices: &[DevicePlan], expander: &str, pin: &str) -> Result<ContactLine, String> {
    let Some(device) = devices.iter().position(|plan| plan.name == expander) else {
        let hint = nearest(expander, devices.iter().map(|plan| plan.name.as_str()))
            .map(|near| format!("; did you mean `{near}`?"))
            .unwrap_or_default();
        return Err(format!("no device is named `{expander}`{hint}"));
    };
    if !matches!(devices.get(device).map(|plan| plan.feeds), Some(Feeds::Contacts)) {
        return Err(format!(
            "`{expander}` is no contact expander; only a device with chip = \"mcp23017\" has lines"
        ));
    }
    match mcp23017::line(pin) {
        Some(bit) if mcp23017::may_be_input(bit) => Ok(ContactLine::Expander { device, bit }),
        Some(_) => Err(format!(
            "`{expander}/{pin}`: GPA7 and GPB7 are outputs only; use A0 to A6 or B0 to B6"
        )),
        None => Err(format!(
            "`{pin}` is no line of an expander; use A0 to A6 or B0 to B6"
        )),
    }
}
