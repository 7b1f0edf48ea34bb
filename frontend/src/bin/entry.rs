//! The entry bundle: mounts the pages before signing in.

fn main() {
    zgoda_frontend::mount(zgoda_frontend::EntryRoutes);
}
