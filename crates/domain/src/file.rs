//! Files people hand over: what is taken, and how they are called.

use crate::code::coded_enum;

coded_enum!(
    /// What a stored file is kept for.
    FileKind {
        /// Proves a consent: the scan of a signed paper, a recording.
        ConsentProof = "consent_proof",
        /// Attached to a submission by a visitor.
        SubmissionFile = "submission_file",
    }
);
