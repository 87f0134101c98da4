//! The largest load that a flow carries away with exhaust and chips at their limits.
//!
//! ```text
//!   exhaust: P = (limit - room) G,  G = rho c F + walls        chips: P = (limit - room) / (1 / G + share / UA(F))
//! ```
//! Where nothing changes any more all heat leaves with the air or through the walls, and the chips stand above the air by
//! their share of the load over their link to it. The smaller load counts.

use super::super::bodies::Plan;

/// What must not be exceeded where it comes to rest, °C.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ceiling {
    /// Exhaust air.
    pub exhaust_c: f64,
    /// Chips.
    pub chips_c: f64,
}

/// Load that could be added to hosts of a power, W, in a room, °C, at a flow, m³/s, with chips that give so much to the
/// air, W/K; below zero what is too much, W.
pub(super) fn headroom_w(
    plan: &Plan,
    ceiling: &Ceiling,
    [room_c, power_w]: [f64; 2],
    [flow_m3_s, chips]: [f64; 2],
) -> f64 {
    let away_w_k = plan.air_j_m3_k * flow_m3_s.max(0.0) + plan.walls_w_k();
    let by_exhaust_w = (ceiling.exhaust_c - room_c) * away_w_k;
    let chips_k_w = 1.0 / away_w_k + plan.chips_share / chips;
    let by_chips_w = (ceiling.chips_c - room_c) / chips_k_w;
    by_exhaust_w.min(by_chips_w) - power_w
}

#[cfg(test)]
mod tests {
    use super::*;

    const CEILING: Ceiling = Ceiling {
        exhaust_c: 45.0,
        chips_c: 80.0,
    };

    fn spare(ceiling: &Ceiling, room_c: f64, power_w: f64, flow_m3_s: f64) -> f64 {
        let plan = Plan::STUDY;
        let chips = plan.chips_w_k(flow_m3_s);
        headroom_w(&plan, ceiling, [room_c, power_w], [flow_m3_s, chips])
    }

    /// The study's table of the 42U rack, section 1.6: 12 kW at 45 °C take 0.459 m³/s in a room of 24 °C.
    #[test]
    fn the_studys_rack_at_its_limit_has_nothing_to_spare() {
        let spare_w = spare(&CEILING, 24.0, 12_000.0, 0.459);
        assert!(spare_w.abs() < 120.0, "{spare_w}");
        assert!(spare(&CEILING, 24.0, 5_000.0, 0.564) > 8_000.0);
        assert!(spare(&CEILING, 30.0, 12_000.0, 0.564) < 0.0, "a hot room");
    }

    #[test]
    fn chips_bound_it_where_the_exhaust_does_not() {
        let warm = Ceiling {
            exhaust_c: 60.0,
            ..CEILING
        };
        let both = spare(&warm, 24.0, 0.0, 0.45);
        let loose = (60.0 - 24.0) * (1_177.0 * 0.45 + Plan::STUDY.walls_w_k());
        assert!(both < 0.9 * loose, "{both} {loose}");
    }
}
