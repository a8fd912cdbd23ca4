//! How a person decodes an archive with pen and paper.
//!
//! The first chunks step by step, then a summary: the text is short however long the archive is.

use std::io::{Read, Write};

use unsaid_core::{Error, ErrorKind, Limits, Progress, Result};
use unsaid_pi::{Base, DigitSource};

use crate::warm::to_bytes;
use crate::{Archive, Header, Item, Metadata, header};

/// Chunks that are shown.
const CHUNKS: u64 = 6;
/// Groups that are shown.
const GROUPS: u64 = 6;
/// Bytes of a chunk that are shown.
const BYTES: u64 = 6;
/// Digits of π that are shown.
const DIGITS: u64 = 32;
/// Characters of a name that are shown.
const NAME: usize = 200;

/// In which language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// English.
    English,
    /// Russian.
    Russian,
}

/// Writes one line in the language that was asked for. Both texts take their values from the names around.
macro_rules! say {
    ($page:expr, $english:literal, $russian:literal) => {{
        let line = match $page.language {
            Language::English => format!($english),
            Language::Russian => format!($russian),
        };
        $page.line(&line)?
    }};
}

/// Writes how to decode this archive by hand, in UTF-8. Reads it to its end; computes only the digits that it shows.
///
/// # Errors
/// As [`Archive::next`], and what the source says about the digits of the chunks that are shown.
pub fn explain(
    reader: impl Read,
    writer: impl Write,
    source: &dyn DigitSource,
    language: Language,
    limits: &Limits,
    progress: &dyn Progress,
) -> Result<()> {
    let mut archive = Archive::open(reader, true, limits)?;
    let mut page = Page { writer, language, source, limits, base: archive.header().calc };
    say!(
        page,
        "How to decode this archive with pen and paper",
        "Как распаковать этот архив с ручкой и бумагой"
    );
    page.header(archive.header())?;
    page.metadata(archive.metadata())?;
    page.digits()?;
    page.byte()?;
    page.chunks(&mut archive, progress)
}

struct Page<'a, W> {
    writer: W,
    language: Language,
    source: &'a dyn DigitSource,
    limits: &'a Limits,
    base: Base,
}

impl<W: Write> Page<'_, W> {
    fn line(&mut self, line: &str) -> Result<()> {
        writeln!(self.writer, "{line}").map_err(|e| Error::io("writing the explanation", e))
    }

    fn header(&mut self, header: Header) -> Result<()> {
        let (write, calc) = (header::name(header.write), header::name(header.calc));
        let (write_base, calc_base) = (header.write, header.calc);
        self.line("")?;
        say!(
            self,
            "1. The first line names two bases: {write} and {calc}.",
            "1. Первая строка называет два основания: {write} и {calc}."
        );
        say!(
            self,
            "   Sizes and positions are written in base {write_base}. The digits of π are those in base {calc_base}.",
            "   Размеры и позиции записаны в основании {write_base}. Цифры π — цифры в основании {calc_base}."
        );
        if header.write.get() > 10 {
            say!(
                self,
                "   Numerals: 0-9 are 0 to 9, A-Z are 10 to 35, a-z are 36 to 61, the format's page lists the rest.",
                "   Знаки: 0-9 — от 0 до 9, A-Z — от 10 до 35, a-z — от 36 до 61, остальные — на странице формата."
            );
            if header.write.get() <= 36 {
                say!(
                    self,
                    "   Small letters mean the same as capitals.",
                    "   Строчные буквы значат то же, что заглавные."
                );
            }
        }
        Ok(())
    }

    fn metadata(&mut self, metadata: &Metadata) -> Result<()> {
        self.line("")?;
        if metadata.is_empty() {
            say!(self, "2. Nothing is said about the file.", "2. О файле ничего не сказано.");
            return Ok(());
        }
        say!(
            self,
            "2. The lines that begin with a tab and come first tell about the file:",
            "2. Первые строки, начинающиеся с табуляции, говорят о файле:"
        );
        for (time, english, russian) in [
            (metadata.ctime, "made", "создан"),
            (metadata.mtime, "last changed", "изменён"),
            (metadata.atime, "last read", "прочитан"),
        ] {
            if let Some(time) = time {
                say!(self, "   {english} {time} UTC", "   {russian} {time} UTC");
            }
        }
        if let Some(name) = metadata.fname.as_deref().map(shown) {
            say!(self, "   called {name}", "   называется {name}");
        }
        if let Some(mode) = metadata.fmode {
            say!(self, "   mode {mode:04o}", "   режим доступа {mode:04o}");
        }
        if let Some(owner) = &metadata.owner {
            let user = shown(&owner.user);
            match owner.group.as_deref().map(shown) {
                Some(group) => say!(
                    self,
                    "   of the user {user} and the group {group}",
                    "   принадлежит пользователю {user} и группе {group}"
                ),
                None => say!(self, "   of the user {user}", "   принадлежит пользователю {user}"),
            }
        }
        let unknown = metadata.unknown.len();
        if unknown > 0 {
            say!(
                self,
                "   lines that mean nothing here: {unknown}",
                "   строк, которые здесь ничего не значат: {unknown}"
            );
        }
        Ok(())
    }

    fn digits(&mut self) -> Result<()> {
        let base = self.base;
        let count = DIGITS.min(self.limits.digits);
        let digits = self.get(0, count)?;
        let first = digits.iter().map(|&digit| numeral(base, digit)).collect::<Vec<_>>().join(" ");
        self.line("")?;
        say!(
            self,
            "3. Compute π in base {base}. After the point come",
            "3. Вычислите π в основании {base}. После точки идут"
        );
        self.line(&format!("   {first} …"))?;
        say!(
            self,
            "   Count them from 0: the first one after the point has position 0. The 3 in front has none.",
            "   Считайте их с 0: у первой после точки позиция 0. У тройки перед точкой позиции нет."
        );
        say!(
            self,
            "   π = Σ (4/(8k+1) − 2/(8k+4) − 1/(8k+5) − 1/(8k+6)) / 16^k, k = 0, 1, 2, … (Bailey, Borwein, Plouffe).",
            "   π = Σ (4/(8k+1) − 2/(8k+4) − 1/(8k+5) − 1/(8k+6)) / 16^k, k = 0, 1, 2, … (Бейли, Борвейн, Плафф)."
        );
        say!(
            self,
            "   Subtract 3. Then, again and again: multiply by {base}; the whole part is the next digit; take it away.",
            "   Вычтите 3. Затем раз за разом: умножьте на {base}; целая часть — следующая цифра; отнимите её."
        );
        Ok(())
    }

    fn byte(&mut self) -> Result<()> {
        let (base, count) = (self.base, self.base.digits_per_byte());
        self.line("")?;
        if count == 1 {
            say!(self, "4. A digit is a byte.", "4. Одна цифра — один байт.");
        } else {
            let weights = (0..count).rev().map(|power| u32::from(base.get()).pow(power).to_string());
            let weights = weights.collect::<Vec<_>>().join(", ");
            say!(
                self,
                "4. A byte is {count} digits; multiply them by {weights} and add.",
                "4. Байт — это {count} цифр; умножьте их на {weights} и сложите."
            );
        }
        if u32::from(base.get()).pow(count) > 256 {
            say!(
                self,
                "   A sum above 255 is no byte: then the archive is damaged.",
                "   Сумма больше 255 — не байт: значит, архив испорчен."
            );
        }
        Ok(())
    }

    fn chunks<R: Read>(&mut self, archive: &mut Archive<R>, progress: &dyn Progress) -> Result<()> {
        let per_byte = u64::from(self.base.digits_per_byte());
        let (mut groups, mut chunks, mut total, mut size) = (0_u64, 0_u64, 0_u128, 0_u64);
        self.line("")?;
        say!(self, "5. The rest, line by line:", "5. Остальное, строка за строкой:");
        loop {
            let line = archive.line_number();
            let Some(item) = archive.next(progress)? else { break };
            let shows = groups <= GROUPS && chunks < CHUNKS;
            match item {
                Item::Size(digits) => {
                    (size, groups) = (digits, groups + 1);
                    let bytes = digits.div_ceil(per_byte);
                    if groups <= GROUPS && chunks < CHUNKS {
                        say!(
                            self,
                            "   Line {line}: a group. Each of its positions stands for {digits} digits, which is bytes: {bytes}.",
                            "   Строка {line}: группа. Каждая её позиция обозначает цифр: {digits}, то есть байтов: {bytes}."
                        );
                        let (needed, over) = (bytes.saturating_mul(per_byte), digits % per_byte);
                        if over > 0 {
                            say!(
                                self,
                                "   The last byte is not whole: read on, {needed} digits in all.",
                                "   Последний байт неполон: читайте дальше, всего цифр: {needed}."
                            );
                        }
                    }
                }
                Item::Position(position) => {
                    chunks += 1;
                    let bytes = size.div_ceil(per_byte);
                    total += u128::from(bytes);
                    if shows {
                        self.chunk(line, position, bytes)?;
                    }
                }
            }
        }
        if chunks > CHUNKS || groups > GROUPS {
            say!(
                self,
                "   … and so on, in the same way, to the empty line.",
                "   … и так далее, точно так же, до пустой строки."
            );
        }
        say!(self, "   The empty line is the end.", "   Пустая строка — конец.");
        self.line("")?;
        say!(
            self,
            "6. Write the bytes down one after the other. Groups: {groups}; chunks: {chunks}; bytes: {total}.",
            "6. Запишите байты один за другим. Групп: {groups}; чанков: {chunks}; байтов: {total}."
        );
        Ok(())
    }

    fn chunk(&mut self, line: u64, position: u64, bytes: u64) -> Result<()> {
        let base = self.base;
        if bytes == 0 {
            say!(
                self,
                "   Line {line}: position {position}. No digits, no bytes.",
                "   Строка {line}: позиция {position}. Цифр нет, байтов нет."
            );
            return Ok(());
        }
        say!(
            self,
            "   Line {line}: position {position}. Go to the digit with {position} digits before it, and copy from there:",
            "   Строка {line}: позиция {position}. Найдите цифру, перед которой цифр: {position}, и списывайте с неё:"
        );
        let per_byte = base.digits_per_byte() as usize;
        let digits = self.get(position, bytes.min(BYTES) * per_byte as u64)?;
        for digits in digits.chunks_exact(per_byte) {
            let shown = digits.iter().map(|&digit| numeral(base, digit)).collect::<Vec<_>>().join(" ");
            let mut byte = [0];
            match to_bytes(base, digits, &mut byte) {
                Ok(()) => self.line(&format!("      {shown}: {}", sum(base, digits, byte[0])))?,
                Err(no_byte) => {
                    let value = no_byte.value;
                    say!(
                        self,
                        "      {shown}: {value}, which is no byte",
                        "      {shown}: {value}, а это не байт"
                    );
                }
            }
        }
        if bytes > BYTES {
            let more = bytes - BYTES;
            say!(self, "      … and so on; more bytes: {more}", "      … и так далее; ещё байтов: {more}");
        }
        Ok(())
    }

    fn get(&self, from: u64, count: u64) -> Result<Vec<u8>> {
        self.limits.check_digits(from.saturating_add(count), "what is to be shown")?;
        let mut digits = vec![0; count as usize];
        self.source.digits(self.base, from, &mut digits)?;
        if digits.iter().any(|&digit| u16::from(digit) >= self.base.get()) {
            return Err(Error::new(ErrorKind::Internal, "a digit that is none of its base"));
        }
        Ok(digits)
    }
}

/// A digit as people write it: up to base 36 a numeral, above a number.
fn numeral(base: Base, digit: u8) -> String {
    match char::from_digit(digit.into(), 36) {
        Some(numeral) if base.get() <= 36 => numeral.to_ascii_uppercase().to_string(),
        _ => digit.to_string(),
    }
}

/// `2·16 + 4 = 36 (hexadecimal 24, '$')`; zeros are left out.
fn sum(base: Base, digits: &[u8], byte: u8) -> String {
    let powers = (0..digits.len() as u32).rev().map(|power| u32::from(base.get()).pow(power));
    let terms: Vec<String> = digits
        .iter()
        .zip(powers)
        .filter(|(digit, _)| **digit > 0)
        .map(|(digit, power)| if power == 1 { digit.to_string() } else { format!("{digit}·{power}") })
        .collect();
    let letter = if byte.is_ascii_graphic() { format!(", '{}'", byte as char) } else { String::new() };
    let terms = if terms.len() > 1 || (terms.len() == 1 && terms[0].contains('·')) {
        terms.join(" + ") + " = "
    } else {
        String::new()
    };
    format!("{terms}{byte} (0x{byte:02X}{letter})")
}

/// A name as it may be shown on a terminal.
fn shown(name: &str) -> String {
    let short: String = name.chars().take(NAME).collect();
    let more = if short.len() < name.len() { "…" } else { "" };
    format!("{short:?}{more}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_is_shown_as_a_sum() {
        assert_eq!(sum(Base::HEX, &[2, 4], 36), "2·16 + 4 = 36 (0x24, '$')");
        assert_eq!(sum(Base::HEX, &[0, 4], 4), "4 (0x04)");
        assert_eq!(sum(Base::HEX, &[0, 0], 0), "0 (0x00)");
        assert_eq!(sum(Base::BYTE, &[200], 200), "200 (0xC8)");
        assert_eq!(sum(Base::BIN, &[0, 0, 1, 0, 0, 1, 0, 0], 36), "1·32 + 1·4 = 36 (0x24, '$')");
        assert_eq!((numeral(Base::HEX, 15), numeral(Base::BYTE, 15)), ("F".to_owned(), "15".to_owned()));
    }

    #[test]
    fn a_name_cannot_write_to_the_terminal() {
        assert_eq!(shown("a\u{1b}]0;x\u{7}π"), "\"a\\u{1b}]0;x\\u{7}π\"");
        assert!(shown(&"x".repeat(1000)).ends_with("x\"…"));
    }
}
