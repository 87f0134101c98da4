//! Numbers and times as people read them: true minus, thin space in thousands, unit after a narrow space.

/// Wide enough for any figure of a report; more decimals say nothing.
const DECIMALS_MAX: usize = 6;

/// A number with so many decimals.
pub(super) fn number(value: f64, decimals: usize) -> String {
    let text = format!("{:.*}", decimals.min(DECIMALS_MAX), value.abs());
    let (whole, rest) = text.split_at(text.find('.').unwrap_or(text.len()));
    let negative = value < 0.0 && text.bytes().any(|byte| (b'1'..=b'9').contains(&byte));
    let mut told = String::with_capacity(text.len() + 8);
    if negative {
        told.push('\u{2212}');
    }
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            told.push('\u{2009}');
        }
        told.push(digit);
    }
    told.push_str(rest);
    told
}

/// A time since the start as `m:ss.s` or `h:mm:ss.s`.
pub(super) fn clock(at_s: f64) -> String {
    let tenths = tenths(at_s);
    let (hours, minutes) = (tenths / 36_000, tenths / 600 % 60);
    let (seconds, tenth) = (tenths / 10 % 60, tenths % 10);
    if hours > 0 {
        format!("{hours}:{minutes:02}:{seconds:02}.{tenth}")
    } else {
        format!("{minutes}:{seconds:02}.{tenth}")
    }
}

/// A span in the unit that suits it.
pub(super) fn span(length_s: f64) -> String {
    if length_s < 120.0 {
        format!("{} s", number(length_s, 1))
    } else if length_s < 7_200.0 {
        format!("{} min", number(length_s / 60.0, 1))
    } else if length_s < 172_800.0 {
        format!("{} h", number(length_s / 3_600.0, 1))
    } else {
        format!("{} days", number(length_s / 86_400.0, 1))
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to what a u64 holds"
)]
fn tenths(at_s: f64) -> u64 {
    (at_s.clamp(0.0, 1e12) * 10.0).round() as u64
}

/// Marks of a time axis of this length: their step, s, and the unit they are counted in with its length, s.
pub(super) fn ticks(length_s: f64) -> (f64, &'static str, f64) {
    const MOST: f64 = 8.0;
    const STEPS: &[f64] = &[
        1.0,
        2.0,
        5.0,
        10.0,
        15.0,
        30.0,
        60.0,
        120.0,
        300.0,
        600.0,
        900.0,
        1_800.0,
        3_600.0,
        7_200.0,
        10_800.0,
        21_600.0,
        43_200.0,
        86_400.0,
        172_800.0,
        432_000.0,
        864_000.0,
        2_592_000.0,
        8_640_000.0,
    ];
    let last = STEPS.last().copied().unwrap_or(1.0);
    let fitting = STEPS.iter().copied().find(|step| length_s / step <= MOST);
    let step = fitting.unwrap_or_else(|| last * (length_s / last / MOST).ceil());
    let (unit, unit_s) = match step {
        step if step < 60.0 && length_s < 120.0 => ("s", 1.0),
        step if step < 3_600.0 && length_s < 14_400.0 => ("min", 60.0),
        step if step < 86_400.0 => ("h", 3_600.0),
        _ => ("d", 86_400.0),
    };
    (step, unit, unit_s)
}

/// The outer ends of a scale that holds `low` to `high`, at least `least` high, and its step: at most four marks.
pub(super) fn scale(low: f64, high: f64, least: f64) -> (f64, f64, f64) {
    let missing = (least - (high - low)).max(0.0) / 2.0;
    let (low, high) = (low - missing, high + missing);
    let rough = ((high - low) / 3.0).max(1e-9);
    let power = 10f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 2.5, 5.0, 10.0]
        .into_iter()
        .map(|times| times * power)
        .find(|step| *step >= rough)
        .unwrap_or(10.0 * power);
    ((low / step).floor() * step, (high / step).ceil() * step, step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_as_in_print() {
        for (value, decimals, expected) in [
            (-9.44, 1, "\u{2212}9.4"),
            (-0.04, 1, "0.0"),
            (1_234.5, 0, "1\u{2009}234"),
            (65_000.0, 0, "65\u{2009}000"),
            (1_234_567.25, 2, "1\u{2009}234\u{2009}567.25"),
            (7.0, 0, "7"),
        ] {
            assert_eq!(number(value, decimals), expected);
        }
        assert_eq!(clock(0.04), "0:00.0");
        assert_eq!(clock(903.02), "15:03.0");
        assert_eq!(clock(3_723.96), "1:02:04.0");
        assert_eq!(span(90.0), "90.0 s");
        assert_eq!(span(900.0), "15.0 min");
    }

    #[test]
    fn axes_have_few_round_marks_and_hold_everything() {
        for length_s in [0.5, 30.0, 119.0, 121.0, 2_700.0, 9_000.0, 86_400.0, 4e6, 4e9] {
            let (step, _, _) = ticks(length_s);
            assert!(length_s / step <= 8.0, "{length_s}: {step}");
        }
        for (low, high, least) in [
            (24.0, 24.1, 4.0),
            (-9.4, 0.0, 4.0),
            (0.0, 3_290.0, 200.0),
            (5.0, 5.0, 1.0),
        ] {
            let (bottom, top, step) = scale(low, high, least);
            assert!(
                bottom <= low && top >= high && (top - bottom) / step <= 5.01,
                "{bottom} {top} {step}"
            );
            assert!(top - bottom >= least);
        }
    }
}
