//! The rig's page beside the demo: where it is, and how it comes to know the core's page.

use std::io::{BufRead, BufReader, Write as _};
use std::process::{Child, ChildStdout};
use std::time::Duration;

use crate::cli::complain;
use crate::rig_page::ACT_HEADER;

/// Time the page gets to answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// The address of the page, from the line in which the rig says that it is ready.
pub(super) fn page(rig: &mut Child) -> std::io::Result<String> {
    let said = rig
        .stdout
        .take()
        .ok_or_else(|| std::io::Error::other("the rig has no output"))?;
    let mut line = String::new();
    BufReader::new(said).read_line(&mut line)?;
    let ready: serde_json::Value = serde_json::from_str(&line)
        .map_err(|_| std::io::Error::other("the emulated rack ended before it was ready"))?;
    let page = ready["page"].as_str();
    page.map(str::to_owned)
        .ok_or_else(|| std::io::Error::other("the rig serves no page"))
}

/// Passes on what the core says, line by line; its ready line names the rig's page as well, and the rig's page learns where
/// the core's is. Ends with the core.
pub(super) fn introduce(page: String, said: ChildStdout) -> std::io::Result<()> {
    let pass_on = move || {
        for line in BufReader::new(said).lines().map_while(Result::ok) {
            let line = match serde_json::from_str::<serde_json::Value>(&line) {
                Ok(mut ready) if ready["ready"] == true => {
                    if let Some(web) = ready["web"].as_str() {
                        attach(&page, web);
                    }
                    ready["rig_page"] = page.clone().into();
                    ready.to_string()
                }
                Ok(_) | Err(_) => line,
            };
            // A closed standard output is no reason to stop a demo.
            let _ = writeln!(std::io::stdout(), "{line}");
            let _ = std::io::stdout().flush();
        }
    };
    std::thread::Builder::new()
        .name("demo-output".into())
        .spawn(pass_on)
        .map(drop)
}

/// Tells the rig's page where the controller's is. Without that it shows the truth alone.
fn attach(page: &str, web: &str) {
    let config = ureq::Agent::config_builder()
        .timeout_global(Some(PATIENCE))
        .build();
    let body = serde_json::json!({ "address": web }).to_string();
    let asked = ureq::Agent::new_with_config(config)
        .post(format!("{page}/api/v1/controller"))
        .header(ACT_HEADER, "1")
        .header("content-type", "application/json")
        .send(body);
    if let Err(error) = asked {
        complain(&format!(
            "demo: the rig's page does not know the controller: {error}"
        ));
    }
}
