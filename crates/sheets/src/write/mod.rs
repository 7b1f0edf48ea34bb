//! Writes rows as a file, piece by piece. Between two pieces nothing is kept but some numbers ([`Progress`]), so that a
//! process can go on where another ended, and neither holds more than the piece at hand.

mod text;
mod workbook;

use serde::{Deserialize, Serialize};
use std::{io, sync::Arc};
use workbook::Workbook;
use zgoda_domain::{
    export::{Cell, ExportFormat},
    sheet::Delimiter,
};

/// What is the same in every piece.
#[derive(Clone, Debug)]
pub struct Layout {
    pub format: ExportFormat,
    /// Of text.
    pub delimiter: Delimiter,
    /// Of the sheet; a second one gets a number.
    pub sheet: String,
    /// Names of the columns.
    pub heads: Vec<String>,
}

/// How far a file is written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Progress {
    Text,
    Workbook(workbook::Progress),
}

/// One piece of a file.
#[derive(Debug)]
pub struct Writer(Kind);

#[derive(Debug)]
enum Kind {
    Text { layout: Arc<Layout>, out: Vec<u8> },
    Workbook(Box<Workbook>),
}

impl Writer {
    /// The first piece, with the heads.
    pub fn begin(layout: &Arc<Layout>) -> io::Result<Self> {
        Ok(Self(match layout.format {
            ExportFormat::Csv => {
                let mut out = Vec::new();
                text::begin(&mut out, layout);
                Kind::Text { layout: Arc::clone(layout), out }
            }
            ExportFormat::Xlsx => Kind::Workbook(Box::new(Workbook::begin(layout)?)),
        }))
    }

    /// The piece after those that ended with `progress`.
    pub fn resume(layout: &Arc<Layout>, progress: Progress) -> Self {
        Self(match progress {
            Progress::Text => Kind::Text { layout: Arc::clone(layout), out: Vec::new() },
            Progress::Workbook(progress) => Kind::Workbook(Box::new(Workbook::resume(layout, progress))),
        })
    }

    pub fn row<'c>(&mut self, cells: impl IntoIterator<Item = Cell<'c>>) -> io::Result<()> {
        match &mut self.0 {
            Kind::Text { layout, out } => {
                text::row(out, layout.delimiter, cells);
                Ok(())
            }
            Kind::Workbook(workbook) => workbook.row(cells),
        }
    }

    /// Bytes of this piece so far, about.
    pub fn written(&self) -> usize {
        match &self.0 {
            Kind::Text { out, .. } => out.len(),
            Kind::Workbook(workbook) => workbook.written(),
        }
    }

    /// Ends the piece: its bytes, and where the next one goes on.
    pub fn pause(self) -> io::Result<(Vec<u8>, Progress)> {
        match self.0 {
            Kind::Text { out, .. } => Ok((out, Progress::Text)),
            Kind::Workbook(workbook) => workbook.pause().map(|(out, progress)| (out, Progress::Workbook(progress))),
        }
    }

    /// Ends the file with this piece.
    ///
    /// # Errors
    /// [`io::ErrorKind::FileTooLarge`] for a workbook of more than 4 GiB.
    pub fn finish(self) -> io::Result<Vec<u8>> {
        match self.0 {
            Kind::Text { out, .. } => Ok(out),
            Kind::Workbook(workbook) => workbook.finish(),
        }
    }
}

#[cfg(test)]
mod tests;
