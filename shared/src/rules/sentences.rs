//! Full-text mode: a whole disclosure becomes its sentences, each a required phrase.

use unicode_segmentation::UnicodeSegmentation as _;

use crate::text::canonical;

/// The sentences of a text by UAX #29, without the space around them; what has neither letter nor
/// digit is none.
///
/// ```
/// use econsent_core::rules::sentences;
///
/// let text = "I agree to calls from Acme Insurance.  Consent is not required! ";
/// let sentences: Vec<&str> = sentences(text).collect();
/// assert_eq!(sentences, ["I agree to calls from Acme Insurance.", "Consent is not required!"]);
/// ```
pub fn sentences(text: &str) -> impl Iterator<Item = &str> {
    let sentences = text.unicode_sentences().map(str::trim);
    sentences.filter(|sentence| !canonical(sentence).is_empty())
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::sentences;
    use crate::text::canonical;

    #[test]
    fn a_disclosure_falls_into_the_sentences_that_a_reader_sees() {
        let text = "By clicking “Get My Quote” I agree that Acme Insurance, Inc. may call me at \
                    $0.00 cost, e.g. by autodialer. Consent is not a condition of purchase.\n\
                    Message and data rates may apply. Reply STOP to end.";
        let found: Vec<&str> = sentences(text).collect();
        assert_eq!(
            found,
            [
                "By clicking “Get My Quote” I agree that Acme Insurance, Inc. may call me at \
                 $0.00 cost, e.g. by autodialer.",
                "Consent is not a condition of purchase.",
                "Message and data rates may apply.",
                "Reply STOP to end."
            ]
        );
    }

    #[test]
    fn every_sentence_is_found_in_the_text_it_came_from() {
        let text = "¿Está de acuerdo? Sí. Acme Seguros puede llamarme. «Siempre».";
        let whole = canonical(text);
        assert_eq!(sentences(text).count(), 4);
        assert!(sentences(text).all(|sentence| whole.contains(&canonical(sentence))));
    }

    #[test]
    fn rows_of_signs_are_no_sentences() {
        assert_eq!(sentences(" \n*** --- \u{200b} ... ").count(), 0);
    }
}
