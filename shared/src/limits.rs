//! How much of what a stranger's page says is kept. The page and the server apply the same
//! numbers; what goes beyond them is cut or counted, and never fails a form (contract §1.6).

/// Longest consent text, in Unicode scalar values (seed: 4,900 characters).
pub const TEXT_CHARS: usize = 4_900;
/// Longest consent id and value, in Unicode scalar values.
pub const LABEL_CHARS: usize = 128;
/// Longest page URL, in bytes.
pub const URL_BYTES: usize = 2_048;
/// Longest BCP 47 language tag that is kept (RFC 5646 §4.4.1); what goes beyond is cut.
pub const LANGUAGE_CHARS: usize = 35;
/// Longest host name, in bytes (RFC 1035 §2.3.4).
pub const DOMAIN_BYTES: usize = 253;
/// Consent records in one certificate.
pub const CONSENTS: usize = 64;
/// Withheld disclosures in one certificate.
pub const WITHHELD: usize = 64;
/// Steps of a funnel: more than any form has, and small enough to be a safe JSON integer.
pub const STEPS: u32 = 10_000;
/// Elements read from one page load; a page that tags more has its remainder counted as dropped.
pub const ELEMENTS: usize = 1_024;
/// The body of one commit, in bytes. Most are under 4 KiB and go with `keepalive`, of which browsers
/// allow 64 KiB per page; a page with more words than that sends them without.
pub const COMMIT_BYTES: usize = 512 * 1_024;
/// The part of an e-mail address before the `@`, in bytes (RFC 5321 §4.5.3.1.1).
pub const EMAIL_NAME_BYTES: usize = 64;
/// A whole e-mail address, in bytes (RFC 5321 §4.5.3.1.3, less the angle brackets).
pub const EMAIL_BYTES: usize = 254;
/// Page loads in one recording.
pub const STREAMS: usize = 64;
/// Chunks of one page load: at one a second, more than two hours.
pub const CHUNKS: u32 = 10_000;
/// Chunks of one session's recording: what one check of a certificate can read (a Worker makes at
/// most 1,000 requests of its own per request).
pub const RECORDING_CHUNKS: u32 = 800;
/// One session's recording, uncompressed, in bytes.
pub const RECORDING_BYTES: u64 = 64 * 1_024 * 1_024;
/// One chunk, uncompressed, in bytes: room for the snapshot of a page of some 20,000 nodes.
pub const CHUNK_BYTES: usize = 4 * 1_024 * 1_024;
/// One chunk as it is sent, in bytes.
pub const CHUNK_SENT_BYTES: usize = 2 * 1_024 * 1_024;
/// Events of one chunk.
pub const CHUNK_EVENTS: usize = 20_000;
/// One event, in bytes without its line feed.
pub const EVENT_BYTES: usize = 3 * 1_024 * 1_024;
/// Rules of one company.
pub const RULES: usize = 100;
/// Longest name of a rule, in Unicode scalar values.
pub const RULE_NAME_CHARS: usize = 128;
/// Phrases of one rule, sentences of its full text and alternatives counted one by one.
pub const RULE_PHRASES: usize = 1_000;
/// All phrases of one rule together, in bytes of canonical text.
pub const RULE_BYTES: usize = 64 * 1_024;
/// Phrases of all rules of one company, counted as in [`RULE_PHRASES`]: a result says of each
/// whether and where it was found, and is stored in one row.
pub const RULE_SET_PHRASES: usize = 10_000;
/// All phrases of one company's rules together, in bytes of canonical text: an automaton over
/// them has to fit beside everything else in the 128 MB that a Worker has.
pub const RULE_SET_BYTES: usize = 256 * 1_024;

/// Shortens `text` to at most `chars` Unicode scalar values, never inside one.
pub(crate) fn cut(text: &str, chars: usize) -> &str {
    match text.char_indices().nth(chars) {
        Some((end, _)) => text.get(..end).unwrap_or(text),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::cut;

    #[test]
    fn a_text_is_cut_between_characters_and_never_inside_one() {
        assert_eq!(cut("Zürich", 2), "Zü");
        assert_eq!(cut("😀😀😀", 2), "😀😀");
        assert_eq!(cut("short", 99), "short");
        assert_eq!(cut("gone", 0), "");
    }
}
