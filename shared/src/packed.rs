//! Commitments and the values that open them in as few bytes as a store can keep them in. Each has one
//! form only, so that no byte of it can be changed without changing what it says.

use alloc::string::String;
use alloc::vec::Vec;

use crate::commitment::{Commitment, Committed, Disclosure, Disclosures, Personal, Salt};
use crate::digest::Digest;

/// What comes before the seed and a value's name when its salt is derived.
const PREFIX: &[u8] = b"econsent-salt-v1\n";

/// How packed disclosures begin when each value is written with its salt.
const SALTED: u8 = 1;
/// How they begin when all salts are derived from the seed that follows.
const SEEDED: u8 = 2;

/// Why bytes are no packed commitments or disclosures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("these bytes hold no commitments or disclosures in the form that they are packed in")]
pub struct PackedError;

/// 16 random bytes that the salts of one certificate's personal values are derived from. Whoever is
/// shown one salt learns nothing of the others.
#[derive(Clone, PartialEq, Eq)]
pub struct Seed([u8; 16]);

impl Seed {
    /// A seed of 16 random bytes.
    #[must_use]
    pub const fn new(random: [u8; 16]) -> Self {
        Self(random)
    }

    /// The salt of one value: the first 16 bytes of `SHA-256("econsent-salt-v1\n" ‖ seed ‖ name)`.
    #[must_use]
    pub fn salt(&self, personal: Personal) -> Salt {
        let digest = Digest::of_parts(&[PREFIX, &self.0, personal.as_str().as_bytes()]);
        let mut salt = [0; 16];
        salt.iter_mut().zip(digest.as_bytes()).for_each(|(salt, byte)| *salt = *byte);
        Salt::new(salt)
    }
}

impl core::fmt::Debug for Seed {
    /// Salts stay out of logs, and so does what they are derived from.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Seed(…)")
    }
}

/// The personal values of one certificate, salted from one seed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seeded {
    seed: Seed,
    disclosures: Disclosures,
}

impl Seeded {
    /// Values under salts from `seed`; each name once.
    #[must_use]
    pub fn new(seed: Seed, values: impl IntoIterator<Item = (Personal, String)>) -> Self {
        let mut disclosures = Disclosures::default();
        for (personal, value) in values {
            disclosures.set(personal, Disclosure { salt: seed.salt(personal), value });
        }
        Self { seed, disclosures }
    }

    /// The values with their salts.
    #[must_use]
    pub const fn disclosures(&self) -> &Disclosures {
        &self.disclosures
    }

    /// `2 ‖ seed`, and in the order of [`Personal::ALL`] for each value its number there, the
    /// length of its UTF-8 as LEB128, and its UTF-8.
    #[must_use]
    pub fn packed(&self) -> Vec<u8> {
        let mut packed = Vec::from([SEEDED]);
        packed.extend(self.seed.0);
        for (number, personal) in (0_u8..).zip(Personal::ALL) {
            if let Some(Disclosure { value, .. }) = self.disclosures.get(personal) {
                packed.push(number);
                write_length(value.len(), &mut packed);
                packed.extend(value.as_bytes());
            }
        }
        packed
    }
}

impl Disclosures {
    /// Reads what [`Seeded::packed`] wrote, or the same with `1` in place of `2 ‖ seed` and each
    /// value's salt before its length.
    ///
    /// # Errors
    /// [`PackedError`] when the bytes are neither.
    pub fn from_packed(packed: &[u8]) -> Result<Self, PackedError> {
        let mut rest = Bytes(packed);
        let seed = match rest.one()? {
            SALTED => None,
            SEEDED => Some(Seed(rest.take()?)),
            _ => return Err(PackedError),
        };
        let mut disclosures = Self::default();
        let mut numbers = Numbers::default();
        while !rest.0.is_empty() {
            let personal = numbers.next(rest.one()?)?;
            let salt = match &seed {
                Some(seed) => seed.salt(personal),
                None => Salt::new(rest.take()?),
            };
            let length = rest.length()?;
            let value = core::str::from_utf8(rest.slice(length)?).map_err(|_| PackedError)?;
            disclosures.set(personal, Disclosure { salt, value: value.into() });
        }
        Ok(disclosures)
    }
}

impl Committed {
    /// For each commitment, in the order of [`Personal::ALL`], its number there and its 32 bytes.
    #[must_use]
    pub fn packed(&self) -> Vec<u8> {
        let mut packed = Vec::new();
        for (number, personal) in (0_u8..).zip(Personal::ALL) {
            if let Some(commitment) = self.get(personal) {
                packed.push(number);
                packed.extend(commitment.as_bytes());
            }
        }
        packed
    }

    /// Reads what [`Committed::packed`] wrote.
    ///
    /// # Errors
    /// [`PackedError`] when the bytes are anything else.
    pub fn from_packed(packed: &[u8]) -> Result<Self, PackedError> {
        let mut rest = Bytes(packed);
        let mut committed = Self::default();
        let mut numbers = Numbers::default();
        while !rest.0.is_empty() {
            let personal = numbers.next(rest.one()?)?;
            committed.set(personal, Commitment::from_bytes(rest.take()?));
        }
        Ok(committed)
    }
}

/// Names by their numbers, which have to ascend.
#[derive(Default)]
struct Numbers(Option<u8>);

impl Numbers {
    fn next(&mut self, number: u8) -> Result<Personal, PackedError> {
        if self.0.is_some_and(|last| last >= number) {
            return Err(PackedError);
        }
        self.0 = Some(number);
        Personal::ALL.get(usize::from(number)).copied().ok_or(PackedError)
    }
}

fn write_length(mut length: usize, packed: &mut Vec<u8>) {
    loop {
        let low = u8::try_from(length & 0x7f).unwrap_or_default();
        length >>= 7;
        if length == 0 {
            return packed.push(low);
        }
        packed.push(low | 0x80);
    }
}

/// Bytes that are yet to be read.
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn one(&mut self) -> Result<u8, PackedError> {
        self.take().map(|[byte]| byte)
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N], PackedError> {
        let (bytes, rest) = self.0.split_first_chunk().ok_or(PackedError)?;
        self.0 = rest;
        Ok(*bytes)
    }

    fn slice(&mut self, length: usize) -> Result<&'a [u8], PackedError> {
        let (bytes, rest) = self.0.split_at_checked(length).ok_or(PackedError)?;
        self.0 = rest;
        Ok(bytes)
    }

    /// A length in as few bytes as it can be written in, four at most.
    fn length(&mut self) -> Result<usize, PackedError> {
        let mut length = 0;
        for shift in [0, 7, 14, 21] {
            let byte = self.one()?;
            length |= usize::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return if byte == 0 && shift > 0 { Err(PackedError) } else { Ok(length) };
            }
        }
        Err(PackedError)
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::String;
    use alloc::vec::Vec;

    use super::{PackedError, Seed, Seeded};
    use crate::commitment::{Committed, Disclosures, Personal, Salt};
    use crate::digest::Digest;

    fn lead() -> Seeded {
        let page = alloc::format!("https://forms.leadgen.com/quote?{}", "utm=1&".repeat(60));
        Seeded::new(
            Seed::new([7; 16]),
            [
                (Personal::Email, String::from("jörg@example.com")),
                (Personal::Ip, String::from("203.0.113.7")),
                (Personal::Page, page),
                (Personal::Phone, String::from("+13055550123")),
            ],
        )
    }

    #[test]
    fn what_was_packed_is_read_back_and_opens_its_commitments() {
        let (seeded, disclosures) = (lead(), lead().disclosures().clone());
        let committed = disclosures.commit();
        let read = Disclosures::from_packed(&seeded.packed()).unwrap();
        assert_eq!(read.document().canonical(), disclosures.document().canonical());
        let again = Committed::from_packed(&committed.packed()).unwrap();
        for personal in Personal::ALL {
            assert_eq!(again.get(personal), committed.get(personal));
        }
        assert_eq!((committed.packed().len(), read.first_unopened(&again)), (4 * 33, None));
        assert_eq!(Committed::from_packed(&[]), Ok(Committed::default()));
    }

    #[test]
    fn a_salt_is_the_seeds_and_the_names_and_tells_nothing_of_another() {
        let expected = Digest::of_parts(&[b"econsent-salt-v1\n", &[7; 16], b"user_agent"]);
        let mut first = [0; 16];
        first.copy_from_slice(expected.as_bytes().get(..16).unwrap());
        assert_eq!(Seed::new([7; 16]).salt(Personal::UserAgent), Salt::new(first));
        let salts = Personal::ALL.map(|personal| String::from(Seed::new([7; 16]).salt(personal)));
        let different: alloc::collections::BTreeSet<_> = salts.iter().collect();
        assert_eq!(different.len(), salts.len());
    }

    #[test]
    fn values_with_salts_of_their_own_are_read_too() {
        let mut packed = Vec::from([1, 3]);
        packed.extend([9; 16]);
        packed.extend(b"\x05es-US");
        let read = Disclosures::from_packed(&packed).unwrap();
        let language = read.get(Personal::Language).unwrap();
        assert_eq!((&language.salt, language.value.as_str()), (&Salt::new([9; 16]), "es-US"));
    }

    #[test]
    fn every_other_writing_of_the_same_is_refused() {
        let refused = |packed: &[u8]| {
            assert_eq!(Disclosures::from_packed(packed), Err(PackedError), "{packed:?}");
        };
        refused(&[]);
        refused(&[3]);
        let packed = lead().packed();
        refused(packed.get(..packed.len() - 1).unwrap());
        refused(&[packed.as_slice(), &[0]].concat());
        let seeded = |values: &[u8]| [&[2], [0; 16].as_slice(), values].concat();
        refused(&seeded(&[4, 1, b'x', 0, 1, b'y']));
        refused(&seeded(&[4, 1, b'x', 4, 1, b'y']));
        refused(&seeded(&[7, 1, b'x']));
        refused(&seeded(&[0, 0x81, 0, b'x']));
        refused(&seeded(&[0, 1, 0xff]));
        let committed = lead().disclosures().commit().packed();
        let (phone, rest) = (committed.get(committed.len() - 66..).unwrap(), &committed[..66]);
        assert_eq!(Committed::from_packed(&[phone, rest].concat()), Err(PackedError));
        assert_eq!(Committed::from_packed(&committed[1..]), Err(PackedError));
        assert_eq!(Committed::from_packed(&[&committed[..], &[6]].concat()), Err(PackedError));
    }
}
