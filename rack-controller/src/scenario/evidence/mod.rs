//! Evidence of a run: what the rig knows of scenario and rack, with what only this process knows: versions, digests, host,
//! and the one wall time. Written as a folder that can be signed.
//!
//! ```text
//!   Outcome --facts--> Evidence --hil_rig::report--> index.html, NAME.html, junit.xml
//!                                                    manifest.json: SHA-256 of every file
//!                                                    manifest.json.sig: OpenSSH signature over it
//! ```

mod facts;
mod folder;
mod sign;

use hil_rig::report::{Ending, Evidence};

pub use facts::About;
pub use folder::{FolderError, MANIFEST, write};
pub use sign::{NAMESPACE, SIGNATURE, SignError, Signer};

use super::claim;
use super::runner::Outcome;

/// The evidence of an outcome.
pub fn evidence(outcome: &Outcome, about: &About) -> Evidence {
    let ending = match (&outcome.played, &outcome.skipped, &outcome.failed) {
        (Some(played), _, _) => Ending::Played {
            played: played.clone(),
            course: outcome.course.clone(),
        },
        (None, Some(why), _) => Ending::Skipped(why.clone()),
        (None, None, why) => Ending::Failed(why.clone().unwrap_or_default()),
    };
    let mut scenario = outcome.scenario.clone();
    // A report that somebody signs tells no claim that the run has not shown.
    scenario
        .covers
        .retain(|claim| claim::shown(outcome, claim).is_ok());
    Evidence {
        facts: about.facts(&scenario),
        scenario,
        seed: outcome.seed,
        stand: about.stand(),
        ending,
        run_at: about.run_at().to_owned(),
    }
}
