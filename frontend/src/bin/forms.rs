//! The forms bundle: mounts the list of forms and their editor.

fn main() {
    zgoda_frontend::mount(zgoda_frontend::FormsRoutes);
}
