//! A Redfish client (DMTF DSP0266, DSP0268): finds the system, reads `PowerState`, resets by what the system allows, and
//! limits power by `EnvironmentMetrics` or the older `Power` of its chassis.

use serde_json::{Value, json};

use super::duty::{Act, Done};
use super::plan::BmcPlan;
use super::{Able, Bmc, BmcError, Power};
use crate::hosts::redfish::{Session, link, path_of};

/// Most systems looked at for one that is named.
const SYSTEMS_MAX: usize = 64;
/// Most of them that an error names.
const NAMED_MAX: usize = 8;
/// A limit that reads within this share of what was asked is what was asked: hardware rounds to its own steps.
const ROUNDED: f64 = 0.02;

/// One management controller.
pub struct Redfish {
    session: Session,
    /// The system that is asked for by name.
    wanted: Option<String>,
    rated_w: Option<f64>,
    /// The system's path, once it was found.
    system: Option<String>,
    /// Where its power is said, once that was found.
    meter: Option<(Limited, String)>,
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
            meter: None,
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
        let paths = self.session.members(link(&service, "Systems")?, SYSTEMS_MAX)?;
        let mut names = Vec::new();
        for path in &paths {
            let system = self.session.get(path)?;
            let named = |key| system.get(key).and_then(Value::as_str);
            let is_it = match &self.wanted {
                Some(wanted) => [Some(path.as_str()), named("Name"), named("Id"), named("UUID")]
                    .contains(&Some(wanted.as_str())),
                None => paths.len() == 1,
            };
            if is_it {
                self.system = Some(path.clone());
                return Ok(system);
            }
            if names.len() < NAMED_MAX {
                let name = named("Id").or_else(|| named("Name")).unwrap_or(path);
                names.push(format!("`{}`", bounded(name)));
            }
        }
        let many = paths.len();
        let more = if many > names.len() { ", ..." } else { "" };
        let names = format!("{}{more}", names.join(", "));
        Err(BmcError::Unable(match &self.wanted {
            Some(wanted) => format!("it has no system `{wanted}`, only {names}"),
            None if many == 0 => "it has no system".into(),
            None => format!("it has {many} systems: {names}; name one with `system`"),
        }))
    }

    fn reset(&mut self, wanted: &[&str]) -> Result<Done, BmcError> {
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
            .map(|_| Done::Sent)
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

    /// Where the chassis has its power, and its limit.
    fn metered(&mut self) -> Result<(Limited, String), BmcError> {
        let system = self.system()?;
        let chassis = system.pointer("/Links/Chassis/0").and_then(path_of);
        let chassis = self
            .session
            .get(chassis.ok_or_else(|| BmcError::Unable("its system names no chassis".into()))?)?;
        let at = |key: &str| chassis.get(key).and_then(path_of).map(str::to_owned);
        let metrics = at("EnvironmentMetrics").map(|path| (Limited::Metrics, path));
        metrics
            .or_else(|| at("Power").map(|path| (Limited::Power, path)))
            .ok_or_else(|| BmcError::Unable("its chassis says nothing of its power".into()))
    }

    /// Caps the chassis, and reads back what became of it. A limit that is as it has to be is left alone.
    fn cap(&mut self, percent: u8) -> Result<Done, BmcError> {
        let rated_w = self.rated_w;
        let rated_w =
            rated_w.ok_or_else(|| BmcError::Unable("no `rated_power_w` says what its share is".into()))?;
        let watts = (percent < 100).then(|| (rated_w * f64::from(percent) / 100.0).round());
        let (kind, path) = self.metered()?;
        let path = path.as_str();
        let (before, tag) = self.session.get_tagged(path)?;
        let fits = |limit: Option<f64>| match (watts, limit) {
            (Some(watts), Some(limit)) => (limit - watts).abs() <= watts * ROUNDED,
            // Some can name no limit above the greatest and call that none.
            (None, limit) => limit.is_none_or(|limit| limit >= rated_w),
            (Some(_), None) => false,
        };
        if fits(kind.limit(&before)) {
            return Ok(Done::AlreadySo);
        }
        self.session
            .patch(path, tag.as_deref(), &kind.asked(watts))
            .map(|_| ())?;
        let limit = kind.limit(&self.session.get(path)?);
        if fits(limit) {
            return Ok(Done::Sent);
        }
        let words =
            |limit: Option<f64>| limit.map_or_else(|| "no limit".into(), |limit| format!("{limit} W"));
        Err(BmcError::NotDone(format!(
            "{} was asked and it reads {}",
            words(watts),
            words(limit)
        )))
    }
}

/// Where a chassis has its power limit.
#[derive(Clone, Copy)]
enum Limited {
    /// `PowerLimitWatts` of `EnvironmentMetrics`.
    Metrics,
    /// `PowerLimit` of the older `Power`.
    Power,
}

impl Limited {
    /// The limit that is in force there, W; none where none is.
    fn limit(self, of: &Value) -> Option<f64> {
        match self {
            Limited::Metrics => {
                let limit = of.get("PowerLimitWatts")?;
                let off = limit.get("ControlMode").and_then(Value::as_str) == Some("Disabled");
                limit.get("SetPoint").and_then(Value::as_f64).filter(|_| !off)
            }
            Limited::Power => of
                .pointer("/PowerControl/0/PowerLimit/LimitInWatts")
                .and_then(Value::as_f64),
        }
    }

    /// The power that is drawn now, W; none where that is not said.
    fn drawn(self, of: &Value) -> Option<f64> {
        let drawn = match self {
            Limited::Metrics => of.pointer("/PowerWatts/Reading"),
            Limited::Power => of.pointer("/PowerControl/0/PowerConsumedWatts"),
        };
        drawn.and_then(Value::as_f64).filter(|watts| *watts >= 0.0)
    }

    /// What is asked for: this limit, or none.
    fn asked(self, watts: Option<f64>) -> Value {
        match (self, watts) {
            (Limited::Metrics, Some(watts)) => {
                json!({ "PowerLimitWatts": { "SetPoint": watts, "ControlMode": "Automatic" } })
            }
            (Limited::Metrics, None) => json!({ "PowerLimitWatts": { "ControlMode": "Disabled" } }),
            (Limited::Power, watts) => {
                json!({ "PowerControl": [{ "PowerLimit": { "LimitInWatts": watts } }] })
            }
        }
    }
}

/// A name that others have given, for a line of ours.
fn bounded(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(64).collect()
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

    fn act(&mut self, act: Act) -> Result<Done, BmcError> {
        match act {
            Act::Stop { button: true } => self.reset(&["GracefulShutdown", "PushPowerButton"]),
            Act::Stop { button: false } => self.reset(&["GracefulShutdown"]),
            Act::Start => self.reset(&["On", "ForceOn", "PushPowerButton"]),
            Act::ForceOff => self.reset(&["ForceOff"]),
            Act::Cap(percent) => self.cap(percent),
        }
    }

    fn drawn(&mut self) -> Result<Option<f64>, BmcError> {
        let (kind, path) = match self.meter.take() {
            Some(known) => known,
            None => self.metered()?,
        };
        let drawn = kind.drawn(&self.session.get(&path)?);
        self.meter = Some((kind, path));
        Ok(drawn)
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
