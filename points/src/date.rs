//! A day of the calendar, for what ages by it: never a time of anything that acts.
//!
//! Proleptic Gregorian, counted in days from 1970-01-01. Who gives one says how far it is to be believed.

/// A day: its number since 1970-01-01.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Date(u32);

/// Last year that is taken, so that text and arithmetic stay bounded.
const YEAR_LAST: u32 = 2199;

impl Date {
    /// The day with this number since 1970-01-01.
    pub const fn from_days(days: u32) -> Date {
        Date(days)
    }

    /// Its number since 1970-01-01.
    pub const fn days(self) -> u32 {
        self.0
    }

    /// The day `days` later.
    #[must_use]
    pub const fn after(self, days: u32) -> Date {
        Date(self.0.saturating_add(days))
    }

    /// Days since `earlier`; none when that lies ahead.
    pub const fn since(self, earlier: Date) -> u32 {
        self.0.saturating_sub(earlier.0)
    }

    /// Year, month and day, counted in eras of 400 years that start on 1 March.
    pub const fn civil(self) -> (u32, u32, u32) {
        let days = self.0.saturating_add(719_468);
        let (era, of_era) = (days / 146_097, days % 146_097);
        let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year + year / 4 - year / 100);
        let month = (5 * of_year + 2) / 153;
        let day = of_year - (153 * month + 2) / 5 + 1;
        let month = if month < 10 { month + 3 } else { month - 9 };
        (era * 400 + year + (month <= 2) as u32, month, day)
    }

    /// The day of this year, month and day, from 1970 to 2199; nothing where the calendar has none.
    pub const fn of(year: u32, month: u32, day: u32) -> Option<Date> {
        if year < 1970 || year > YEAR_LAST || month < 1 || month > 12 || day < 1 || day > 31 {
            return None;
        }
        let (years, months) = if month > 2 {
            (year, month - 3)
        } else {
            (year - 1, month + 9)
        };
        let (era, of_era) = (years / 400, years % 400);
        let of_year = (153 * months + 2) / 5 + day - 1;
        let days = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year;
        let date = Date(days - 719_468);
        let back = date.civil();
        // 31 April would come back as 1 May.
        if back.0 == year && back.1 == month && back.2 == day {
            Some(date)
        } else {
            None
        }
    }

    /// The day written as `2026-11-27`, and in no other way.
    pub fn parse(text: &str) -> Option<Date> {
        let bytes = text.as_bytes();
        let shape = bytes.len() == 10 && bytes[4] == b'-' && bytes[7] == b'-';
        let number = |part: Option<&str>| {
            let part = part?;
            let digits = part.bytes().all(|byte| byte.is_ascii_digit());
            if digits { part.parse::<u32>().ok() } else { None }
        };
        if !shape {
            return None;
        }
        Date::of(
            number(text.get(..4))?,
            number(text.get(5..7))?,
            number(text.get(8..))?,
        )
    }
}

impl core::fmt::Display for Date {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let (year, month, day) = self.civil();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;

    #[test]
    fn every_day_until_2199_comes_back_and_follows_the_one_before() {
        let last = Date::of(2199, 12, 31).expect("the last day").days();
        let mut before = (1969, 12, 31);
        for days in 0..=last {
            let date = Date::from_days(days);
            let (year, month, day) = date.civil();
            assert_eq!(Date::of(year, month, day), Some(date));
            assert_eq!(Date::parse(&date.to_string()), Some(date));
            let next_day = day == before.2 + 1 && (year, month) == (before.0, before.1);
            let next_month = day == 1 && before.2 >= 28 && (year, month) != (before.0, before.1);
            assert!(next_day || next_month, "{before:?} {date}");
            before = (year, month, day);
        }
        assert_eq!(Date::of(2000, 2, 29).map(Date::days), Some(11_016));
    }

    #[test]
    fn what_is_no_day_is_not_taken() {
        for text in [
            "2026-02-29",
            "2026-13-01",
            "2026-00-10",
            "2026-04-31",
            "1969-12-31",
            "2200-01-01",
            "26-01-01",
            "2026-1-01",
            "2026/01/01",
            "+026-01-01",
            "2026-01-0é",
            "",
        ] {
            assert_eq!(Date::parse(text), None, "{text}");
        }
    }
}
