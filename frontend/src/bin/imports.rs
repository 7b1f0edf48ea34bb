//! The imports bundle: mounts the pages of clients from files.

fn main() {
    zgoda_frontend::mount(zgoda_frontend::ImportsRoutes);
}
