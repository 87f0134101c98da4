//! Dates for file names and labels, from the wall clock given as an argument.

use std::time::{SystemTime, UNIX_EPOCH};

use points::Date;

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
fn parts(now: SystemTime) -> ((u32, u32, u32), (u64, u64, u64)) {
    let s = now.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let day = Date::from_days(u32::try_from(s / 86_400).unwrap_or(u32::MAX));
    (day.civil(), (s / 3600 % 24, s / 60 % 60, s % 60))
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
