//! Whole-system tests: the shipped binaries, the emulated rack, real counterparts.
