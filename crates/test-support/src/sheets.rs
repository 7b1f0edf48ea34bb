//! Reading files with rows within the test's own process. The server has a process of its own for it.

use futures::future::BoxFuture;
use tokio::sync::mpsc;
use zgoda_app::sheet_reader::SheetReader;
use zgoda_domain::sheet::{ReadAs, SheetLine};

/// Reads as the server's child process does, without its limits on memory and time.
#[derive(Debug)]
pub struct SheetsHere;

impl SheetReader for SheetsHere {
    fn read(
        &self,
        mut content: mpsc::Receiver<Vec<u8>>,
        read_as: ReadAs,
        lines: mpsc::Sender<SheetLine>,
    ) -> BoxFuture<'_, Result<(), std::io::Error>> {
        Box::pin(async move {
            let mut whole = Vec::new();
            while let Some(piece) = content.recv().await {
                whole.extend(piece);
            }
            let mut out = Vec::new();
            zgoda_sheets::read(&whole, read_as, &mut out)?;
            for line in out.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
                if lines.send(serde_json::from_slice(line)?).await.is_err() {
                    break;
                }
            }
            Ok(())
        })
    }
}
