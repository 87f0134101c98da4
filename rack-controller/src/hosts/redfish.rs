//! What all Redfish services have in common (DMTF DSP0266): requests, their answers, links.

use base64ct::{Base64, Encoding as _};
use serde_json::Value;

use super::bmc::BmcError;
use super::bmc::plan::Secret;
use super::client;

/// Longest answer that is read, in bytes.
const ANSWER_MAX: u64 = 1 << 20;
/// Most pages of a collection that are read; members on further ones are not seen.
const PAGES_MAX: usize = 16;
/// Longest mark of a resource's state that is sent back, in bytes.
const TAG_MAX: usize = 256;

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

    /// The same, with the mark of this state of it (RFC 9110, 8.8.3), where the service gives one.
    pub(super) fn get_tagged(&self, path: &str) -> Result<(Value, Option<String>), BmcError> {
        let request = self.agent.get(format!("{}{path}", self.root));
        let request = request
            .header("Authorization", &self.authorization)
            .header("OData-Version", "4.0");
        let result = request.call();
        let header = result.as_ref().ok().and_then(|response| {
            let tag = response.headers().get("ETag")?.to_str().ok()?;
            Some(tag.to_owned())
        });
        let value = answer(result)?;
        let own = value.get("@odata.etag").and_then(Value::as_str);
        let tag = header.or_else(|| own.map(str::to_owned));
        // What does not fit into a header is no mark.
        let tag =
            tag.filter(|tag| tag.len() <= TAG_MAX && tag.bytes().all(|byte| (0x21..0x7f).contains(&byte)));
        Ok((value, tag))
    }

    /// Paths of a collection's members, over all of its pages; the first `most` of them.
    pub(super) fn members(&self, path: &str, most: usize) -> Result<Vec<String>, BmcError> {
        let (mut next, mut paths) = (Some(path.to_owned()), Vec::<String>::new());
        for _ in 0..PAGES_MAX {
            let Some(path) = next.take() else { break };
            let page = self.get(&path)?;
            let members = page.get("Members").and_then(Value::as_array);
            let members = members.ok_or_else(|| BmcError::Nonsense(format!("no members at {path}")))?;
            let before = paths.len();
            for member in members.iter().filter_map(path_of) {
                if paths.len() < most && !paths.iter().any(|known| known == member) {
                    paths.push(member.to_owned());
                }
            }
            // All there is room for, or a list that leads back to itself.
            if paths.len() >= most || paths.len() == before {
                break;
            }
            let link = page.get("Members@odata.nextLink").and_then(Value::as_str);
            next = link.filter(|link| is_own(link)).map(str::to_owned);
        }
        Ok(paths)
    }

    /// Asks for an action.
    pub(super) fn post(&self, path: &str, body: &Value) -> Result<Value, BmcError> {
        let request = self.agent.post(format!("{}{path}", self.root));
        let request = request
            .header("Authorization", &self.authorization)
            .header("OData-Version", "4.0");
        answer(request.send_json(body))
    }

    /// Changes a resource, unless it is in another state by now than the one that was marked so.
    pub(super) fn patch(&self, path: &str, tag: Option<&str>, body: &Value) -> Result<Value, BmcError> {
        let request = self.agent.patch(format!("{}{path}", self.root));
        let mut request = request
            .header("Authorization", &self.authorization)
            .header("OData-Version", "4.0");
        if let Some(tag) = tag {
            request = request.header("If-Match", tag);
        }
        answer(request.send_json(body))
    }
}

/// A link to a path on this service and nowhere else.
pub(super) fn path_of(value: &Value) -> Option<&str> {
    let path = value.get("@odata.id").and_then(Value::as_str)?;
    is_own(path).then_some(path)
}

/// It leads nowhere else: a service that was taken over must not send the password to another.
fn is_own(path: &str) -> bool {
    path.starts_with('/') && !path.starts_with("//")
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
        401 => return Err(BmcError::Unknown(status.to_string())),
        403 => return Err(BmcError::Refused(status.to_string())),
        404 => return Err(BmcError::Nonsense(status.to_string())),
        // Somebody else was at it just now, or there were too many requests.
        409 | 412 | 428 | 429 | 500..=599 => return Err(BmcError::Busy(status.to_string())),
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
