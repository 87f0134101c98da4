//! A proof by induction over the shipped matrix, with every delay open.
//!
//! ```text
//!  MATRIX --walk--> formulas --z3--> every sentence: no state, input or delay breaks it
//!                      |
//!                      '-- worked out for random steps == the shipped evaluator and reset, a million times
//! ```
//!
//! The formulas are written by one walk over the table that ships; that they say what the evaluator does is checked
//! against the evaluator itself. A table with a broken rule has to give a counter-example.

mod agree;
mod graph;
mod machine;
mod prove;
mod sentences;
mod solver;
