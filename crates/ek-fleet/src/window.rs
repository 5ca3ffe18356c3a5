//! The time for which a budget is given: for ever, or for each day or month of UTC.
//!
//! `window.lua` is the same in Redis, where the clock is the server's.

/// A day in milliseconds.
const DAY: u64 = 86_400_000;

/// The time for which a budget is given. Days and months are those of UTC.
///
/// ```
/// use ek_fleet::Window;
///
/// // The first day of 1970 is one window of a day.
/// assert_eq!(Window::Day.around(1_000), (0, Some(86_400_000)));
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Window {
    /// It never begins anew.
    #[default]
    Forever,
    /// It begins anew each day at 0:00.
    Day,
    /// It begins anew on the first day of each month.
    Month,
}

impl Window {
    /// The word for it in keys and scripts.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Forever => "forever",
            Self::Day => "day",
            Self::Month => "month",
        }
    }

    /// Its start, and its end where it has one, around this time; all in milliseconds since 1970.
    #[must_use]
    pub fn around(self, now: u64) -> (u64, Option<u64>) {
        let today = now / DAY;
        match self {
            Self::Forever => (0, None),
            Self::Day => (today * DAY, Some((today + 1) * DAY)),
            Self::Month => {
                let first = today - day_of_month(today);
                // No month is longer, so this is a day of the next one.
                let later = first + 31;
                (first * DAY, Some((later - day_of_month(later)) * DAY))
            }
        }
    }
}

/// The day of the month, counted from 0, of a day counted from 1970. The arithmetic counts in eras of 400
/// years, which are all alike, and lets the year begin in March, so that the leap day is its last.
fn day_of_month(day: u64) -> u64 {
    let day_of_era = (day + 719_468) % 146_097;
    let year = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * day_of_year + 2) / 153;
    day_of_year - (153 * month + 2) / 5
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 29 February 2028, 13:46:40.
    const LEAP_DAY: u64 = 1_835_444_800_000;

    #[test]
    fn a_month_ends_where_the_next_one_begins_in_leap_years_too() {
        let (start, end) = Window::Month.around(LEAP_DAY);
        assert_eq!((start, end), (1_832_976_000_000, Some(1_835_481_600_000)));
        let mut days = Vec::new();
        let mut at = 0; // 1 January 1970
        for _ in 0..12 {
            let (start, end) = Window::Month.around(at);
            assert_eq!(start, at);
            let end = end.expect("a month ends");
            days.push((end - start) / DAY);
            at = end;
        }
        assert_eq!(days, [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]);
    }

    #[test]
    fn a_day_is_the_day_of_utc_and_for_ever_has_no_end() {
        assert_eq!(Window::Day.around(LEAP_DAY), (1_835_395_200_000, Some(1_835_481_600_000)));
        assert_eq!(Window::Forever.around(LEAP_DAY), (0, None));
    }
}
