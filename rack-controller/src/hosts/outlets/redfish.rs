//! A PDU on Redfish: outlets by the schemas `PowerDistribution` and `Outlet` (DMTF DSP0268), found under the power equipment
//! of the service, switched one by one by the action `Outlet.PowerControl`.
//!
//! Groups of outlets are never asked: an action is taken only where its target lies under the outlet's own path.

use serde_json::{Value, json};

use super::plan::{OutletPlan, RedfishReach, Wire};
use super::sightings::State;
use super::{Pdu, PduError};
use crate::hosts::redfish::{Session, link, path_of};

/// Most PDUs behind one service, and outlets of each, that are looked at.
const PDUS_MAX: usize = 16;
const OUTLETS_MAX: usize = 96;

/// One service.
pub struct Redfish {
    session: Session,
    /// Paths of all outlets, once they were found.
    outlets: Option<Vec<String>>,
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
        for pdu in self.members(link(&equipment, "RackPDUs")?, PDUS_MAX)? {
            let pdu = self.session.get(&pdu)?;
            outlets.extend(self.members(link(&pdu, "Outlets")?, OUTLETS_MAX)?);
        }
        Ok(outlets)
    }

    fn members(&self, path: &str, most: usize) -> Result<Vec<String>, PduError> {
        let collection = self.session.get(path)?;
        let members = collection.get("Members").and_then(Value::as_array);
        let members = members.ok_or_else(|| PduError::Nonsense(format!("no members at {path}")))?;
        let paths = members.iter().filter_map(path_of).map(str::to_owned);
        Ok(paths.take(most).collect())
    }

    /// Power of an outlet: here, or at the sensor that is linked.
    fn watts(&self, outlet: &Value) -> Option<f64> {
        let power = outlet.get("PowerWatts")?;
        let reading = |value: &Value| value.get("Reading").and_then(Value::as_f64);
        let here = reading(power);
        // One that cannot be read is no reason to believe nothing of the outlet.
        here.or_else(|| reading(&self.session.get(path_of(power)?).ok()?))
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
