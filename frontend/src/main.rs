//! Mounts the app.

fn main() {
    zgoda_frontend::mount();
}
