//! One act as a line of text, outside a scenario: what a person types on a command line or on the rig's page.

use super::line::Line;
use super::problem::Problem;
use super::step::{act, watched};
use crate::rack::{Act, Watch};

/// An act now, or as soon as the rack comes to a state.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Deed {
    /// Now.
    Now(Act),
    /// As soon as the truth passes a value.
    When(Watch, Act),
}

/// Reads one line as a scenario has it: `door open`, or `when exhaust above 70 °C do fault exhaust-a nack`.
///
/// # Errors
/// What is wrong, with its column and what to write instead.
pub fn deed(text: &str) -> Result<Deed, Problem> {
    let mut line = Line::new(1, text);
    let deed = if line.takes("when") {
        let (watch, act) = watched(&mut line)?;
        Deed::When(watch, act)
    } else {
        Deed::Now(act(&mut line)?)
    };
    line.done()?;
    Ok(deed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rack::Quantity;

    #[test]
    fn an_act_is_read_as_in_a_scenario() {
        assert_eq!(deed("  door open # now"), Ok(Deed::Now(Act::Door { open: true })));
        let watch = Watch {
            quantity: Quantity::Exhaust,
            above: true,
            value: 70.0,
        };
        let act = Act::BlowerJammed { on: true };
        assert_eq!(
            deed("when exhaust above 70 °C do blower jammed on"),
            Ok(Deed::When(watch, act))
        );
    }

    #[test]
    fn a_mistake_has_its_column_and_its_fix() {
        for (text, column, part) in [
            ("", 1, "write an act"),
            ("dor open", 1, "did you mean `door`?"),
            ("door ajar", 6, "open"),
            ("door open closed", 11, "too much"),
            ("load 70 kW", 6, "out of range"),
            ("when exhaust above 70 °C blower jammed on", 26, "`do`"),
            ("wait 5 s", 1, "no step and no act"),
        ] {
            let problem = deed(text).expect_err(text);
            assert_eq!(problem.column, column, "{text}: {problem}");
            assert!(problem.message.contains(part), "{text}: {problem}");
        }
    }
}
