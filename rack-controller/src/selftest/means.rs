//! Means of what the filters, the blower and the air show over some seconds.

use points::Snapshot;
use points::point::{flow, temperature};
use sensors::estimate::filter::Sight;

use crate::control::pair::{jet_speed, power_w};
use crate::judge::SPEED_FULL_RPM;

/// Looks at least: fewer are no mean.
const LOOKS_LEAST: u32 = 10;

/// Sums of looks at which everything was there.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Means {
    looks: u32,
    speed: f64,
    drops: [f64; 2],
    draft: f64,
    rise: f64,
    powers: u32,
    power: f64,
    speeds: u32,
    turned: f64,
}

impl Means {
    /// Takes a look.
    pub fn take(&mut self, picture: &Snapshot) {
        let speed = jet_speed(picture).number().map(|rpm| rpm / SPEED_FULL_RPM);
        if let Some(speed) = speed {
            self.speeds += 1;
            self.turned += speed;
        }
        if let Some(power) = power_w(picture) {
            self.powers += 1;
            self.power += power;
        }
        let drop = |side| picture.get(flow::FILTER_DROP.at(side)).number();
        let draft = picture.get(flow::RACK_DRAFT).number();
        let exhaust = picture.get(temperature::EXHAUST_VOTED).number();
        let room = picture.get(temperature::ROOM).number();
        let (Some(speed), Some(left), Some(right), Some(draft), Some(exhaust), Some(room)) =
            (speed, drop(0), drop(1), draft, exhaust, room)
        else {
            return;
        };
        self.looks += 1;
        self.speed += speed;
        self.drops[0] += left;
        self.drops[1] += right;
        self.draft -= draft;
        self.rise += exhaust - room;
    }

    /// The filters and what they are judged by.
    pub fn sight(&self) -> Option<Sight> {
        let looks = f64::from(self.looks);
        (self.looks >= LOOKS_LEAST).then(|| Sight {
            speed: self.speed / looks,
            drops_pa: self.drops.map(|drop| drop / looks),
            draft_pa: self.draft / looks,
            rise_k: self.rise / looks,
        })
    }

    /// Share of full speed.
    pub fn speed(&self) -> Option<f64> {
        (self.speeds >= LOOKS_LEAST).then(|| self.turned / f64::from(self.speeds))
    }

    /// Power of the blower (of two: of the one that runs, and what the other takes at rest), W.
    pub fn power_w(&self) -> Option<f64> {
        (self.powers >= LOOKS_LEAST).then(|| self.power / f64::from(self.powers))
    }
}
