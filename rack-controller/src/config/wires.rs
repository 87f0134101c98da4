//! Lines as the configuration names them: parity of serial ones, levels and pulls of contacts and outputs.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Parity of a serial line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Parity {
    /// None.
    #[default]
    None,
    /// Even.
    Even,
    /// Odd.
    Odd,
}

impl Parity {
    /// Its word in the file.
    pub fn word(self) -> &'static str {
        match self {
            Parity::None => "none",
            Parity::Even => "even",
            Parity::Odd => "odd",
        }
    }
}

/// Pull of an input line inside the chip.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Bias {
    /// To the supply.
    PullUp,
    /// To ground.
    PullDown,
    /// None.
    None,
}

/// Which level means that the point's state stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Active {
    /// High level.
    High,
    /// Low level.
    Low,
}

/// A contact on an input line.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Contact {
    /// The line's name; `NAME/A0` to `NAME/A6` and `NAME/B0` to `NAME/B6` for a line of the contact expander NAME.
    pub line: String,
    /// Level at which the point's state stands.
    pub active: Active,
    /// Time a new level must stand, in milliseconds.
    #[serde(default = "debounce_ms")]
    pub debounce_ms: u64,
    /// Pull of the line inside the chip: `pull-up`, `pull-down` or `none`; as the board sets it when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bias: Option<Bias>,
}

fn debounce_ms() -> u64 {
    30
}

/// The latching contact in the blower's supply: two coils and an auxiliary contact.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FanContact {
    /// Line of the coil that opens it.
    pub open_line: String,
    /// Line of the coil that closes it.
    pub close_line: String,
    /// Length of a pulse in milliseconds.
    #[serde(default = "pulse_ms")]
    pub pulse_ms: u64,
    /// Level at which a coil is on; `high` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub active: Option<Active>,
}

fn pulse_ms() -> u64 {
    60
}

/// An output line and its read-back.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Output {
    /// The output line's name.
    pub line: String,
    /// The input line that reads it back, if one is fitted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_back: Option<String>,
    /// Level at which the output is on; `high` when absent. Relay boards are often `low`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub active: Option<Active>,
}
