//! Stored files on their way out.

/// A stored file, to be handed out.
#[derive(Debug)]
pub struct OpenedFile {
    pub name: String,
    pub media_type: String,
    pub content: Vec<u8>,
}
