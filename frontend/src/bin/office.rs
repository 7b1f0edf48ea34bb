//! The office bundle: mounts the pages of settings.

fn main() {
    zgoda_frontend::mount(zgoda_frontend::OfficeRoutes);
}
