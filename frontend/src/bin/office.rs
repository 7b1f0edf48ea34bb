//! The office bundle: mounts the pages of settings and privacy.

fn main() {
    zgoda_frontend::mount(zgoda_frontend::OfficeRoutes);
}
