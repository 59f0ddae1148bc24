//! Traditional Chinese characters to simplified ones, char by char.
//!
//! A match needs only that both writings become one, not that the outcome reads well, so no
//! phrases are looked at: 乾 becomes 干 in 乾隆 too, on both sides.

use std::sync::LazyLock;

const PAIRS: &str = include_str!("simplified.txt");
/// The block of code points that traditional characters are in, rounded to whole words of bits.
const FIRST: usize = 0x3400;
const END: usize = 0x31000;
const WORDS: usize = (END - FIRST) / 64;

static TABLE: LazyLock<Table> = LazyLock::new(|| Table::new(PAIRS));

/// The simplified character for a traditional one; any other is given back as it is.
pub(crate) fn simplified(c: char) -> char {
    TABLE.get(c)
}

/// A set of bits with ranks: most characters are not traditional, and are told so by one bit. The
/// bits of the characters in daily use fit the first-level cache, a map of all would not.
struct Table {
    /// Bit `n` of word `w` is set if code point `FIRST + 64 * w + n` is traditional.
    bits: Box<[u64; WORDS]>,
    /// How many bits are set in the words before.
    before: Box<[u16; WORDS]>,
    /// In the order of the bits.
    simplified: Vec<char>,
}

impl Table {
    /// `pairs` is the text of `simplified.txt`, in the order of code points.
    fn new(pairs: &str) -> Self {
        let mut table = Self {
            bits: Box::new([0; WORDS]),
            before: Box::new([0; WORDS]),
            simplified: Vec::new(),
        };
        let lines = pairs.lines().filter(|line| !line.starts_with('#'));
        for pair in lines.flat_map(str::split_whitespace) {
            let mut chars = pair.chars();
            let (Some(from), Some(to)) = (chars.next(), chars.next()) else { continue };
            let Some((word, bit)) = place(from) else { continue };
            table.bits[word] |= 1 << bit;
            table.simplified.push(to);
        }
        let mut count = 0;
        for (before, bits) in table.before.iter_mut().zip(table.bits.iter()) {
            *before = count;
            count += bits.count_ones() as u16;
        }
        table
    }

    fn get(&self, c: char) -> char {
        let Some((word, bit)) = place(c) else { return c };
        let bits = self.bits[word];
        if bits & (1 << bit) == 0 {
            return c;
        }
        let below = bits & ((1 << bit) - 1);
        self.simplified[usize::from(self.before[word]) + below.count_ones() as usize]
    }
}

/// The word and the bit of a character, if it is in the block.
fn place(c: char) -> Option<(usize, usize)> {
    let offset = (c as usize).checked_sub(FIRST)?;
    (offset < END - FIRST).then_some((offset / 64, offset % 64))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs() -> Vec<(char, char)> {
        let lines = PAIRS.lines().filter(|line| !line.starts_with('#'));
        let pairs = lines.flat_map(str::split_whitespace).map(|pair| {
            let chars: Vec<char> = pair.chars().collect();
            assert_eq!(chars.len(), 2, "{pair}");
            (chars[0], chars[1])
        });
        pairs.collect()
    }

    #[test]
    fn the_table_is_in_order_and_in_the_block() {
        let pairs = pairs();
        assert!(pairs.len() > 4000);
        assert!(pairs.is_sorted_by(|a, b| a.0 < b.0));
        assert!(pairs.iter().all(|(from, _)| place(*from).is_some()));
    }

    #[test]
    fn every_pair_is_looked_up_and_stays() {
        for (from, to) in pairs() {
            assert_eq!(simplified(from), to);
            assert_eq!(simplified(to), to);
        }
    }

    #[test]
    fn others_are_left_alone() {
        for c in ['a', '\0', '中', '\u{33ff}', '\u{3400}', '\u{30fff}', '\u{31000}', char::MAX] {
            assert_eq!(simplified(c), c);
        }
        let text: String = "說台灣話的愛與發髮後面爲為裡裏著".chars().map(simplified).collect();
        assert_eq!(text, "说台湾话的爱与发发后面为为里里着");
    }
}
