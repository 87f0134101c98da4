//! Dates for file names and labels, from the wall clock given as an argument.

use std::time::{SystemTime, UNIX_EPOCH};

/// `20261127T000501Z`; a clock before 1970 reads as its start.
pub(crate) fn stamp(now: SystemTime) -> String {
    let ((year, month, day), (hour, minute, second)) = parts(now);
    format!("{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z")
}

/// `2026-11-27 00:05:01 UTC`; a clock before 1970 reads as its start.
pub(crate) fn label(now: SystemTime) -> String {
    let ((year, month, day), (hour, minute, second)) = parts(now);
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02} UTC")
}

/// Year, month and day; hour, minute and second.
fn parts(now: SystemTime) -> ((u64, u64, u64), (u64, u64, u64)) {
    let s = now.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    (civil(s / 86_400), (s / 3600 % 24, s / 60 % 60, s % 60))
}

/// Days since 1970-01-01 to year, month and day, counted in eras of 400 years that start on 1 March.
fn civil(days: u64) -> (u64, u64, u64) {
    let days = days.saturating_add(719_468);
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (era * 400 + year + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn days_that_are_easy_to_get_wrong() {
        for (s, text) in [
            (0, "19700101T000000Z"),
            (951_782_400, "20000229T000000Z"),
            (1_709_251_199, "20240229T235959Z"),
            (1_709_251_200, "20240301T000000Z"),
            (2_147_483_648, "20380119T031408Z"),
            (4_294_967_296, "21060207T062816Z"),
        ] {
            assert_eq!(stamp(UNIX_EPOCH + Duration::from_secs(s)), text);
        }
        assert_eq!(stamp(UNIX_EPOCH - Duration::from_secs(5)), "19700101T000000Z");
        let leap = UNIX_EPOCH + Duration::from_secs(951_782_400);
        assert_eq!(label(leap), "2000-02-29 00:00:00 UTC");
    }
}
