//! How fast the whole machine runs beside its rack, in this process.

use std::process::ExitCode;
use std::time::Instant;

use hil_rig::rack::{Rack, RackConfig};

use crate::cli::{complain, print};
use crate::config::builtin;
use crate::core::inline::Inline;
use crate::site::Site;

/// Measures simulated seconds per second.
pub fn speed(seconds: f64, tick_ms: u64) -> ExitCode {
    let mut config = builtin();
    config.core.tick_ms = tick_ms;
    let built = Site::build(&config, None).map_err(|error| error.to_string());
    match built.and_then(|site| Inline::new(site, Rack::new(RackConfig::default()))) {
        Ok(mut inline) => {
            inline.run(600.0);
            let began = Instant::now();
            inline.run(seconds);
            let wall = began.elapsed().as_secs_f64();
            // A run that went wrong quickly is no measure.
            let exhaust = inline
                .picture()
                .get(points::point::temperature::EXHAUST_VOTED)
                .number();
            print(&format!(
                "{seconds} s simulated in {wall:.3} s at a {tick_ms} ms tick: {:.0} x real time, {:.2} us a tick; exhaust {exhaust:?}\n",
                seconds / wall,
                wall * 1e6 / (seconds * 1000.0 / f64::from(u32::try_from(tick_ms).unwrap_or(1)))
            ));
            if exhaust.is_some() {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            }
        }
        Err(error) => {
            complain(&error);
            ExitCode::FAILURE
        }
    }
}
