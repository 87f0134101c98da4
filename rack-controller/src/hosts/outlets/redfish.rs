//! A PDU on Redfish: outlets by the schemas `PowerDistribution` and `Outlet` (DMTF DSP0268), found under the power equipment
//! of the service, switched one by one by the action `Outlet.PowerControl`.
//!
//! Groups of outlets are never asked: an action is taken only where its target lies under the outlet's own path.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::plan::{OutletPlan, RedfishReach, Wire};
use super::sightings::State;
use super::{Pdu, PduError};
use crate::hosts::redfish::{Session, link, path_of};

/// Most PDUs behind one service, and outlets of each, that are looked at.
const PDUS_MAX: usize = 16;
const OUTLETS_MAX: usize = 96;
/// A sensor that could not be read is left out for so long: its outlet's state must not grow old over it.
const SENSOR_AGAIN: Duration = Duration::from_secs(30);
/// And all of them for so long: with many that hang, a look waits for one of them and not for each.
const SENSORS_PAUSE: Duration = Duration::from_secs(5);

/// One service.
pub struct Redfish {
    session: Session,
    /// Paths of all outlets, once they were found.
    outlets: Option<Vec<String>>,
    /// Sensors that could not be read, by their paths, and when; one for each outlet at most.
    silent: BTreeMap<String, Instant>,
}

impl Redfish {
    /// Reaches it so.
    ///
    /// # Errors
    /// When its certificate cannot be read.
    pub fn new(reach: &RedfishReach) -> Result<Self, PduError> {
        let who = (reach.user.as_str(), &reach.password);
        Ok(Redfish {
            session: Session::new(&reach.address, who, reach.certificate.as_deref())?,
            outlets: None,
            silent: BTreeMap::new(),
        })
    }

    /// The outlet that is named by its `Id` or its path.
    fn outlet(&mut self, outlet: &OutletPlan) -> Result<(String, Value), PduError> {
        let Wire::Redfish { id, .. } = &outlet.wire else {
            return Err(PduError::Unable("it is no outlet on Redfish".into()));
        };
        let paths = match &self.outlets {
            Some(paths) => paths,
            None => {
                let found = self.find()?;
                self.outlets.insert(found)
            }
        };
        let tail = |path: &str| path.trim_end_matches('/').rsplit('/').next().map(str::to_owned);
        let mut named = paths
            .iter()
            .filter(|path| *path == id || tail(path).as_deref() == Some(id));
        let (path, more) = (named.next().cloned(), named.next().is_some());
        if more {
            return Err(PduError::Unable(format!(
                "several outlets are named `{id}`; give one's whole path as `id`"
            )));
        }
        let Some(path) = path else {
            // It may come with the next look: a PDU that has just started lists its outlets late.
            self.outlets = None;
            return Err(PduError::Unable(format!("it has no outlet `{id}`")));
        };
        let found = self.session.get(&path);
        if matches!(found, Err(PduError::Nonsense(_))) {
            self.outlets = None;
        }
        let found = found?;
        let own = found.get("Id").and_then(Value::as_str);
        if own != Some(id.as_str()) && path != *id {
            return Err(PduError::Nonsense(format!("`{path}` is not the outlet `{id}`")));
        }
        Ok((path, found))
    }

    /// The paths of all outlets of all rack PDUs.
    fn find(&self) -> Result<Vec<String>, PduError> {
        let service = self.session.get("/redfish/v1/")?;
        let equipment = self.session.get(link(&service, "PowerEquipment")?)?;
        let mut outlets = Vec::new();
        for pdu in self.session.members(link(&equipment, "RackPDUs")?, PDUS_MAX)? {
            let pdu = self.session.get(&pdu)?;
            outlets.extend(self.session.members(link(&pdu, "Outlets")?, OUTLETS_MAX)?);
        }
        Ok(outlets)
    }

    /// Power of an outlet: here, or at the sensor that is linked.
    fn watts(&mut self, outlet: &Value) -> Option<f64> {
        let power = outlet.get("PowerWatts")?;
        let reading = |value: &Value| value.get("Reading").and_then(Value::as_f64);
        if let Some(here) = reading(power) {
            return Some(here);
        }
        let path = path_of(power)?;
        let now = Instant::now();
        let since = |at: &Instant| now.saturating_duration_since(*at);
        if self.silent.get(path).is_some_and(|at| since(at) < SENSOR_AGAIN)
            || self.silent.values().any(|at| since(at) < SENSORS_PAUSE)
        {
            return None;
        }
        // One that cannot be read is no reason to believe nothing of the outlet.
        match self.session.get(path) {
            Ok(sensor) => {
                self.silent.remove(path);
                reading(&sensor)
            }
            Err(_) => {
                self.silent.retain(|_, at| since(at) < SENSOR_AGAIN);
                self.silent.insert(path.to_owned(), Instant::now());
                None
            }
        }
    }
}

impl Pdu for Redfish {
    fn read(&mut self, outlet: &OutletPlan) -> Result<State, PduError> {
        let (_, found) = self.outlet(outlet)?;
        let on = match found.get("PowerState").and_then(Value::as_str) {
            Some("Off") => false,
            Some("On" | "PoweringOff" | "PoweringOn" | "Paused") => true,
            Some(other) => return Err(PduError::Nonsense(format!("a power state {other:?}"))),
            None => return Err(PduError::Nonsense("an outlet without a power state".into())),
        };
        Ok(State {
            on,
            watts: self.watts(&found),
        })
    }

    fn switch(&mut self, outlet: &OutletPlan, on: bool) -> Result<(), PduError> {
        let (path, found) = self.outlet(outlet)?;
        let wanted = if on { "On" } else { "Off" };
        let action = found.pointer("/Actions/#Outlet.PowerControl");
        let action = action.ok_or_else(|| {
            PduError::Unable("this outlet cannot be switched; allow `PowerControl` on the PDU".into())
        })?;
        let allowed = action
            .get("PowerState@Redfish.AllowableValues")
            .and_then(Value::as_array);
        if allowed.is_some_and(|allowed| !allowed.iter().any(|own| own == wanted)) {
            return Err(PduError::Unable(format!("it does not allow `{wanted}`")));
        }
        let target = action.get("target").and_then(Value::as_str).unwrap_or_default();
        let own = target
            .strip_prefix(path.trim_end_matches('/'))
            .is_some_and(|rest| rest.starts_with('/'));
        if !own {
            return Err(PduError::Unable(format!(
                "`{target}` is not of this outlet alone"
            )));
        }
        self.session
            .post(target, &json!({ "PowerState": wanted }))
            .map(|_| ())
    }
}

#[cfg(test)]
#[path = "redfish_tests.rs"]
mod tests;
