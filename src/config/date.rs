//! Reads dates of policy files: a day, or a second, in UTC. Nothing here reads the clock.

use jiff::civil::{Date, DateTime, date};
use jiff::{Span, Unit};

const EPOCH: Date = date(1970, 1, 1);

const SECONDS_OF_A_DAY: u64 = 86_400;

/// Reads `2026-12-31` (the first moment of the day) or `2026-12-31T23:59:59Z`, and returns seconds
/// since 1970. A grant that expires on a day grants nothing on that day. The other reading would
/// grant more.
pub(super) fn parse(text: &str) -> Option<u64> {
    // Only one form is allowed. The other forms of the standard (offsets, fractions, weeks) are
    // more than a reader of a policy should have to know.
    let form = text.bytes().map(|byte| if byte.is_ascii_digit() { b'0' } else { byte });
    let at: DateTime = match form.collect::<Vec<u8>>().as_slice() {
        b"0000-00-00" => text.parse::<Date>().ok()?.at(0, 0, 0, 0),
        b"0000-00-00T00:00:00Z" if !text.ends_with(":60Z") => text.strip_suffix('Z')?.parse().ok()?,
        _ => return None,
    };
    let days = EPOCH.until((Unit::Day, at.date())).ok()?.get_days();
    let of_the_day = [(at.hour(), 3600), (at.minute(), 60), (at.second(), 1)];
    let seconds: u64 = of_the_day.into_iter().map(|(count, seconds)| u64::from(count.unsigned_abs()) * seconds).sum();
    Some(u64::try_from(days).ok()? * SECONDS_OF_A_DAY + seconds)
}

/// Returns the day of a time in seconds since 1970.
pub(crate) fn day(seconds: u64) -> String {
    let days = i64::try_from(seconds / SECONDS_OF_A_DAY).ok();
    let span = days.and_then(|days| Span::new().try_days(days).ok());
    span.and_then(|span| EPOCH.checked_add(span).ok()).unwrap_or(Date::MAX).to_string()
}

#[cfg(test)]
mod tests {
    use super::{day, parse};

    #[test]
    fn days_and_seconds_are_read() {
        for (text, seconds) in [
            ("1970-01-01", 0),
            ("2000-02-29", 951_782_400),
            ("2026-12-31", 1_798_675_200),
            ("2026-12-31T23:59:59Z", 1_798_761_599),
            ("9999-12-31", 253_402_214_400),
            ("9999-12-31T23:59:59Z", 253_402_300_799),
        ] {
            assert_eq!(parse(text), Some(seconds), "{text}");
            assert_eq!(day(seconds), text[..10]);
        }
    }

    #[test]
    fn a_time_behind_the_calendar_has_its_last_day() {
        assert_eq!(day(u64::MAX), "9999-12-31");
    }

    #[test]
    fn what_is_no_date_is_none() {
        for text in [
            "",
            "2026-2-1",
            "2026-02-29",
            "2026-13-01",
            "2026-00-10",
            "2026-01-00",
            "26-01-01",
            "2026-12-31T24:00:00Z",
            "2026-12-31T00:00:00",
            "2026-12-31T00:00:00+01:00",
            "2026-12-31 ",
            "tomorrow",
            "1969-12-31",
            "2026-12-31-01",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
