//! The data bundle: mounts the pages of work on many clients at once.

fn main() {
    zgoda_frontend::mount(zgoda_frontend::DataRoutes);
}
