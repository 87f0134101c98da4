//! What the tests stand on: processes that never outlive their test, the rig's control socket, HTTP without a
//! library, and waiting for events instead of sleeping.

pub mod core;
pub mod http;
pub mod process;
pub mod rig;

use std::time::{Duration, Instant};

pub use self::core::{Core, configuration};
pub use process::Process;
pub use rig::Rig;

/// Between two looks at something that will happen.
const LOOK: Duration = Duration::from_millis(20);

/// The controller's binary as cargo built it.
pub const BINARY: &str = env!("CARGO_BIN_EXE_rack-controller");
/// The rig's binary.
pub const RIG: &str = env!("CARGO_BIN_EXE_hil-rig");
/// The repository.
pub const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// A directory of the test's own; short, because a socket's path has at most 107 bytes. The front's user may pass
/// through it to its own part.
pub fn directory() -> tempfile::TempDir {
    let directory = tempfile::Builder::new()
        .prefix("rack-test-")
        .tempdir()
        .expect("a directory");
    let passable = std::os::unix::fs::PermissionsExt::from_mode(0o711);
    std::fs::set_permissions(directory.path(), passable).expect("its owner may");
    directory
}

/// Says that a test is skipped because its counterpart is not here.
///
/// # Panics
/// Where counterparts are required (`REQUIRE_PEERS`, set by `tests/run` as root, which installs them).
pub fn skip(why: &str) {
    assert!(std::env::var_os("REQUIRE_PEERS").is_none(), "{why}");
    println!("skipped: {why}");
}

/// Waits until `look` finds something, and gives it.
///
/// # Panics
/// When it has not happened within `limit`; the message names `what`.
#[track_caller]
pub fn eventually<T>(what: &str, limit: Duration, mut look: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(
            began.elapsed() < limit,
            "not within {:.1} s: {what}",
            limit.as_secs_f64()
        );
        std::thread::sleep(LOOK);
    }
}

/// Seconds, for limits that are numbers.
pub fn seconds(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds)
}
