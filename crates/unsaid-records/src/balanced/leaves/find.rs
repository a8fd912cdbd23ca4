//! Where is a symbol in a row? Encoders ask this; whoever only decodes does not.

use std::ops::Range;

use super::{Leaves, TABLE};
use crate::balanced::places::Places;
use crate::balanced::rans::Step;

impl Leaves {
    /// The place of this symbol in this row, if it is there.
    #[inline]
    pub(crate) fn find(&self, row: u32, symbol: u16) -> Option<usize> {
        if row == self.root {
            return self.root_places.get(usize::from(symbol)).map(|&place| place as usize);
        }
        if row & TABLE == 0 {
            let mut place = row as usize;
            loop {
                if self.entry(place).symbol == symbol {
                    return Some(place);
                }
                place += 1;
                if self.entry(place).start == 0 {
                    return None;
                }
            }
        }
        let places = self.places.get_or_init(|| self.find_places());
        let is_it = |place| {
            let place = place as usize;
            self.entry(place).symbol == symbol && self.span(row).contains(&place)
        };
        places.find(row, symbol, is_it).map(|place| place as usize)
    }

    /// The places of a long row, but the escape.
    fn span(&self, row: u32) -> Range<usize> {
        self.first(row)..self.escape_place(row).unwrap_or(0)
    }

    #[cold]
    fn find_places(&self) -> Places {
        let mut places = Places::with_room_for(self.long.iter().map(|&row| self.span(row).len()).sum());
        for &row in &self.long {
            for place in self.span(row) {
                places.insert(row, self.entry(place).symbol, place as u32);
            }
        }
        places
    }

    /// The steps that code `symbol` after `row`; returns the row that follows.
    pub(crate) fn code(&self, mut row: u32, symbol: u16, steps: &mut Vec<Step>) -> Option<u32> {
        loop {
            let found = self.find(row, symbol);
            let (step, next) = self.step(found.or_else(|| self.escape_place(row))?);
            steps.push(step);
            if found.is_some() {
                return Some(next);
            }
            row = next;
        }
    }
}
