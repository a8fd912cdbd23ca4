//! Times the codec on one file: `paq9a a|x LEVEL in out`. The command is `unsaid paq9a`.

use std::fs::File;
use std::io::{BufReader, BufWriter};

use unsaid_cm::paq9a::{Level, Mode, Reader, Writer};
use unsaid_core::{Limits, Silent};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().collect();
    let [_, command, level, input, output] = &args[..] else {
        return Err("usage: paq9a a|x LEVEL in out".into());
    };
    let limits = Limits::default();
    let mut input = BufReader::new(File::open(input)?);
    let output = BufWriter::new(File::create(output)?);
    match command.as_str() {
        "a" => {
            let level = level.parse().ok().and_then(Level::new).ok_or("a level is 1 to 9")?;
            let mut writer = Writer::new(output, level, &limits)?;
            writer.add(b"in", &mut input, Mode::Compressed, &Silent)?;
            writer.finish()?;
        }
        "x" => {
            let mut output = output;
            let mut reader = Reader::new(input, &limits)?;
            while reader.next_entry()?.is_some() {
                reader.read_entry(&mut output, &Silent)?;
            }
            std::io::Write::flush(&mut output)?;
        }
        _ => return Err("a or x".into()),
    }
    Ok(())
}
