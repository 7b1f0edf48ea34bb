//! The main bundle: mounts the pages of everyday work.

fn main() {
    zgoda_frontend::mount(zgoda_frontend::AppRoutes);
}
