//! The privacy bundle: mounts the pages of purposes and registers.

fn main() {
    zgoda_frontend::mount(zgoda_frontend::PrivacyRoutes);
}
