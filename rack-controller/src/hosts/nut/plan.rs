//! What the site's file says of the server: users, certificate, limits. The core has read the files it names; of a
//! password only the digest travels.

use std::fmt;

use points::host::TierSet;
use serde::{Deserialize, Serialize};
use sha2::Digest as _;
use subtle::{Choice, ConstantTimeEq};

/// Most connections at once, unless the site says otherwise.
pub const CONNECTIONS: u16 = 64;
/// Most connections at once from one address, unless the site says otherwise.
pub const PER_PEER: u16 = 8;

/// A password as this server keeps it: its SHA-256 digest. It shows nothing of itself.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Digest([u8; 32]);

impl Digest {
    /// Of no password: of nothing that hashes to zeros is anything known.
    pub const NOBODYS: Digest = Digest([0; 32]);

    /// Of this password.
    pub fn of(password: &[u8]) -> Digest {
        Digest(sha2::Sha256::digest(password).into())
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Digest(..)")
    }
}

/// A user that may log in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct User {
    /// Its name.
    pub name: String,
    /// Its password.
    pub password: Digest,
    /// The tiers it may log in to.
    pub tiers: TierSet,
}

/// Certificate chain and key, in DER.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Identity {
    /// The server's certificate and what leads to its authority.
    pub chain: Vec<Vec<u8>>,
    /// Its private key: PKCS#8, PKCS#1 or SEC1.
    pub key: Vec<u8>,
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity")
            .field("chain", &self.chain.len())
            .finish_non_exhaustive()
    }
}

/// All of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NutPlan {
    /// Users; where there are none, any name and password is taken.
    pub users: Vec<User>,
    /// What `STARTTLS` shows; without it `STARTTLS` is refused.
    pub identity: Option<Identity>,
    /// Nobody logs in without encryption.
    pub require_tls: bool,
    /// Most connections at once. At the cap a new one takes the place of the one that has been silent longest, more
    /// than ten seconds, without being logged in; one of a host that the site names, of any that is not logged in and is
    /// not of such a host. Where there is none, the new one is closed.
    pub connections: u16,
    /// Most connections at once from one address; at this cap the same rule holds among that address's own.
    pub per_peer: u16,
}

impl Default for NutPlan {
    fn default() -> Self {
        NutPlan {
            users: Vec::new(),
            identity: None,
            require_tls: false,
            connections: CONNECTIONS,
            per_peer: PER_PEER,
        }
    }
}

impl NutPlan {
    /// Whether this user with this password may log in to the tier. It takes as long for a right password as for a
    /// wrong one: every user is compared whole.
    pub(super) fn admits(&self, name: &str, password: &Digest, tier: usize) -> bool {
        let fits = |user: &User| {
            let name = Choice::from(u8::from(user.name == name));
            let may = Choice::from(u8::from(user.tiers.has(tier)));
            name & may & user.password.0.ct_eq(&password.0)
        };
        let any = self
            .users
            .iter()
            .fold(Choice::from(0), |any, user| any | fits(user));
        self.users.is_empty() || bool::from(any)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_logs_in_with_its_own_password_to_its_own_tiers() {
        let user = |name: &str, password: &[u8], tiers| User {
            name: name.into(),
            password: Digest::of(password),
            tiers,
        };
        let plan = NutPlan {
            users: vec![
                user("a", b"one", TierSet::EMPTY.with(0)),
                user("b", b"two", TierSet::EMPTY.with(0).with(1)),
            ],
            ..NutPlan::default()
        };
        let admits = |name, password: &[u8], tier| plan.admits(name, &Digest::of(password), tier);
        assert!(admits("a", b"one", 0) && admits("b", b"two", 0) && admits("b", b"two", 1));
        for (name, password, tier) in [
            ("a", &b"one"[..], 1),
            ("a", b"two", 0),
            ("b", b"one", 0),
            ("A", b"one", 0),
            ("", b"", 0),
            ("b", b"two", 2),
        ] {
            assert!(!admits(name, password, tier), "{name} {tier}");
        }
        assert!(NutPlan::default().admits("any", &Digest::of(b"x"), 0));
        assert!(format!("{plan:?}").contains("password: Digest(..)"));
    }
}
