//! The learning curve as a picture.

use plotters::prelude::*;
use unsaid::records::{Level, Report};
use unsaid_core::{Error, ErrorKind, Result};

const SIZE: (u32, u32) = (800, 480);

/// Draws what each level makes of documents that were held back, by how much was learned from.
pub(super) fn draw(report: &Report) -> Result<String> {
    let mut svg = String::new();
    let drawn = paint(report, &mut svg);
    drawn.map_err(|e| Error::new(ErrorKind::Internal, format!("drawing the chart: {e}")))?;
    Ok(svg)
}

type Painted = std::result::Result<(), Box<dyn std::error::Error>>;

fn paint(report: &Report, svg: &mut String) -> Painted {
    let kilobytes = |bytes: u64| bytes as f64 / 1024.0;
    let percent = |bytes: u64, of: u64| bytes as f64 * 100.0 / of.max(1) as f64;
    let line = |level: Level| -> Vec<(f64, f64)> {
        let points = report.curve.iter().filter_map(|point| {
            let found = point.levels.iter().find(|l| l.level == level)?;
            Some((kilobytes(point.trained_bytes), percent(found.bytes, point.measured_bytes)))
        });
        points.collect()
    };
    let lines: Vec<_> = Level::ALL.into_iter().map(|level| (level, line(level))).collect();
    let all = || lines.iter().flat_map(|(_, points)| points);
    let right = all().map(|p| p.0).fold(1.0, f64::max) * 1.05;
    let top = all().map(|p| p.1).fold(1.0, f64::max) * 1.15;
    let root = SVGBackend::with_string(svg, SIZE).into_drawing_area();
    root.fill(&WHITE)?;
    let title = format!(
        "{} held back, each alone: part left by size of training data",
        super::documents(report.held_documents)
    );
    let mut chart = ChartBuilder::on(&root)
        .caption(title, ("sans-serif", 18))
        .margin(16)
        .x_label_area_size(44)
        .y_label_area_size(56)
        .build_cartesian_2d(0.0..right, 0.0..top)?;
    chart.configure_mesh().x_desc("KiB learned from").y_desc("% of the size").draw()?;
    let colours = [RGBColor(0x1b, 0x9e, 0x77), RGBColor(0xd9, 0x5f, 0x02), RGBColor(0x75, 0x70, 0xb3)];
    for ((level, points), colour) in lines.iter().zip(colours) {
        let dots = points.iter().map(|&point| Circle::new(point, 3, colour.filled()));
        chart.draw_series(dots)?;
        let series = LineSeries::new(points.iter().copied(), colour.stroke_width(2));
        chart.draw_series(series)?;
        if let Some(&(x, y)) = points.last() {
            let style = ("sans-serif", 15).into_font().color(&colour);
            let label = Text::new(format!("{} {y:.1} %", level.name()), (x * 0.85, y + top * 0.03), style);
            chart.draw_series([label])?;
        }
    }
    root.present()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use unsaid::records::{CurvePoint, LevelReport};

    #[test]
    fn a_chart_has_a_line_for_each_level_and_none_is_an_empty_chart() {
        let levels =
            |bytes| Level::ALL.map(|level| LevelReport { level, bytes: bytes / level as u64 }).to_vec();
        let point =
            |trained_bytes, bytes| CurvePoint { trained_bytes, measured_bytes: 1000, levels: levels(bytes) };
        let report = Report { curve: vec![point(1000, 600), point(8000, 300)], ..Report::default() };
        let svg = draw(&report).unwrap();
        // The lines of the axes, of which there are as many as there are marks, are thinner.
        let lines = |svg: &str| svg.matches("stroke-width=\"2\"").count();
        assert_eq!((lines(&svg), lines(&draw(&Report::default()).unwrap())), (3, 0));
        assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"));
        assert!(Level::ALL.iter().all(|level| svg.contains(level.name())));
        assert_eq!(svg, draw(&report).unwrap(), "the same report is the same picture");
    }
}
