//! Signs evidence as `ssh-keygen -Y sign` does (format SSHSIG), so that whoever has OpenSSH can verify it.

use std::path::{Path, PathBuf};

use ssh_key::{Algorithm, HashAlg, LineEnding, PrivateKey};

/// What the signature is for: a signature made for anything else does not verify as evidence.
pub const NAMESPACE: &str = "rack-controller-evidence";
/// The signature's file, where `ssh-keygen -Y` puts it.
pub const SIGNATURE: &str = "manifest.json.sig";

/// Why nothing was signed.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    /// The key's file.
    #[error("{0}: {1}; give an OpenSSH private key of type ed25519 (ssh-keygen -t ed25519)")]
    Unreadable(PathBuf, ssh_key::Error),
    /// Not the type of key that evidence is signed with.
    #[error("{0}: a key of type {1}; evidence is signed with ed25519 (ssh-keygen -t ed25519)")]
    Type(PathBuf, String),
    /// Protected by a passphrase.
    #[error(
        "{0} is protected by a passphrase; write the report without --sign, then: ssh-keygen -Y sign -f {0} -n {NAMESPACE} DIR/manifest.json"
    )]
    Passphrase(PathBuf),
    /// Signing.
    #[error("signing: {0}")]
    Failed(#[from] ssh_key::Error),
}

/// A private key that signs.
#[derive(Debug)]
pub struct Signer(PrivateKey);

impl Signer {
    /// Reads a private key, before anything is run.
    ///
    /// # Errors
    /// When it is not an Ed25519 key without passphrase.
    pub fn read(path: &Path) -> Result<Self, SignError> {
        let key = PrivateKey::read_openssh_file(path);
        let key = key.map_err(|error| SignError::Unreadable(path.to_owned(), error))?;
        if key.is_encrypted() {
            return Err(SignError::Passphrase(path.to_owned()));
        }
        if key.algorithm() != Algorithm::Ed25519 {
            return Err(SignError::Type(path.to_owned(), key.algorithm().to_string()));
        }
        Ok(Signer(key))
    }

    /// The signature over `message`, armoured.
    ///
    /// # Errors
    /// When the key cannot sign.
    pub fn sign(&self, message: &[u8]) -> Result<String, SignError> {
        let signature = self.0.sign(NAMESPACE, HashAlg::Sha512, message)?;
        Ok(signature.to_pem(LineEnding::LF)?)
    }
}
