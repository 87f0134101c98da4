//! Claim codes: what a person carries from the rack to a host, once.
//!
//! A code holds a secret, by which the controller knows the host, and a digest of the controller's authority, by which the host
//! knows the controller: the first connection is authenticated both ways. 35 bytes as 56 characters of base 32 without
//! `i`, `l`, `o` and `u`; the last two bytes are a check, so a code that was mistyped is told apart from one that has run out.

use std::fmt;
use std::time::Duration;

use ring::digest::{SHA256, digest};

/// Bytes of the secret.
pub const SECRET: usize = 16;
/// Bytes of the authority's digest that a code carries: 128 bits against a second authority of the same digest.
pub const AUTHORITY: usize = 16;
/// A code is good for so long.
pub const LIVES: Duration = Duration::from_secs(15 * 60);

const FORMAT: u8 = 1;
const CHECK: usize = 2;
const BYTES: usize = 1 + SECRET + AUTHORITY + CHECK;
/// Characters of a code.
pub const LENGTH: usize = BYTES * 8 / 5;
const DIGITS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// A claim.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Claim {
    /// What the controller knows the host by.
    pub secret: [u8; SECRET],
    /// The begin of the SHA-256 of the authority's certificate.
    pub authority: [u8; AUTHORITY],
}

impl fmt::Debug for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Claim(..)")
    }
}

/// Why a text is no code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoClaim {
    /// Its length.
    #[error("a claim code has {LENGTH} characters, this one {0}; copy all of it")]
    Length(usize),
    /// A character.
    #[error("{0:?} is in no claim code")]
    Character(char),
    /// The check.
    #[error("the claim code is not as it was printed; copy it again")]
    Check,
    /// Its format.
    #[error("a claim code of format {0}; this agent reads {FORMAT}: is it older than the controller?")]
    Format(u8),
}

/// The begin of the digest of an authority's certificate (DER).
pub fn authority(certificate: &[u8]) -> [u8; AUTHORITY] {
    let mut out = [0; AUTHORITY];
    for (to, from) in out.iter_mut().zip(digest(&SHA256, certificate).as_ref()) {
        *to = *from;
    }
    out
}

impl Claim {
    /// The code.
    pub fn code(&self) -> String {
        let mut bytes = vec![FORMAT];
        bytes.extend(self.secret);
        bytes.extend(self.authority);
        bytes.extend(check(&bytes));
        let (mut text, mut held, mut bits) = (String::with_capacity(LENGTH), 0u32, 0u32);
        for byte in bytes {
            held = held << 8 | u32::from(byte);
            bits += 8;
            while bits >= 5 {
                bits -= 5;
                let digit = usize::try_from(held >> bits & 31).unwrap_or(0);
                text.push(char::from(DIGITS[digit]));
            }
            held &= (1 << bits) - 1;
        }
        text
    }

    /// The claim of a code; capital letters and hyphens between are as good.
    ///
    /// # Errors
    /// Why it is none.
    pub fn parse(code: &str) -> Result<Claim, NoClaim> {
        let (mut bytes, mut held, mut bits, mut count) = (Vec::with_capacity(BYTES), 0u32, 0u32, 0);
        for c in code.trim().chars().filter(|c| *c != '-') {
            let lower = c.to_ascii_lowercase();
            let digit = DIGITS.iter().position(|digit| char::from(*digit) == lower);
            let digit = digit
                .and_then(|digit| u32::try_from(digit).ok())
                .ok_or(NoClaim::Character(c))?;
            count += 1;
            if count > LENGTH {
                continue;
            }
            held = (held & 0xFF) << 5 | digit;
            bits += 5;
            if bits >= 8 {
                bits -= 8;
                bytes.push(u8::try_from(held >> bits & 0xFF).unwrap_or(0));
            }
        }
        if count != LENGTH {
            return Err(NoClaim::Length(count));
        }
        let (body, checked) = bytes.split_at(BYTES - CHECK);
        if check(body) != checked {
            return Err(NoClaim::Check);
        }
        let mut body = body.iter().copied();
        match body.next() {
            Some(FORMAT) => {}
            Some(other) => return Err(NoClaim::Format(other)),
            None => return Err(NoClaim::Check),
        }
        let mut claim = Claim {
            secret: [0; SECRET],
            authority: [0; AUTHORITY],
        };
        let places = claim.secret.iter_mut().chain(&mut claim.authority);
        places.zip(body).for_each(|(to, from)| *to = from);
        Ok(claim)
    }
}

fn check(body: &[u8]) -> [u8; CHECK] {
    let digest = digest(&SHA256, body);
    let mut out = [0; CHECK];
    out.iter_mut()
        .zip(digest.as_ref())
        .for_each(|(to, from)| *to = *from);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_code_is_read_again_and_one_wrong_character_is_noticed(secret: [u8; 16], authority: [u8; 16], at in 0usize..LENGTH, to in 0usize..32) {
            let claim = Claim { secret, authority };
            let code = claim.code();
            prop_assert_eq!(code.len(), LENGTH);
            prop_assert_eq!(Claim::parse(&code), Ok(claim));
            let spaced = format!(" {}-{}\n", code[..8].to_uppercase(), &code[8..]);
            prop_assert_eq!(Claim::parse(&spaced), Ok(claim));
            let mut wrong = code.clone().into_bytes();
            wrong[at] = DIGITS[to];
            let wrong = String::from_utf8_lossy(&wrong).into_owned();
            // Two bytes of check leave one in 65,536.
            let read = Claim::parse(&wrong);
            prop_assert!(wrong == code || read != Ok(claim));
        }

        #[test]
        fn any_text_is_a_claim_or_an_error(text in ".{0,80}") {
            let _ = Claim::parse(&text);
        }
    }

    #[test]
    fn what_is_wrong_is_told() {
        let claim = Claim {
            secret: [7; 16],
            authority: [9; 16],
        };
        let code = claim.code();
        assert_eq!(Claim::parse(&code[1..]), Err(NoClaim::Length(LENGTH - 1)));
        assert_eq!(
            Claim::parse(&format!("{code}0")),
            Err(NoClaim::Length(LENGTH + 1))
        );
        assert_eq!(Claim::parse("u"), Err(NoClaim::Character('u')));
        assert_eq!(format!("{claim:?}"), "Claim(..)");
    }
}
