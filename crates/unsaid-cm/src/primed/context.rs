//! Where we are in a document: the last bytes, words, keys, fields and columns, as hashes.

/// Contexts whose bit histories come from the training text.
pub(crate) const FROZEN: usize = 11;
/// Places of some of them.
pub(crate) const ORDER_1: usize = 0;
pub(crate) const ORDER_2: usize = 1;
pub(crate) const ORDER_3: usize = 2;
pub(crate) const ORDER_4: usize = 3;
pub(crate) const ORDER_6: usize = 4;
pub(crate) const WORD: usize = 5;
pub(crate) const KEY: usize = 8;

/// Contexts whose bit histories come from the document itself.
pub(crate) const LOCAL: usize = 9;

/// What the bytes of the document so far say.
#[derive(Clone, Debug, Default)]
pub(crate) struct Context {
    /// The last eight bytes, the latest lowest.
    pub(crate) last: u64,
    /// Hash of the letters and digits up to here, 0 outside of a word.
    word: u32,
    previous_word: u32,
    /// Hash of the bytes since the last separator.
    field: u32,
    previous_field: u32,
    /// Hash of what stands before the last `:` or `=`, or of the last tag's name.
    key: u32,
    /// Hash of the tag name that is being read, 0 outside of one.
    tag: u32,
    /// Separators of this line.
    column: u32,
    /// Classes of the last bytes, four bits each.
    shape: u64,
    quoted: bool,
}

#[inline(always)]
fn mix(a: u32, b: u32) -> u32 {
    (a ^ b.wrapping_mul(0x9E37_79B1)).wrapping_mul(0x2C1B_3C6D).rotate_left(15)
}

/// The kind of a byte: what a reader sees from afar.
#[inline(always)]
pub(crate) fn class(byte: u8) -> u32 {
    u32::from(CLASS[byte as usize])
}

static CLASS: [u8; 256] = {
    let mut table = [0; 256];
    let mut b = 0;
    while b < 256 {
        table[b] = match b as u8 {
            b'0'..=b'9' => 1,
            b'a'..=b'z' => 2,
            b'A'..=b'Z' => 3,
            b' ' => 4,
            b'\n' | b'\t' | b'\r' => 5,
            b'"' | b'\'' => 6,
            b',' | b';' | b'|' => 7,
            b':' | b'=' => 8,
            b'{' | b'[' | b'(' | b'<' => 9,
            b'}' | b']' | b')' | b'>' => 10,
            b'/' | b'\\' => 11,
            b'.' | b'-' | b'_' => 12,
            0..=31 => 13,
            33..=126 => 14,
            _ => 15,
        };
        b += 1;
    }
    table
};

impl Context {
    /// One more byte.
    #[inline]
    pub(crate) fn push(&mut self, byte: u8) {
        let before = self.last as u8;
        self.last = self.last << 8 | u64::from(byte);
        let kind = class(byte);
        self.shape = self.shape << 4 | u64::from(kind);
        if matches!(kind, 1 | 2 | 3 | 15) {
            self.word = mix(self.word.wrapping_add(1), u32::from(byte));
        } else if self.word != 0 {
            self.previous_word = self.word;
            self.word = 0;
        }
        if self.tag != 0 {
            if matches!(kind, 1 | 2 | 3 | 12 | 8) || byte == b'/' {
                self.tag = mix(self.tag, u32::from(byte));
            } else {
                self.key = self.tag;
                self.tag = 0;
            }
        }
        let separates = match byte {
            b'\n' => {
                self.quoted = false;
                self.column = 0;
                true
            }
            b'"' => {
                if before != b'\\' {
                    self.quoted = !self.quoted;
                }
                before != b'\\'
            }
            _ if self.quoted => false,
            b'<' => {
                self.tag = 1;
                true
            }
            b':' | b'=' => {
                if class(before) != 1 {
                    self.key = if before == b'"' { self.previous_field } else { self.previous_word };
                }
                true
            }
            b',' | b' ' | b'\t' | b';' | b'|' => {
                self.column += 1;
                true
            }
            b'{' | b'}' | b'[' | b']' | b'>' | b'(' | b')' => true,
            _ => false,
        };
        if separates {
            if self.field != 0 {
                self.previous_field = self.field;
            }
            self.field = 0;
        } else {
            self.field = mix(self.field.wrapping_add(1), u32::from(byte));
        }
    }

    /// The last `n` bytes (1..=8) as a hash.
    #[inline(always)]
    fn order(&self, n: u32) -> u32 {
        let bytes = self.last << (64 - 8 * n);
        (bytes.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32) as u32
    }

    /// The contexts into the training text.
    #[inline]
    pub(crate) fn frozen(&self) -> [u32; FROZEN] {
        let byte = self.last as u8;
        [
            self.order(1),
            self.order(2),
            self.order(3),
            self.order(4),
            self.order(6),
            mix(self.word, u32::from(byte)),
            mix((self.shape ^ self.shape >> 32) as u32, u32::from(byte)),
            mix(self.key ^ 55, self.shape as u32),
            mix(self.key, self.field),
            mix(mix(self.column, 77), (self.shape as u32 & 0xFFFF) | u32::from(byte) << 16),
            mix(mix(self.previous_field, 99), self.field),
        ]
    }

    /// The contexts into the document itself.
    #[inline]
    pub(crate) fn local(&self) -> [u32; LOCAL] {
        let byte = self.last as u8;
        [
            self.order(1),
            self.order(2),
            self.order(3),
            mix(self.word, u32::from(byte)),
            mix(self.key, self.field),
            0,
            self.order(4),
            mix((self.last >> 8) as u32 & 0xFFFF, 5),
            mix((self.last >> 56) as u32 | (self.last >> 24) as u32 & 0xFF00, 6),
        ]
    }

    /// Hash of the last three bytes, where a document may end.
    pub(crate) fn ending(&self) -> u32 {
        self.order(3)
    }

    /// Separators of this line so far.
    pub(crate) fn column(&self) -> u32 {
        self.column
    }
}
