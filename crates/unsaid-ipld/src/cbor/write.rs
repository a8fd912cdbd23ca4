//! An item in its one form.

use ::cid::Cid;

use super::{Item, LINK};

/// Appends one item in its shortest form: the twin of `Reader::item`. Lists, maps and tags are their heads only.
pub fn write(out: &mut Vec<u8>, item: Item<'_>) {
    let mut head = |major: u8, n: u64| {
        let major = major << 5;
        match n {
            0..=23 => out.push(major | n as u8),
            24..=0xff => out.extend([major | 24, n as u8]),
            0x100..=0xffff => {
                out.push(major | 25);
                out.extend((n as u16).to_be_bytes());
            }
            0x1_0000..=0xffff_ffff => {
                out.push(major | 26);
                out.extend((n as u32).to_be_bytes());
            }
            _ => {
                out.push(major | 27);
                out.extend(n.to_be_bytes());
            }
        }
    };
    match item {
        Item::Uint(n) => head(0, n),
        Item::Nint(n) => head(1, n),
        Item::Bytes(bytes) => {
            head(2, bytes.len() as u64);
            out.extend_from_slice(bytes);
        }
        Item::Text(text) => {
            head(3, text.len() as u64);
            out.extend_from_slice(text.as_bytes());
        }
        Item::List(n) => head(4, n),
        Item::Map(n) => head(5, n),
        Item::Tag(n) => head(6, n),
        Item::Bool(value) => out.push(0xf4 | u8::from(value)),
        Item::Null => out.push(0xf6),
        Item::Float(value) => {
            out.push(0xfb);
            out.extend(value.to_be_bytes());
        }
    }
}

/// Appends a link.
pub fn write_link(out: &mut Vec<u8>, cid: &Cid) {
    write(out, Item::Tag(LINK));
    let mut bytes = vec![0];
    bytes.extend(cid.to_bytes());
    write(out, Item::Bytes(&bytes));
}
