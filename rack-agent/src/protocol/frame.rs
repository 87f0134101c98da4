//! Frames: four bytes of length, most significant first, then that many bytes of JSON.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Longest message, bytes. A longer one ends the connection before it is read.
pub const FRAME_MAX: usize = 16 * 1024;
const HEADER: usize = 4;

/// Why bytes are no message, or a message does not become bytes.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    /// Too long.
    #[error("a message of {0} bytes; at most {FRAME_MAX} are read")]
    Long(usize),
    /// Not one of the words.
    #[error("not a message: {0}")]
    Text(#[from] serde_json::Error),
}

/// The message as a frame.
///
/// # Errors
/// When it is longer than [`FRAME_MAX`].
pub fn encode(message: &impl Serialize) -> Result<Vec<u8>, FrameError> {
    let body = serde_json::to_vec(message)?;
    let length = u32::try_from(body.len()).unwrap_or(u32::MAX);
    if body.len() > FRAME_MAX {
        return Err(FrameError::Long(body.len()));
    }
    Ok([length.to_be_bytes().as_slice(), &body].concat())
}

/// Bytes that have come and are not read yet. It holds one frame and what was read with it, never more.
#[derive(Debug, Default)]
pub struct Incoming(Vec<u8>);

impl Incoming {
    /// Takes bytes as they come.
    pub fn extend(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    /// The next whole message, if there is one.
    ///
    /// # Errors
    /// When what comes next is too long or no message: nothing behind it can be read.
    pub fn take<T: DeserializeOwned>(&mut self) -> Result<Option<T>, FrameError> {
        let Some((header, rest)) = self.0.split_first_chunk::<HEADER>() else {
            return Ok(None);
        };
        let length = usize::try_from(u32::from_be_bytes(*header)).unwrap_or(usize::MAX);
        if length > FRAME_MAX {
            return Err(FrameError::Long(length));
        }
        let Some(body) = rest.get(..length) else {
            return Ok(None);
        };
        let message = serde_json::from_slice(body)?;
        self.0.drain(..HEADER + length);
        Ok(Some(message))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{FromAgent, State};
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_message_in_pieces_is_one_message() {
        let message = FromAgent::Beat {
            state: State::Drained,
            chip_mc: Some(71_500),
        };
        let bytes = encode(&message).expect("it is short");
        let mut incoming = Incoming::default();
        for byte in bytes.iter().chain(&bytes) {
            incoming.extend(&[*byte]);
        }
        for _ in 0..2 {
            assert_eq!(
                incoming.take::<FromAgent>().expect("it is whole"),
                Some(message.clone())
            );
        }
        assert!(incoming.take::<FromAgent>().expect("nothing is left").is_none());
    }

    #[test]
    fn a_length_beyond_the_limit_is_refused_before_its_bytes_come() {
        let mut incoming = Incoming::default();
        incoming.extend(&[0, 0, 0x40, 1]);
        assert!(matches!(
            incoming.take::<FromAgent>(),
            Err(FrameError::Long(16_385))
        ));
        let long = FromAgent::Progress {
            state: State::Running,
            text: "x".repeat(FRAME_MAX),
        };
        assert!(matches!(encode(&long), Err(FrameError::Long(_))));
    }

    proptest! {
        #[test]
        fn any_bytes_end_in_an_error_a_message_or_patience(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let mut incoming = Incoming::default();
            incoming.extend(&bytes);
            let _ = incoming.take::<FromAgent>();
        }
    }
}
