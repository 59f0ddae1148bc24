//! Days of the installation: in which its statistics, and later its bills, are kept.

use std::fmt;
use std::str::FromStr;

use hongyan_model::{Refusal, Timestamp};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{ToSpan, Unit};

/// 1970-01-01.
const EPOCH: Date = Date::constant(1970, 1, 1);

/// A date. Written `2026-11-18`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Day(Date);

impl Day {
    /// Days from 1970-01-01, as the store keeps it.
    #[must_use]
    pub fn number(self) -> i64 {
        self.0.since((Unit::Day, EPOCH)).map_or(0, |span| i64::from(span.get_days()))
    }

    /// The day with this number.
    #[must_use]
    pub fn of_number(number: i64) -> Self {
        Self(EPOCH.saturating_add(number.clamp(-1_000_000, 1_000_000).days()))
    }

    /// The day `days` later, or earlier.
    #[must_use]
    pub fn plus(self, days: i64) -> Self {
        Self::of_number(self.number().saturating_add(days))
    }

    /// The first day of its month.
    #[must_use]
    pub fn month_start(self) -> Self {
        Self(self.0.first_of_month())
    }

    /// The first day of the month after its own.
    #[must_use]
    pub fn next_month(self) -> Self {
        Self(self.0.last_of_month()).plus(1)
    }

    /// Days of its month.
    #[must_use]
    pub fn month_days(self) -> u32 {
        u32::try_from(self.0.days_in_month()).unwrap_or_default()
    }

    /// The same day so many months later, or the last day of that month if it is shorter.
    #[must_use]
    pub fn plus_months(self, months: u32) -> Self {
        Self(self.0.saturating_add(i64::from(months.min(100_000)).months()))
    }

    /// Its month, such as `2026-11`.
    #[must_use]
    pub fn month(self) -> String {
        self.0.strftime("%Y-%m").to_string()
    }

    /// The first day of a month such as `2026-11`.
    pub fn of_month(text: &str) -> Result<Self, Refusal> {
        let wrong =
            || Refusal::Invalid { name: "month", why: "not a month such as 2026-11".to_owned() };
        format!("{text}-01").parse().map_err(|_| wrong())
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Day {
    type Err = Refusal;

    fn from_str(text: &str) -> Result<Self, Refusal> {
        let date = Date::strptime("%Y-%m-%d", text);
        date.map(Self).map_err(|_| Refusal::Invalid {
            name: "day",
            why: "not a date such as 2026-11-18".to_owned(),
        })
    }
}

/// Tells days apart in a time zone.
#[derive(Clone, Debug)]
pub struct Calendar(TimeZone);

impl Calendar {
    /// Days of an IANA time zone such as `Asia/Shanghai`; `None` if there is none of this name.
    #[must_use]
    pub fn in_zone(name: &str) -> Option<Self> {
        TimeZone::get(name).ok().map(Self)
    }

    /// Days of UTC.
    #[must_use]
    pub fn utc() -> Self {
        Self(TimeZone::UTC)
    }

    /// The day on which a moment lies.
    #[must_use]
    pub fn day(&self, time: Timestamp) -> Day {
        let time = jiff::Timestamp::from_millisecond(time).unwrap_or(jiff::Timestamp::MAX);
        Day(self.0.to_datetime(time).date())
    }

    /// A moment on a clock there, such as `2026-11-18 08:26:40+08:00`.
    #[must_use]
    pub fn clock(&self, time: Timestamp) -> String {
        let time = jiff::Timestamp::from_millisecond(time).unwrap_or(jiff::Timestamp::MAX);
        time.to_zoned(self.0.clone()).strftime("%Y-%m-%d %H:%M:%S%:z").to_string()
    }

    /// The moment at which a day begins; the one before has ended then.
    #[must_use]
    pub fn start(&self, day: Day) -> Timestamp {
        let midnight = day.0.to_zoned(self.0.clone());
        midnight.map_or(Timestamp::MAX, |midnight| midnight.timestamp().as_millisecond())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-18T00:26:40Z.
    const NOW: Timestamp = 1_794_961_600_000;
    const HOUR: Timestamp = 3_600_000;

    #[test]
    fn a_day_is_read_written_and_counted() {
        let day: Day = "2026-11-18".parse().unwrap();
        assert_eq!((day.to_string().as_str(), day.number()), ("2026-11-18", 20_775));
        assert_eq!(Day::of_number(20_775), day);
        assert_eq!(day.plus(-18).to_string(), "2026-10-31");
        assert_eq!(day.month_start().to_string(), "2026-11-01");
        assert_eq!(Day::of_number(-1).to_string(), "1969-12-31");
        for bad in ["", "2026-13-01", "2026-02-30", "18.11.2026", "2026-11-18T00:00:00"] {
            assert!(bad.parse::<Day>().is_err(), "{bad}");
        }
    }

    #[test]
    fn months_have_their_days() {
        let day = |text: &str| text.parse::<Day>().unwrap();
        assert_eq!((day("2028-02-10").month_days(), day("2027-02-10").month_days()), (29, 28));
        assert_eq!(day("2026-12-31").next_month(), day("2027-01-01"));
        assert_eq!(day("2027-01-31").plus_months(1), day("2027-02-28"));
        assert_eq!(day("2027-01-31").plus_months(2), day("2027-03-31"));
        assert_eq!(day("2026-11-18").month(), "2026-11");
        assert_eq!(Day::of_month("2026-11").unwrap(), day("2026-11-01"));
        assert!(Day::of_month("2026-13").is_err());
    }

    #[test]
    fn a_day_begins_at_midnight_of_its_zone() {
        let shanghai = Calendar::in_zone("Asia/Shanghai").unwrap();
        let day = shanghai.day(NOW);
        assert_eq!(day.to_string(), "2026-11-18");
        let start = shanghai.start(day);
        assert_eq!(start, NOW - 8 * HOUR - 26 * 60_000 - 40_000);
        assert_eq!((shanghai.day(start), shanghai.day(start - 1)), (day, day.plus(-1)));
        assert_eq!(shanghai.clock(NOW), "2026-11-18 08:26:40+08:00");
        let new_york = Calendar::in_zone("America/New_York").unwrap();
        assert_eq!(new_york.day(NOW).to_string(), "2026-11-17");
        assert_eq!(Calendar::utc().day(NOW).to_string(), "2026-11-18");
        assert!(Calendar::in_zone("Middle/Earth").is_none());
    }

    #[test]
    fn days_of_23_and_of_25_hours_are_days() {
        let berlin = Calendar::in_zone("Europe/Berlin").unwrap();
        for (day, hours) in [("2026-03-29", 23), ("2026-10-25", 25), ("2026-07-01", 24)] {
            let day: Day = day.parse().unwrap();
            let (start, end) = (berlin.start(day), berlin.start(day.plus(1)));
            assert_eq!(end - start, hours * HOUR);
            assert_eq!((berlin.day(start), berlin.day(end - 1)), (day, day));
        }
    }
}
