//! Persons who act at this rack: who is enrolled, and whether somebody really stands behind a command.
//!
//! ```text
//!  command --> challenge --> person's own device: response = OCRA(key, rack, command in words, challenge, name)
//!          --> command + responses --> gate: same command? in time? right? twice the same person? --> Authority --> tick
//! ```
//! The keys are the core's: in a directory that only its user can enter, enrolled through a socket that only root (or that
//! user) can speak to. The front carries challenges and responses and can make neither; where it runs as a user of its own,
//! which it does when the core is started by root, it cannot read the keys. A response is bound to one command, one
//! challenge and one rack and is taken once (I22, I23).

pub mod book;
pub mod client;
pub mod gate;
pub mod ocra;
pub mod server;

use points::command::RESPONSE_DIGITS;
use sha2::{Digest as _, Sha256};

/// Bytes of a person's key.
pub const KEY: usize = 32;

/// A person's key. Its digits are never shown again once it is enrolled.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Key(pub [u8; KEY]);

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key(..)")
    }
}

impl Key {
    /// A new one.
    ///
    /// # Errors
    /// When the kernel gives no random bytes.
    pub fn new() -> std::io::Result<Key> {
        Ok(Key(random()?))
    }

    /// From 64 hexadecimal digits.
    pub fn from_hex(text: &str) -> Option<Key> {
        let mut key = [0; KEY];
        if text.len() != 2 * KEY || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        for (place, byte) in key.iter_mut().enumerate() {
            *byte = u8::from_str_radix(text.get(2 * place..2 * place + 2)?, 16).ok()?;
        }
        Some(Key(key))
    }

    /// As 64 hexadecimal digits.
    pub fn to_hex(self) -> String {
        self.0.iter().fold(String::new(), |mut text, byte| {
            use std::fmt::Write as _;
            let _ = write!(text, "{byte:02x}");
            text
        })
    }
}

/// Random bytes of the kernel.
fn random<const N: usize>() -> std::io::Result<[u8; N]> {
    let mut bytes = [0; N];
    let mut filled = 0;
    while filled < N {
        let rest = bytes.get_mut(filled..).unwrap_or_default();
        match rustix::rand::getrandom(rest, rustix::rand::GetRandomFlags::empty()) {
            Ok(more) => filled += more,
            Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(bytes)
}

/// What a person's device answers: the SHA-256 of rack, command, challenge and name, a line each. Whoever agrees has seen
/// the command in words; a front that shows another one gets a response to another one.
pub fn question(rack: &str, command: &str, challenge: u64, person: &str) -> String {
    let text = format!("{rack}\n{command}\n{challenge:016x}\n{person}");
    let digest = Sha256::digest(text.as_bytes());
    Key(digest.into()).to_hex()
}

/// The response of a key.
pub fn respond(key: &Key, rack: &str, command: &str, challenge: u64, person: &str) -> u32 {
    let question = question(rack, command, challenge, person);
    let data = ocra::Data {
        question: &question,
        ..ocra::Data::default()
    };
    // Suite and question are ours: there is always a response. None would be one that nobody can give.
    ocra::response(ocra::SUITE, &key.0, &data).map_or(u32::MAX, |(number, _)| number)
}

/// A response as a person types it.
pub fn digits(response: u32) -> String {
    format!("{response:0RESPONSE_DIGITS$}")
}
