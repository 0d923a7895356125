//! Texts: cut, canonical, and what Unicode says is invisible.

use std::sync::LazyLock;

use econsent_core::consent::{ConsentText, Label};
use econsent_core::text::{Span, Traced, canonical};
use proptest::prelude::*;
use regex::Regex;
use unicode_normalization::UnicodeNormalization as _;

/// Characters that canonical forms turn on, thick on the ground, among any others.
fn tricky() -> impl Strategy<Value = String> {
    let character = prop_oneof![
        3 => prop::sample::select(
            "aZ09 \u{a0}\u{2003}\n\t‘’‚‛′“”„‟″«»‐‑‒–—―−'\"-\u{ad}\u{200b}\u{200d}\u{feff}\u{115f}\
             \u{3164}\u{ffa0}\u{fe0f}ﬁＦẞßİıΣσςǅŉ½…‴⁗´¨ͅ\u{300}\u{301}\u{308}\u{323}\u{345}ᾳᾼ가각😀\u{1f3fd}"
                .chars()
                .collect::<Vec<char>>()
        ),
        1 => any::<char>(),
    ];
    prop::collection::vec(character, 0..40).prop_map(|chars| chars.into_iter().collect())
}

static IGNORABLE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\p{Default_Ignorable_Code_Point}").unwrap());

/// The contract's definition, step by step and without short cuts.
fn as_defined(text: &str) -> String {
    let fold = |c: char| match c {
        '‘' | '’' | '‚' | '‛' | '′' => '\'',
        '“' | '”' | '„' | '‟' | '″' | '«' | '»' => '"',
        '‐' | '‑' | '‒' | '–' | '—' | '―' | '−' => '-',
        other => other,
    };
    let folded: String = IGNORABLE.replace_all(text, "").chars().map(fold).collect();
    let lower = folded.nfkc().collect::<String>().to_lowercase();
    let folded: String = lower.nfkc().map(fold).collect();
    folded.split_whitespace().collect::<Vec<&str>>().join(" ")
}

proptest! {
    #[test]
    fn a_canonical_form_is_the_one_that_is_defined(text in tricky()) {
        prop_assert_eq!(canonical(&text), as_defined(&text));
    }

    #[test]
    fn a_canonical_form_is_its_own_canonical_form(text in tricky()) {
        let once = canonical(&text);
        prop_assert_eq!(canonical(&once), once);
    }

    #[test]
    fn a_canonical_form_has_single_spaces_and_none_at_its_ends(text in tricky()) {
        let form = canonical(&text);
        prop_assert_eq!(form.trim(), &form);
        prop_assert!(!form.contains("  ") && !form.contains('\n'));
    }

    #[test]
    fn what_is_found_in_a_canonical_form_is_found_again_where_it_was_written(
        text in tricky(), from in 0.0..1.0, part in 0.0..1.0,
    ) {
        let traced = Traced::of(&text);
        prop_assert_eq!(traced.as_str(), canonical(&text));
        let ends: Vec<usize> =
            traced.as_str().char_indices().map(|(at, c)| at + c.len_utf8()).collect();
        let starts: Vec<usize> = traced.as_str().char_indices().map(|(at, _)| at).collect();
        if !starts.is_empty() {
            let first = (starts.len() as f64 * from) as usize;
            let last = first + ((starts.len() - first) as f64 * part) as usize;
            let (start, end) = (starts[first], ends[last]);
            let span = traced.span(start, end);
            prop_assert!(span.is_some());
            let Span { start: from, end: to } = span.unwrap();
            let shown: String = text.chars().skip(from).take(to - from).collect();
            let (shown, needle) = (canonical(&shown), &traced.as_str()[start..end]);
            // A final sigma is one only at the end of what is looked at.
            let plain = |text: &str| text.replace('ς', "σ");
            prop_assert!(plain(&shown).contains(plain(needle).trim()), "{:?} {:?}", shown, needle);
        }
    }

    #[test]
    fn a_text_is_cut_between_characters_after_at_most_4900(text in tricky(), times in 1..400_usize) {
        let long = text.repeat(times);
        let kept = ConsentText::of(&long);
        prop_assert!(long.trim().starts_with(kept.as_str()));
        prop_assert!(kept.as_str().chars().count() <= 4_900);
        prop_assert_eq!(kept.as_str().trim(), kept.as_str());
        prop_assert_eq!(ConsentText::of(kept.as_str()), kept);
    }

    #[test]
    fn a_label_is_a_label_already(text in tricky(), times in 1..9_usize) {
        let label = Label::of(&text.repeat(times));
        prop_assert!(label.as_str().chars().count() <= 128);
        prop_assert!(!label.as_str().contains(char::is_control));
        prop_assert_eq!(Label::of(label.as_str()), label);
    }
}

#[test]
fn exactly_what_unicode_calls_default_ignorable_is_dropped_and_every_form_is_stable() {
    let mut bytes = [0; 4];
    for c in char::MIN..=char::MAX {
        let form = canonical(&format!("a{c}b"));
        assert_eq!(form == "ab", IGNORABLE.is_match(c.encode_utf8(&mut bytes)), "{c:?}");
        // Beyond plane 2 nothing folds, decomposes or has case.
        assert!(c > '\u{2ffff}' || canonical(&form) == form, "{c:?}");
    }
}
