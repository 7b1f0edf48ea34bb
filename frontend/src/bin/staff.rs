//! The staff bundle: mounts the pages of accounts, roles and keys.

fn main() {
    zgoda_frontend::mount(zgoda_frontend::StaffRoutes);
}
