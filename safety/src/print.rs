//! The matrix as a table for people.

use core::fmt::{self, Write};

use crate::latch::latch_of;
use crate::matrix::MATRIX;
use crate::row::Code;

/// Writes the matrix as a Markdown table.
///
/// # Errors
/// When `out` does.
pub fn write_markdown(out: &mut impl Write) -> fmt::Result {
    out.write_str("| cause | | effects | reset | why |\n|---|---|---|---|---|\n")?;
    for row in &MATRIX {
        write!(out, "| {} | {} | ", row.cause.key(), row.cause.row().title)?;
        for (place, act) in row.acts.iter().enumerate() {
            if place > 0 {
                out.write_str(", ")?;
            }
            write!(out, "{} ", act.effect.key())?;
            match act.code {
                Code::Latched => out.write_str("L")?,
                Code::Follows => out.write_str("U")?,
                Code::FollowsAfter(delay) => write!(out, "U({})", delay.text())?,
                Code::After(delay) => write!(out, "D({})", delay.text())?,
                Code::Deadline(delay) => write!(out, "S({})", delay.text())?,
            }
            out.write_str(act.when.text())?;
        }
        let reset = latch_of(row.cause).map_or("", |latch| latch.row().title);
        writeln!(out, " | {reset} | {} |", row.reason)?;
    }
    out.write_str(
        "\nL latched at once; U follows its cause; U(t) follows once the cause has stood t; D(t) latched once the \
         cause has stood t; S(t) latched t after the cause was latched, whether or not it still stands, a cut of power sooner \
         where every host is proven off. \
         FAN_OFF beats FAN_MAX beats FAN_FLOOR beats what control wishes.\n",
    )
}
