//! What control looks at in a tick.

use points::point::{flow, temperature};
use points::{Celsius, CubicMetrePerSecond, Flag, Reading, Snapshot, Watt};

use super::pair;
use super::sharing::PairView;
use crate::blowers::speed_percent;

/// What control looks at.
#[derive(Clone, Copy, Debug)]
pub struct View {
    /// Voted exhaust air.
    pub exhaust: Reading<Celsius>,
    /// Room air.
    pub room: Reading<Celsius>,
    /// Power of the IT load.
    pub it_power: Reading<Watt>,
    /// Power of all blowers, W, where it is known.
    pub blowers_w: Option<f64>,
    /// The door.
    pub door_open: Reading<Flag>,
    /// Speed of the jet, percent of one blower's full speed, where tachometers tell.
    pub speed_percent: Option<f64>,
    /// Extracted flow, where it is known.
    pub flow: Reading<CubicMetrePerSecond>,
    /// Two blowers; none where there is one.
    pub pair: Option<PairView>,
}

impl View {
    /// Out of a tick's picture, and what the judge has told safety beside it; `lost` are the blowers that safety holds for lost.
    pub fn of(
        picture: &Snapshot,
        exhaust: Reading<Celsius>,
        it_power: Reading<Watt>,
        door_open: Reading<Flag>,
        lost: [bool; 2],
    ) -> Self {
        View {
            exhaust,
            room: picture.get(temperature::ROOM),
            it_power,
            blowers_w: pair::power_w(picture),
            door_open,
            speed_percent: speed_percent(picture),
            flow: picture.get(flow::EXTRACTED),
            pair: PairView::of(picture, lost),
        }
    }
}
