//! Texts of chat scanned for 100,000 words, half of them Chinese, half Latin.
//!
//! `cargo bench -p hongyan-words`; figures are per text. The memory of each list goes to standard
//! error.

use std::iter;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use hongyan_words::{MatchOptions, Matcher};

const WORDS: usize = 100_000;
/// Characters of a text.
const LENGTHS: [usize; 3] = [20, 200, 3000];
const PLAIN: MatchOptions = MatchOptions { ignore_case: false, normalise: false };
const IGNORE_CASE: MatchOptions = MatchOptions { ignore_case: true, normalise: false };
const NORMALISE: MatchOptions = MatchOptions { ignore_case: true, normalise: true };
const ALL: [(&str, MatchOptions); 3] =
    [("plain", PLAIN), ("ignore case", IGNORE_CASE), ("normalise", NORMALISE)];

/// Most of what is written is written with these.
const COMMON: &str = "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之\
     年过发后作里用道行所然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实\
     日军者意无力它与长把机十民第公此已工使情明性知全三又关点正业外将两高间由问很最重并物手应战向头文体政美相见被利什\
     二等产或新己制身果加西斯月话合回特代内信表化老给世位次度门任常先海通教儿原东声提立及比员解水名真论处走义各入几口\
     认条平系气题活尔更别打女变四神总何电数安少报才结反受目太量再感建务做接必场件计管期市直德资命山金指克许统区保至队";
const SYLLABLES: [&str; 24] = [
    "ba", "con", "der", "ex", "fu", "ger", "hi", "in", "ka", "lo", "ment", "ni", "or", "pre",
    "qui", "re", "sha", "tion", "un", "ver", "wa", "xi", "yo", "zen",
];
const ENGLISH: [&str; 16] = [
    "ok", "hello", "the", "message", "please", "today", "see", "you", "where", "thanks", "people",
    "photo", "group", "good", "morning", "later",
];

/// The same numbers in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end
    }

    /// Common ones more often than rare ones.
    fn chinese(&mut self, common: &[char]) -> char {
        if self.below(10) < 7 {
            common[self.below(common.len()).min(self.below(common.len()))]
        } else {
            self.rare()
        }
    }

    fn rare(&mut self) -> char {
        char::from_u32('\u{4e00}' as u32 + self.below(6000) as u32).expect("an ideograph")
    }

    fn latin(&mut self, letters: usize) -> String {
        let mut word = String::new();
        while word.len() < letters {
            word.push_str(SYLLABLES[self.below(SYLLABLES.len())]);
        }
        word.truncate(letters);
        word
    }
}

fn words(common: &[char]) -> Vec<String> {
    let mut numbers = Numbers(1);
    let word = |n| {
        if n % 2 == 0 {
            let length = 2 + numbers.below(5);
            // Pairs of common characters are in every text, and on nobody's list.
            let end = if length == 2 { numbers.rare() } else { numbers.chinese(common) };
            (1..length).map(|_| numbers.chinese(common)).chain(iter::once(end)).collect()
        } else {
            let length = 4 + numbers.below(9).max(numbers.below(9));
            numbers.latin(length)
        }
    };
    (0..WORDS).map(word).collect()
}

/// Chinese with some Latin words, punctuation and spaces in it.
fn text(common: &[char], length: usize) -> String {
    let mut numbers = Numbers(2);
    let mut text = String::new();
    let mut count = 0;
    while count < length {
        let part = match numbers.below(20) {
            0 => "，".to_owned(),
            1 => "。".to_owned(),
            2 | 3 => format!(" {} ", ENGLISH[numbers.below(ENGLISH.len())]),
            _ => numbers.chinese(common).to_string(),
        };
        count += part.chars().count();
        text.push_str(&part);
    }
    text.chars().take(length).collect()
}

fn builds(criterion: &mut Criterion) {
    let common: Vec<char> = COMMON.chars().filter(|c| !c.is_whitespace()).collect();
    let words = words(&common);
    let mut group = criterion.benchmark_group("build");
    group.sample_size(10).measurement_time(Duration::from_secs(10));
    for (name, options) in ALL {
        eprintln!("{name}: {} bytes", Matcher::new(&words, options).memory());
        group.bench_function(name, |bencher| bencher.iter(|| Matcher::new(&words, options)));
    }
    group.finish();
}

fn finds(criterion: &mut Criterion) {
    let common: Vec<char> = COMMON.chars().filter(|c| !c.is_whitespace()).collect();
    let words = words(&common);
    for (name, options) in ALL {
        let matcher = Matcher::new(&words, options);
        let mut group = criterion.benchmark_group(format!("find, {name}"));
        for length in LENGTHS {
            let text = text(&common, length);
            group.throughput(Throughput::Bytes(text.len() as u64));
            group.bench_function(BenchmarkId::from_parameter(length), |bencher| {
                bencher.iter(|| matcher.find(&text));
            });
        }
        group.finish();
    }
}

criterion_group!(benches, builds, finds);
criterion_main!(benches);
