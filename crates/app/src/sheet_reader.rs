//! Who reads files with rows. What is read is hostile until the opposite is shown, so that the server has it read by a
//! process of its own; here is only what that process promises.

use futures::future::BoxFuture;
use tokio::sync::mpsc;
use zgoda_domain::sheet::{ReadAs, SheetLine};

/// Reads a file and tells what it holds.
pub trait SheetReader: Send + Sync + 'static {
    /// Takes the file in pieces, and sends the book, its rows and an end, or a refusal at any place. Whatever happens, it
    /// ends: when nothing more is to be told, it drops `lines`, and without an end that means that reading took too much.
    fn read(
        &self,
        content: mpsc::Receiver<Vec<u8>>,
        read_as: ReadAs,
        lines: mpsc::Sender<SheetLine>,
    ) -> BoxFuture<'_, Result<(), std::io::Error>>;
}
