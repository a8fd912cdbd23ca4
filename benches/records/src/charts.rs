//! Two charts: bytes against the baseline on every set, and size against speed.

use std::path::Path;

use plotters::prelude::*;

use crate::codec::Result;
use crate::report::{Set, rate, sets, title};
use crate::row::Row;

const LEVELS: [(&str, RGBColor); 3] =
    [("fast", RGBColor(230, 159, 0)), ("balanced", RGBColor(0, 114, 178)), ("small", RGBColor(0, 158, 115))];
const OTHERS: RGBColor = RGBColor(130, 130, 130);

/// Writes `records-sizes.svg` and `records-speeds.svg` into `dir`.
pub fn draw(rows: &[Row], dir: &Path) -> Result<()> {
    std::fs::create_dir_all(dir)?;
    let sets = sets(rows);
    sizes(&sets, &dir.join("records-sizes.svg"))?;
    speeds(&sets, &dir.join("records-speeds.svg"))
}

fn sizes(sets: &[Set<'_>], path: &Path) -> Result<()> {
    let with: Vec<(&Set<'_>, &Row)> = sets.iter().filter_map(|s| Some((s, s.baseline()?))).collect();
    let area = SVGBackend::new(path, (900, 120 + 34 * with.len() as u32)).into_drawing_area();
    area.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&area)
        .caption(
            "Bytes against the smallest zstd -19 (dictionary not larger than our model)",
            ("sans-serif", 18),
        )
        .margin(12)
        .x_label_area_size(40)
        .y_label_area_size(150)
        .build_cartesian_2d(0.0..1.2, 0.0..with.len() as f64)?;
    let name = |y: &f64| {
        with.get(with.len().wrapping_sub(1).wrapping_sub(*y as usize))
            .map_or(String::new(), |s| s.0.name.into())
    };
    chart
        .configure_mesh()
        .disable_y_mesh()
        .y_labels(with.len())
        .y_label_formatter(&name)
        .y_label_offset(-12)
        .x_desc("1 = zstd -19")
        .draw()?;
    for (number, (level, colour)) in LEVELS.iter().enumerate() {
        let bars = with.iter().rev().enumerate().filter_map(|(y, (set, baseline))| {
            let ratio = set.ours(level)?.coded as f64 / baseline.coded as f64;
            let low = y as f64 + 0.1 + 0.27 * (2 - number) as f64;
            Some(Rectangle::new([(0.0, low), (ratio.min(1.2), low + 0.25)], colour.filled()))
        });
        let series = chart.draw_series(bars)?;
        series.label(*level).legend(|(x, y)| Rectangle::new([(x, y - 5), (x + 12, y + 5)], colour.filled()));
    }
    chart.draw_series(std::iter::once(PathElement::new([(1.0, 0.0), (1.0, with.len() as f64)], BLACK)))?;
    chart.configure_series_labels().background_style(WHITE).border_style(BLACK).draw()?;
    area.present()?;
    Ok(())
}

/// Every contestant that ran on all sets that are not logs: bits a byte against MB/s, both ways.
fn speeds(sets: &[Set<'_>], path: &Path) -> Result<()> {
    let wanted: Vec<&Set<'_>> = sets.iter().filter(|s| !s.is_log()).collect();
    let mut points: Vec<(String, f64, f64, f64)> = Vec::new();
    for first in wanted.first().into_iter().flat_map(|s| s.rows()) {
        let name = title(first);
        let rows: Vec<&Row> = wanted.iter().filter_map(|s| s.rows().find(|r| title(r) == name)).collect();
        if rows.len() == wanted.len() {
            let (coded, bytes) = rows.iter().fold((0, 0), |(c, b), r| (c + r.coded, b + r.bytes));
            let speed = |f: fn(&Row) -> f64| rate(rows.iter().copied(), f);
            points.push((
                name,
                coded as f64 * 8.0 / bytes as f64,
                speed(Row::compress_s),
                speed(Row::decompress_s),
            ));
        }
    }
    let area = SVGBackend::new(path, (1300, 620)).into_drawing_area();
    area.fill(&WHITE)?;
    let most = points.iter().map(|p| p.1).fold(1.0, f64::max) * 1.05;
    for (half, (panel, compress)) in area.split_evenly((1, 2)).iter().zip([true, false]).enumerate() {
        let caption = ["Compressing", "Decompressing"][half];
        let mut chart = ChartBuilder::on(panel)
            .caption(format!("{caption}: bits a byte against MB/s of one core"), ("sans-serif", 18))
            .margin(12)
            .x_label_area_size(40)
            .y_label_area_size(50)
            .build_cartesian_2d((0.1f64..20_000.0).log_scale(), 0.0..most)?;
        chart.configure_mesh().x_desc("MB/s").y_desc("bits a byte").draw()?;
        for (name, bits, there, back) in &points {
            let speed = if compress { *there } else { *back };
            let level = LEVELS.iter().find(|(level, _)| *name == format!("unsaid {level} model"));
            let colour = level.map_or(OTHERS, |l| l.1);
            let short = if level.is_some() { name.trim_end_matches(" model") } else { name };
            chart.draw_series([Circle::new(
                (speed, *bits),
                if level.is_some() { 6 } else { 3 },
                colour.filled(),
            )])?;
            let style = ("sans-serif", if level.is_some() { 14 } else { 9 }).into_font().color(&colour);
            chart.draw_series([Text::new(short.to_owned(), (speed * 1.15, bits + most * 0.01), style)])?;
        }
    }
    area.present()?;
    Ok(())
}
