//! Decompresses a gzip file of one or more members, which zero bytes may follow.

use std::io::{self, BufRead, BufReader, Read};

use flate2::bufread::GzDecoder;

/// Reads the text of all members, one after the other.
///
/// Zero bytes after the last member end the file: tapes and block devices pad files with them, and `gzip` accepts them.
/// Any other byte must begin another member.
pub(super) struct GzipMembers<R> {
    /// The member that is read; `None` only while it is exchanged.
    member: Option<GzDecoder<BufReader<R>>>,
    is_at_end: bool,
}

impl<R: Read> GzipMembers<R> {
    pub(super) fn new(input: BufReader<R>) -> Self {
        Self { member: Some(GzDecoder::new(input)), is_at_end: false }
    }

    pub(super) fn get_ref(&self) -> &R {
        self.member.as_ref().expect("invariant: a member is present between reads").get_ref().get_ref()
    }

    pub(super) fn get_mut(&mut self) -> &mut R {
        self.member.as_mut().expect("invariant: a member is present between reads").get_mut().get_mut()
    }

    /// Goes on to what follows the member that has ended.
    fn advance(&mut self) -> io::Result<()> {
        let member = self.member.as_mut().expect("invariant: a member is present between reads");
        let is_padded = member.get_mut().fill_buf()?.first() == Some(&0);
        if is_padded {
            skip_zeros(member.get_mut())?;
        }
        self.is_at_end = member.get_mut().fill_buf()?.is_empty();
        if is_padded && !self.is_at_end {
            let text = "only zero bytes may follow the zero bytes after a gzip member";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
        }
        if !self.is_at_end {
            self.member = self.member.take().map(|member| GzDecoder::new(member.into_inner()));
        }
        Ok(())
    }
}

/// Consumes the zero bytes at the front of `input`.
fn skip_zeros(input: &mut impl BufRead) -> io::Result<()> {
    loop {
        let bytes = input.fill_buf()?;
        let zeros = bytes.iter().take_while(|&&byte| byte == 0).count();
        let is_end = zeros == 0 || zeros < bytes.len();
        input.consume(zeros);
        if is_end {
            return Ok(());
        }
    }
}

impl<R: Read> Read for GzipMembers<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while !self.is_at_end && !buffer.is_empty() {
            let member = self.member.as_mut().expect("invariant: a member is present between reads");
            let length = member.read(buffer)?;
            if length > 0 {
                return Ok(length);
            }
            self.advance()?;
        }
        Ok(0)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::{Compression, write::GzEncoder};

    use super::*;

    fn member(text: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    fn text_of(bytes: &[u8], buffered: usize) -> io::Result<Vec<u8>> {
        let mut text = Vec::new();
        GzipMembers::new(BufReader::with_capacity(buffered, bytes)).read_to_end(&mut text).map(|_| text)
    }

    #[test]
    fn members_are_joined_and_zeros_end_the_file() {
        let two = [member(b"ada "), member(b""), member(b"bob")].concat();
        for buffered in [1, 7, 1 << 16] {
            for zeros in [0, 1, 512, 10_240] {
                let padded = [&two[..], &vec![0; zeros]].concat();
                assert_eq!(text_of(&padded, buffered).unwrap(), b"ada bob");
            }
        }
    }

    #[test]
    fn anything_else_after_a_member_is_an_error() {
        let one = member(b"ada ada ada ada");
        for rest in [&b"x"[..], b"\0\0x", &[&[0; 512][..], &one].concat(), b"\x1f\x8b"] {
            assert!(text_of(&[&one[..], rest].concat(), 64).is_err(), "{rest:?}");
        }
        // A member cut short stays an error, padded or not. Its last three bytes are zeros themselves.
        assert!(one.ends_with(&[0; 3]));
        for length in 1..one.len() {
            assert!(text_of(&one[..length], 64).is_err(), "{length}");
            let padded = text_of(&[&one[..length], &[0; 512]].concat(), 64);
            assert_eq!(padded.is_ok(), length + 3 >= one.len(), "{length}");
        }
    }
}
