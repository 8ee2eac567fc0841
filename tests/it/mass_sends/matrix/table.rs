//! The matrix as a table.

use std::fmt;

use super::oracle::Verdict;

/// The cells in the order in which they were first met.
#[derive(Debug, Default)]
pub(super) struct Table {
    rows: Vec<(&'static str, u64, Verdict)>,
    pub(super) problems: Vec<String>,
}

impl Table {
    /// Adds a run to its cell.
    pub(super) fn add(&mut self, cell: &'static str, run: Verdict) {
        let place = self.rows.iter().position(|(name, _, _)| *name == cell);
        let place = place.unwrap_or_else(|| {
            self.rows.push((cell, 0, Verdict::default()));
            self.rows.len() - 1
        });
        let (_, runs, sum) = &mut self.rows[place];
        *runs += 1;
        sum.sent += run.sent;
        sum.refused += run.refused;
        sum.unclear += run.unclear;
        sum.twice += run.twice;
        sum.missing += run.missing;
        self.problems.extend(run.problems.into_iter().map(|problem| format!("{cell}: {problem}")));
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// How many runs the cell with the fewest has.
    pub(super) fn fewest_runs(&self) -> u64 {
        self.rows.iter().map(|(_, runs, _)| *runs).min().unwrap_or(0)
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut lines =
            vec![["cell", "runs", "sent once", "refused", "unclear", "twice", "missing"].map(str::to_owned)];
        let mut total = (0, Verdict::default());
        for (cell, runs, sum) in &self.rows {
            lines.push(line(cell, *runs, sum));
            total.0 += runs;
            total.1.sent += sum.sent;
            total.1.refused += sum.refused;
            total.1.unclear += sum.unclear;
            total.1.twice += sum.twice;
            total.1.missing += sum.missing;
        }
        lines.push(line("all", total.0, &total.1));
        let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
        let widths: [usize; 7] = std::array::from_fn(width);
        for (number, cells) in lines.iter().enumerate() {
            write!(f, "| {:<1$} |", cells[0], widths[0])?;
            for (cell, width) in cells.iter().zip(widths).skip(1) {
                write!(f, " {cell:>width$} |")?;
            }
            writeln!(f)?;
            if number == 0 {
                write!(f, "|-{}-|", "-".repeat(widths[0]))?;
                for width in widths.iter().skip(1) {
                    write!(f, "-{}:|", "-".repeat(*width))?;
                }
                writeln!(f)?;
            }
        }
        Ok(())
    }
}

fn line(cell: &str, runs: u64, sum: &Verdict) -> [String; 7] {
    let numbers = [runs, sum.sent, sum.refused, sum.unclear, sum.twice, sum.missing].map(|number| number.to_string());
    let [runs, sent, refused, unclear, twice, missing] = numbers;
    [cell.to_owned(), runs, sent, refused, unclear, twice, missing]
}
