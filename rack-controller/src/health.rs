//! What the process knows of itself, as points.

use points::point::{controller, derived};
use points::{Count, Flag, Second, Snapshot, Span};

use crate::core::frame::Health;
use crate::core::publication::Progress;

/// Writes it.
pub(crate) fn show(health: &Health, picture: &mut Snapshot) {
    picture.put_now(controller::BOOTS, Count::of(f64::from(health.boots)));
    picture.put_now(controller::TICK_LATENESS, Second::of(health.lateness_s));
    picture.put_now(controller::TICK_P99, Second::of(health.lateness_p99_s));
    picture.put_now(controller::LATE_TICKS, Count::of(f64::from(health.late_ticks)));
    let lost = u32::try_from(health.transitions_lost).unwrap_or(u32::MAX);
    picture.put_now(controller::TRANSITIONS_LOST, Count::of(f64::from(lost)));
    picture.put_now(controller::FRONT_ALIVE, Flag::from_bool(health.front_alive));
    picture.put_now(
        controller::FRONT_RESTARTS,
        Count::of(f64::from(health.front_restarts)),
    );
    picture.put_now(controller::REALTIME, Flag::from_bool(health.realtime));
    picture.put_now(controller::HISTORY, Flag::from_bool(health.history));
    let confirmed = match health.publication {
        Progress::Confirmed { after_us } => Some(after_us),
        Progress::None | Progress::Ordered { .. } => None,
    };
    picture.put_now(derived::PUBLISHED, Flag::from_bool(confirmed.is_some()));
    if let Some(after_us) = confirmed {
        // Kept after its end: how fast the last one was stays interesting.
        let after = Second::of(Span::us(after_us).as_s().min(600.0));
        picture.put_now(derived::PUBLISH_DELAY, after);
    }
}
