//! Inputs that persons have taken out of the judgement.

use super::{hosts, points};
use crate::quantity::{Count, Second};

points! {
    block "inputs", registers 650..=679, after hosts::outlets::END;
    /// Inputs that are overridden for a time: bit n is input n of the table of inputs.
    OVERRIDDEN: Count = "inputs.overridden", 0.0..4294967294.0, decimals 0, words 2, register 652;
    /// Inputs that are out of service: bit n is input n of the table of inputs.
    OUT_OF_SERVICE: Count = "inputs.out_of_service", 0.0..4294967294.0, decimals 0, words 2, register 655;
    /// Until the override that ends last is over.
    OVERRIDE_LEFT: Second = "inputs.override.left", 0.0..14400.0, decimals 0, register 658;
}
