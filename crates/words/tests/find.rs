//! What is found in which text, and what it becomes.

use hongyan_words::{Hit, MatchOptions, Matcher};

const PLAIN: MatchOptions = MatchOptions { ignore_case: false, normalise: false };
const IGNORE_CASE: MatchOptions = MatchOptions { ignore_case: true, normalise: false };
const NORMALISE: MatchOptions = MatchOptions { ignore_case: false, normalise: true };
const BOTH: MatchOptions = MatchOptions { ignore_case: true, normalise: true };

/// The hits as they are written in the text, with the number of the word.
fn found<'t>(words: &[&str], options: MatchOptions, text: &'t str) -> Vec<(usize, &'t str)> {
    let hits = Matcher::new(words, options).find(text);
    hits.into_iter().map(|hit| (hit.word, &text[hit.start..hit.end])).collect()
}

fn replaced(words: &[&str], options: MatchOptions, text: &str) -> String {
    let matcher = Matcher::new(words, options);
    matcher.replace(text, &matcher.find(text))
}

/// Each is the text, and what is found of it.
fn check(words: &[&str], options: MatchOptions, texts: &[(&str, &[&str])]) {
    for (text, expected) in texts {
        let written: Vec<&str> =
            found(words, options, text).into_iter().map(|(_, written)| written).collect();
        assert_eq!(written, *expected, "{words:?} in {text:?}");
    }
}

#[test]
fn a_matcher_is_shared_by_threads() {
    fn shared<T: Send + Sync + Clone + 'static>(_: &T) {}
    let matcher = Matcher::new(["bad"], BOTH);
    shared(&matcher);
    let other = matcher.clone();
    let hits = std::thread::spawn(move || other.find("a bad day")).join().expect("no panic");
    assert_eq!(hits, [Hit { word: 0, start: 2, end: 5 }]);
    assert_eq!(matcher.find("a bad day"), hits);
}

#[test]
fn without_words_nothing_is_found() {
    for options in [PLAIN, IGNORE_CASE, NORMALISE, BOTH] {
        for words in [&[][..], &[""], &["", ""]] {
            assert_eq!(found(words, options, ""), []);
            assert_eq!(found(words, options, "any text, 任何"), []);
            assert_eq!(replaced(words, options, "any text, 任何"), "any text, 任何");
        }
    }
}

#[test]
fn empty_words_keep_their_number() {
    for options in [PLAIN, IGNORE_CASE, NORMALISE, BOTH] {
        assert_eq!(found(&["", "bad", "", "敏感"], options, "敏感 bad"), [(3, "敏感"), (1, "bad")]);
    }
}

#[test]
fn the_leftmost_longest_of_overlapping_words_is_found() {
    let words = ["abcd", "bc", "cdef", "ab", "f", "感词", "敏感", "敏感词语", "语言"];
    for options in [PLAIN, IGNORE_CASE, NORMALISE, BOTH] {
        assert_eq!(found(&words, options, "abcdef"), [(0, "abcd"), (4, "f")]);
        assert_eq!(found(&words, options, "abcef"), [(3, "ab"), (4, "f")]);
        assert_eq!(found(&words, options, "bcdef"), [(1, "bc"), (4, "f")]);
        assert_eq!(found(&words, options, "敏感词"), [(6, "敏感")]);
        assert_eq!(found(&words, options, "敏感词语言"), [(7, "敏感词语")]);
        assert_eq!(found(&words, options, "感词语言"), [(5, "感词"), (8, "语言")]);
    }
}

#[test]
fn the_first_of_equal_words_is_found() {
    assert_eq!(found(&["x", "Bad", "bad", "Bad"], PLAIN, "bad Bad"), [(2, "bad"), (1, "Bad")]);
    assert_eq!(found(&["x", "Bad", "bad"], IGNORE_CASE, "bad BAD"), [(1, "bad"), (1, "BAD")]);
    assert_eq!(found(&["x", "敏感", "敏 感"], NORMALISE, "敏感"), [(1, "敏感")]);
}

#[test]
fn a_hit_becomes_three_asterisks_however_long() {
    let words = ["坏", "敏感词语", "a", "longer"];
    for options in [PLAIN, IGNORE_CASE, NORMALISE, BOTH] {
        assert_eq!(replaced(&words, options, "坏"), "***");
        assert_eq!(replaced(&words, options, "坏坏"), "******");
        assert_eq!(replaced(&words, options, "说敏感词语，longer 的"), "说***，*** 的");
    }
    assert_eq!(replaced(&words, NORMALISE, "说敏 - 感词❤语."), "说***.");
}

#[test]
fn hits_that_do_not_fit_change_nothing() {
    let matcher = Matcher::new(["bad"], PLAIN);
    let hit = |start, end| Hit { word: 7, start, end };
    let text = "说bad的";
    assert_eq!(matcher.replace(text, &[]), text);
    for wrong in [hit(1, 3), hit(0, 2), hit(5, 3), hit(0, 99), hit(99, 100), hit(usize::MAX, 0)] {
        assert_eq!(matcher.replace(text, &[wrong]), text, "{wrong:?}");
        assert_eq!(matcher.replace(text, &[wrong, hit(3, 6)]), "说***的", "{wrong:?}");
        assert_eq!(matcher.replace(text, &[hit(3, 6), wrong]), "说***的", "{wrong:?}");
    }
    assert_eq!(matcher.replace(text, &[hit(3, 6), hit(4, 5), hit(0, 3)]), "说***的");
}

#[test]
fn plain_is_as_it_is_written() {
    check(
        &["Bad", "敏感", "a.c", "x\0y", "(?i)z+", "é"],
        PLAIN,
        &[
            ("Badly", &["Bad"]),
            ("bad BAD Ｂad B ad", &[]),
            ("敏感", &["敏感"]),
            ("敏 感 敏\u{200b}感", &[]),
            ("a.c abc", &["a.c"]),
            ("x\0y x\0\0y xy", &["x\0y"]),
            ("(?i)z+ zz Z", &["(?i)z+"]),
            ("é e\u{301}", &["é"]),
        ],
    );
}

#[test]
fn case_is_ignored_char_by_char() {
    check(
        &["Bad", "ÄRGER", "сука", "σοφος", "straße", "ist"],
        IGNORE_CASE,
        &[
            ("bad BAD bAd", &["bad", "BAD", "bAd"]),
            ("Ｂad b.a.d", &[]),
            ("ärger Ärger", &["ärger", "Ärger"]),
            ("СУКА", &["СУКА"]),
            ("ΣΟΦΟΣ σοφος σοφοσ", &["ΣΟΦΟΣ", "σοφος", "σοφοσ"]),
            ("STRAßE STRAẞE STRASSE", &["STRAßE", "STRAẞE"]),
            ("İst Iſt", &["İst", "Iſt"]),
            ("敏BAD感", &["BAD"]),
        ],
    );
}

#[test]
fn case_stays_unless_it_is_ignored() {
    check(&["Bad"], NORMALISE, &[("Bad Ｂad B.a.d bad ｂad BAD", &["Bad", "Ｂad", "B.a.d"])]);
    check(&["Bad"], BOTH, &[("Bad ＢＡＤ b.A.d", &["Bad", "ＢＡＤ", "b.A.d"])]);
}

#[test]
fn compatibility_forms_are_the_ordinary_ones() {
    check(
        &["bad", "123", "カード", "人", "车"],
        NORMALISE,
        &[
            ("ｂａｄ", &["ｂａｄ"]),
            ("𝐛𝖆𝕕 ⓑⓐⓓ", &["𝐛𝖆𝕕", "ⓑⓐⓓ"]),
            ("１２３ ①②③ ¹²³", &["１２３", "①②③", "¹²³"]),
            ("ｶｰﾄﾞ カード", &["ｶｰﾄﾞ", "カード"]),
            // A radical, and a compatibility ideograph that is traditional too.
            ("⼈ \u{f902}", &["⼈", "\u{f902}"]),
        ],
    );
    check(&["ｂａｄ", "ＫＧ"], BOTH, &[("bad kg", &["bad", "kg"])]);
}

#[test]
fn a_character_of_several_letters_is_hit_once() {
    check(
        &["k", "g", "gk"],
        NORMALISE,
        &[("㎏", &["㎏"]), ("㎏k", &["㎏", "k"]), ("a㎏㎏b", &["㎏", "㎏"])],
    );
    assert_eq!(replaced(&["g"], NORMALISE, "5㎏!"), "5***!");
    // A symbol and a letter: each word is looked for in a form of its own.
    check(&["°", "c"], BOTH, &[("5℃!", &["℃"])]);
    check(&["°", "cd"], BOTH, &[("5℃d", &["℃d"])]);
}

#[test]
fn traditional_characters_are_the_simplified_ones() {
    check(
        &["台湾后面", "開發", "睡着了"],
        NORMALISE,
        &[
            ("台灣後面 臺湾后面", &["台灣後面", "臺湾后面"]),
            ("开发 開发 開發 开髮", &["开发", "開发", "開發", "开髮"]),
            ("睡著了", &["睡著了"]),
        ],
    );
    check(&["開發"], IGNORE_CASE, &[("开发 開發", &["開發"])]);
}

#[test]
fn inserted_symbols_are_skipped() {
    let words = ["敏感词"];
    let texts = [
        "敏-感 词",
        "敏❤感词",
        "敏❤️感👨‍👩‍👧词",
        "敏。感…词",
        "敏\u{200b}感\u{2060}词",
        "敏\n感\t\u{3000}词",
        "敏\u{fe0f}感\u{20dd}词",
        "敏̶感̶词",
        "敏\0感\u{1b}词",
        "敏🇨🇳感✔️词",
        "敏$感\u{e000}词",
        "敏\u{3164}感\u{2800}词",
        "敏\u{e0041}感\u{feff}词",
    ];
    for text in texts {
        check(&words, NORMALISE, &[(text, &[text])]);
        let around = format!("，{text}。");
        assert_eq!(replaced(&words, NORMALISE, &around), "，***。");
        check(&words, IGNORE_CASE, &[(text, &[])]);
    }
    // A digit is no symbol, whatever is put around it.
    check(&words, NORMALISE, &[("敏🇨🇳感1️⃣词", &[]), ("敏x感词", &[]), ("敏感々词", &[])]);
    // Symbols before and after a word are not of it.
    assert_eq!(replaced(&words, NORMALISE, "（❤敏感词❤）"), "（❤***❤）");
    // Those in the word as it was given don't matter.
    check(&["敏 感-词"], NORMALISE, &[("敏感词 敏.感.词", &["敏感词", "敏.感.词"])]);
}

#[test]
fn marks_are_dropped_or_part_of_a_letter() {
    check(
        &["bad", "né", "が"],
        BOTH,
        &[
            ("b\u{336}a\u{336}d\u{336}!", &["b\u{336}a\u{336}d\u{336}"]),
            ("ba\u{301}d", &["ba\u{301}d"]),
            ("bád", &[]),
            ("né ne\u{301} NE\u{301} ne", &["né", "ne\u{301}", "NE\u{301}"]),
            ("が か\u{3099} ｶﾞ か", &["が", "か\u{3099}"]),
        ],
    );
    check(&["ne\u{301}"], NORMALISE, &[("né ne\u{301} ne", &["né", "ne\u{301}"])]);
    // Of several marks too.
    check(&["cặc"], NORMALISE, &[("ca\u{323}\u{306}c các cặc", &["ca\u{323}\u{306}c", "cặc"])]);
    assert_eq!(replaced(&["bad"], NORMALISE, "bad\u{301}\u{fe0f}ly"), "***ly");
    // On a symbol that is skipped they are not the letter's.
    assert_eq!(replaced(&["bad"], NORMALISE, "bad❤\u{fe0f}"), "***❤\u{fe0f}");
    // A mark at the start belongs to nothing.
    check(&["bad"], NORMALISE, &[("\u{301}bad", &["bad"])]);
}

#[test]
fn marks_of_a_script_are_letters() {
    check(&["मत"], NORMALISE, &[("मत मात", &["मत"])]);
    check(&["ขา"], NORMALISE, &[("ขา ข้า", &["ขา"])]);
}

#[test]
fn korean_in_parts_is_the_same() {
    let parts = "\u{1109}\u{1175}\u{1107}\u{1161}\u{11af}";
    check(&["시발"], NORMALISE, &[("시발 시 발", &["시발", "시 발"]), (parts, &[parts])]);
    check(&["시발"], PLAIN, &[(parts, &[])]);
}

#[test]
fn spaced_words_need_regular_gaps() {
    check(
        &["bad", "shit"],
        NORMALISE,
        &[
            // As it is, even inside.
            ("bad badly forbade", &["bad", "bad", "bad"]),
            // Symbols, none of them whitespace.
            ("b.a.d b-ad ba❤d b**a_d", &["b.a.d", "b-ad", "ba❤d", "b**a_d"]),
            // Single spaces between single letters.
            ("so b a d it is", &["b a d"]),
            ("so b\u{3000}a\u{3000}d\nit", &["b\u{3000}a\u{3000}d"]),
            ("b a.d, b ad, ba d, b  a d, b - a - d", &[]),
            ("b\na\nd", &["b\na\nd"]),
            // Not in the midst of other words.
            ("this hit, push-it, was-hit!, s-hitting, sh.it", &["sh.it"]),
            ("xb.a.d b.a.dx xb a d b a dx", &[]),
            // Digits and Chinese are no longer word.
            ("2b.a.d3 我b.a.d你", &["b.a.d", "b.a.d"]),
            // What cannot be seen is no gap.
            ("forb\u{200b}a\u{ad}de", &["b\u{200b}a\u{ad}d"]),
            ("x\u{200b}b.a.d", &[]),
        ],
    );
    check(&["сука"], BOTH, &[("су ка, Барсу капли, с.у.к.а, С У К А", &["с.у.к.а", "С У К А"])]);
}

#[test]
fn gaps_of_a_word_itself_are_no_change() {
    check(
        &["free money", "as is"],
        NORMALISE,
        &[
            ("free money, carefree moneybag", &["free money", "free money"]),
            ("free-money free  money", &["free-money", "free  money"]),
            ("freemoney, freemoneybag", &["freemoney"]),
            ("fr.ee mon.ey", &["fr.ee mon.ey"]),
            ("f r e e m o n e y", &["f r e e m o n e y"]),
            ("fre emoney, free mon ey", &[]),
            ("basis, has islands", &["as is"]),
        ],
    );
    // The same letters, spelt otherwise.
    check(&["foobar", "foo bar"], NORMALISE, &[("foobar foo bar", &["foobar", "foo bar"])]);
    assert_eq!(found(&["foobar", "foo bar"], NORMALISE, "foo bar"), [(1, "foo bar")]);
}

#[test]
fn numbers_have_any_gaps_at_their_edges() {
    check(
        &["13800138000", "64", "qq9"],
        NORMALISE,
        &[
            ("138 0013-8000", &["138 0013-8000"]),
            ("call１３８００１３８０００", &["１３８００１３８０００"]),
            ("1640 16:45 6.4 6 4", &["64", "6.4", "6 4"]),
            ("qq9 q.q.9 qq 9 q q 9", &["qq9", "q.q.9", "q q 9"]),
        ],
    );
}

#[test]
fn when_a_word_is_not_spelt_rightly_others_are_looked_for() {
    // Shorter at the same place, later within it, and the same letters again.
    let words = ["his hit", "shit", "hit", "th", "this"];
    check(&words, NORMALISE, &[("this hit", &["this", "hit"]), ("push-it hit", &["hit"])]);
    check(&["abcd", "ab", "cde"], NORMALISE, &[("ab cdef", &["ab", "cde"])]);
    check(&["abc", "bcd", "cd"], NORMALISE, &[("xab cd", &["cd"])]);
}

#[test]
fn words_of_symbols_are_found_as_they_are() {
    check(
        &["❤️", "$$", ":)", "bad", "🇨🇳", "- -"],
        NORMALISE,
        &[
            ("❤ ❤️ ❤\u{200d}x", &["❤", "❤️", "❤"]),
            ("$$$ $ $ ＄＄", &["$$", "＄＄"]),
            (":) : ) ：）", &[":)", "：）"]),
            ("b$$ad", &["b$$ad"]),
            ("🇨🇳 🇨🇦", &["🇨🇳"]),
            ("- - --", &["- -"]),
            ("$$bad:)", &["$$", "bad", ":)"]),
        ],
    );
    // Nothing is left of these.
    check(
        &[" ", "\u{200b}", "\u{301}", "\0", " \n "],
        NORMALISE,
        &[(" \u{200b}\u{301}\0 \n ", &[])],
    );
}

#[test]
fn words_are_no_patterns() {
    let words = ["a.c", "[x]", "q*", "\\d", "^start", "$(rm)"];
    check(
        &words,
        PLAIN,
        &[("a.c abc [x] x q* qq \\d 5 ^start", &["a.c", "[x]", "q*", "\\d", "^start"])],
    );
    // Their symbols are skipped like any other.
    check(&words, NORMALISE, &[("a.c a-c abc (rm) 5", &["a.c", "a-c", "rm"])]);
}

#[test]
fn nul_is_a_character_like_any_other() {
    check(&["a\0b", "\0"], PLAIN, &[("a\0b\0ab", &["a\0b", "\0"])]);
    check(&["a\0b", "\0"], IGNORE_CASE, &[("A\0B\0ab", &["A\0B", "\0"])]);
    check(&["a\0b", "\0"], NORMALISE, &[("a\0b\0ab", &["a\0b", "ab"])]);
}

#[test]
fn offsets_are_of_the_original() {
    let text = "👨‍👩‍👧ａ\u{301}敏\u{fe0f}❤️感１e\u{301}BAD";
    let hits = Matcher::new(["敏感", "bad"], BOTH).find(text);
    let at = |part: &str| text.find(part).expect("a part of it");
    let [chinese, latin] = [at("敏"), at("BAD")];
    assert_eq!(
        hits,
        [
            Hit { word: 0, start: chinese, end: chinese + "敏\u{fe0f}❤️感".len() },
            Hit { word: 1, start: latin, end: latin + 3 },
        ]
    );
}

#[test]
fn long_texts_are_searched_to_the_end() {
    let filler = "这是一段很长的文字, with some Latin. ".repeat(20_000);
    let text = format!("{filler}敏-感{filler}b.a.d{filler}");
    for (options, expected) in [(PLAIN, 0), (IGNORE_CASE, 0), (NORMALISE, 2), (BOTH, 2)] {
        let matcher = Matcher::new(["敏感", "bad"], options);
        let hits = matcher.find(&text);
        assert_eq!(hits.len(), expected);
        let gone = if expected == 0 { 0 } else { "敏-感".len() + "b.a.d".len() - 6 };
        assert_eq!(matcher.replace(&text, &hits).len(), text.len() - gone);
    }
}

#[test]
fn a_long_gap_is_a_gap() {
    let text = format!("敏{}感", " ".repeat(1_000_000));
    assert_eq!(replaced(&["敏感"], NORMALISE, &text), "***");
}
