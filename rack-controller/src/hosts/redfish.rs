//! What all Redfish services have in common (DMTF DSP0266): requests, their answers, links.

use base64ct::{Base64, Encoding as _};
use serde_json::Value;

use super::bmc::BmcError;
use super::bmc::plan::Secret;
use super::client;

/// Longest answer that is read, in bytes.
const ANSWER_MAX: u64 = 1 << 20;

/// A service, and who we are there.
pub(super) struct Session {
    agent: ureq::Agent,
    root: String,
    authorization: String,
}

impl Session {
    /// Reaches it so.
    ///
    /// # Errors
    /// When its certificate cannot be read.
    pub(super) fn new(
        address: &str,
        (user, password): (&str, &Secret),
        certificate: Option<&str>,
    ) -> Result<Self, BmcError> {
        Ok(Session {
            agent: client::agent(certificate).map_err(BmcError::Unable)?,
            root: address.trim_end_matches('/').to_owned(),
            authorization: format!(
                "Basic {}",
                Base64::encode_string(format!("{user}:{}", password.0).as_bytes())
            ),
        })
    }

    /// Reads a resource.
    ///
    /// # Errors
    /// When it is not answered, refused or no JSON; so do the others.
    pub(super) fn get(&self, path: &str) -> Result<Value, BmcError> {
        let request = self.agent.get(format!("{}{path}", self.root));
        let request = request
            .header("Authorization", &self.authorization)
            .header("OData-Version", "4.0");
        answer(request.call())
    }

    /// Asks for an action.
    pub(super) fn post(&self, path: &str, body: &Value) -> Result<Value, BmcError> {
        let request = self.agent.post(format!("{}{path}", self.root));
        let request = request
            .header("Authorization", &self.authorization)
            .header("OData-Version", "4.0");
        answer(request.send_json(body))
    }

    /// Changes a resource.
    pub(super) fn patch(&self, path: &str, body: &Value) -> Result<Value, BmcError> {
        let request = self.agent.patch(format!("{}{path}", self.root));
        let request = request
            .header("Authorization", &self.authorization)
            .header("OData-Version", "4.0");
        answer(request.send_json(body))
    }
}

/// A link to a path on this service and nowhere else.
pub(super) fn path_of(value: &Value) -> Option<&str> {
    let path = value.get("@odata.id").and_then(Value::as_str)?;
    (path.starts_with('/') && !path.starts_with("//")).then_some(path)
}

/// The path that a member links to.
///
/// # Errors
/// When there is none.
pub(super) fn link<'a>(value: &'a Value, key: &str) -> Result<&'a str, BmcError> {
    let path = value.get(key).and_then(path_of);
    path.ok_or_else(|| BmcError::Nonsense(format!("no link to {key}")))
}

fn answer(result: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Result<Value, BmcError> {
    let mut response = result.map_err(|error| match client::distrust(&error) {
        Some(why) => BmcError::Untrusted(why),
        None => BmcError::NoAnswer(error.to_string()),
    })?;
    let status = response.status();
    match status.as_u16() {
        200..=299 => {}
        401 | 403 => return Err(BmcError::Refused(status.to_string())),
        404 => return Err(BmcError::Nonsense(status.to_string())),
        500..=599 => return Err(BmcError::NoAnswer(status.to_string())),
        _ => return Err(BmcError::Unable(status.to_string())),
    }
    let text = response
        .body_mut()
        .with_config()
        .limit(ANSWER_MAX)
        .read_to_string();
    let text = text.map_err(|error| BmcError::Nonsense(error.to_string()))?;
    if text.trim().is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_str(&text).map_err(|error| BmcError::Nonsense(error.to_string()))
}
