//! Amounts of money.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, Neg, Sub};

use serde::{Deserialize, Serialize};

/// An amount in the smallest unit of its currency: fen, cents.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Money(pub i64);

impl Money {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// Reads `888`, `0.27`, `-12.5`: two decimals at most.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (is_negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (whole, decimals) = digits.split_once('.').unwrap_or((digits, ""));
        let is_number = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        let has_point = digits.contains('.');
        if whole.is_empty() || !is_number(whole) || !is_number(decimals) || decimals.len() > 2 {
            return None;
        }
        if has_point && decimals.is_empty() {
            return None;
        }
        let hundredths: i64 = format!("{decimals:0<2}").parse().ok()?;
        let fen = whole.parse::<i64>().ok()?.checked_mul(100)?.checked_add(hundredths)?;
        Some(Self(if is_negative { -fen } else { fen }))
    }

    /// This times `part` of `whole`, rounded half up to the smallest unit; `None` if `whole` is 0 or it does not fit.
    #[must_use]
    pub fn share(self, part: u64, whole: u64) -> Option<Self> {
        let (part, whole) = (i128::from(part), i128::from(whole));
        if whole == 0 {
            return None;
        }
        let doubled = i128::from(self.0) * part * 2 + whole;
        i64::try_from(doubled.div_euclid(whole * 2)).ok().map(Self)
    }

    /// This, so many times; `None` if it does not fit.
    #[must_use]
    pub fn times(self, n: u64) -> Option<Self> {
        i64::try_from(n).ok().and_then(|n| self.0.checked_mul(n)).map(Self)
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let fen = self.0.unsigned_abs();
        write!(f, "{sign}{}.{:02}", fen / 100, fen % 100)
    }
}

impl Add for Money {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sub for Money {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Neg for Money {
    type Output = Self;

    fn neg(self) -> Self {
        Self(self.0.saturating_neg())
    }
}

impl Sum for Money {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Add::add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_and_written_with_two_decimals() {
        for (text, fen) in [("888", 88_800), ("0.27", 27), ("12.5", 1250), ("-3.05", -305)] {
            assert_eq!(Money::parse(text), Some(Money(fen)), "{text}");
        }
        for text in ["", ".5", "1.", "1.234", "1e3", "--1", "1,5", "99999999999999999999"] {
            assert_eq!(Money::parse(text), None, "{text}");
        }
        assert_eq!(Money(-305).to_string(), "-3.05");
        assert_eq!(Money(88_800).to_string(), "888.00");
        assert_eq!(Money(7).to_string(), "0.07");
    }

    #[test]
    fn a_share_is_rounded_half_up() {
        // The published proration: Pro on days 1-10 and Flagship on days 11-30 of a month of 30 days.
        assert_eq!(Money(88_800).share(10, 30), Some(Money(29_600)));
        assert_eq!(Money(288_800).share(20, 30), Some(Money(192_533)));
        assert_eq!(Money(288_800).share(12, 31), Some(Money(111_794)));
        assert_eq!(Money(129_900).share(18, 30), Some(Money(77_940)));
        assert_eq!(Money(1).share(1, 2), Some(Money(1)));
        assert_eq!(Money(-1).share(1, 2), Some(Money(0)));
        assert_eq!(Money(1).share(1, 0), None);
    }
}
