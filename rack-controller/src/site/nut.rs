//! The NUT server of a site: users, certificate, limits.

use points::host::TierSet;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::build::Builder;
use super::secret;
use crate::config::{Nut, NutUser, Step, nearest};
use crate::hosts::nut::plan::{Digest, Identity, NutPlan, User};
use crate::hosts::nut::tls;
use crate::hosts::plan::TierPlan;
use crate::link::PAYLOAD_MAX;

/// Most users.
const USERS_MAX: usize = 64;
/// Longest name of a user, and longest password, in bytes: both fit a line of the protocol, whatever has to be quoted.
const WORD_MAX: usize = 200;
/// Most bytes of a certificate's file and of its key's; with the rest of the plan they travel in one message.
const CHAIN_MAX: u64 = 64 * 1024;
const KEY_MAX: u64 = 16 * 1024;
const _: () = assert!(CHAIN_MAX + KEY_MAX <= PAYLOAD_MAX as u64 / 2);
/// Connections that may be allowed: with those of the other servers they stay within the front's descriptors.
const CONNECTIONS: std::ops::RangeInclusive<u16> = 8..=512;
const PER_PEER: std::ops::RangeInclusive<u16> = 1..=512;

impl Builder<'_> {
    /// The server; without `[nut]` in the file the usual one, without users and encryption.
    pub(super) fn nut(&mut self, tiers: &[TierPlan]) -> NutPlan {
        let Some(config) = &self.config.nut else {
            return NutPlan::default();
        };
        let bounds = [
            ("connections", config.connections, CONNECTIONS),
            ("per_peer", config.per_peer, PER_PEER),
        ];
        for (key, value, allowed) in bounds {
            if !allowed.contains(&value) {
                let text = format!(
                    "{value} connections; give {} to {}",
                    allowed.start(),
                    allowed.end()
                );
                self.add(&[Step::Key("nut"), Step::Key(key)], text);
            }
        }
        let identity = self.identity(config);
        if config.require_tls && config.certificate_file.is_none() {
            let text = "nobody could log in without a certificate; add `certificate_file` and `key_file`, or take `require_tls` out";
            self.add(&[Step::Key("nut"), Step::Key("require_tls")], text.into());
        }
        if config.user.len() > USERS_MAX {
            self.add(
                &[Step::Key("nut"), Step::Key("user")],
                format!("more than {USERS_MAX} users"),
            );
        }
        let mut users: Vec<User> = Vec::new();
        for (place, user) in config.user.iter().enumerate().take(USERS_MAX) {
            let at = |key| user_key(place, key);
            if users.iter().any(|other| other.name == user.name) {
                let text = format!(
                    "another user is named `{}`; name one of them differently",
                    user.name
                );
                self.add(&at("name"), text);
            }
            if user.name.is_empty() || user.name.len() > WORD_MAX || user.name.chars().any(char::is_control) {
                let text = format!("a user's name is 1 to {WORD_MAX} bytes of text");
                self.add(&at("name"), text);
            }
            let tiers = self.user_tiers(place, user, tiers);
            let password = match secret::password(&user.password_file, WORD_MAX as u64) {
                Ok(password) => Digest::of(&password),
                // It stays, as one that nobody can be: a server without any user takes everybody.
                Err(why) => {
                    self.lack(&at("password_file"), why);
                    Digest::NOBODYS
                }
            };
            users.push(User {
                name: user.name.clone(),
                password,
                tiers,
            });
        }
        NutPlan {
            users,
            identity,
            require_tls: config.require_tls,
            connections: config.connections,
            per_peer: config.per_peer,
        }
    }

    fn user_tiers(&mut self, place: usize, user: &NutUser, tiers: &[TierPlan]) -> TierSet {
        let Some(names) = &user.tiers else {
            return (0..tiers.len()).fold(TierSet::EMPTY, TierSet::with);
        };
        if names.is_empty() {
            let text = "a user without a tier could never log in; name its tiers, or take `tiers` out for all of them";
            self.add(&user_key(place, "tiers"), text.into());
        }
        let mut set = TierSet::EMPTY;
        for (nth, name) in names.iter().enumerate() {
            if let Some(tier) = tiers.iter().position(|tier| tier.name == *name) {
                set = set.with(tier);
                continue;
            }
            let known = tiers.iter().map(|tier| tier.name.as_str());
            let near = nearest(name, known).map_or(String::new(), |near| format!("; did you mean `{near}`?"));
            let [nut, users, at, key] = user_key(place, "tiers");
            self.add(
                &[nut, users, at, key, Step::At(nth)],
                format!("no tier is named `{name}`{near}"),
            );
        }
        set
    }

    /// Certificate and key, read and tried.
    fn identity(&mut self, config: &Nut) -> Option<Identity> {
        let at = |key| [Step::Key("nut"), Step::Key(key)];
        let (certificate, key) = match (&config.certificate_file, &config.key_file) {
            (Some(certificate), Some(key)) => (certificate, key),
            (None, None) => return None,
            (Some(_), None) => {
                self.add(
                    &at("certificate_file"),
                    "a certificate needs its key; add `key_file`".into(),
                );
                return None;
            }
            (None, Some(_)) => {
                self.add(
                    &at("key_file"),
                    "a key needs its certificate; add `certificate_file`".into(),
                );
                return None;
            }
        };
        let chain = secret::read(certificate, CHAIN_MAX, false).and_then(|pem| {
            let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
            let chain = chain.map_err(|why| format!("`{certificate}` is no PEM file: {why}"))?;
            if chain.is_empty() {
                return Err(format!("`{certificate}` holds no certificate in PEM"));
            }
            Ok(chain.into_iter().map(|one| one.to_vec()).collect::<Vec<_>>())
        });
        let private = secret::read(key, KEY_MAX, true).and_then(|pem| {
            let found = PrivateKeyDer::from_pem_slice(&pem);
            found.map_err(|_| {
                format!("`{key}` holds no private key in PEM (PKCS#8, PKCS#1 or SEC1, without a pass phrase)")
            })
        });
        let (chain, private) = match (chain, private) {
            (Ok(chain), Ok(private)) => (chain, private),
            (chain, private) => {
                if let Err(why) = chain {
                    self.lack(&at("certificate_file"), why);
                }
                if let Err(why) = private {
                    self.lack(&at("key_file"), why);
                }
                return None;
            }
        };
        let identity = Identity {
            chain,
            key: private.secret_der().to_vec(),
        };
        if let Err(why) = tls::acceptor(&identity) {
            let text = format!("`{key}` does not fit the first certificate of `{certificate}`: {why}");
            self.lack(&at("key_file"), text);
            return None;
        }
        Some(identity)
    }
}

fn user_key(place: usize, key: &str) -> [Step<'_>; 4] {
    [
        Step::Key("nut"),
        Step::Key("user"),
        Step::At(place),
        Step::Key(key),
    ]
}

#[cfg(test)]
#[path = "nut_tests.rs"]
mod tests;
