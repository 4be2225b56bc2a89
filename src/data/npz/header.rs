//! The header of one npy array: what its numbers are and how many.
//!
//! `npyz` understands it; before, everything that a hostile header could ask for is bounded here,
//! because that crate allocates the length which the file announces and multiplies the shape unchecked.

use std::io::{self, Read};

use npyz::{DType, NpyHeader, Order, TypeChar};

/// Longest header that is read, in bytes: `NumPy`'s own limit.
const LONGEST: usize = 10_000;

/// Deepest nesting of brackets; a structured type in a dictionary needs four.
const DEEPEST: usize = 8;

/// A header that has been read.
#[derive(Debug, PartialEq)]
pub(super) struct Header {
    /// In words, such as `uint8`, `float32`, or the type string where there is no word.
    pub(super) dtype: String,
    pub(super) shape: Vec<u64>,
    /// The last axis runs fastest.
    pub(super) c_order: bool,
    /// Length of the header itself, in bytes.
    pub(super) bytes: u64,
}

impl Header {
    /// Reads a header of npy version 1, 2 or 3; the array's bytes follow in `reader`.
    ///
    /// # Errors
    /// When the bytes are no such header; the kind is `InvalidData` or `UnexpectedEof` unless reading itself failed.
    pub(super) fn read(reader: &mut impl Read) -> io::Result<Self> {
        let mut bytes = vec![0; 10];
        reader.read_exact(&mut bytes)?;
        let length = match *bytes.as_slice() {
            [0x93, b'N', b'U', b'M', b'P', b'Y', 1, _, low, high] => usize::from(u16::from_le_bytes([low, high])),
            [0x93, b'N', b'U', b'M', b'P', b'Y', 2 | 3, _, a, b] => {
                let mut rest = [0; 2];
                reader.read_exact(&mut rest)?;
                bytes.extend(rest);
                let [c, d] = rest;
                usize::try_from(u32::from_le_bytes([a, b, c, d])).unwrap_or(usize::MAX)
            }
            [0x93, b'N', b'U', b'M', b'P', b'Y', major, minor, ..] => {
                return Err(invalid(format!("npy version {major}.{minor}, expected 1, 2 or 3")));
            }
            _ => {
                return Err(invalid("not an npy array: it does not begin with \\x93NUMPY".to_owned()));
            }
        };
        if length > LONGEST {
            return Err(invalid(format!("an npy header of {length} bytes, expected at most {LONGEST}")));
        }
        let mut text = vec![0; length];
        reader.read_exact(&mut text)?;
        refuse_excess(&text)?;
        bytes.extend(text);
        let header = NpyHeader::from_reader(bytes.as_slice())?;
        Ok(Self {
            dtype: word(&header.dtype()),
            shape: header.shape().to_vec(),
            c_order: header.order() == Order::C,
            bytes: bytes.len() as u64,
        })
    }

    /// The number of elements; it fits, because `read` has seen to it.
    pub(super) fn elements(&self) -> u64 {
        self.shape.iter().product()
    }

    /// Type and shape as a message names them: `float32 [10, 28, 28]`.
    pub(super) fn described(&self) -> String {
        format!("{} {:?}", self.dtype, self.shape)
    }
}

/// Refuses headers whose nesting would exhaust the parser's stack, or whose numbers overflow when multiplied.
fn refuse_excess(text: &[u8]) -> io::Result<()> {
    let (mut depth, mut product, mut number, mut quote) = (0_usize, 1_u64, None::<u64>, None::<u8>);
    for &byte in text.iter().chain(b" ") {
        if let Some(open) = quote {
            if byte == open {
                quote = None;
            }
            continue;
        }
        if byte.is_ascii_digit() {
            let digit = u64::from(byte - b'0');
            let longer = number.unwrap_or(0).checked_mul(10).and_then(|tens| tens.checked_add(digit));
            number = Some(longer.ok_or_else(|| invalid("a shape with an axis beyond 64 bits".to_owned()))?);
            continue;
        }
        if let Some(axis) = number.take() {
            let larger = product.checked_mul(axis.max(1));
            product = larger.ok_or_else(|| invalid("a shape with more elements than 64 bits count".to_owned()))?;
        }
        match byte {
            b'\'' | b'"' => quote = Some(byte),
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEEPEST {
            return Err(invalid(format!("an npy header with brackets nested deeper than {DEEPEST}")));
        }
    }
    Ok(())
}

/// The type's name in `NumPy`, such as `float32`.
fn word(dtype: &DType) -> String {
    let DType::Plain(plain) = dtype else {
        return dtype.descr();
    };
    let kind = match plain.type_char() {
        TypeChar::Bool => return "bool".to_owned(),
        TypeChar::Object => return "object".to_owned(),
        TypeChar::Int => "int",
        TypeChar::Uint => "uint",
        TypeChar::Float => "float",
        TypeChar::Complex => "complex",
        _ => return plain.to_string(),
    };
    format!("{kind}{}", plain.size_field().saturating_mul(8))
}

fn invalid(reason: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An npy header of that version around that dictionary.
    fn npy(version: u8, dictionary: &str) -> Vec<u8> {
        let mut bytes = b"\x93NUMPY".to_vec();
        bytes.extend([version, 0]);
        let length = u32::try_from(dictionary.len()).unwrap().to_le_bytes();
        bytes.extend(if version == 1 { &length[..2] } else { &length[..] });
        bytes.extend(dictionary.as_bytes());
        bytes
    }

    fn reason(bytes: &[u8]) -> String {
        Header::read(&mut &bytes[..]).unwrap_err().to_string()
    }

    #[test]
    fn all_three_versions_are_read() {
        for version in [1, 2, 3] {
            let bytes = npy(version, "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3), }\n");
            let header = Header::read(&mut bytes.as_slice()).unwrap();
            assert_eq!(header.described(), "uint8 [2, 3]");
            assert_eq!(header.elements(), 6);
            assert_eq!(header.bytes, bytes.len() as u64);
            assert!(header.c_order);
        }
    }

    #[test]
    fn types_are_named_as_numpy_names_them() {
        let rows = [
            ("'<f4'", "float32"),
            ("'>i8'", "int64"),
            ("'|b1'", "bool"),
            ("'|O'", "object"),
            ("'<c16'", "complex128"),
            ("'<U5'", "<U5"),
            ("[('a', '<f4')]", "[('a', '<f4'), ]"),
        ];
        for (descr, expected) in rows {
            let bytes = npy(1, &format!("{{'descr': {descr}, 'fortran_order': True, 'shape': (1,), }}"));
            let header = Header::read(&mut bytes.as_slice()).unwrap();
            assert_eq!(header.dtype, expected);
            assert!(!header.c_order);
        }
    }

    #[test]
    fn hostile_headers_are_refused_before_anything_is_made_of_them() {
        let shape = |shape: &str| npy(1, &format!("{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}, }}"));
        let mut long = npy(2, "");
        long[8..12].copy_from_slice(&u32::MAX.to_le_bytes());
        let rows = [
            (long, "a header of 4 GiB", "4294967295 bytes, expected at most 10000"),
            (npy(1, &"(".repeat(9000)), "nesting", "nested deeper than 8"),
            (shape("(4294967296, 4294967296)"), "overflow", "more elements than 64 bits count"),
            (shape("(0, 9223372036854775808, 4)"), "overflow behind a zero", "more elements than 64 bits"),
            (shape("(99999999999999999999,)"), "a long axis", "an axis beyond 64 bits"),
            (shape("(-1,)"), "a negative axis", "cannot be negative"),
            (shape("7"), "no tuple", "shape must be list or tuple"),
            (npy(4, "{}"), "a later version", "npy version 4.0"),
            (npy(1, "{}"), "no keys", "missing key"),
            (b"\x93NUMPY\x01".to_vec(), "cut off", "failed to fill"),
            (b"PK\x03\x04abcdefgh".to_vec(), "another format", "does not begin with"),
        ];
        for (bytes, what, expected) in rows {
            let found = reason(&bytes);
            assert!(found.contains(expected), "{what}: {found}");
        }
    }
}
