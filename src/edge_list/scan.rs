//! Parses the fields of common lines: eight bytes at a time, without branches on the length of a field.
//!
//! Every function returns `None` for unusual text, such as two blanks in a row or a letter in a number. `None` is not
//! an error: the line is then parsed by the full rules in `lines`.

#![expect(
    clippy::inline_always,
    reason = "without it the compiler does not inline the scan of a key: 1.8 times the instructions a line"
)]

use super::{dictionary::DictionaryLimit, long_ids::IdSpan};
use crate::{
    event::{MAX_NAME_BYTES, key_hash},
    ids::{index64, low8, low64},
};

/// An id in the form in which it is looked up: as a number, or as bytes.
pub(super) trait Key: Copy + Send + Sync {
    /// Whether the first byte of a comment or of a quoted field could be scanned as the first byte of a key.
    const MAY_BE_UNUSUAL: bool;

    /// The key that starts at `at`, and its end: the position of the first byte that cannot be part of the key.
    fn scan(text: &[u8], at: usize, delimiter: u8) -> Option<(Self, usize)>;

    /// The key of an id that starts at byte `at` of the text and for which [`Key::scan`] returned `None`.
    fn of_id(id: &str, at: usize) -> Result<Self, DictionaryLimit>;

    /// The key as two words. The second word is not 0, and equal keys have equal second words wherever they are in a
    /// text.
    fn words(self) -> [u64; 2];
}

/// An id that is a number in its canonical form: without sign and leading zeros.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NumberKey(pub(super) u64);

impl NumberKey {
    /// The value of `id`, if it is a canonical number.
    pub(super) fn of(id: &str) -> Option<Self> {
        let is_canonical =
            id.bytes().all(|byte| byte.is_ascii_digit()) && (id.len() == 1 || !id.starts_with('0'));
        is_canonical.then(|| id.parse().ok()).flatten().map(Self)
    }

    pub(super) fn from_words(words: [u64; 2]) -> Self {
        Self(words[0] & !HIGH_BIT | (words[1] & 1) << 63)
    }
}

const HIGH_BIT: u64 = 1 << 63;

impl Key for NumberKey {
    const MAY_BE_UNUSUAL: bool = false;

    #[inline(always)]
    fn scan(text: &[u8], at: usize, _: u8) -> Option<(Self, usize)> {
        let word = word_at(text, at)?;
        let length = digit_count(word);
        // There is no digit, or there is a zero before other digits.
        if length == 0 || (length > 1 && low8(word) == b'0') {
            return None;
        }
        if length < 8 {
            return Some((Self(short_number(word, length)), at + length));
        }
        long_number(text, at, short_number(word, 8))
    }

    fn of_id(id: &str, _: usize) -> Result<Self, DictionaryLimit> {
        Self::of(id).ok_or(DictionaryLimit::NumbersOnly)
    }

    #[inline]
    fn words(self) -> [u64; 2] {
        [self.0 | HIGH_BIT, self.0 >> 63 | 2]
    }
}

/// The number of eight to twenty digits that starts at `at`; `head` is the value of the first eight digits.
#[inline]
fn long_number(text: &[u8], at: usize, head: u64) -> Option<(NumberKey, usize)> {
    let word = word_at(text, at + 8)?;
    let length = digit_count(word);
    let value = head * POWERS[length] + short_number_or_none(word, length);
    if length < 8 {
        return Some((NumberKey(value), at + 8 + length));
    }
    let word = word_at(text, at + 16)?;
    let length = digit_count(word);
    if length > 4 {
        return None;
    }
    let value = value.checked_mul(POWERS[length])?.checked_add(short_number_or_none(word, length))?;
    Some((NumberKey(value), at + 16 + length))
}

const POWERS: [u64; 9] = [1, 10, 100, 1000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000];

/// An id of up to fifteen bytes inline, or the hash of a longer id and its position in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TextKey([u64; 2]);

/// The longest id that a key holds inline.
pub(super) const INLINE_BYTES: usize = 15;
/// The top byte of the second word is the length of an id, or has all its bits set if the id is not inline.
const LONG: u64 = 0xff << 56;

impl TextKey {
    /// The key of a non-empty id without NUL that starts at byte `at` of the text.
    pub(super) fn of(id: &[u8], at: usize) -> Self {
        if id.len() > INLINE_BYTES {
            return Self([IdSpan::new(at as u64, id.len()).0, LONG | key_hash(id)]);
        }
        let mut bytes = [0; 16];
        bytes[..id.len()].copy_from_slice(id);
        let word = u128::from_le_bytes(bytes) | (id.len() as u128) << 120;
        Self([low64(word), low64(word >> 64)])
    }

    /// Whether `words` represent an id that is not inline.
    #[inline]
    pub(super) fn is_long(words: [u64; 2]) -> bool {
        words[1] >= LONG
    }

    /// The bytes of an id in `text`; `words` must represent an id that is not inline.
    #[inline]
    pub(super) fn long(words: [u64; 2], text: &[u8]) -> &[u8] {
        let span = IdSpan(words[0]);
        &text[index64(span.start())..][..span.id_bytes()]
    }

    /// The bytes of the inline id that `words` represent, and its length; further bytes are not part of the id.
    pub(super) fn inline(words: [u64; 2]) -> ([u8; 16], usize) {
        let bytes = (u128::from(words[0]) | u128::from(words[1]) << 64).to_le_bytes();
        (bytes, usize::from(bytes[INLINE_BYTES]))
    }
}

impl Key for TextKey {
    const MAY_BE_UNUSUAL: bool = true;

    #[inline(always)]
    fn scan(text: &[u8], at: usize, delimiter: u8) -> Option<(Self, usize)> {
        let pattern = splat(delimiter);
        let first = word_at(text, at)?;
        let length = plain_count(first, pattern);
        if length == 0 {
            return None;
        }
        if length < 8 {
            return Some((Self([first & low_bytes(length), (length as u64) << 56]), at + length));
        }
        let second = word_at(text, at + 8)?;
        let more = plain_count(second, pattern);
        if more == 8 {
            return long_text(text, at, pattern);
        }
        let length = 8 + more;
        Some((Self([first, second & low_bytes(more) | (length as u64) << 56]), at + length))
    }

    fn of_id(id: &str, at: usize) -> Result<Self, DictionaryLimit> {
        Ok(Self::of(id.as_bytes(), at))
    }

    #[inline]
    fn words(self) -> [u64; 2] {
        self.0
    }
}

/// The id of sixteen bytes or more that starts at `at`.
#[inline]
fn long_text(text: &[u8], at: usize, pattern: u64) -> Option<(TextKey, usize)> {
    let mut end = at + INLINE_BYTES + 1;
    loop {
        let count = plain_count(word_at(text, end)?, pattern);
        end += count;
        if end - at > MAX_NAME_BYTES {
            return None;
        }
        if count < 8 {
            return Some((TextKey::of(&text[at..end], at), end));
        }
    }
}

/// A weight with at most seven digits before and after the point: correctly rounded by one division.
#[inline(always)]
pub(super) fn weight(text: &[u8], at: usize) -> Option<(f64, usize)> {
    let (whole, end) = some_digits(text, at)?;
    if text.get(end) != Some(&b'.') {
        return Some((whole as f64, end));
    }
    let (part, part_end) = some_digits(text, end + 1)?;
    // Both numbers are below 2^53 and therefore exact, and the only division rounds to nearest, as the standard parser
    // does.
    let scale = POWERS[part_end - end - 1];
    Some(((whole * scale + part) as f64 / scale as f64, part_end))
}

/// One to seven digits.
#[inline(always)]
fn some_digits(text: &[u8], at: usize) -> Option<(u64, usize)> {
    let word = word_at(text, at)?;
    let length = digit_count(word);
    (1..8).contains(&length).then(|| (short_number(word, length), at + length))
}

#[inline(always)]
fn word_at(text: &[u8], at: usize) -> Option<u64> {
    text.get(at..)?.first_chunk::<8>().map(|bytes| u64::from_le_bytes(*bytes))
}

const fn splat(byte: u8) -> u64 {
    u64::from_le_bytes([byte; 8])
}

/// The number of digits at the beginning of `word`.
#[inline(always)]
fn digit_count(word: u64) -> usize {
    let digits = word ^ splat(b'0');
    // A byte below 10 stays below 128 when 118 is added. Carries from other bytes only change the bytes behind them.
    first_marked((digits.wrapping_add(splat(118)) | digits) & splat(0x80))
}

/// How many bytes `word` has before the first blank, control character, byte of `pattern` or byte beyond ASCII.
#[inline(always)]
fn plain_count(word: u64, pattern: u64) -> usize {
    let other = word ^ pattern;
    // Borrows only change the bytes behind them, so the first mark is right.
    let is_pattern = other.wrapping_sub(splat(1)) & !other;
    first_marked((word.wrapping_sub(splat(b' ' + 1)) | word | is_pattern) & splat(0x80))
}

/// The position of the first byte with its top bit set; 8 if there is none.
#[inline(always)]
fn first_marked(marks: u64) -> usize {
    (marks.trailing_zeros() / 8) as usize
}

/// The first `length` bytes of a word; `length` is below 8.
#[inline(always)]
fn low_bytes(length: usize) -> u64 {
    (1 << (8 * length)) - 1
}

/// The value of the first `length` bytes of `word`, which are digits; `length` is 1 to 8.
#[inline(always)]
fn short_number(word: u64, length: usize) -> u64 {
    // Zeros are shifted in before the digits; then neighboring digits are joined to numbers of two, four and eight
    // digits.
    let digits = (word ^ splat(b'0')) << (64 - 8 * length);
    let pairs = (digits * 10 + (digits >> 8)) & 0x00ff_00ff_00ff_00ff;
    let fours = (pairs * 100 + (pairs >> 16)) & 0x0000_ffff_0000_ffff;
    (fours * 10_000 + (fours >> 32)) & 0xffff_ffff
}

#[inline(always)]
fn short_number_or_none(word: u64, length: usize) -> u64 {
    if length == 0 { 0 } else { short_number(word, length) }
}
