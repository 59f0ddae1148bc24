//! `Range: bytes=…`: a piece of a file, for players that jump.

use std::ops::Range;

use crate::errors::Failure;

/// What of a file of `size` bytes is asked for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Asked {
    /// All of it; also where the header is not understood, or asks for several pieces.
    Whole,
    /// A piece that is there.
    Piece(Range<u64>),
}

impl Asked {
    /// Refuses a piece that is not there.
    pub(crate) fn of(header: Option<&str>, size: u64) -> Result<Self, Failure> {
        let piece = header.and_then(|header| header.trim().strip_prefix("bytes="));
        let Some((first, last)) = piece.and_then(|piece| piece.split_once('-')) else {
            return Ok(Self::Whole);
        };
        let (first, last) = (first.trim(), last.trim());
        let range = match (first.is_empty(), first.parse::<u64>(), last.parse::<u64>()) {
            // The last so many.
            (true, _, Ok(count)) => size.saturating_sub(count)..size,
            (false, Ok(first), _) if last.is_empty() => first..size,
            (false, Ok(first), Ok(last)) if first <= last => {
                first..size.min(last.saturating_add(1))
            }
            _ => return Ok(Self::Whole),
        };
        if range.is_empty() { Err(Failure::NoSuchRange { size }) } else { Ok(Self::Piece(range)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_piece_is_understood() {
        for (header, range) in [
            ("bytes=0-0", 0..1),
            ("bytes=2-5", 2..6),
            ("bytes=2-", 2..10),
            ("bytes= 2 - 500", 2..10),
            ("bytes=-3", 7..10),
            ("bytes=-30", 0..10),
        ] {
            assert_eq!(Asked::of(Some(header), 10).unwrap(), Asked::Piece(range), "{header}");
        }
    }

    #[test]
    fn what_is_not_understood_asks_for_all() {
        for header in [
            "",
            "bytes",
            "bytes=",
            "bytes=-",
            "bytes=a-b",
            "bytes=5-2",
            "bytes=0-1,4-5",
            "lines=1-2",
        ] {
            assert_eq!(Asked::of(Some(header), 10).unwrap(), Asked::Whole, "{header}");
        }
        assert_eq!(Asked::of(None, 10).unwrap(), Asked::Whole);
    }

    #[test]
    fn what_is_not_there_is_refused() {
        for (header, size) in
            [("bytes=10-", 10), ("bytes=10-20", 10), ("bytes=-0", 10), ("bytes=0-", 0)]
        {
            let refused = Asked::of(Some(header), size).unwrap_err();
            assert!(matches!(refused, Failure::NoSuchRange { size: s } if s == size), "{header}");
        }
    }
}
