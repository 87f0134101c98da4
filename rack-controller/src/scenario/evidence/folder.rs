//! The folder of a run's evidence: written whole, then listed in a manifest with the digest of every file.

use std::path::{Path, PathBuf};

use hil_rig::report::{self, Evidence};
use serde::Serialize;

use super::facts::sha256;
use super::sign::{SIGNATURE, SignError, Signer};

/// The list of every file.
pub const MANIFEST: &str = "manifest.json";
/// Version of the manifest.
const FORMAT: u32 = 1;

/// Why a folder could not be written.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// A file or the folder.
    #[error("{0}: {1}")]
    Unwritable(PathBuf, std::io::Error),
    /// JUnit XML.
    #[error("junit.xml: {0}")]
    Junit(#[from] report::SerializeError),
    /// The signature.
    #[error(transparent)]
    Sign(#[from] SignError),
}

#[derive(Serialize)]
struct Manifest {
    format: u32,
    files: Vec<Listed>,
}

#[derive(Serialize)]
struct Listed {
    name: String,
    bytes: u64,
    sha256: String,
}

/// Writes the evidence of a run into a folder. `traces` are names of files that lie in it already and belong to it.
///
/// # Errors
/// When something cannot be written or signed; what was written stays.
pub fn write(
    folder: &Path,
    evidence: &[Evidence],
    traces: &[String],
    signer: Option<&Signer>,
) -> Result<(), FolderError> {
    let unwritable = |path: &Path| {
        let path = path.to_owned();
        move |error| FolderError::Unwritable(path, error)
    };
    std::fs::create_dir_all(folder).map_err(unwritable(folder))?;
    // A signature of a former run must not stand beside new files.
    let signature = folder.join(SIGNATURE);
    match std::fs::remove_file(&signature) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(FolderError::Unwritable(signature, error));
        }
        Ok(()) | Err(_) => {}
    }
    let mut listed = Vec::new();
    let mut put = |name: String, text: &str| {
        let path = folder.join(&name);
        std::fs::write(&path, text).map_err(unwritable(&path))?;
        listed.push(Listed {
            bytes: text.len() as u64,
            sha256: sha256(text.as_bytes()),
            name,
        });
        Ok::<(), FolderError>(())
    };
    put("index.html".to_owned(), &report::index(evidence))?;
    let names = report::file_names(evidence.iter().map(|one| one.scenario.name.as_str()));
    for (one, name) in evidence.iter().zip(names) {
        put(format!("{name}.html"), &report::html(one))?;
    }
    put("junit.xml".to_owned(), &report::junit(evidence)?)?;
    for name in traces {
        let path = folder.join(name);
        let bytes = std::fs::read(&path).map_err(unwritable(&path))?;
        listed.push(Listed {
            bytes: bytes.len() as u64,
            sha256: sha256(&bytes),
            name: name.clone(),
        });
    }
    let manifest = Manifest {
        format: FORMAT,
        files: listed,
    };
    let text = format!("{:#}\n", serde_json::json!(manifest));
    let path = folder.join(MANIFEST);
    std::fs::write(&path, &text).map_err(unwritable(&path))?;
    if let Some(signer) = signer {
        std::fs::write(&signature, signer.sign(text.as_bytes())?).map_err(unwritable(&signature))?;
    }
    Ok(())
}
