//! Published digits, and digits that two other programs agree on.

/// Base, digits 0..19, and ten digits from position 1,000,000 on; in bases above 16 as numbers.
pub(crate) fn rows() -> Vec<(u32, Vec<u8>, Vec<u8>)> {
    let small = |text: &str| text.chars().map(|c| c.to_digit(16).unwrap() as u8).collect::<Vec<_>>();
    let words = |text: &str| text.split(' ').map(|word| word.parse().unwrap()).collect::<Vec<u8>>();
    let pairs = |text: &str, radix| {
        let pair = |at: usize| u8::from_str_radix(&text[at..at + 2], radix).unwrap();
        (0..text.len()).step_by(2).map(pair).collect::<Vec<_>>()
    };
    vec![
        (2, small("00100100001111110110"), small("0110111111")),
        (3, small("01021101222201021100"), small("1121021220")),
        (7, small("06636514320361341102"), small("6656433504")),
        (8, small("11037552421026430215"), small("2233401047")),
        (10, small("14159265358979323846"), small("3092756283")),
        (16, small("243F6A8885A308D31319"), small("6C65E52CB4")),
        (
            60,
            words("8 29 44 0 47 25 53 7 24 57 36 17 43 4 29 7 10 3 41 17"),
            words("2 35 26 38 48 52 28 56 16 16"),
        ),
        (100, pairs("1415926535897932384626433832795028841971", 10), pairs("61217312511797846672", 10)),
        (
            255,
            words("36 27 15 226 9 75 70 52 68 149 186 58 159 116 128 206 127 106 76 221"),
            words("73 145 143 143 11 63 135 137 169 247"),
        ),
        (256, pairs("243F6A8885A308D313198A2E03707344A4093822", 16), pairs("B879FDEC358755D5C163", 16)),
    ]
}
