//! An outlet in the interface.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// An outlet that the site lists. Its state, power and what the controller does with it are points.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Outlet {
    /// Its number: `outlet.1` among the points is 1.
    pub number: u8,
    /// What it feeds, in words.
    pub feeds: String,
    /// The controller switches it; else it is only read.
    pub switched: bool,
}
