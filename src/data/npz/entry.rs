//! The bytes of one entry: as many as its header announces, read to the end, where its checksum is compared.
//!
//! No room is made on a header's word: the lengths in header and zip directory must agree with each other and
//! with what so many compressed bytes can hold, and large arrays grow as their bytes arrive.

use std::io::Read;
use std::path::Path;

use zip::read::ZipFile;

use super::header::Header;
use crate::data::Error;

/// Most bytes that deflate can make of one: 258 out of two bits.
const DEFLATE_RATIO: u64 = 1032;

/// Bytes that are made room for at once: more room follows when these have arrived.
const CHUNK: u64 = 64 << 20;

/// The most bytes that so many compressed ones can hold in a file of that length.
pub(super) fn possible(compressed: u64, length: u64) -> u64 {
    compressed.min(length).saturating_mul(DEFLATE_RATIO).saturating_add(DEFLATE_RATIO)
}

/// One entry of one file.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) path: &'a Path,
    pub(super) entry: &'a str,
}

impl Place<'_> {
    /// Refuses an entry whose length contradicts its header, or which the file's own bytes cannot hold.
    pub(super) fn check_size<R: Read>(
        self,
        member: &ZipFile<'_, R>,
        header: &Header,
        length: u64,
    ) -> Result<(), Error> {
        let (claimed, compressed) = (member.size(), member.compressed_size());
        let data = claimed.checked_sub(header.bytes);
        if data != Some(header.elements()) {
            let expected = format!("{} bytes of data for {}", header.elements(), header.described());
            return Err(self.unexpected(expected, format!("{} bytes", data.unwrap_or(0)), None));
        }
        let possible = possible(compressed, length);
        if claimed > possible {
            let expected = format!("at most {possible} bytes out of {compressed} compressed ones");
            return Err(self.unexpected(expected, format!("an entry that claims {claimed} bytes"), None));
        }
        Ok(())
    }

    /// Reads exactly the elements that the header announced, and the end of the entry after them.
    pub(super) fn read_all(self, member: &mut impl Read, header: &Header) -> Result<Vec<u8>, Error> {
        let expected = header.elements();
        let mut bytes = Vec::new();
        while (bytes.len() as u64) < expected {
            let step = CHUNK.min(expected - bytes.len() as u64);
            let room = usize::try_from(step).unwrap_or(usize::MAX);
            bytes.try_reserve_exact(room).map_err(|_| {
                let expected = "an array that fits into memory".to_owned();
                self.unexpected(expected, header.described(), None)
            })?;
            let read = member.by_ref().take(step).read_to_end(&mut bytes);
            let offset = header.bytes + bytes.len() as u64;
            let read = read.map_err(|error| self.damaged(offset, error.to_string()))?;
            if (read as u64) < step {
                return Err(self.damaged(offset, format!("expected {expected} bytes of data, found {}", bytes.len())));
            }
        }
        // The zip reader compares the entry's checksum only when it is asked for more than there is.
        let offset = header.bytes + expected;
        match member.read(&mut [0]) {
            Ok(0) => Ok(bytes),
            Ok(_) => Err(self.damaged(offset, format!("expected {expected} bytes of data, found more"))),
            Err(error) => Err(self.damaged(offset, error.to_string())),
        }
    }

    pub(super) fn unexpected(self, expected: String, found: String, help: Option<&'static str>) -> Error {
        Error::Unexpected { path: self.path.to_owned(), entry: self.entry.to_owned(), expected, found, help }
    }

    pub(super) fn damaged(self, offset: u64, reason: String) -> Error {
        Error::Damaged { path: self.path.to_owned(), entry: self.entry.to_owned(), offset, reason }
    }
}
