//! Copies inside a document: how lengths and distances become symbols and plain bits.

/// First length and number of plain bits of each class of length.
pub(crate) const LENGTHS: [(u32, u32); 16] = [
    (4, 0),
    (5, 0),
    (6, 0),
    (7, 0),
    (8, 1),
    (10, 1),
    (12, 2),
    (16, 3),
    (24, 3),
    (32, 4),
    (48, 4),
    (64, 6),
    (128, 7),
    (256, 8),
    (512, 10),
    (1536, 15),
];
/// Shortest copy.
pub(crate) const SHORTEST: usize = 4;
/// Longest copy.
pub(crate) const LONGEST: usize = 1536 + (1 << 15) - 1;
/// Furthest copy.
pub(crate) const FURTHEST: usize = (1 << 17) - 1;
/// The class of a distance that is the same as that of the copy before.
pub(crate) const AGAIN: usize = 0;
/// Classes of distances.
pub(crate) const DISTANCES: usize = 34;

/// Which of the two tables of distances goes with a class of lengths.
pub(crate) fn table(class: usize) -> usize {
    usize::from(class >= 4)
}

/// Class and plain bits of a length.
pub(crate) fn length_class(length: usize) -> (usize, u32) {
    let class = LENGTHS.iter().rposition(|&(first, _)| first as usize <= length).unwrap_or(0);
    (class, length as u32 - LENGTHS[class].0)
}

/// Class, number of plain bits and plain bits of a distance (1 to [`FURTHEST`]).
pub(crate) fn distance_class(distance: u32) -> (usize, u32, u32) {
    let log = distance.ilog2();
    if log == 0 {
        return (1, 0, 0);
    }
    let class = 2 * log + (distance >> (log - 1) & 1);
    (class as usize, log - 1, distance & ((1 << (log - 1)) - 1))
}

/// The first distance of a class (1 or more) and its number of plain bits.
pub(crate) fn distance_of(class: usize) -> (u32, u32) {
    if class < 2 {
        return (1, 0);
    }
    let log = class as u32 / 2;
    (1 << log | (class as u32 & 1) << (log - 1), log - 1)
}
