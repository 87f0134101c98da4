//! The emulated rack. `plant/` is physics and knows no bytes; `chip/` answers bytes and knows no physics.
pub mod chip;
pub mod plant;
