//! Writes JSON by hand: numbers with a fixed count of decimals, and always finite.
//!
//! The general serialiser prints the shortest digits that give the same double back; a picture wants the row's
//! decimals and no more, and is made several times a second.

use points::Span;

/// Decimals that are written; a row has fewer.
const DECIMALS_MAX: u8 = 9;
/// Beyond this a double no longer holds every whole number, and the fast way ends.
const EXACT_MAX: f64 = 9_007_199_254_740_992.0;

/// JSON text being written.
pub(crate) struct Json(Vec<u8>);

impl Json {
    pub(crate) fn with_capacity(bytes: usize) -> Json {
        Json(Vec::with_capacity(bytes))
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Text that is JSON already.
    pub(crate) fn raw(&mut self, text: &str) {
        self.0.extend_from_slice(text.as_bytes());
    }

    /// A comma, except before the first of a list.
    pub(crate) fn comma(&mut self, first: &mut bool) {
        if !std::mem::take(first) {
            self.0.push(b',');
        }
    }

    /// A quoted string.
    pub(crate) fn string(&mut self, text: &str) {
        self.0.push(b'"');
        for byte in text.bytes() {
            match byte {
                b'"' | b'\\' => self.0.extend([b'\\', byte]),
                // `<` is escaped so that the text is harmless even inside a page.
                0..0x20 | b'<' | 0x7f => {
                    let hex = |digit: u8| b"0123456789abcdef"[usize::from(digit & 15)];
                    self.0
                        .extend([b'\\', b'u', b'0', b'0', hex(byte >> 4), hex(byte)]);
                }
                _ => self.0.push(byte),
            }
        }
        self.0.push(b'"');
    }

    /// `"key":` in front of what is written next.
    pub(crate) fn key(&mut self, key: &'static str) {
        self.string(key);
        self.0.push(b':');
    }

    pub(crate) fn boolean(&mut self, value: bool) {
        self.raw(if value { "true" } else { "false" });
    }

    pub(crate) fn whole(&mut self, number: u64) {
        self.digits(number, 1);
    }

    /// A number rounded to `decimals`; `null` when it is not finite.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "checked against EXACT_MAX"
    )]
    pub(crate) fn number(&mut self, value: f64, decimals: u8) {
        let decimals = decimals.min(DECIMALS_MAX);
        let scale = 10u64.pow(u32::from(decimals));
        #[expect(clippy::cast_precision_loss, reason = "10^9 at most")]
        let scaled = (value.abs() * scale as f64).round();
        if !value.is_finite() {
            return self.raw("null");
        }
        if scaled > EXACT_MAX {
            return self.raw(&format!("{value:.0}"));
        }
        let scaled = scaled as u64;
        if value < 0.0 && scaled > 0 {
            self.0.push(b'-');
        }
        self.whole(scaled / scale);
        if decimals > 0 {
            self.0.push(b'.');
            self.digits(scaled % scale, usize::from(decimals));
        }
    }

    /// A span in seconds with one decimal.
    pub(crate) fn seconds(&mut self, span: Span) {
        let tenths = span.as_us().saturating_add(50_000) / 100_000;
        self.whole(tenths / 10);
        self.0.push(b'.');
        self.digits(tenths % 10, 1);
    }

    /// A count of thousandths as a number with three decimals.
    pub(crate) fn thousandths(&mut self, thousandths: u64) {
        self.whole(thousandths / 1000);
        self.0.push(b'.');
        self.digits(thousandths % 1000, 3);
    }

    /// The number with at least `width` digits.
    fn digits(&mut self, mut number: u64, width: usize) {
        let mut buffer = [b'0'; 20];
        let mut at = buffer.len();
        while number > 0 {
            at -= 1;
            buffer[at] = b'0' + (number % 10) as u8;
            number /= 10;
        }
        let at = at.min(buffer.len() - width);
        self.0.extend_from_slice(&buffer[at..]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(write: impl FnOnce(&mut Json)) -> String {
        let mut json = Json::with_capacity(8);
        write(&mut json);
        String::from_utf8(json.into_bytes()).expect("JSON is UTF-8")
    }

    #[test]
    fn numbers_are_rounded_to_their_decimals() {
        for (value, decimals, text) in [
            (-9.4, 1, "-9.4"),
            (-0.04, 1, "0.0"),
            (0.0, 0, "0"),
            (-0.0, 2, "0.00"),
            (1.005, 1, "1.0"),
            (0.05, 4, "0.0500"),
            (99.96, 1, "100.0"),
            (4_294_967_294.0, 0, "4294967294"),
            (f64::NAN, 1, "null"),
            (f64::NEG_INFINITY, 1, "null"),
            (-1e20, 1, "-100000000000000000000"),
        ] {
            assert_eq!(written(|json| json.number(value, decimals)), text, "{value}");
        }
    }

    #[test]
    fn the_fast_way_agrees_with_the_standard_one() {
        for step in -20_000i32..20_000 {
            let value = f64::from(step) * 0.01 + 0.003;
            let standard = format!("{value:.1}");
            let standard = if standard == "-0.0" { "0.0" } else { &standard };
            assert_eq!(written(|json| json.number(value, 1)), standard, "{value}");
        }
    }

    #[test]
    fn spans_have_one_decimal() {
        assert_eq!(written(|json| json.seconds(Span::ms(300))), "0.3");
        assert_eq!(written(|json| json.seconds(Span::ms(1_960))), "2.0");
        assert_eq!(
            written(|json| json.seconds(Span::us(u64::MAX))),
            "18446744073709.5"
        );
    }

    #[test]
    fn strings_come_back_whatever_they_hold() {
        for text in [
            "",
            "a\"b\\c",
            "line\nbreak\u{0}\u{1f}\u{7f}",
            "</script>",
            "°C 🔥",
        ] {
            let json = written(|json| json.string(text));
            assert_eq!(serde_json::from_str::<String>(&json).expect(&json), text);
            assert!(!json.contains('<'));
        }
    }
}
