//! The host's shutdown: by logind, else by command.

use std::process::Stdio;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::process::Command;
use tokio::time::timeout;

use super::bus::Login;
use super::config::{By, ShutDown};

/// Longest that the command is waited for; it usually ends at once.
const COMMAND: Duration = Duration::from_secs(20);

/// What became of it, in words.
pub type Done = Result<String, String>;

/// Shuts the host down. Every second attempt goes by command: what logind has taken and not done is not asked the same way
/// for ever.
pub async fn shut_down(config: &ShutDown, login: Option<&Login>, attempt: u32, cancellable: bool) -> Done {
    let by = if attempt.is_multiple_of(2) {
        By::Command
    } else {
        config.by
    };
    let failed = match (by, login) {
        (By::Command, _) => return command(&config.command).await,
        (By::PowerOff, Some(login)) if !cancellable => match login.power_off().await {
            Ok(()) => return Ok("logind powers off".into()),
            Err(error) => error.to_string(),
        },
        // What may be taken back is scheduled: the way back exists there alone.
        (By::PowerOff | By::Schedule, Some(login)) => {
            let at = SystemTime::now() + Duration::from_secs(config.schedule_s);
            let at = at.duration_since(UNIX_EPOCH).unwrap_or_default();
            match login
                .schedule(u64::try_from(at.as_micros()).unwrap_or(u64::MAX))
                .await
            {
                Ok(()) => return Ok(format!("logind powers off in {} s", config.schedule_s)),
                Err(error) => error.to_string(),
            }
        }
        (By::PowerOff | By::Schedule, None) => "the system bus is away".into(),
    };
    let by_command = command(&config.command).await;
    by_command
        .map(|done| format!("{failed}; {done}"))
        .map_err(|error| format!("{failed}; {error}"))
}

/// Takes it back.
pub async fn cancel(login: Option<&Login>) -> Done {
    match login {
        Some(login) => match login.cancel().await {
            Ok(true) => Ok("the shutdown is taken back".into()),
            Ok(false) => Err("no shutdown was scheduled any more".into()),
            Err(error) => Err(format!("the shutdown cannot be taken back: {error}")),
        },
        None => Err("the shutdown cannot be taken back: the system bus is away".into()),
    }
}

async fn command(words: &[String]) -> Done {
    let Some((program, arguments)) = words.split_first() else {
        return Err("no command is configured".into());
    };
    let told = words.join(" ");
    let spawned = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn();
    let mut child = spawned.map_err(|error| format!("`{told}`: {error}"))?;
    match timeout(COMMAND, child.wait()).await {
        Ok(Ok(status)) if status.success() => Ok(format!("`{told}` is done")),
        Ok(Ok(status)) => Err(format!("`{told}`: {status}")),
        Ok(Err(error)) => Err(format!("`{told}`: {error}")),
        Err(_) => Ok(format!("`{told}` still runs")),
    }
}
