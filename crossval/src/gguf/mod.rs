//! GGUF, version 3: the file that llama.cpp reads a model from, as far as a model of ours needs it.
//!
//! | part | content |
//! |---|---|
//! | header | `GGUF`, the version as `u32`, the number of tensors and of entries as `u64` each |
//! | entries | a key, the type of its value as `u32`, the value |
//! | tensors | a name, the number of extents as `u32`, the extents, innermost first, the type as `u32`, the offset |
//! | data | each tensor at a multiple of 32 bytes, offsets counted from the first |
//!
//! Extents and offsets are `u64`; texts are their length as `u64`, then their bytes. Numbers are little-endian.
//!
//! Source: the specification of GGUF in the documents of ggml.

mod bitnet;
mod tq2_0;

use std::io::{self, Write};

pub use self::{bitnet::file, tq2_0::BLOCK};

/// A file, before it is written.
#[derive(Clone, Debug, Default)]
pub struct File<'a> {
    entries: Vec<(String, Value)>,
    tensors: Vec<Tensor<'a>>,
}

/// What stands behind a key.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A whole number.
    U32(u32),
    /// A number.
    F32(f32),
    /// A text.
    Text(String),
}

#[derive(Clone, Debug)]
struct Tensor<'a> {
    name: String,
    /// Innermost first: columns, then rows.
    extents: Vec<usize>,
    data: Data<'a>,
}

/// The elements of a tensor.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Data<'a> {
    /// Numbers.
    F32(&'a [f32]),
    /// Half-precision numbers, as their bits.
    F16(&'a [u16]),
    /// Ternary weights, packed as `gemv_i2s` has them, in rows of whole blocks of [`BLOCK`]; all of them are multiplied
    /// by `scale`, which is rounded to half precision.
    Ternary {
        /// The weights, four to a byte.
        packed: &'a [u8],
        /// What stands in each block.
        scale: f32,
    },
}

impl Data<'_> {
    /// ggml's number of the type.
    const fn type_number(self) -> u32 {
        match self {
            Self::F32(_) => 0,
            Self::F16(_) => 1,
            Self::Ternary { .. } => 35,
        }
    }

    fn elements(self) -> usize {
        match self {
            Self::F32(elements) => elements.len(),
            Self::F16(elements) => elements.len(),
            Self::Ternary { packed, .. } => 4 * packed.len(),
        }
    }

    /// Bytes that it takes in the file.
    fn bytes(self) -> usize {
        match self {
            Self::F32(elements) => 4 * elements.len(),
            Self::F16(elements) => 2 * elements.len(),
            Self::Ternary { packed, .. } => tq2_0::bytes(packed),
        }
    }

    fn write(self, to: &mut impl Write) -> io::Result<()> {
        match self {
            Self::F32(elements) => elements.iter().try_for_each(|element| to.write_all(&element.to_le_bytes())),
            Self::F16(elements) => elements.iter().try_for_each(|element| to.write_all(&element.to_le_bytes())),
            Self::Ternary { packed, scale } => tq2_0::write(packed, scale, to),
        }
    }
}

/// What each tensor's offset is a multiple of.
const ALIGNMENT: usize = 32;

impl<'a> File<'a> {
    /// Adds a value; its key must be a new one.
    pub fn set(&mut self, key: &str, value: Value) {
        self.entries.push((key.to_owned(), value));
    }

    /// Adds a tensor; its name must be a new one.
    ///
    /// # Panics
    ///
    /// When the extents, innermost first, are not those of so many elements.
    pub fn push(&mut self, name: &str, extents: &[usize], data: Data<'a>) {
        assert_eq!(
            extents.iter().product::<usize>(),
            data.elements(),
            "{name} has as many elements as its extents say"
        );
        self.tensors.push(Tensor { name: name.to_owned(), extents: extents.to_vec(), data });
    }

    /// Writes all of it.
    ///
    /// # Errors
    ///
    /// When `to` cannot be written to.
    pub fn write(&self, to: &mut impl Write) -> io::Result<()> {
        let head = self.head();
        to.write_all(&head)?;
        pad(head.len(), to)?;
        for tensor in &self.tensors {
            tensor.data.write(to)?;
            pad(tensor.data.bytes(), to)?;
        }
        Ok(())
    }

    /// All that stands before the data.
    fn head(&self) -> Vec<u8> {
        const VERSION: u32 = 3;
        let mut head = b"GGUF".to_vec();
        head.extend(VERSION.to_le_bytes());
        head.extend((self.tensors.len() as u64).to_le_bytes());
        head.extend((self.entries.len() as u64).to_le_bytes());
        for (key, value) in &self.entries {
            put_text(&mut head, key);
            match value {
                Value::U32(number) => head.extend([4_u32.to_le_bytes(), number.to_le_bytes()].as_flattened()),
                Value::F32(number) => head.extend([6_u32.to_le_bytes(), number.to_le_bytes()].as_flattened()),
                Value::Text(text) => {
                    head.extend(8_u32.to_le_bytes());
                    put_text(&mut head, text);
                }
            }
        }
        let mut offset = 0;
        for tensor in &self.tensors {
            put_text(&mut head, &tensor.name);
            let extents = u32::try_from(tensor.extents.len()).expect("a tensor has a few extents");
            head.extend(extents.to_le_bytes());
            head.extend(tensor.extents.iter().flat_map(|&extent| (extent as u64).to_le_bytes()));
            head.extend(tensor.data.type_number().to_le_bytes());
            head.extend((offset as u64).to_le_bytes());
            offset += tensor.data.bytes().next_multiple_of(ALIGNMENT);
        }
        head
    }
}

fn put_text(head: &mut Vec<u8>, text: &str) {
    head.extend((text.len() as u64).to_le_bytes());
    head.extend(text.as_bytes());
}

/// Zeros behind so many bytes, up to where the next tensor may begin.
fn pad(written: usize, to: &mut impl Write) -> io::Result<()> {
    to.write_all(&[0; ALIGNMENT][..written.next_multiple_of(ALIGNMENT) - written])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(file: &File<'_>) -> Vec<u8> {
        let mut bytes = Vec::new();
        file.write(&mut bytes).unwrap();
        bytes
    }

    #[test]
    fn an_empty_file_is_its_header_and_padding() {
        let mut expected = b"GGUF\x03\0\0\0".to_vec();
        expected.resize(ALIGNMENT, 0);
        assert_eq!(written(&File::default()), expected);
    }

    #[test]
    fn a_value_stands_behind_its_key_and_its_type() {
        let mut file = File::default();
        file.set("a", Value::U32(7));
        file.set("b", Value::F32(1.0));
        file.set("c", Value::Text("xy".to_owned()));
        let expected = [
            b"\x01\0\0\0\0\0\0\0a\x04\0\0\0\x07\0\0\0".as_slice(),
            b"\x01\0\0\0\0\0\0\0b\x06\0\0\0\0\0\x80\x3f",
            b"\x01\0\0\0\0\0\0\0c\x08\0\0\0\x02\0\0\0\0\0\0\0xy",
        ]
        .concat();
        let head = file.head();
        assert_eq!(head[8..24], *b"\0\0\0\0\0\0\0\0\x03\0\0\0\0\0\0\0");
        assert_eq!(head[24..], expected);
    }

    #[test]
    fn each_tensor_is_named_with_its_extents_its_type_and_a_place_that_is_a_multiple_of_32() {
        let mut file = File::default();
        file.push("a", &[3], Data::F32(&[1.0; 3]));
        file.push("b", &[2, 4], Data::F16(&[9; 8]));
        let expected = [
            b"\x01\0\0\0\0\0\0\0a\x01\0\0\0\x03\0\0\0\0\0\0\0".as_slice(),
            &[0; 12],
            b"\x01\0\0\0\0\0\0\0b\x02\0\0\0\x02\0\0\0\0\0\0\0\x04\0\0\0\0\0\0\0",
            b"\x01\0\0\0\x20\0\0\0\0\0\0\0",
        ]
        .concat();
        assert_eq!(file.head()[24..], expected);
    }

    #[test]
    fn the_data_begin_at_a_multiple_of_32_and_stand_where_their_tensors_say() {
        let mut file = File::default();
        file.push("a", &[1], Data::F32(&[1.0]));
        file.push("b", &[1], Data::F16(&[0x3c00]));
        let (bytes, start) = (written(&file), file.head().len().next_multiple_of(ALIGNMENT));
        assert_eq!(bytes.len(), start + 2 * ALIGNMENT);
        assert_eq!(bytes[start..start + 4], 1.0_f32.to_le_bytes());
        assert_eq!(bytes[start + ALIGNMENT..start + ALIGNMENT + 3], [0, 0x3c, 0]);
    }

    #[test]
    #[should_panic(expected = "as many elements")]
    fn a_tensor_of_other_extents_than_its_elements_is_refused() {
        File::default().push("a", &[2, 2], Data::F32(&[1.0; 3]));
    }
}
