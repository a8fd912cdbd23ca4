//! Where do digits and tables come from: kept from an earlier time, or computed.

use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use unsaid::digits::Cache;
use unsaid::pi::{Base, Computed, DigitSource};
use unsaid::piz::{Chunking, Table, Tables};
use unsaid_core::{Progress, Result, Workers};

use crate::edge::Edge;
use crate::edge::language::Language;
use crate::edge::progress::Meter;

/// Which kept digits are used.
#[derive(Clone, Debug)]
pub(crate) enum CacheChoice {
    /// Those of the user.
    OfUser,
    /// Those in this folder.
    At(PathBuf),
    /// None.
    None,
}

/// The digits of one run of the command.
pub(crate) struct Digits {
    cache: Option<Cache>,
    /// Which tables are kept, and how far they go: (base, bytes, digits).
    kept: Vec<(Base, u32, u64)>,
}

impl Digits {
    /// Nothing is read or computed yet. Where no folder can be found, none is used, with a note.
    pub(crate) fn new(choice: &CacheChoice, edge: &Edge) -> Digits {
        let cache = match choice {
            CacheChoice::None => None,
            CacheChoice::At(folder) => Some(Cache::at(folder)),
            CacheChoice::OfUser => {
                Cache::of_user().map_err(|e| edge.report.note(&format!("digits of π are not kept: {e}"))).ok()
            }
        };
        Digits { cache, kept: Vec::new() }
    }

    /// Does something with digits. What was not used or not kept is noted after.
    pub(crate) fn with<T>(
        &self,
        workers: &dyn Workers,
        progress: &dyn Progress,
        edge: &Edge,
        work: impl FnOnce(&dyn DigitSource) -> Result<T>,
    ) -> Result<T> {
        let phase = Phase { edge, progress, meter: Mutex::default() };
        let mut source = Computed::new(edge.limits.clone(), workers, &phase);
        if let Some(cache) = &self.cache {
            source = source.with_keep(cache);
        }
        let result = work(&source);
        self.say_notes(edge);
        result
    }

    /// The tables of a base that are kept and may be needed.
    pub(super) fn tables(&mut self, base: Base, chunking: Chunking, edge: &Edge) -> Tables {
        let mut tables = Tables::new(base);
        let Some(cache) = &self.cache else { return tables };
        // That for 3 bytes is large, and only needed where somebody asks for it.
        let most = match chunking {
            Chunking::Try | Chunking::Full | Chunking::Size(1 | 2) => 2,
            _ => 3,
        };
        self.kept.clear();
        for bytes in 1..=most {
            let table = cache.table(&name(base, bytes), edge.limits.memory);
            // One of another version is built anew.
            let Some(table) = table.and_then(|bytes| Table::from_bytes(&bytes).ok()) else { continue };
            if (table.base(), table.bytes()) == (base, bytes) {
                self.kept.push((base, bytes, table.scanned()));
                tables.put(table);
            }
        }
        self.say_notes(edge);
        tables
    }

    /// Keeps the tables that know more than those that are kept.
    pub(super) fn keep_tables(&mut self, tables: &Tables, edge: &Edge) {
        let Some(cache) = &self.cache else { return };
        for table in tables.at_hand() {
            let kept =
                self.kept.iter().find(|(base, bytes, _)| (*base, *bytes) == (table.base(), table.bytes()));
            if kept.is_none_or(|(_, _, scanned)| *scanned < table.scanned()) {
                cache.keep_table(&name(table.base(), table.bytes()), &table.to_bytes());
            }
        }
        self.say_notes(edge);
    }

    fn say_notes(&self, edge: &Edge) {
        for note in self.cache.iter().flat_map(Cache::notes) {
            edge.report.note(&note);
        }
    }
}

fn name(base: Base, bytes: u32) -> String {
    format!("positions-{base}-{bytes}")
}

/// Computing digits is an operation of its own within another: it counts its own work, and its bar goes away when
/// it is done.
struct Phase<'a> {
    edge: &'a Edge,
    progress: &'a dyn Progress,
    meter: Mutex<Option<Meter<'a>>>,
}

impl<'a> Phase<'a> {
    fn meter(&self) -> MutexGuard<'_, Option<Meter<'a>>> {
        self.meter.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Progress for Phase<'_> {
    fn begin(&self, total: Option<u64>) {
        let label = Language::of_locale().choose("computing digits of π", "вычисление цифр числа π");
        let mut meter = self.meter();
        // The old bar goes before the new one comes.
        *meter = None;
        let new = self.edge.work_meter(label);
        new.begin(total);
        *meter = Some(new);
    }

    fn advance(&self, consumed: u64, produced: u64) -> Result<()> {
        let mut meter = self.meter();
        let Some(running) = meter.as_ref() else { return self.progress.advance(0, 0) };
        running.advance(consumed, produced)?;
        if running.is_complete() {
            *meter = None;
        }
        Ok(())
    }

    fn warn(&self, message: &str) {
        self.progress.warn(message);
    }

    fn note(&self, message: &str) {
        self.progress.note(message);
    }
}
