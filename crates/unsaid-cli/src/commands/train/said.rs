//! What came of a training: its files, and what is said about it.

use std::io::Write;
use std::path::Path;

use serde_json::{Value, json};
use unsaid::records::{LevelReport, Trained};
use unsaid_core::fs::Draft;
use unsaid_core::{Error, ErrorKind, Result};

use super::chart;
use crate::commands::input::is_standard_stream;
use crate::commands::{output, print};
use crate::edge::{Edge, escape, json, size};
use crate::options::OnConflict;

/// Where the model and its chart go.
pub(crate) struct Output<'a> {
    pub(crate) model: &'a Path,
    pub(crate) chart: Option<&'a Path>,
    pub(crate) policy: OnConflict,
    pub(crate) sync: bool,
}

/// Both as drafts, so that names that are taken are known before any work.
pub(crate) struct Drafts {
    model: Draft,
    chart: Option<Draft>,
}

impl Output<'_> {
    /// `None` where the policy says to leave what is there.
    pub(crate) fn open(&self, edge: &Edge) -> Result<Option<Drafts>> {
        if is_standard_stream(self.model) {
            return Err(Error::new(ErrorKind::Usage, "a model goes into a file, not to a pipe"));
        }
        let open = |path: &Path| output::draft(path, self.policy, self.sync, edge);
        let Some(model) = open(self.model)? else { return Ok(None) };
        let chart = match self.chart.map(open).transpose()? {
            Some(None) => return Ok(None),
            other => other.flatten(),
        };
        Ok(Some(Drafts { model, chart }))
    }
}

/// Writes model and chart; gives the name of the model.
pub(crate) fn publish(drafts: Drafts, trained: &Trained) -> Result<String> {
    let Drafts { mut model, mut chart } = drafts;
    if let Some(chart) = &mut chart {
        let svg = chart::draw(&trained.report)?;
        chart.write_all(svg.as_bytes()).map_err(|e| Error::io("writing the chart", e))?;
    }
    model.write_all(&trained.file).map_err(|e| Error::io("writing the model", e))?;
    let name = escape::name(model.path().as_os_str());
    // The model first: a new chart beside an old model would tell of another one.
    model.publish()?;
    if let Some(chart) = chart {
        chart.publish()?;
    }
    Ok(name)
}

/// The report for a person, or for a program.
pub(crate) fn say(name: &str, trained: &Trained, edge: &Edge) -> Result<()> {
    let report = &trained.report;
    report.warnings().iter().for_each(|warning| edge.report.note(warning));
    if edge.json {
        let curve: Vec<Value> = report
            .curve
            .iter()
            .map(|p| json!({ "trained": p.trained_bytes, "size": p.measured_bytes, "levels": levels(&p.levels) }))
            .collect();
        let mut body = json!({ "id": trained.model.id().to_string(), "packed": trained.file.len(),
            "documents": report.documents, "size": report.bytes, "trained": report.trained_bytes,
            "held": { "documents": report.held_documents, "size": report.held_bytes,
                      "levels": levels(&report.levels) },
            "curve": curve });
        json::put_path(&mut body, "path", Path::new(name).as_os_str());
        return print(format!("{}\n", json::line("model", body)).as_bytes());
    }
    let mut text = format!(
        "{name}: {}, model {}\n  learned from {} of {}, {}\n",
        size::bytes(trained.file.len() as u64),
        trained.model.id(),
        size::bytes(report.trained_bytes),
        documents(report.documents),
        size::bytes(report.bytes),
    );
    if report.held_documents == 0 {
        text.push_str("  too few documents to hold any back: nothing was measured\n");
        return print(text.as_bytes());
    }
    text.push_str(&format!(
        "  {} held back, {}: each alone, bare (id and check make each 6 bytes longer)\n",
        documents(report.held_documents),
        size::bytes(report.held_bytes)
    ));
    for level in &report.levels {
        let bytes = size::bytes(level.bytes);
        let percent = size::percent(level.bytes, report.held_bytes);
        text.push_str(&format!("    {:<9} {bytes:>10}  {percent:>7}\n", level.level.name()));
    }
    if !report.curve.is_empty() {
        text.push_str("  trained on less, the same levels:\n");
    }
    for point in &report.curve {
        let percents: Vec<_> = point
            .levels
            .iter()
            .map(|l| format!("{} {}", l.level, size::percent(l.bytes, point.measured_bytes)))
            .collect();
        text.push_str(&format!("    {:>10}  {}\n", size::bytes(point.trained_bytes), percents.join(", ")));
    }
    print(text.as_bytes())
}

/// `1 document`, `2 documents`.
pub(crate) fn documents(n: u64) -> String {
    if n == 1 { "1 document".to_owned() } else { format!("{n} documents") }
}

/// The levels of a report as an object.
pub(crate) fn levels(levels: &[LevelReport]) -> Value {
    let fields = levels.iter().map(|level| (level.level.name().to_owned(), json!(level.bytes)));
    Value::Object(fields.collect())
}
