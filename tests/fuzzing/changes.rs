//! Changes of a good file: what a disk, an editor or an enemy makes of it.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

/// Numbers and words that readers stumble over.
const TRICKY: [&[u8]; 24] = [
    b"0",
    b"-1",
    b"18446744073709551615",
    b"18446744073709551616",
    b"9223372036854775807",
    b"1099511627776",
    b"4294967296",
    b"1e999",
    b"-1e999",
    b"1e-999",
    b"NaN",
    b"inf",
    b"null",
    b"()",
    b"[]",
    b"{}",
    b"((((((((((((((((((((((((((((((((",
    b"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
    b"{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":",
    b"\"",
    b"\\u0000",
    b"\xff\xfe",
    b"\0",
    b"\n",
];

#[derive(Clone, Debug)]
pub enum Change {
    /// Some bits of a byte are turned over.
    Flip(Index, u8),
    /// Four bytes become a number, as sizes stand in binary files.
    Size(Index, u32),
    /// The file ends here.
    Cut(Index),
    /// A part is missing.
    Remove(Index, usize),
    /// A part is there several times.
    Repeat(Index, usize, usize),
    /// Something is written over what stands there, or between.
    Write(Index, &'static [u8], bool),
    /// Any bytes.
    Noise(Index, Vec<u8>),
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        (any::<Index>(), 1u8..).prop_map(|(at, mask)| Change::Flip(at, mask)),
        (any::<Index>(), select(vec![0, 1, 0x7fff_ffff, 0x8000_0000, u32::MAX]))
            .prop_map(|(at, n)| Change::Size(at, n)),
        any::<Index>().prop_map(Change::Cut),
        (any::<Index>(), 1usize..64).prop_map(|(at, length)| Change::Remove(at, length)),
        (any::<Index>(), 1usize..64, 2usize..400).prop_map(|(at, length, times)| Change::Repeat(at, length, times)),
        (any::<Index>(), select(TRICKY.to_vec()), any::<bool>())
            .prop_map(|(at, what, over)| Change::Write(at, what, over)),
        (any::<Index>(), vec(any::<u8>(), 1..32)).prop_map(|(at, bytes)| Change::Noise(at, bytes)),
    ]
}

/// One to four changes, one after the other.
pub fn changes() -> impl Strategy<Value = Vec<Change>> {
    vec(change(), 1..=4)
}

/// What becomes of a file.
pub fn changed(good: &[u8], changes: &[Change]) -> Vec<u8> {
    let mut bytes = good.to_vec();
    for change in changes {
        // A place may also be the end.
        let place = |at: &Index, bytes: &[u8]| at.index(bytes.len() + 1);
        match change {
            Change::Flip(at, mask) => {
                let at = place(at, &bytes);
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= mask;
                }
            }
            Change::Size(at, number) => {
                let at = place(at, &bytes);
                for (byte, new) in bytes.iter_mut().skip(at).zip(number.to_le_bytes()) {
                    *byte = new;
                }
            }
            Change::Cut(at) => bytes.truncate(place(at, &bytes)),
            Change::Remove(at, length) => {
                let at = place(at, &bytes);
                let end = (at + length).min(bytes.len());
                bytes.drain(at..end);
            }
            Change::Repeat(at, length, times) => {
                let at = place(at, &bytes);
                let end = (at + length).min(bytes.len());
                let again = bytes[at..end].repeat(*times);
                bytes.splice(end..end, again);
            }
            Change::Write(at, what, over) => {
                let at = place(at, &bytes);
                let end = if *over { (at + what.len()).min(bytes.len()) } else { at };
                bytes.splice(at..end, what.iter().copied());
            }
            Change::Noise(at, noise) => {
                let at = place(at, &bytes);
                let end = (at + noise.len()).min(bytes.len());
                bytes.splice(at..end, noise.iter().copied());
            }
        }
    }
    bytes
}
