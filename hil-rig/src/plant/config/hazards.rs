//! Dust, fire, smoke and the extinguishers: their figures. Invented where no source is named.

/// What a filter catches and what that does to it.
#[derive(Clone, Debug, PartialEq)]
pub struct DustConfig {
    /// Share of the passing dust that stays in the filter (gravimetric arrestance; ISO 16890-3 coarse media).
    pub arrestance: f64,
    /// Dust on one filter at the end of its life, g: 0.3 m2 of coarse media hold some 270 g/m2. At 50 ug/m3 and
    /// 0.12 m3/s that is half a year.
    pub end_of_life_g: f64,
    /// Resistance at the end of life, ratio to clean. A filter of this rack cannot be tested up to the 200 or 250 Pa
    /// of ISO 16890 or EN 779: the jet makes some 50 Pa.
    pub end_of_life_ratio: f64,
}

impl Default for DustConfig {
    fn default() -> Self {
        Self {
            arrestance: 0.8,
            end_of_life_g: 80.0,
            end_of_life_ratio: 4.0,
        }
    }
}

/// How a fire that grows burns, and when it starves.
#[derive(Clone, Debug, PartialEq)]
pub struct FireConfig {
    /// A fire of the rack's own load grows no further, W; a real server cabinet burnt with peaks of 58 to 134 kW
    /// (Journal of Fire Sciences 2022, doi 10.1177/07349041221119715).
    pub ceiling_w: f64,
    /// Heat per oxygen used, J/kg: 13.1 MJ/kg for nearly every fuel (Huggett 1980, Fire and Materials 4:61).
    pub heat_j_kg_oxygen: f64,
    /// Oxygen in the room's air, kg/kg.
    pub oxygen_room: f64,
    /// Oxygen below which flames starve, kg/kg; 13.5 % by volume.
    pub oxygen_limit: f64,
    /// Time constant at which a starving fire shrinks to what its air feeds, s.
    pub starve_s: f64,
    /// Time constant at which the agent beats the flames down while it is above its design concentration, s.
    pub quench_s: f64,
    /// A fire that shrinks below this is out, W.
    pub out_below_w: f64,
    /// Soot per heat, kg/J: 0.1 g/g of plastics at 30 kJ/g (order of the tables of the SFPE handbook).
    pub soot_kg_j: f64,
}

impl Default for FireConfig {
    fn default() -> Self {
        Self {
            ceiling_w: 134_000.0,
            heat_j_kg_oxygen: 13.1e6,
            oxygen_room: 0.232,
            oxygen_limit: 0.15,
            starve_s: 10.0,
            quench_s: 5.0,
            out_below_w: 50.0,
            soot_kg_j: 0.1 / 30e6,
        }
    }
}

/// How smoke comes to the two detectors under the ceiling and closes their loops.
#[derive(Clone, Debug, PartialEq)]
pub struct SmokeConfig {
    /// Specific extinction of flaming soot, m2/kg (Mulholland and Croarkin 2000, Fire and Materials 24:227).
    pub extinction_m2_kg: f64,
    /// Specific extinction of extinguishing powder of some 30 um, m2/kg: 3 / (2 x 2000 kg/m3 x 30 um). Powder closes a
    /// smoke detector too.
    pub powder_m2_kg: f64,
    /// From the fire up to the ceiling, m.
    pub rise_m: f64,
    /// Length by which the draught fills each detector's chamber, channels A and B, m (Heskestad 1977; optical point
    /// detectors 1.8 m).
    pub entry_m: [f64; 2],
    /// Obscuration at which each closes its contact, %/m; 3.4 %/m are 0.15 dB/m, a usual setting under EN 54-7.
    pub alarm_percent_m: [f64; 2],
    /// Share of that extinction below which the contact opens again.
    pub release_share: f64,
}

impl Default for SmokeConfig {
    fn default() -> Self {
        Self {
            extinction_m2_kg: 8_700.0,
            powder_m2_kg: 25.0,
            rise_m: 2.0,
            entry_m: [1.8; 2],
            alarm_percent_m: [3.4; 2],
            release_share: 0.6,
        }
    }
}

/// The two passive powder units under the ceiling, and what their powder does.
#[derive(Clone, Debug, PartialEq)]
pub struct ExtinguisherConfig {
    /// Response time index of the separator sheet, (m s)^0.5; 30 is thin paper, 200 a heavy holder.
    pub rti: f64,
    /// Temperature at which the sheet burns through, deg C (paper chars near 230).
    pub burst_c: f64,
    /// Powder in a unit, kg.
    pub charge_kg: f64,
    /// Time a unit takes to empty itself, s.
    pub release_s: f64,
    /// Concentration above which the powder beats flames down, kg/m3.
    pub design_kg_m3: f64,
    /// Heat the powder takes up, J/(kg K); more than its specific heat, because part of it decomposes.
    pub agent_j_kg_k: f64,
    /// Overpressure of the rack at the moment of the burst, Pa, and the time constant of its end, s.
    pub pulse_pa: f64,
    /// See `pulse_pa`.
    pub pulse_s: f64,
    /// What an emptied unit multiplies the resistance of its own side's filter by.
    pub soil_own: f64,
    /// The same for the other side's filter: both units together make 5.
    pub soil_other: f64,
}

impl Default for ExtinguisherConfig {
    fn default() -> Self {
        Self {
            rti: 100.0,
            burst_c: 230.0,
            charge_kg: 0.36,
            release_s: 2.0,
            design_kg_m3: 0.10,
            agent_j_kg_k: 2_000.0,
            pulse_pa: 200.0,
            pulse_s: 0.5,
            soil_own: 2.5,
            soil_other: 2.0,
        }
    }
}
