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
