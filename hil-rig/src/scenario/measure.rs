//! Numbers with units as people write them, brought to the unit that is asked for.

use super::line::{Line, Word};
use super::problem::{Problem, hint};

/// A unit as it may be written: its spelling, the unit it stands for, factor and shift to it.
struct Unit {
    written: &'static str,
    base: &'static str,
    factor: f64,
}

const fn unit(written: &'static str, base: &'static str, factor: f64) -> Unit {
    Unit {
        written,
        base,
        factor,
    }
}

/// Every spelling. A base unit is spelt as the tables of points and acts spell it.
const UNITS: &[Unit] = &[
    unit("us", "s", 1e-6),
    unit("µs", "s", 1e-6),
    unit("ms", "s", 1e-3),
    unit("s", "s", 1.0),
    unit("min", "s", 60.0),
    unit("h", "s", 3_600.0),
    unit("d", "s", 86_400.0),
    unit("W", "W", 1.0),
    unit("kW", "W", 1e3),
    unit("MW", "W", 1e6),
    unit("kW", "kW", 1.0),
    unit("W", "kW", 1e-3),
    unit("J", "J", 1.0),
    unit("kJ", "J", 1e3),
    unit("MJ", "J", 1e6),
    unit("kJ", "kJ", 1.0),
    unit("J", "kJ", 1e-3),
    unit("kWh", "kWh", 1.0),
    unit("°C", "°C", 1.0),
    unit("degC", "°C", 1.0),
    unit("C", "°C", 1.0),
    unit("K", "K", 1.0),
    unit("Pa", "Pa", 1.0),
    unit("kPa", "Pa", 1e3),
    unit("hPa", "Pa", 1e2),
    unit("%", "%", 1.0),
    unit("m3/s", "m³/s", 1.0),
    unit("m³/s", "m³/s", 1.0),
    unit("m3/h", "m³/s", 1.0 / 3_600.0),
    unit("m³/h", "m³/s", 1.0 / 3_600.0),
    unit("l/s", "m³/s", 1e-3),
    unit("rpm", "rpm", 1.0),
    unit("1/min", "rpm", 1.0),
    unit("A", "A", 1.0),
    unit("mA", "A", 1e-3),
    unit("K/h", "K/h", 1.0),
    unit("K/min", "K/h", 60.0),
    unit("K/s", "K/h", 3_600.0),
    unit("Pa/h", "Pa/h", 1.0),
    unit("Pa/min", "Pa/h", 60.0),
    unit("W/h", "W/h", 1.0),
    unit("kW/h", "W/h", 1e3),
    unit("A/h", "A/h", 1.0),
    unit("cm2", "cm²", 1.0),
    unit("cm²", "cm²", 1.0),
    unit("V", "V", 1.0),
    unit("mV", "V", 1e-3),
    unit("Hz", "Hz", 1.0),
    unit("ohm", "ohm", 1.0),
    unit("Ω", "ohm", 1.0),
    unit("kohm", "ohm", 1e3),
    unit("kΩ", "ohm", 1e3),
];

/// Every unit that is asked for, with the spellings that are taken for it.
pub fn units() -> impl Iterator<Item = (&'static str, Vec<&'static str>)> {
    let mut bases: Vec<&str> = Vec::new();
    for unit in UNITS {
        if !bases.contains(&unit.base) {
            bases.push(unit.base);
        }
    }
    bases.into_iter().map(|base| {
        let of = UNITS.iter().filter(move |unit| unit.base == base);
        (base, of.map(|unit| unit.written).collect())
    })
}

/// Brings a number in a written unit to `base`.
///
/// # Errors
/// The units that could stand here.
fn factor(line: &Line<'_>, word: Word<'_>, written: &str, base: &str) -> Result<f64, Problem> {
    if written == base {
        return Ok(1.0);
    }
    let found = UNITS
        .iter()
        .find(|unit| unit.base == base && unit.written == written);
    found.map(|unit| unit.factor).ok_or_else(|| {
        if written.ends_with(',') {
            return line.at(
                word,
                format!("`{written}`: leave out the comma; terms are joined by `and`"),
            );
        }
        let fit: Vec<&str> = UNITS
            .iter()
            .filter(|unit| unit.base == base)
            .map(|unit| unit.written)
            .collect();
        let fit = if fit.is_empty() { vec![base] } else { fit };
        let elsewhere = UNITS.iter().any(|unit| unit.written == written);
        let why = if elsewhere {
            "does not fit here"
        } else {
            "is no unit known here"
        };
        line.at(
            word,
            format!("`{written}` {why}; {}", hint(written, fit.iter().copied())),
        )
    })
}

/// Takes a number in a unit, written apart or together: `5 kW`, `5kW`. A unit that is empty wants none.
///
/// # Errors
/// When it is no number, not finite, or in a unit that does not fit.
pub fn number(line: &mut Line<'_>, what: &str, base: &str) -> Result<f64, Problem> {
    let wanted = if matches!(base, "" | "1") {
        format!("{what}, a number")
    } else {
        format!("{what} in {base}")
    };
    let word = line.need(&wanted)?;
    // A ratio's unit is 1, which nobody writes.
    let base = if base == "1" { "" } else { base };
    let letters = word.text.char_indices();
    let end = letters
        .clone()
        .find(|(place, letter)| {
            let sign = matches!(letter, '-' | '+') && *place == 0;
            !(letter.is_ascii_digit() || *letter == '.' || sign)
        })
        .map_or(word.text.len(), |(place, _)| place);
    let (digits, attached) = word.text.split_at(end);
    let comma = attached.strip_prefix(',');
    if let Some(decimals) = comma.filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit())) {
        let message = format!(
            "`{}`: decimals stand behind a point; write `{digits}.{decimals}`",
            word.text
        );
        return Err(line.at(word, message));
    }
    let bare: f64 = digits.parse().map_err(|_| {
        line.at(
            word,
            format!(
                "`{}` is no number; write {wanted}, such as {}",
                word.text,
                example(base)
            ),
        )
    })?;
    if base.is_empty() {
        if !attached.is_empty() {
            return Err(line.at(word, format!("`{attached}` is too much: {what} has no unit")));
        }
        return Ok(bare);
    }
    let factor = if attached.is_empty() {
        let unit = line.need(&format!("the unit of {what}, {base}"))?;
        factor(line, unit, unit.text, base)?
    } else {
        factor(line, word, attached, base)?
    };
    Ok(bare * factor)
}

/// A number of `base` in the unit of what somebody has written: 600 s beside `5 min` is `10 min`.
#[must_use]
pub fn like(written: &str, number: f64, base: &str) -> String {
    let unit = written
        .trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | '-' | '+' | ' '))
        .trim();
    let found = UNITS.iter().find(|one| one.base == base && one.written == unit);
    found.map_or_else(
        || format!("{number} {base}"),
        |unit| format!("{} {}", rounded(number / unit.factor), unit.written),
    )
}

/// Without the last bits that a factor leaves.
fn rounded(number: f64) -> f64 {
    (number * 1e6).round() / 1e6
}

fn example(base: &str) -> String {
    match base {
        "s" => "`250 ms`, `8 s` or `15 min`".to_owned(),
        "W" => "`5 kW`".to_owned(),
        "" => "`4.2`".to_owned(),
        other => format!("`24 {other}`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str, base: &str) -> Result<f64, Problem> {
        number(&mut Line::new(1, text), "it", base)
    }

    #[test]
    fn numbers_come_to_the_unit_that_is_asked_for() {
        for (text, base, expected) in [
            ("5 kW", "W", 5_000.0),
            ("5kW", "W", 5_000.0),
            ("15 min", "s", 900.0),
            ("200ms", "s", 0.2),
            ("-3 K", "K", -3.0),
            ("860 m3/h", "m³/s", 860.0 / 3_600.0),
            ("4.2", "", 4.2),
            ("4.2", "1", 4.2),
            ("24 °C", "°C", 24.0),
            ("60 %", "%", 60.0),
        ] {
            let found = of(text, base).unwrap_or_else(|problem| panic!("{text}: {problem}"));
            assert!((found - expected).abs() < 1e-12, "{text}: {found}");
        }
    }

    #[test]
    fn a_wrong_unit_says_which_would_fit_and_where() {
        let problem = of("  5 kPa", "W").expect_err("a pressure is no power");
        assert_eq!(problem.column, 5);
        assert!(
            problem.message.contains("does not fit") && problem.message.contains("kW"),
            "{problem}"
        );
        let problem = of("5 sec", "s").expect_err("no unit");
        assert!(problem.message.contains("is no unit"), "{problem}");
        for (text, base) in [
            ("five W", "W"),
            ("", "W"),
            ("5", "W"),
            ("nan W", "W"),
            ("inf W", "W"),
            ("4.2x", ""),
        ] {
            assert!(of(text, base).is_err(), "{text}");
        }
    }

    #[test]
    fn a_decimal_comma_is_no_point_and_a_number_is_told_as_it_was_written() {
        let problem = of("1,5 kW", "W").expect_err("a comma");
        assert!(problem.message.contains("write `1.5`"), "{problem}");
        assert_eq!(like("5 min", 600.0, "s"), "10 min");
        assert_eq!(like("250ms", 0.1, "s"), "100 ms");
        assert_eq!(like("what", 0.1, "s"), "0.1 s");
    }

    #[test]
    fn every_unit_of_the_points_and_acts_is_known() {
        let points = points::point::all().map(|point| point.row.kind.unit);
        let acts = crate::rack::ACTS
            .iter()
            .flat_map(|row| row.parameters)
            .filter_map(|p| p.number.map(|span| span.unit));
        let fits = crate::rack::FAULTS.iter().flat_map(|row| row.fits);
        let faults = fits.filter_map(|fit| fit.amount.map(|amount| amount.span.unit));
        for unit in points.chain(acts).chain(faults).filter(|unit| !unit.is_empty()) {
            assert!(of(&format!("1 {unit}"), unit).is_ok(), "{unit}");
        }
    }
}
