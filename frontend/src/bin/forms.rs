//! The forms bundle: mounts the list of forms, their editor, and the submissions.

fn main() {
    zgoda_frontend::mount(zgoda_frontend::FormsRoutes);
}
