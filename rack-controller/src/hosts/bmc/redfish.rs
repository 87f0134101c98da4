//! A Redfish client (DMTF DSP0266, DSP0268): finds the system, reads `PowerState`, resets by what the system allows, and
//! limits power by `EnvironmentMetrics` or the older `Power` of its chassis.

use serde_json::{Value, json};

use super::duty::Act;
use super::plan::BmcPlan;
use super::{Able, Bmc, BmcError, Power};
use crate::hosts::redfish::{Session, link, path_of};

/// Most systems looked at for one that is named.
const SYSTEMS_MAX: usize = 64;

/// One management controller.
pub struct Redfish {
    session: Session,
    /// The system that is asked for by name.
    wanted: Option<String>,
    rated_w: Option<f64>,
    /// The system's path, once it was found.
    system: Option<String>,
}

impl Redfish {
    /// Reaches it so.
    ///
    /// # Errors
    /// When its certificate cannot be read.
    pub fn new(plan: &BmcPlan) -> Result<Self, BmcError> {
        Ok(Redfish {
            session: Session::new(
                &plan.address,
                (&plan.user, &plan.password),
                plan.certificate.as_deref(),
            )?,
            wanted: plan.system.clone(),
            rated_w: plan.rated_w,
            system: None,
        })
    }

    /// The system, found once: the one that is named by path, name or identity, or the only one.
    fn system(&mut self) -> Result<Value, BmcError> {
        if let Some(path) = &self.system {
            let found = self.session.get(path);
            if !matches!(found, Err(BmcError::Nonsense(_))) {
                return found;
            }
            self.system = None;
        }
        let service = self.session.get("/redfish/v1/")?;
        let collection = self.session.get(link(&service, "Systems")?)?;
        let members = collection.get("Members").and_then(Value::as_array);
        let members = members.ok_or_else(|| BmcError::Nonsense("no list of systems".into()))?;
        let paths: Vec<&str> = members
            .iter()
            .filter_map(|member| path_of(member))
            .take(SYSTEMS_MAX)
            .collect();
        for path in &paths {
            let system = self.session.get(path)?;
            let named = |key| system.get(key).and_then(Value::as_str);
            let is_it = match &self.wanted {
                Some(wanted) => {
                    [Some(*path), named("Name"), named("Id"), named("UUID")].contains(&Some(wanted.as_str()))
                }
                None => paths.len() == 1,
            };
            if is_it {
                self.system = Some((*path).to_owned());
                return Ok(system);
            }
        }
        Err(BmcError::Unable(match &self.wanted {
            Some(wanted) => format!("it has no system `{wanted}`"),
            None => format!("it has {} systems; name one with `system`", paths.len()),
        }))
    }

    fn reset(&mut self, wanted: &[&str]) -> Result<(), BmcError> {
        let system = self.system()?;
        let reset = system.pointer("/Actions/#ComputerSystem.Reset");
        let reset = reset.ok_or_else(|| BmcError::Unable("this system cannot be reset by Redfish".into()))?;
        let target = reset
            .get("target")
            .and_then(Value::as_str)
            .filter(|path| path.starts_with('/'));
        let target = target.ok_or_else(|| BmcError::Nonsense("a reset without a target".into()))?;
        let allowed = self.allowed(reset);
        // Where nothing is said about what is allowed, the first is tried.
        let kind = wanted
            .iter()
            .find(|kind| allowed.is_empty() || allowed.iter().any(|own| own == *kind));
        let kind = kind.ok_or_else(|| {
            BmcError::Unable(format!(
                "of {} it allows none, only {}",
                wanted.join(", "),
                allowed.join(", ")
            ))
        })?;
        self.session
            .post(target, &json!({ "ResetType": kind }))
            .map(|_| ())
    }

    /// Allowed resets: beside the action, or in its own description.
    fn allowed(&self, reset: &Value) -> Vec<String> {
        let texts = |list: &Value| -> Vec<String> {
            let all = list.as_array().into_iter().flatten();
            all.filter_map(Value::as_str).map(str::to_owned).collect()
        };
        if let Some(list) = reset.get("ResetType@Redfish.AllowableValues") {
            return texts(list);
        }
        let described = reset.get("@Redfish.ActionInfo").and_then(Value::as_str);
        let Some(Ok(info)) = described.map(|path| self.session.get(path)) else {
            return Vec::new();
        };
        let parameters = info
            .get("Parameters")
            .and_then(Value::as_array)
            .into_iter()
            .flatten();
        let mut resets =
            parameters.filter(|own| own.get("Name").and_then(Value::as_str) == Some("ResetType"));
        resets
            .next()
            .and_then(|own| own.get("AllowableValues"))
            .map(texts)
            .unwrap_or_default()
    }

    /// Caps the chassis; a controller that has no limit is left alone, once said.
    fn cap(&mut self, percent: u8) -> Result<(), BmcError> {
        let Some(rated_w) = self.rated_w else {
            return Ok(());
        };
        let watts = (percent < 100).then(|| (rated_w * f64::from(percent) / 100.0).round());
        let system = self.system()?;
        let chassis = system.pointer("/Links/Chassis/0").and_then(path_of);
        let chassis = self
            .session
            .get(chassis.ok_or_else(|| BmcError::Unable("its system names no chassis".into()))?)?;
        if let Some(path) = chassis.get("EnvironmentMetrics").and_then(path_of) {
            let mode = if watts.is_some() { "Automatic" } else { "Disabled" };
            let limit = match watts {
                Some(watts) => json!({ "SetPoint": watts, "ControlMode": mode }),
                None => json!({ "ControlMode": mode }),
            };
            return self
                .session
                .patch(path, &json!({ "PowerLimitWatts": limit }))
                .map(|_| ());
        }
        let path = chassis.get("Power").and_then(path_of);
        let path = path.ok_or_else(|| BmcError::Unable("its chassis has no power limit".into()))?;
        let limit = json!({ "PowerControl": [{ "PowerLimit": { "LimitInWatts": watts } }] });
        self.session.patch(path, &limit).map(|_| ())
    }
}

impl Bmc for Redfish {
    fn power(&mut self) -> Result<Power, BmcError> {
        let system = self.system()?;
        match system.get("PowerState").and_then(Value::as_str) {
            Some("Off") => Ok(Power::Off),
            Some("On" | "PoweringOff" | "PoweringOn" | "Paused") => Ok(Power::On),
            Some(other) => Err(BmcError::Nonsense(format!("a power state {other:?}"))),
            None => Err(BmcError::Nonsense("a system without a power state".into())),
        }
    }

    fn act(&mut self, act: Act) -> Result<(), BmcError> {
        match act {
            Act::Stop => self.reset(&["GracefulShutdown", "PushPowerButton"]),
            Act::Start => self.reset(&["On", "ForceOn", "PushPowerButton"]),
            Act::ForceOff => self.reset(&["ForceOff"]),
            Act::Cap(percent) => self.cap(percent),
        }
    }

    fn able(&mut self) -> Result<Able, BmcError> {
        let system = self.system()?;
        let reset = system.pointer("/Actions/#ComputerSystem.Reset");
        let allowed = reset.map_or_else(Vec::new, |reset| self.allowed(reset));
        // Where nothing is said about what is allowed, it is tried when it comes to it.
        let stops =
            reset.is_some() && (allowed.is_empty() || allowed.iter().any(|kind| kind == "GracefulShutdown"));
        Ok(Able {
            stops,
            caps: self.rated_w.is_some(),
        })
    }
}

#[cfg(test)]
#[path = "redfish_tests.rs"]
mod tests;
